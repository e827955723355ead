"""Tables on the pages of a PDF: lines whose words are far apart, one below the other in columns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from rag.load.pdf.gaps import MIN_ROWS, SAME, Cell
from rag.load.pdf.lines import Line
from rag.load.pdf.wrapped import Row, is_aligned, may_go_on, rows_of
from rag.load.tables import header_rows, line_of, names

MAX_WORDS = 14  # in a cell; more are prose in columns
LEADING = 4.0  # the most between two rows, as a multiple of the type size
ALIGNED = 0.7  # the least share of cells that are in one column
FILLED = 0.5  # the least share of rows that have a value in at least two of the columns
APART = 1.6  # rows that are farther apart, as a multiple of what is usual, may be of two tables
EDGE = 3  # the most lines above and below a table that goes on on the next page
NEAR = 12  # rows that are looked at above and below such a gap
DOTS = "...."  # a line of a table of contents


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: where its lines end on the page, its rows, how many name columns, their places.

    A table that goes on from the page before may have the names of its columns from `above`.
    """

    end: int
    rows: list[list[str]]
    header: int
    places: list[Line]
    above: tuple[str, ...] = ()

    @property
    def lines(self) -> list[str]:
        """The rows as lines of cells between bars."""
        return [line_of(row) for row in self.rows]

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        return names(self.rows[: self.header]) or self.above


def grids_on(pages: Sequence[Sequence[Line]]) -> Iterator[dict[int, Grid]]:
    """Yield the tables of each page by the number of their first line."""
    last: Grid | None = None
    for page in pages:
        found = grids_of(page)
        for first in [number for number in found if number <= EDGE][:1]:
            if last and not found[first].header and _are_alike(last, found[first]):
                found[first] = replace(found[first], above=last.columns)
        last = found[max(found)] if found else None
        last = last if last and last.end >= len(page) - EDGE else None
        yield found


def grids_of(page: Sequence[Line]) -> dict[int, Grid]:
    """Return the tables of a page by the number of their first line."""
    found = {}
    for first, end in _runs(page):
        for whole in rows_of(page, first, end) if end - first >= MIN_ROWS else ():
            for rows in _parts(page, whole):
                grid = _grid(rows)
                if grid:
                    found[rows[0][0]] = grid
    return found


def _are_alike(grid: Grid, other: Grid) -> bool:
    """Return whether two tables have the same columns."""
    cells, others = (max((line.cells for line in g.places), key=len) for g in (grid, other))
    pairs = zip(cells, others, strict=False)
    return len(cells) == len(others) and all(is_aligned(*pair, SAME) for pair in pairs)


def _grid(found: Sequence[Row]) -> Grid | None:
    """Return the table of rows, if most of their cells are in columns."""
    if len(found) < MIN_ROWS:
        return None
    lines = [line for _, _, line in found]
    columns = _widest(found)
    rows = [_placed(line.cells, columns) for line in lines]
    aligned = sum(_is_aligned(cell, columns) for line in lines for cell in line.cells)
    filled = sorted(sum(map(bool, column)) for column in zip(*rows, strict=True))
    is_regular = filled[-2] >= FILLED * len(rows)
    if not is_regular or aligned < ALIGNED * sum(len(line.cells) for line in lines):
        return None
    return Grid(found[-1][1], rows, header_rows(rows), lines)


def _runs(page: Sequence[Line]) -> Iterator[tuple[int, int]]:
    """Yield where rows follow each other: the numbers of the first line and after the last."""
    start: int | None = None
    row = 0
    for number, line in enumerate(page):
        is_row = _is_row(line)
        if start is not None:
            above = page[number - 1]
            if is_row and _follows(above, line):
                row = number
                continue
            if may_go_on(line, above, page[row]):
                continue
            yield start, number
        start, row = (number, number) if is_row else (None, 0)
    if start is not None:
        yield start, len(page)


def _parts(page: Sequence[Line], rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    """Yield tables that are below each other: far apart, and with other columns."""
    gaps = [page[above[1] - 1].base - page[below[0]].base for above, below in pairwise(rows)]
    most = APART * median(gaps) if gaps else 0.0
    start = 0
    for number in range(1, len(rows)):
        above, below = rows[max(start, number - NEAR) : number], rows[number : number + NEAR]
        if gaps[number - 1] > most and _are_two(above, below):
            yield rows[start:number]
            start = number
    yield rows[start:]


def _are_two(above: Sequence[Row], below: Sequence[Row]) -> bool:
    """Return whether rows are no part of the table above or below them."""
    upper, lower = _widest(above), _widest(below)
    few, many = sorted((upper, lower), key=len)
    if all(any(is_aligned(cell, other, SAME) for other in many) for cell in few):
        return False
    if len(above) >= MIN_ROWS and len(below) >= MIN_ROWS:
        return True
    return header_rows([_placed(line.cells, lower) for _, _, line in below]) > 0


def _widest(rows: Sequence[Row]) -> Sequence[Cell]:
    """Return the cells of the row that has most."""
    return max((line.cells for _, _, line in rows), key=len)


def _is_row(line: Line) -> bool:
    return len(line.cells) > 1 and DOTS not in line.text and all(
        len(words.split()) <= MAX_WORDS * line.lines for _, _, words in line.cells
    )  # fmt: skip


def _follows(line: Line, following: Line) -> bool:
    height = max(line.height, following.height)
    return 0 < line.base - following.base < LEADING * height


def _placed(cells: Sequence[Cell], columns: Sequence[Cell]) -> list[str]:
    """Return the words of the cells, each in the column that it is nearest to."""
    row = [""] * len(columns)
    for cell in cells:
        place = max(range(len(columns)), key=lambda number: _overlap(cell, columns[number]))
        row[place] = f"{row[place]} {cell[2]}".strip()
    return row


def _overlap(cell: Cell, column: Cell) -> float:
    """Return how much of a cell is in a column; negative is the distance between them."""
    return min(cell[1], column[1]) - max(cell[0], column[0])


def _is_aligned(cell: Cell, columns: Sequence[Cell]) -> bool:
    return sum(_overlap(cell, column) > 0 for column in columns) == 1
