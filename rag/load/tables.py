"""Tables of all formats: which rows name the columns, which are a caption, where one ends.

A table becomes lines of cells between bars, as in Markdown.
"""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, groupby, islice, pairwise
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
YEAR = re.compile(r"(?:1[6-9]|20)\d\d[AEFPB]?")  # the letter: actual, estimate, forecast, plan
DATE = re.compile(r"\d([-./])\d{1,2}\1\d")
BAND = re.compile(r"[<>≤≥]|\d\s?[-/]\s?\d")  # from one figure to another, a season
UNITLESS = re.compile(r"[\s\d.,:/'’<>≤≥+-]+")

Row = Sequence[str]


def table_blocks(
    rows: Iterable[tuple[int, Row]],
    *,
    headed: bool | None = None,
    words: bool = True,
    numbered: bool = False,
) -> Iterator[Block]:
    """Yield the rows of tables as lines, with what is above the names of the columns before it.

    Each row comes with its number, which is its page if `numbered`. If `headed` is None, guess
    whether the first rows name the columns; without `words` they do so only above values. After an
    empty row another table may begin. Few rows are in memory at a time.
    """
    columns: tuple[str, ...] = ()
    for _, found in groupby(_by_region(rows), key=itemgetter(0)):
        region = (row for _, row in found)
        first = list(islice(region, LOOKED_AT))
        width = max(sum(map(bool, row)) for _, row in first)
        captions = list(_captions(first)) if width > 1 else []
        yield from (Block("".join(row), page=number * numbered) for number, row in captions)
        first = first[len(captions) :]
        count = header_rows(
            [row for _, row in first], headed, above=() if captions else columns, words=words
        )
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
        row = [plain_cell(cell) for cell in cells]
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


def header_rows(
    rows: Sequence[Row], headed: bool | None = None, *, above: Row = (), words: bool = True
) -> int:
    """Return how many of the first rows name the columns; 0 if none does.

    What is not words over values does so only if `words` allows it, and if no table with as many
    columns, whose names are `above`, may go on.
    """
    if headed is False or len(rows) < 2:
        return 0
    goes_on = len(above) > 0 and sum(map(bool, above)) == sum(map(bool, rows[0]))
    words = words and (not goes_on or not set(above).isdisjoint(filter(None, rows[0])))
    if not (headed or _is_header(rows[0], rows[1:], words)):
        return 0
    count = 1
    while (
        count < min(HEADER_ROWS, len(rows) - 1)
        and _is_shared(rows[:count])
        and _is_header(rows[count], rows[count + 1 :], words=True)
    ):
        count += 1
    return count


def names(rows: Sequence[Row]) -> tuple[str, ...]:
    """Return the names of the columns; a name in several rows has the outer words first."""
    width = max(map(len, rows), default=0)
    parts = [[row[column] for row in rows if column < len(row)] for column in range(width)]
    return tuple(" ".join(dict.fromkeys(filter(None, part))) for part in parts)


def _is_header(row: Row, below: Sequence[Row], words: bool) -> bool:
    """Return whether a row names the columns: it has words, or steps, where there are values below.

    Where only that is below too, `words` says whether it does.
    """
    named = [cell for cell in row if cell]
    if len(named) < 2 or any(len(cell) > MAX_NAME for cell in named) or _is_form(row, below):
        return False
    columns = [
        (cell, [other[number] for other in below if number < len(other) and other[number]])
        for number, cell in enumerate(row)
        if cell
    ]
    others = [value for _, values in columns[row[0] != "" :] for value in values]
    if any(map(YEAR.fullmatch, named)):
        is_only = not any(is_value(cell) and not YEAR.fullmatch(cell) for cell in named)
        return is_only and not any(map(YEAR.fullmatch, others))
    is_corner = not row[0] and all(other[0] for other in below)
    if any(map(is_value, named)):
        return words and not is_value(row[0]) and _are_steps(named, others, is_corner)
    if any(sum(map(is_value, values)) > len(values) / 2 for _, values in columns):
        return True
    return words and len(set(named)) == len(named) == _width([row, *below]) - is_corner


def _is_form(row: Row, below: Sequence[Row]) -> bool:
    """Return whether two columns are labels and what they say: words, figures, dates by turns."""
    pairs = [other for other in (row, *below) if any(other)]
    labels = [pair[0] for pair in pairs]
    if any(len(pair) < 2 or any(pair[2:]) for pair in pairs) or any(map(is_value, labels)):
        return False
    if not all(labels) or len(set(labels)) < len(labels):
        return False
    kinds = Counter(_kind(pair[1])[0].replace("band", "time") for pair in pairs[1:] if pair[1])
    most = max(kinds.values(), default=0)
    most_allowed = (
        kinds.total() - ("date" not in kinds)
    ) // 2  # less than half, or half with dates
    return "words" in kinds and kinds.total() > 2 and most <= most_allowed


def _are_steps(named: Row, others: Sequence[str], is_corner: bool) -> bool:
    """Return whether the values in a row are steps, as weights, times or dates, and no data.

    They are of one kind that the values below, the `others`, are not. Plain figures rise evenly, or
    are below an empty corner.
    """
    steps = [cell for cell in named if is_value(cell)]
    kinds = {_kind(step) for step in steps}
    if len(steps) < 2 or len(set(steps)) < len(steps) or len(kinds) > 1:
        return False
    kind = kinds.pop()
    if kind[0] != "figure":
        return kind not in map(_kind, others)
    figures = [int(step) for step in steps if step.isdecimal()]
    by = {after - before for before, after in pairwise(figures)}
    is_even = len(steps) > 2 and len(by) == 1 and min(by) > 0
    return len(figures) == len(steps) >= len(named) - 1 and (is_corner or is_even)


def _kind(cell: str) -> tuple[str, str]:
    """Return what a cell holds, and a measure's unit."""
    if not is_value(cell):
        return "words", ""
    if DATE.search(cell):
        return "date", ""
    if ":" in cell:
        return "time", ""
    if unit := UNITLESS.sub("", cell).lower():
        return "measure", unit
    return "band" if BAND.search(cell) else "figure", ""


def _width(rows: Iterable[Row]) -> int:
    """Return the number of columns up to the last one with a filled cell."""
    return max(number for row in rows for number, cell in enumerate(row, 1) if cell)


def _is_shared(rows: Sequence[Row]) -> bool:
    """Return whether some columns below have the same name, or none."""
    found = names(rows)
    return len(set(found)) < len(found) or not all(found[1:])


def is_value(cell: str) -> bool:
    """Return whether a cell is a value rather than a name."""
    return VALUE.fullmatch(cell) is not None


def plain_cell(words: str) -> str:
    """Return the words of a cell on one line; a bar in them would look like the end of it."""
    return one_line(words).replace("|", "¦")


def line_of(row: Row) -> str:
    """Return the cells of a row between bars."""
    return f"| {' | '.join(row)} |"
