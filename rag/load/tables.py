"""Tables of all formats: which rows name the columns, which are a caption, where one ends.

A table becomes lines of cells between bars, as in Markdown.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, groupby, islice
from operator import itemgetter

from rag.load.blocks import Block, one_line

CELL = 600  # characters; a longer cell holds a layout, not a value
MAX_SPAN = 50  # columns
MAX_NAME = 80  # characters of a cell that can name a column
HEADER_ROWS = 3
LOOKED_AT = 12  # rows from which the names of the columns are recognised
# a value rather than a name: a figure with its unit, a date, a time
VALUE = re.compile(
    r"[^\w\s]{0,3}\s?[-+]?\d[\d.,:/'’ -]*\s?(?:%|‰|[a-zA-Zµ°€$£¥²³/]{1,5}|[AaPp]\.?[Mm]\.?)?"
)
YEAR = re.compile(r"(?:1[6-9]|20)\d\d")

Row = Sequence[str]


def table_blocks(
    rows: Iterable[tuple[int, Row]], *, headed: bool | None = None, numbered: bool = False
) -> Iterator[Block]:
    """Yield the rows of tables as lines, with what is above the names of the columns before it.

    Each row comes with its number, which is its page if `numbered`. If `headed` is None, guess
    whether the first rows name the columns. After an empty row another table may begin. Few rows
    are in memory at a time.
    """
    columns: tuple[str, ...] = ()
    for _, found in groupby(_by_region(rows), key=itemgetter(0)):
        region = (row for _, row in found)
        first = list(islice(region, LOOKED_AT))
        width = max(sum(map(bool, row)) for _, row in first)
        captions = list(_captions(first)) if width > 1 else []
        yield from (Block("".join(row), page=number * numbered) for number, row in captions)
        first = first[len(captions) :]
        count = header_rows([row for _, row in first], headed)
        goes_on = not count and 1 < width <= len(columns)
        if not goes_on and (width < 2 or len(first) < 2):  # no table, but a layout, or a list
            for number, row in chain(first, region):
                yield Block(" | ".join(filter(None, row)), page=number * numbered)
            continue
        columns = columns if goes_on else names([row for _, row in first[:count]])
        for place, (number, row) in enumerate(chain(first, region)):
            begins = None if place or (goes_on and not captions) else columns
            page = number * numbered
            yield Block(line_of(row), run="row", page=page, columns=begins, body=place >= count)


def _by_region(rows: Iterable[tuple[int, Row]]) -> Iterator[tuple[int, tuple[int, Row]]]:
    """Yield the rows that are not empty, each after the number of its region.

    An empty row ends a region of several rows.
    """
    region, count, after_empty = 0, 0, False
    for number, cells in rows:
        row = _row(cells)
        if any(row):
            if after_empty and count > 1:
                region, count = region + 1, 0
            count += 1
            yield region, (number, row)
        after_empty = not any(row)


def _captions(rows: Sequence[tuple[int, Row]]) -> Iterator[tuple[int, Row]]:
    """Yield the rows above a table of which only the first cell has words."""
    for number, row in rows[:-1]:
        if not row[0] or any(row[1:]):
            return
        yield number, row


def header_rows(rows: Sequence[Row], headed: bool | None = None) -> int:
    """Return how many of the first rows name the columns; 0 if none does."""
    if headed is False or len(rows) < 2 or not (headed or _is_header(rows[0], rows[1:])):
        return 0
    count = 1
    while (
        count < min(HEADER_ROWS, len(rows) - 1)
        and _is_shared(rows[:count])
        and _is_header(rows[count], rows[count + 1 :])
    ):
        count += 1
    return count


def names(rows: Sequence[Row]) -> tuple[str, ...]:
    """Return the names of the columns; a name in several rows has the outer words first."""
    width = max(map(len, rows), default=0)
    parts = [[row[column] for row in rows if column < len(row)] for column in range(width)]
    return tuple(" ".join(dict.fromkeys(filter(None, part))) for part in parts)


def _is_header(row: Row, below: Sequence[Row]) -> bool:
    """Return whether a row names the columns: it has words where there are values below."""
    named = [cell for cell in row if cell]
    if len(named) < 2 or any(len(cell) > MAX_NAME for cell in named):
        return False
    if any(is_value(cell) and not YEAR.fullmatch(cell) for cell in named):
        return False
    columns = [
        (cell, [other[number] for other in below if number < len(other) and other[number]])
        for number, cell in enumerate(row)
        if cell
    ]
    valued = [sum(map(is_value, values)) > len(values) / 2 for _, values in columns]
    years = [bool(YEAR.fullmatch(cell)) for cell, _ in columns]
    if any(years):
        return not any(YEAR.fullmatch(value) for _, values in columns[1:] for value in values)
    return any(valued) or (len(set(named)) == len(named) == len(row) and len(row) > 1)


def _is_shared(rows: Sequence[Row]) -> bool:
    """Return whether some columns below have the same name, or none."""
    found = names(rows)
    return len(set(found)) < len(found) or not all(found[1:])


def is_value(cell: str) -> bool:
    """Return whether a cell is a value rather than a name."""
    return VALUE.fullmatch(cell) is not None


def _row(row: Row) -> Row:
    """Return the cells of a row, each on one line; words in all cells were one that spans them."""
    shown = [plain_cell(cell) for cell in row]
    is_one = len(shown) > 1 and len(set(shown)) == 1 and not is_value(shown[0])
    return shown[:1] if is_one else shown


def plain_cell(words: str) -> str:
    """Return the words of a cell on one line; a bar in them would look like the end of it."""
    return one_line(words).replace("|", "¦")


def line_of(row: Row) -> str:
    """Return the cells of a row between bars."""
    return f"| {' | '.join(row)} |"
