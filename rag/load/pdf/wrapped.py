"""Rows of tables on the pages of a PDF whose cells go on in further lines.

A line belongs to the row above if each of its words is below a cell of the row, and either it is
nearer than a row usually is, or its words go on with what the cell says.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from rag.load.pdf.flow import MIN_WRAP
from rag.load.pdf.gaps import SAME, Cell, offset
from rag.load.pdf.joints import continued
from rag.load.pdf.lines import Line
from rag.load.tables import is_value

# the following are multiples of the type size
WRAP = 1.8  # the most between two lines of one row
ALIGNED = 0.5  # the most between the edges of two lines of a cell
NEARER = 1.15  # rows are at least so many times as far apart as the lines of a row
SENTENCE = 2.0  # the most between two sentences
ENDS = ".!?"
OPEN = ",;-–—/&+("  # after these, a cell goes on
MAX_LINES = 40  # of a row
REACH = 8  # lines before and after one in which its columns are looked for

Row = tuple[int, int, Line]  # its first line on the page, what comes after its last, and itself


def rows_of(page: Sequence[Line], first: int, end: int) -> Iterator[list[Row]]:
    """Yield the rows of lines that may be tables; a line that is no row, nor part of one, ends one.

    The line of a row has the words of its lines in its cells, and the place of all of them.
    """
    pairs = pairwise(page[first:end])
    step = _step([a.base - b.base for a, b in pairs if a.lines == b.lines == 1])
    found: list[Row] = []
    for number in range(first, end):
        line = page[number]
        near = page[max(first, number - REACH) : min(end, number + REACH)]
        row = _grown(found[-1], line, near, page[number - 1].base - step) if found else None
        if row:
            found[-1] = row
        elif len(line.cells) > 1:
            found.append((number, number + 1, line))
        elif found:
            yield found
            found = []
    if found:
        yield found


def _grown(above: Row, line: Line, near: Sequence[Line], least: float) -> Row | None:
    """Return a row with the line below it, if that is part of it; None if not.

    A line at this height at least is nearer than a row usually is.
    """
    start, end, row = above
    is_near = line.base >= least
    if line.lines > 1 or end - start >= MAX_LINES or (len(line.cells) > 1 and not is_near):
        return None
    columns = _columns(row, line)
    is_part = columns and _goes_on(row, line, columns, is_near)
    if not is_part or not _are_columns(row, columns, near):
        return None
    return start, end + 1, _joined(row, line, columns)


def may_go_on(line: Line, above: Line, row: Line) -> bool:
    """Return whether a line may be part of a row: it is close below, and below its cells."""
    return 0 < above.base - line.base <= WRAP * line.height and bool(_columns(row, line))


def _step(steps: Sequence[float]) -> float:
    """Return how far apart the lines of a row are at most; 0 if lines and rows are alike."""
    ordered = sorted(steps)
    ratios = [(far / near, near) for near, far in pairwise(ordered) if near > 0]
    ratio, near = max(ratios, default=(0.0, 0.0))
    return near if ratio >= NEARER else 0.0


def _columns(row: Line, line: Line) -> list[int]:
    """Return the cell of the row that each cell of a line is below; [] if one is below none."""
    found: list[int] = []
    for cell in _cells_of(line) if len(line.cells) <= len(row.cells) else ():
        below = [place for place in range(len(row.cells)) if _is_below(row, place, cell, line)]
        if len(below) != 1 or below[0] in found:
            return []
        found += below
    return found


def _is_below(row: Line, place: int, cell: Cell, line: Line) -> bool:
    before = row.cells[place - 1][1] if place else row.cells[0][0] - line.height
    after = row.cells[place + 1][0] if place + 1 < len(row.cells) else cell[1] + 1
    is_below = is_aligned(cell, row.cells[place], ALIGNED * line.height)
    return is_below and before < cell[0] and cell[1] < after


def _goes_on(row: Line, line: Line, columns: Sequence[int], is_near: bool) -> bool:
    """Return whether the cells of a row go on in a line."""
    cells = _cells_of(line)
    if any(is_value(words) for _, _, words in cells):
        return False
    above = [row.cells[place][2] for place in columns]
    open_ = sum(_is_open(words, cell[2]) for words, cell in zip(above, cells, strict=True))
    if columns == [0]:
        return cells[0][2][:1].islower()
    return open_ == len(cells) or (len(cells) == 1 and is_near)


def _are_columns(row: Line, columns: Sequence[int], near: Sequence[Line]) -> bool:
    """Return whether what is right of these cells is a column, and no wide gap in a sentence."""
    others = [other.cells for other in near if len(other.cells) > 1 and other.base != row.base]
    for place in columns:
        for cell in row.cells[place + 1 : place + 2]:
            _, right, words = row.cells[place]
            if cell[0] - right < SENTENCE * near[0].height and words[-1:] in ENDS:
                return False
            if not any(is_aligned(cell, other, SAME) for cells in others for other in cells):
                return False
    return True


def is_aligned(cell: Cell, other: Cell, most: float) -> bool:
    """Return whether two cells have one edge or the middle in common."""
    return offset(cell[0] - other[0], cell[1] - other[1]) <= most


def _is_open(words: str, following: str) -> bool:
    return following[:1].islower() or words[-1:] in OPEN or len(words) >= MIN_WRAP


def _joined(row: Line, line: Line, columns: Sequence[int]) -> Line:
    """Return a row with the words of a line added to its cells, and the place of both."""
    cells = list(row.cells)
    for (left, right, words), place in zip(_cells_of(line), columns, strict=True):
        first, last, above = cells[place]
        said = continued(above, words, row.joined and place == len(cells) - 1)
        cells[place] = min(first, left), max(last, right), said
    left, right = min(row.left, line.left), max(row.right, line.right)
    height = row.base + row.height - line.base
    both = replace(row, left=left, right=right, base=line.base, height=height)
    return replace(both, joined=line.joined, cells=tuple(cells))


def _cells_of(line: Line) -> Sequence[Cell]:
    """Return the cells of a line; one that has none is one cell."""
    return line.cells or ((line.left, line.right, line.text),)
