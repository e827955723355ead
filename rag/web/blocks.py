"""The blocks of a document as the source pane shows them: rows, and what Markdown marks.

Law: the blocks divide the text, so every character is in exactly one of them, in order. What a
block does not show (marks of Markdown, bars, line breaks) is still in it, at its own place.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from rag.tables import cells, lines_of
from rag.types import Document, Table

MARKDOWN = (".md", ".markdown")
LINE = re.compile(r"([^\r\n]*)(?:\r\n|\n|\r|\Z)")
FRONT = re.compile(r"\A---[ \t]*\r?\n(?P<shown>[\s\S]{0,20000}?)^---[ \t]*$", re.MULTILINE)
FENCE = re.compile(r" {0,3}(`{3,}|~{3,})[^\r\n]*")
HASHES = re.compile(r" {0,3}(#{1,6})[ \t]+([^\r\n]*?)(?:[ \t]+#+)?[ \t]*(?=[\r\n]|\Z)")
UNDERLINE = re.compile(r" {0,3}(=+|-{2,})[ \t]*(?=[\r\n]|\Z)")
BREAK = re.compile(r" {0,3}(?:(?:-[ \t]*){3,}|(?:\*[ \t]*){3,}|(?:_[ \t]*){3,})(?=[\r\n]|\Z)")
ITEM = re.compile(r"([ \t]*)(?:([-*+])|\d{1,9}[.)])[ \t]+(?=[^\s])")
QUOTED = re.compile(r" {0,3}>[> ]*")
RULE = frozenset("|:- \t\r\n")

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a text, of a kind, and the places in it that are shown; for a row, its cells.

    `level` is that of a heading or an item, and 1 for a row of values; `names` are its columns.
    """

    kind: str
    start: int
    end: int
    shown: tuple[Place, ...] = ()
    level: int = 0
    names: tuple[str, ...] = ()


def is_markdown(document: Document) -> bool:
    """Return whether the text of a document is Markdown."""
    return document.id.lower().endswith(MARKDOWN)


def blocks(document: Document, near: Sequence[Place]) -> Iterator[Block]:
    """Yield the blocks of a document, in order; together they are its whole text.

    Rows that touch none of the places `near` are plain text: a browser is slow with many cells.
    """
    position = 0
    for table in document.tables:
        if table.start < position:
            continue
        yield from _between(document, position, table.start)
        position = table.end + (document.text[table.end : table.end + 1] == "\n")
        yield from _table(document.text, table, position, near)
    yield from _between(document, position, len(document.text))


def _table(text: str, table: Table, end: int, near: Sequence[Place]) -> Iterator[Block]:
    def is_near(line: Place) -> bool:
        return any(line[0] < right and left < line[1] for left, right in near)

    for is_shown, found in groupby(lines_of(text, table.start, end), is_near):
        if is_shown:
            yield from (_row(text, table, *line) for line in found)
        else:
            lines = list(found)
            place = lines[0][0], lines[-1][1]
            yield Block("text", *place, (place,))


def _row(text: str, table: Table, start: int, end: int) -> Block:
    if start >= table.body:
        return Block("row", start, end, tuple(_cells(text, start, end)), 1, table.columns)
    is_rule = set(text[start:end]) <= RULE
    return Block("row", start, end, () if is_rule else tuple(_cells(text, start, end)))


def _cells(text: str, start: int, end: int) -> Sequence[Place]:
    stop = start + len(text[start:end].rstrip("\r\n"))
    return [(min(left, stop), min(right, stop)) for left, right in cells(text, start, stop)]


def _between(document: Document, start: int, end: int) -> Iterator[Block]:
    """Yield the blocks of a part without tables."""
    if is_markdown(document):
        yield from _markdown(document.text, start, end)
    elif start < end:
        yield Block("text", start, end, ((start, end),))


def _markdown(text: str, start: int, end: int) -> Iterator[Block]:
    """Yield the blocks of Markdown without tables."""
    indents: list[int] = []  # of the items that are open
    after_gap = True
    if start == 0 and (front := FRONT.match(text, 0, end)):
        start = _line(text, front.end(), end)[1]
        yield Block("code", 0, start, (front.span("shown"),))
    while start < end:
        block = _block(text, start, end, indents, after_gap)
        start = _gap_end(text, block.end, end)
        after_gap = block.kind == "gap" or start > block.end
        yield replace(block, end=start) if start > block.end else block


