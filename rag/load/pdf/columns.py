"""The regions of a page in the order people read them: columns one after the other.

A page is split where lines start below each other, right of others: at the left edge of a column.
What crosses this edge, such as a title, is above or below the columns.
"""

from collections.abc import Iterator, Sequence, Set
from itertools import groupby, takewhile

from rag.load.pdf.runs import Run

NEAR = 2.0  # points between the left edges of lines of one column
MIN_LINES = 6  # in all columns
MIN_LENGTH = 12  # characters of an average line; shorter ones are cells of a table, or labels
MIN_ALIGNED = 3  # lines that begin at the left edge of their column
ALIGNED = 0.4  # the least share of these; fewer are chance
GOES_ON = 0.25  # the least share of lines that do not begin like a sentence or a cell
STRIP = 0.5  # the least white space above and below a table, in type sizes
MATES = 0.7  # the least share of cells with another in their row, in other columns
MAX_MARGIN = 3  # runs of a header or footer
REACH = 4  # runs before and after one that may be on its line
MAX_CROSSED = 0.1  # the most lines that stick out of their column
MOST = 0.5  # columns with a larger share of the lines are taken without looking for others
MAX_EDGES = 6  # left edges that are tried
MAX_DEPTH = 12


Slab = tuple[Sequence[Run], bool]  # what white space separates; if its runs are short


def regions_of(runs: Sequence[Run]) -> list[Sequence[Run]]:
    """Return the runs of each region; those of a page with one region in the order of the file.

    Those of other pages are from top to bottom.
    """
    from_top = sorted(runs, key=lambda run: (-run.low, run.left))
    slabs = _slabs(from_top)
    header = len(slabs[0]) if len(slabs) > 1 and len(slabs[0]) <= MAX_MARGIN else 0
    footer = len(slabs[-1]) if len(slabs) > 2 and len(slabs[-1]) <= MAX_MARGIN else 0
    body = len(from_top) - footer
    regions = list(_split(from_top[header:body], 0))
    if len(regions) == 1:
        return [runs]
    return [part for part in (from_top[:header], *regions, from_top[body:]) if part]


def _slabs(runs: Sequence[Run]) -> list[Sequence[Run]]:
    """Return what white space separates from top to bottom."""
    slabs, first, bottom = [], 0, 0.0
    for number, run in enumerate(runs):
        if number > first and bottom - run.high > STRIP * run.type[0]:
            slabs.append(runs[first:number])
            first = number
        bottom = run.low if number == first else min(bottom, run.low)
    return [*slabs, runs[first:]]


def _split(runs: Sequence[Run], depth: int) -> Iterator[Sequence[Run]]:
    """Yield the regions of a part of a page."""
    best, start, end = 0.0, 0, 0
    edges = _left_edges(runs) if len(runs) >= MIN_LINES and depth < MAX_DEPTH else []
    slabs = [(slab, _is_short(slab)) for slab in _slabs(runs)] if edges else []
    for edge in edges:
        for first, last in _bands(runs, slabs, edge):
            if last - first > end - start:
                best, start, end = edge, first, last
        if end - start > MOST * len(runs):
            break
    if start == end:
        yield runs
        return
    band = runs[start:end]
    left = [run for run in band if _is_left(run, best)]
    right = [run for run in band if not _is_left(run, best)]
    for part in (runs[:start], left, right, runs[end:]):
        if part:
            yield from _split(part, depth + 1)


def _left_edges(runs: Sequence[Run]) -> list[float]:
    """Return where most lines start below each other, right of the leftmost."""
    groups: list[list[float]] = []
    for left in sorted(run.left for run in runs):
        if groups and left - groups[-1][0] <= NEAR:
            groups[-1].append(left)
        else:
            groups.append([left])
    several = [group for group in groups[1:] if len(group) >= MIN_ALIGNED]
    several.sort(key=len, reverse=True)
    return [group[0] for group in several[:MAX_EDGES]]


def _is_left(run: Run, edge: float) -> bool:
    return run.left + run.right < 2 * edge


def _bands(runs: Sequence[Run], slabs: Sequence[Slab], edge: float) -> Iterator[tuple[int, int]]:
    """Yield from where to where the runs are columns of prose on both sides of an edge."""
    crossing = {run.line for run in runs if run.left < edge - NEAR and run.right > edge}
    free = [run for run in runs if run.line not in crossing and not run.begins]
    if len(free) < 2 or _is_on_one_side(free, edge):
        return
    across = [
        run.line in crossing and not _has_beside(runs, number, crossing)
        for number, run in enumerate(runs)
    ]
    beside = takewhile(lambda slab: _is_on_one_side(slab[0], edge), slabs)
    above = sum(len(slab) for slab, _ in beside)
    across[:above] = [True] * above
    for first, last in _tables(slabs, edge):
        across[first:last] = [True] * (last - first)
    first = 0
    for number, flag in enumerate([*across, True]):
        if flag:
            band = runs[first:number]
            crossed = sum(run.line in crossing for run in band)
            is_clear = len(band) >= MIN_LINES and crossed <= MAX_CROSSED * len(band)
            if is_clear and _are_columns(band, edge):
                yield first, number
            first = number + 1


def _has_beside(runs: Sequence[Run], number: int, crossing: Set[int]) -> bool:
    """Return whether a run that crosses the edge has another beside it that does not."""
    run = runs[number]
    return any(
        other.line not in crossing
        and _are_mates(run, other)
        and (other.left > run.right or other.right < run.left)
        for other in _near(runs, number)
    )


def _near(runs: Sequence[Run], number: int) -> Sequence[Run]:
    return runs[max(0, number - REACH) : number + REACH + 1]


def _is_on_one_side(slab: Sequence[Run], edge: float) -> bool:
    return len({_is_left(run, edge) for run in slab}) == 1


def _are_mates(run: Run, other: Run) -> bool:
    """Return whether two runs are on one line."""
    return 2 * abs(run.low - other.low) < run.type[0]


def _tables(slabs: Sequence[Slab], edge: float) -> Iterator[tuple[int, int]]:
    """Yield where slabs are the rows of a table on both sides of the edge."""
    number = 0
    for is_table, group in groupby(slabs, key=lambda slab: slab[1] and _is_table(slab[0], edge)):
        rows = [slab for slab, _ in group]
        end = number + sum(map(len, rows))
        if is_table and not _are_mates(rows[0][0], rows[-1][-1]):
            yield number, end
        number = end


def _is_table(slab: Sequence[Run], edge: float) -> bool:
    """Return whether most of a slab is cells in rows on both sides of the edge."""
    mates = sum(
        any(
            _is_left(run, edge) != _is_left(other, edge) and _are_mates(run, other)
            for other in _near(slab, number)
        )
        for number, run in enumerate(slab)
    )
    return mates >= MATES * len(slab)


def _are_columns(band: Sequence[Run], edge: float) -> bool:
    """Return whether there is prose on both sides of an edge."""
    left = [run for run in band if _is_left(run, edge)]
    right = [run for run in band if not _is_left(run, edge)]
    aligned = sum(run.left - edge <= NEAR for run in right)
    rows = len({round(run.low) for run in right})
    return aligned >= max(MIN_ALIGNED, ALIGNED * rows) and _is_prose(left) and _is_prose(right)


def _is_prose(runs: Sequence[Run]) -> bool:
    if len(runs) < 2 or _is_short(runs):
        return False
    return sum(not run.begins for run in runs) >= GOES_ON * len(runs)


def _is_short(runs: Sequence[Run]) -> bool:
    return sum(run.length for run in runs) < MIN_LENGTH * len(runs)
