"""Tables in text: each line is a row, its cells separated by bars, as in Markdown.

Owns where cells begin and end, and how a row is read: every value after the name of its column,
below a row that heads a group of rows after its words.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise

from rag.types import Document, Passage, Table

BAR = re.compile(r"(?<!\\)\|")
# a row with words in its first cell only; if it has no others, one cell spans it
GROUP = re.compile(r"^\|[ \t]*([^|\s\d][^|\n]{0,79})\|([| \t]*)$", re.MULTILINE)
REACH = 4000  # characters around a row in which groups are looked for, and of a form
# the first of two columns without names, if both have words: what the other rows are about
SUBJECT = re.compile(r"^\|([^|\n\d]{3,80})\|([^|\n\d]{3,80})\|$", re.MULTILINE)

Place = tuple[int, int]


@dataclass(slots=True)
class ReadText:
    """A text as it is read, and for each character its offset in the document.

    Characters that are not in the document, as the name of a column, have no length there: they
    begin and end where the next one that is in it begins.
    """

    text: str = ""
    starts: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)

    def add(self, words: str, place: int, *, own: bool = True) -> None:
        """Add words that are at this place in the document, or belong to what is there."""
        self.text += words
        places = range(place, place + len(words)) if own else [place] * len(words)
        self.starts += places
        self.ends += [place + own for place in places]


def cells(text: str, start: int, end: int) -> list[Place]:
    """Return where the cells of a row begin and end, without the white space around them.

    >>> cells("| a | | b c |", 0, 13)
    [(2, 3), (6, 6), (8, 11)]
    """
    bars = [found.start() for found in BAR.finditer(text, start, end)]
    edges = [start - 1, *bars, end]
    if bars and not text[start : bars[0]].strip():
        edges = edges[1:]  # before the first cell
    if len(edges) > 2 and not text[edges[-2] + 1 : end].strip():
        edges = edges[:-1]  # after the last one
    return [_stripped(text, left + 1, right) for left, right in pairwise(edges)]


def lines_of(text: str, start: int, end: int) -> Iterator[Place]:
    """Yield the lines between two offsets with their breaks; the first and last may be parts."""
    while start < end:
        stop = text.find("\n", start, end)
        stop = end if stop < 0 else stop + 1
        yield start, stop
        start = stop


def is_row(document: Document, offset: int) -> bool:
    """Return whether a row of values is at this offset."""
    table = document.table_at(offset)
    return table is not None and offset >= table.body


def columns_at(document: Document, offset: int) -> tuple[str, ...]:
    """Return the names of the columns from this offset of a table on; () if there are none."""
    table = document.table_at(offset)
    if table is None:
        return ()
    places = cells(document.text, *_row_at(document, table, offset))
    return table.columns[sum(end < offset for _, end in places) :]


def whole_cells(document: Document, start: int, end: int) -> Place:
    """Return the offsets, widened to whole cells if they are in a row of a table."""
    table = document.table_at(start)
    if table is None:
        return start, end
    places = cells(document.text, *_row_at(document, table, start))
    touched = [place for place in places if place[0] < end and place[1] > start]
    return (touched[0][0], touched[-1][1]) if touched else (start, end)


def read_parts(passage: Passage) -> list[ReadText]:
    """Return what is read of a passage: each row of a table alone, and what is above it.

    Between rows that say the same of other things, a reader mistakes one for another.
    """
    document, start = passage.document, passage.start
    table = document.table_at(passage.end - 1)
    if table is None:
        return [as_read(document, start, passage.end)]
    parts = [as_read(document, start, table.start)] if start < table.start else []
    lines = lines_of(document.text, max(start, table.body), passage.end)
    return [*parts, *(as_read(document, *line) for line in lines)]


def as_read(document: Document, start: int, end: int) -> ReadText:
    """Return a part of a document as it is read: a value in a table after its column's name."""
    read = ReadText()
    first = bisect_right(document.tables, start, key=lambda table: table.end)
    for table in document.tables[first:]:
        if table.start >= end:
            break
        if start < table.start:
            read.add(document.text[start : table.start], start)
        start = max(start, table.start)
        for line in lines_of(document.text, start, min(end, table.end)):
            _add_row(read, document, table, *line)
        start = min(end, table.end)
    read.add(document.text[start:end], start)
    return read


def _add_row(read: ReadText, document: Document, table: Table, start: int, end: int) -> None:
    """Add the cells of a row that are between two offsets, after the names of their columns."""
    text = document.text
    if start < table.body or not table.columns:
        read.add(_subject_of(document, table, start), start, own=False)
        read.add(text[start:end], start)
        return
    separator = ""
    group = _group_of(document, table, start)
    for number, place in enumerate(cells(text, *_row_at(document, table, start))):
        left, right = max(place[0], start), min(place[1], end)
        if left < right:
            name = table.columns[number] if number < len(table.columns) else ""
            read.add(f"{group}{separator}{name}: " if name else group + separator, left, own=False)
            group = ""
            read.add(text[left:right], left)
            separator = "; "
    if end > start and text[end - 1] == "\n":
        read.add("\n", end - 1)


def _subject_of(document: Document, table: Table, offset: int) -> str:
    """Return the first row of a form, to be read before the others; "" if it names nothing."""
    if table.start < table.body or table.end - table.start > REACH:
        return ""
    first = SUBJECT.match(document.text, table.start, table.end)
    return f"{first[1].strip()}: {first[2].strip()}; " if first and offset > first.end() else ""


def _group_of(document: Document, table: Table, offset: int) -> str:
    """Return what heads the group of a row, to be read before it; "" if nothing does.

    Words in a first cell may also be a row that lacks values. They head groups if the table begins
    with such a row, has others, and each has full rows below it. A cell that spans its row always
    does.
    """
    text, (start, end) = document.text, _row_at(document, table, offset)
    first, last = max(table.body, start - REACH), min(table.end, end + REACH)
    rows = list(GROUP.finditer(text, first, last))
    if not rows or GROUP.match(text, start, end):
        return ""
    are_apart = all(above.end() + 1 < below.start() for above, below in pairwise(rows))
    if not (len(rows) > 1 and are_apart and GROUP.match(text, table.body, table.end)):
        rows = [row for row in rows if not row[2]]
    above = [row for row in rows if row.end() < start]
    return f"{above[-1][1].strip()}; " if above else ""


def _row_at(document: Document, table: Table, offset: int) -> Place:
    """Return where the line with this offset of a table begins and ends."""
    stop = document.text.find("\n", offset, table.end)
    line = document.text.rfind("\n", table.start, offset) + 1
    return line or table.start, table.end if stop < 0 else stop


def _stripped(text: str, start: int, end: int) -> Place:
    cell = text[start:end]
    left = start + len(cell) - len(cell.lstrip())
    return (left, left + len(cell.strip())) if cell.strip() else (end, end)
