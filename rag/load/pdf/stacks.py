"""Rows of tables that a file writes cell by cell, each with all its lines before the next cell.

Office programs and report generators do. In the order of the file, the lines of such a row go up
again at each cell; a row is cells side by side, and a table rows below each other.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from rag.load.pdf.gaps import MIN_ROWS, SAME, offset
from rag.load.pdf.runs import Run

# the following are multiples of the type size
APART = 0.8  # the most between two parts of a line
LEADING = 1.8  # the most between two lines of a cell
LEVEL = 0.3  # the most between the heights of two parts of a line
NEXT = 3.0  # the most white space between two rows
ALIGNED = 0.7  # the least share of cells that are in a column of the row before
MAX_CELLS = 60  # in a row
NEAR = 8  # cells before one that are its row


@dataclass(slots=True)
class Stack:
    """Lines one below the other, of runs side by side, and its edges in points."""

    lines: list[list[Run]]
    left: float = field(init=False)
    right: float = field(init=False)
    low: float = field(init=False)
    high: float = field(init=False)

    def __post_init__(self) -> None:
        runs = [run for line in self.lines for run in line]
        self.left, self.right = min(run.left for run in runs), max(run.right for run in runs)
        self.low, self.high = min(run.low for run in runs), max(run.high for run in runs)


@dataclass(frozen=True, slots=True)
class Row:
    """Stacks side by side, from left to right: the cells of a row, or the only one of a line."""

    cells: list[Stack]

    @property
    def first(self) -> Run:
        """Its first words."""
        return self.cells[0].lines[0][0]

    @property
    def runs(self) -> list[Run]:
        """What it is made of."""
        return [run for cell in self.cells for line in cell.lines for run in line]


def rows_in(runs: Sequence[Run]) -> Iterator[tuple[list[Run], list[Row]]]:
    """Yield runs that are no table, and the rows of the table after them, in the order of the file.

    The rows are [] at the end.
    """
    if not any(following.low > run.low + run.height / 4 for run, following in pairwise(runs)):
        yield list(runs), []
        return
    rest: list[Run] = []
    table: list[Row] = []
    for row in _rows(list(_stacks(runs))):
        if table and not _is_next(table[-1], row):
            if _is_table(table):
                yield rest, table
                rest = []
            else:
                rest += [run for other in table for run in other.runs]
            table = []
        if len(row.cells) > 1:
            table.append(row)
        else:
            rest += row.runs
    if _is_table(table):
        yield rest, table
    else:
        yield rest + [run for row in table for run in row.runs], []


def _stacks(runs: Sequence[Run]) -> Iterator[Stack]:
    """Yield what is one below the other."""
    lines: list[list[Run]] = []
    left, right = 0.0, 0.0
    for run in runs:
        last = lines[-1][-1] if lines else None
        if last and _is_beside(last, run):
            lines[-1].append(run)
        elif last and _is_below(last, run) and run.left < right and run.right > left:
            lines.append([run])
        else:
            if lines:
                yield Stack(lines)
            lines, left, right = [[run]], run.left, run.right
        left, right = min(left, run.left), max(right, run.right)
    if lines:
        yield Stack(lines)


def _is_beside(run: Run, following: Run) -> bool:
    """Return whether a run is the next of a line."""
    size = max(run.type[0], following.type[0])
    between = following.left - run.right
    return abs(run.low - following.low) < LEVEL * size and -size < between <= APART * size


def _is_below(run: Run, following: Run) -> bool:
    return 0 < run.low - following.low < LEADING * max(run.type[0], following.type[0])


def _rows(stacks: Sequence[Stack]) -> Iterator[Row]:
    """Yield stacks that are side by side; what is above the first cell is apart."""
    row: list[Stack] = []
    for stack in stacks:
        above = _above(row[0], stack) if len(row) == 1 else 0
        if above:
            yield Row([Stack(row[0].lines[:above])])
            row = [Stack(row[0].lines[above:])]
        if row and not _is_right(row, stack):
            yield Row(row)
            row = []
        row.append(stack)
    if row:
        yield Row(row)


def _is_right(row: Sequence[Stack], stack: Stack) -> bool:
    """Return whether a stack is the next cell of a row."""
    near = row[-NEAR:]
    low, high = min(cell.low for cell in near), max(cell.high for cell in near)
    common = min(high, stack.high) - max(low, stack.low)
    return row[-1].right < stack.left and 2 * common >= min(high - low, stack.high - stack.low)


def _above(stack: Stack, following: Stack) -> int:
    """Return how many lines of a stack are above one that is right of the others; 0 if none is."""
    top = following.lines[0][0]
    for number, line in enumerate(stack.lines):
        if number and abs(line[0].low - top.low) < LEVEL * top.type[0]:
            return number if _is_right([Stack(stack.lines[number:])], following) else 0
    return 0


def _is_next(row: Row, following: Row) -> bool:
    """Return whether a row of cells is below another."""
    between = min(cell.low for cell in row.cells) - max(cell.high for cell in following.cells)
    size = following.first.type[0]
    return len(following.cells) > 1 and -size < between < NEXT * size


def _is_table(rows: Sequence[Row]) -> bool:
    """Return whether rows have their cells in columns, and one that is not the last has lines."""
    if len(rows) < MIN_ROWS or max(len(row.cells) for row in rows) > MAX_CELLS:
        return False
    if not any(len(cell.lines) > 1 for row in rows for cell in row.cells[:-1]):
        return False
    pairs = [(cell, above.cells) for above, row in pairwise(rows) for cell in row.cells]
    aligned = sum(any(_is_aligned(cell, other) for other in above) for cell, above in pairs)
    return aligned >= ALIGNED * len(pairs)


def _is_aligned(cell: Stack, other: Stack) -> bool:
    return offset(cell.left - other.left, cell.right - other.right) <= SAME