def _block(text: str, start: int, end: int, indents: list[int], after_gap: bool) -> Block:
    """Return the block that starts with this line."""
    stop, after = _line(text, start, end)
    line = text[start:stop]
    if not line.strip():
        return Block("gap", start, after)
    if fence := FENCE.match(text, start, stop):
        return _fenced(text, start, end, fence[1])
    if found := HASHES.match(text, start, stop):
        indents.clear()
        return Block("heading", start, after, (found.span(2),), len(found[1]))
    if BREAK.match(text, start, stop):
        return Block("break", start, after)
    return _lines(text, start, end, indents, after_gap)


def _lines(text: str, start: int, end: int, indents: list[int], after_gap: bool) -> Block:
    """Return a quotation, an item of a list, indented code or a paragraph."""
    stop, after = _line(text, start, end)
    line = text[start:stop]
    if QUOTED.match(text, start, stop):
        return _quoted(text, start, end)
    if item := ITEM.match(text, start, stop):
        return _item(text, item, end, indents)
    indent = len(line) - len(line.lstrip())
    if not indent:
        indents.clear()
    if indent >= 4 and after_gap and not indents:
        return Block("code", start, after, ((start, stop),))
    return _paragraph(text, start, end, len(indents))


def _fenced(text: str, start: int, end: int, mark: str) -> Block:
    """Return fenced code; only the lines between its fences are shown."""
    position = first = _line(text, start, end)[1]
    while position < end:
        stop, after = _line(text, position, end)
        if text[position:stop].strip().startswith(mark):
            return Block("code", start, after, ((first, position),))
        position = after
    return Block("code", start, end, ((first, end),))


def _quoted(text: str, start: int, end: int) -> Block:
    """Return the lines of a quotation, each without its marks."""
    shown, position = [], start
    while position < end and (mark := QUOTED.match(text, position, end)):
        _, after = _line(text, position, end)
        shown.append((min(mark.end(), after), after))
        position = after
    return Block("quoted", start, position, tuple(shown))


def _item(text: str, item: re.Match[str], end: int, indents: list[int]) -> Block:
    """Return an item of a list: without its bullet, or with its number."""
    indent = len(item[1].expandtabs(4))
    while indents and indents[-1] >= indent:
        indents.pop()
    indents.append(indent)
    stop = _lines_end(text, item.start(), end)
    kind = "item" if item[2] else "numbered"
    left = item.end() if item[2] else item.end(1)
    return Block(kind, item.start(), stop, ((left, stop),), len(indents))


def _paragraph(text: str, start: int, end: int, depth: int) -> Block:
    """Return a paragraph, one that belongs to an item, or a heading above an underline."""
    stop = _lines_end(text, start, end)
    if not depth and (bar := UNDERLINE.match(text, stop, end)):
        level = 1 if bar[1][0] == "=" else 2
        return Block("heading", start, _line(text, stop, end)[1], ((start, stop),), level)
    return Block("more" if depth else "paragraph", start, stop, ((start, stop),), depth)


def _lines_end(text: str, start: int, end: int) -> int:
    """Return where the lines end that belong together from this one on."""
    position = _line(text, start, end)[1]
    while position < end:
        stop, after = _line(text, position, end)
        opens = (FENCE, HASHES, BREAK, QUOTED, ITEM, UNDERLINE)
        if not text[position:stop].strip() or any(p.match(text, position, stop) for p in opens):
            break
        position = after
    return position


def _gap_end(text: str, start: int, end: int) -> int:
    """Return where the empty lines end that begin here."""
    position = start
    while position < end:
        stop, after = _line(text, position, end)
        if text[position:stop].strip():
            break
        position = after
    return position


def _line(text: str, start: int, end: int) -> Place:
    """Return where a line ends, without its line break and with it."""
    found = LINE.match(text, start, end)
    assert found is not None  # it matches an empty line
    return found.end(1), found.end()
