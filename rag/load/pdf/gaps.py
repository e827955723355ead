"""Lines whose words are far apart, and their cells: the words between wide gaps."""

from collections.abc import Iterator, Sequence

from rag.load.blocks import printable
from rag.load.pdf.runs import Run
from rag.load.tables import plain_cell

# the following are multiples of the type size
SPREAD = 0.45  # a larger average width per letter may have gaps between cells
GAP = 0.8  # the least gap between two cells
MIN_ROWS = 3  # lines of a table
MAX_WRAPPED = 6  # lines from one row to the next

SAME = 3.0  # points between the edges of cells of one column

Cell = tuple[float, float, str]  # its left and right edges, in points, and its words


def rows_among(spread: Sequence[bool]) -> dict[int, int]:
    """Return how many cells each line that may be a row has at least.

    Such lines are spread, and several are near each other. One that has others right above and
    below may have a single cell.
    """
    near: list[list[int]] = []
    beside: list[list[int]] = []
    for place in (place for place, is_spread in enumerate(spread) if is_spread):
        for groups, most in ((near, MAX_WRAPPED), (beside, 1)):
            if not groups or place - groups[-1][-1] > most:
                groups.append([])
            groups[-1].append(place)
    several = ((2, near), (1, beside))
    return {
        place: least
        for least, groups in several
        for places in groups
        if len(places) >= MIN_ROWS
        for place in places
    }


def is_spread(runs: Sequence[Run]) -> bool:
    """Return whether the words of a line may be far apart."""
    length = sum(run.length for run in runs)
    return runs[-1].right - runs[0].left > SPREAD * runs[0].height * length


def cells_in(runs: Sequence[Run], height: float) -> Iterator[Cell]:
    """Yield the words between wide gaps."""
    found: Cell | None = None
    for run in runs:
        for left, right, start, end in run.words:
            words = run.text[start:end]
            if found and left - found[1] < GAP * height:
                found = found[0], right, f"{found[2]} {words}"
            else:
                if found:
                    yield found[0], found[1], plain_cell(printable(found[2]))
                found = left, right, words
    if found:
        yield found[0], found[1], plain_cell(printable(found[2]))


def offset(left: float, right: float) -> float:
    """Return how far two cells are from a common edge or middle, by how far their edges are."""
    return min(abs(left), abs(right), abs(left + right) / 2)
