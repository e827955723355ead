"""Where sentences begin and end. No sentence crosses a paragraph, a list item or a table row.

Owns the offsets of sentences, in characters of the text.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise

from rag import stops
from rag.tables import cells, lines_of
from rag.types import Heading, Passage, Table
from rag.wrapping import BULLETS, CONTENTS, SPACE, Span, flows_on, is_prose

MAX_GRAPHEME = 64  # characters that combine into one; longer sequences are cut
JOINING = frozenset({"Mn", "Me", "Mc", "Cf"})  # Unicode categories
MAX_SENTENCE = 2000  # characters; tables, code and noise are cut at white space near it

MARKER = re.compile(rf"\s*(?:[{BULLETS}>#]+{SPACE})+")  # precedes a sentence
BLANK_LINE = re.compile(r"(?:\r\n|\n|\r(?!\n)|\f)(?:[^\S\r\n\f]*+(?:\r\n|\n|\r(?!\n)|\f))+")
LINE_BREAK = re.compile(r"\r?\n|\r|\f|\u2028|\u2029")


def sentences(
    text: str,
    headings: Sequence[Heading] = (),
    tables: Sequence[Table] = (),
    *,
    by_line: bool = False,
) -> Iterator[Span]:
    """Yield the start and end of every sentence of the text, in order, without headings.

    A row of a table is one. With `by_line`, as for code and logs, a line is one unless it is prose.
    """
    edges = [0, *(edge for heading in headings for edge in (heading.start, heading.end)), len(text)]
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        yield from _between(text, start, end, tables, by_line)


def sentences_in(passage: Passage) -> list[Span]:
    """Return the sentences of a passage (which contains no heading), in document offsets."""
    document = passage.document
    by_line = document.unit == "line"
    return list(_between(document.text, passage.start, passage.end, document.tables, by_line)) or [
        (passage.start, passage.end)
    ]


def _between(
    text: str, start: int, end: int, tables: Sequence[Table], by_line: bool
) -> Iterator[Span]:
    """Yield the sentences between two offsets, and the rows of tables."""
    first = bisect_right(tables, start, key=lambda table: table.end)
    for table in tables[first:]:
        if table.start >= end:
            break
        for block in blocks(text, start, max(start, table.start)):
            yield from _sentences_of(text, *block)
        start = max(start, table.start)
        for line in lines_of(text, start, min(end, table.end)):
            yield from _parts_of_row(text, *line)
        start = min(end, table.end)
    for block in blocks(text, start, end, by_line=by_line):
        yield from _sentences_of(text, *block)


def _parts_of_row(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield a row from its first cell to its last, in parts of whole cells if it is too long.

    A row of marks, as below the names of the columns, is none.
    """
    places = [place for place in cells(text, start, end) if place[1] > place[0]]
    run: list[Span] = []
    for place in places if any(map(str.isalnum, text[start:end])) else ():
        if run and place[1] - run[0][0] > MAX_SENTENCE:
            yield run[0][0], run[-1][1]
            run = []
        if place[1] - place[0] > MAX_SENTENCE:
            yield from trimmed(text, *place)
        else:
            run.append(place)
    if run:
        yield run[0][0], run[-1][1]


def blocks(text: str, start: int, end: int, *, by_line: bool = False) -> Iterator[Span]:
    """Yield paragraphs, list items and table rows: the blocks that no sentence crosses."""
    position = start
    for blank in BLANK_LINE.finditer(text, start, end):
        yield from _lines(text, position, blank.start(), by_line)
        position = blank.end()
    yield from _lines(text, position, end, by_line)


def _lines(text: str, start: int, end: int, by_line: bool) -> Iterator[Span]:
    if not LINE_BREAK.search(text, start, end):
        if start < end:
            yield start, end
        return
    width = max(line_end - line_start for line_start, line_end in _line_spans(text, start, end))
    block_start = start
    for line, following in pairwise(_line_spans(text, start, end)):
        goes_on = (
            is_prose(text[slice(*line)], text[slice(*following)], width)
            if by_line
            else flows_on(text, line, following, width, block_start)
        )
        if not goes_on:
            yield block_start, line[1]
            block_start = following[0]
    yield block_start, end


def _line_spans(text: str, start: int, end: int) -> Iterator[Span]:
    position = start
    for match in LINE_BREAK.finditer(text, start, end):
        yield position, match.start()
        position = match.end()
    yield position, end


def _sentences_of(text: str, start: int, end: int) -> Iterator[Span]:
    position = start
    ends = () if CONTENTS.search(text, start, end) else stops.ends(text, start, end)
    for stop in ends:
        yield from trimmed(text, position, stop)
        position = stop
    yield from trimmed(text, position, end)


def trimmed(text: str, start: int, end: int) -> Iterator[Span]:
    """Yield the span without the markers and white space around it, in parts if it is too long."""
    marker = MARKER.match(text, start, end)
    start = marker.end() if marker else start
    while start < end and text[start].isspace():
        start += 1
    while start < end and text[end - 1].isspace():
        end -= 1
    while end - start > MAX_SENTENCE:
        cut = cut_point(text, start, start + MAX_SENTENCE)
        yield start, cut
        start = cut
        while start < end and text[start].isspace():
            start += 1
    if any(character.isalnum() for character in text[start:end]):
        yield start, end


def cut_point(text: str, start: int, limit: int) -> int:
    """Return the last white space before the limit, or the last place that splits no grapheme."""
    for place in range(limit, start + (limit - start) // 2, -1):
        if text[place].isspace():
            return start + len(text[start:place].rstrip())
    cut = limit
    while cut > start + 1 and not _is_grapheme_start(text[cut], text[cut - 1]):
        cut -= 1
    if _is_grapheme_start(text[cut], text[cut - 1]):
        return cut
    after = range(limit, min(limit + MAX_GRAPHEME, len(text)))
    return next(
        (place for place in after if _is_grapheme_start(text[place], text[place - 1])), limit
    )


def _is_grapheme_start(character: str, before: str) -> bool:
    joins = unicodedata.combining(character) or unicodedata.category(character) in JOINING
    return not joins and before not in "\u200d\r"
