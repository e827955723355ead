"""Tables on the pages of a PDF: lines whose words are far apart, one below the other in columns."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from rag.load.pdf.lines import MIN_ROWS, Cell, Line
from rag.load.tables import header_rows, line_of, names

MAX_WORDS = 14  # in a cell; more are prose in columns
LEADING = 4.0  # the most between two rows, as a multiple of the type size
ALIGNED = 0.7  # the least share of cells that are in one column
FILLED = 0.5  # the least share of rows that have a value in at least two of the columns
DOTS = "...."  # a line of a table of contents


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: where its lines end on the page, its rows, and how many of them name columns."""

    end: int
    rows: list[list[str]]
    header: int

    @property
    def lines(self) -> list[str]:
        """The rows as lines of cells between bars."""
        return [line_of(row) for row in self.rows]

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the columns."""
        return names(self.rows[: self.header])


def grids_of(page: Sequence[Line]) -> dict[int, Grid]:
    """Return the tables of a page by the number of their first line."""
    found = {}
    for first, end in _runs(page):
        lines = page[first:end]
        columns = list(max(lines, key=lambda line: len(line.cells)).cells)
        rows = [_placed(line.cells, columns) for line in lines]
        aligned = sum(_is_aligned(cell, columns) for line in lines for cell in line.cells)
        filled = sorted(sum(map(bool, column)) for column in zip(*rows, strict=True))
        is_regular = filled[-2] >= FILLED * len(rows)
        if is_regular and aligned >= ALIGNED * sum(len(line.cells) for line in lines):
            found[first] = Grid(end, rows, header_rows(rows))
    return found


def _runs(page: Sequence[Line]) -> Iterator[tuple[int, int]]:
    """Yield where rows follow each other: the numbers of the first line and after the last."""
    number = 0
    for is_row, lines in groupby(page, key=_is_row):
        count, first = len(list(lines)), number
        number += count
        start = first
        for place in range(first + 1, first + count + 1) if is_row else ():
            if place == first + count or not _follows(page[place - 1], page[place]):
                if place - start >= MIN_ROWS:
                    yield start, place
                start = place


def _is_row(line: Line) -> bool:
    return len(line.cells) > 1 and DOTS not in line.text and all(
        len(words.split()) <= MAX_WORDS for _, _, words in line.cells
    )  # fmt: skip


def _follows(line: Line, following: Line) -> bool:
    return 0 < line.base - following.base < LEADING * line.height


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
