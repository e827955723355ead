"""Where sentences begin and end. No sentence crosses a paragraph, a list item or a table row.

Owns the offsets of sentences, in characters of the text, and the definition of a list item.
"""

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import pairwise

from rag import stops
from rag.tables import cells, lines_of
from rag.types import Heading, Passage, Table

Span = tuple[int, int]

MAX_WRAP = 160  # characters; a longer line is not wrapped: it is a whole paragraph
MIN_WRAP = 40  # a shorter one is not wrapped either: it is an address, a list, verse
MAX_GRAPHEME = 64  # characters that combine into one; longer sequences are cut
JOINING = frozenset({"Mn", "Me", "Mc", "Cf"})  # Unicode categories
MAX_SENTENCE = 2000  # characters; tables, code and noise are cut at white space near it

BULLETS = "-*+•◦▪‣·–—"
SPACE = r"[^\S\r\n\f]+"
BULLET = rf"[{BULLETS}]{SPACE}"  # begins an item of an unordered list
ITEM = rf"(?:{BULLET}|\(?(?:\d{{1,3}}|[a-zA-Z])[.)]{SPACE})"  # or of any list
DRAWN = "• "  # the bullet of an item whose format only implies one

# begins an item, a table row or a quotation
BLOCK = re.compile(rf"[ \t]*(?:{ITEM}|[|>#]{SPACE}|\|)")
QUOTED = re.compile(r"[ \t]*(?:>[ \t]?)+")  # the marks before a line of a quotation
RULE = re.compile(r"\s*([-=_*~])\1{2,}\s*")  # a line that is drawn
# the name before a value
KEY = re.compile(r"[ \t]*+([^\W\d])\w{0,30}(?:[ .-]\w{1,30}){0,2}(?::(?:\s|$)|[ \t]*+=(?!=))")
GAP = re.compile(r"(?<=\S)[ ]{2,}(?=\S)")
SHORT = 0.6  # of the width: prose is wrapped later
NUMBER_OR_ADDRESS = re.compile(r"[\d@]|://")
MARKER = re.compile(rf"\s*(?:[{BULLETS}>#]+{SPACE})+")  # precedes a sentence
BLANK_LINE = re.compile(r"(?:\r\n|\n|\r(?!\n)|\f)(?:[^\S\r\n\f]*+(?:\r\n|\n|\r(?!\n)|\f))+")
LINE_BREAK = re.compile(r"\r?\n|\r|\f|\u2028|\u2029")
MIN_WORDS = 4  # a shorter line of code or of a log is no prose
CODE = re.compile(r"[={}\[\]\\]|\w\(|[;,]\s*$")
CONTENTS = re.compile(  # a line of a table of contents: dots, then a page number
    r"(?<!\.)(?<!\.[ \t])(?:\.[ \t]?){4,}+(?:\d{1,4}|[ivxlc]{1,7})[ \t]*+$", re.MULTILINE
)


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
        flows_on = (
            _is_prose(text[slice(*line)], text[slice(*following)])
            if by_line
            else _flows_on(text, line, following, width, block_start)
        )
        if not flows_on:
            yield block_start, line[1]
            block_start = following[0]
    yield block_start, end


def _line_spans(text: str, start: int, end: int) -> Iterator[Span]:
    position = start
    for match in LINE_BREAK.finditer(text, start, end):
        yield position, match.start()
        position = match.end()
    yield position, end


def _flows_on(text: str, line: Span, following: Span, width: int, block: int) -> bool:
    """Return whether wrapping made a line break: the next word did not fit on the line.

    `block` is where the sentences before the break begin, with the line or before it.
    """
    start, place = (_after_marks(text, *span) for span in (line, following))
    if text.count(">", line[0], start) != text.count(">", following[0], place):
        start, place = line[0], following[0]
    above, below = text[start : line[1]], text[place : following[1]]
    if BLOCK.match(below) or not below.strip() or " | " in below or "\t" in below.strip():
        return False
    is_apart = CONTENTS.search(above) or RULE.fullmatch(above) or _in_columns(above, below)
    first, second = KEY.match(text, _after_marks(text, block, block + 99)), KEY.match(below)
    if is_apart or (first and second and first[1].islower() == second[1].islower()):
        return False
    if below.lstrip()[0].islower() and not below.startswith(("\t", "    ")):
        return block != line[0] or not _is_entry(above, below, width)
    first_word = below.split(None, 1)[0]
    return MIN_WRAP <= width <= MAX_WRAP and line[1] - line[0] + 1 + len(first_word) >= width * 0.9


def _after_marks(text: str, start: int, end: int) -> int:
    """Return where a line begins after the marks of quotations."""
    marks = QUOTED.match(text, start, end)
    return marks.end() if marks else start


def _in_columns(above: str, below: str) -> bool:
    """Return whether two lines have gaps, one of them wide, with words one below the other."""
    if "   " not in above and "   " not in below:
        return False
    ends, others = ({gap.end() for gap in GAP.finditer(line)} for line in (above, below))
    fewer, more = sorted((ends, others), key=len)
    aligned = fewer <= more or (len(more) == 1 and len(above.rstrip()) == len(below.rstrip()))
    return bool(fewer) and aligned  # in justified prose, only some are


def _is_entry(above: str, below: str, width: int) -> bool:
    """Return whether the first line of a block, in small letters, is an entry of a list."""
    line = above.strip()
    if not line[:1].islower() or re.match(ITEM, line) or not line[-1].isalnum():
        return False
    last, other = (words.rsplit(None, 1)[-1] for words in (line, below))
    alike = len(below) < MIN_WRAP and NUMBER_OR_ADDRESS.search(other)
    return bool(NUMBER_OR_ADDRESS.search(last) and (len(line) < SHORT * width or alike))


def _is_prose(line: str, following: str) -> bool:
    """Return whether a line of code or of a log is words that go on in the next line."""
    return (
        following.lstrip()[:1].islower()
        and len(line.split()) >= MIN_WORDS
        and not CODE.search(line)
        and not CODE.search(following)
        and not KEY.match(following)
    )


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
