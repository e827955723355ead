"""HTML: the text of a page with its headings, lists and tables, in order.

Menus, scripts and notices about cookies are dropped. What a page hides until a click is kept. lxml
builds the tree. Nothing that a page refers to is ever fetched.
"""

import re
from collections.abc import Callable, Iterator, Mapping

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from rag.errors import LoadError
from rag.load import inline
from rag.load.blocks import Block, assembled, one_line
from rag.load.boilerplate import (
    PARAGRAPHS,
    content_of,
    flatten,
    is_dropped,
    is_footer,
    is_suspect,
    leads_away,
    of_footer,
)
from rag.load.formula import formula
from rag.load.items import Items, begins_item, marked
from rag.load.panels import panel_labels
from rag.load.spans import beside_cells, is_headed, rows_of, texts_of
from rag.load.tables import table_blocks
from rag.load.text import Parsed, decoded_page
from rag.said import Said
from rag.wrapping import DRAWN

HEADINGS = {f"h{level}": level for level in range(1, 7)}
BLOCKS = PARAGRAPHS | HEADINGS.keys() | {"br", "table", "li"}
BREAK = "\x1e"  # marks a <br> while other white space collapses


def parse_html(data: bytes) -> Parsed:
    """Return the text of an HTML page; raise LoadError if it has none."""
    return html_text(decoded_page(data))


def html_text(text: str) -> Parsed:
    """Return the text of a page, with its title."""
    title, blocks = html_blocks(text, hidden=True)
    return assembled(blocks, title)


def html_blocks(text: str, *, hidden: bool = False) -> tuple[str, list[Block]]:
    """Return the title of a page and its blocks; raise LoadError if there is no text.

    With `hidden` keep what a click would show; mails hide words that nobody is to read.
    """
    parser = HTMLParser(
        recover=True, remove_comments=True, remove_pis=True, no_network=True, huge_tree=True
    )
    try:
        root = document_fromstring(re.sub(r"^\s*<\?xml[^>]*>", "", text), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        raise LoadError(Said("unread_no_text")) from error
    flatten(root, hidden=hidden)
    title = root.findtext(".//title") or ""
    labels = panel_labels(root) if hidden else {}
    return title, [
        block for part in content_of(root) for block in Reader(hidden, labels).blocks(part)
    ]


class Reader:
    """Walks a tree and collects inline text until a block ends; `labels` are above parts of it.

    A reader of one `line`, as a cell, draws no bullets; with `spare` it says what pictures show.
    """

    def __init__(
        self,
        hidden: bool,
        labels: Mapping[HtmlElement, str] | None = None,
        *,
        line: bool = False,
        spare: bool = False,
    ) -> None:
        self._hidden, self._labels = hidden, labels or {}
        self._line, self._spare = line, spare
        self._inline: list[str] = []
        self._items = Items()
        self._mark = ""  # of the list item that begins
        self._level = 1  # of the last heading
        self._suspect = 0  # elements around that may be boilerplate
        self._in_footer = False
        self._linked = False  # whether the line has a link
        self._waiting: list[Block] = []  # the last heading and label of a footer, for a line

    def blocks(self, root: HtmlElement) -> Iterator[Block]:
        """Yield the blocks of a tree, in order."""
        yield from self._inside(root)
        yield from self._flush()

    def words(self, root: HtmlElement) -> str:
        """Return the text of a tree on one line."""
        return one_line(" ".join(block.text for block in self.blocks(root)))

    def _add(self, text: str | None) -> None:
        if text:
            self._inline.append(text)

    def _inside(self, element: HtmlElement) -> Iterator[Block]:
        self._add(element.text)
        for child in element:
            if self._spare and child.tag in ("img", "svg"):
                self._add(inline.instead_of(child))
            elif (self._line and child.tag == "button") or not is_dropped(
                child, hidden=self._hidden, spare=self._spare, depth=self._suspect
            ):
                self._suspect += (suspect := is_suspect(child))
                yield from self._reading_of(child)(child)
                self._suspect -= suspect
            self._add(child.tail)

    def _reading_of(self, element: HtmlElement) -> Callable[[HtmlElement], Iterator[Block]]:
        """Return what reads an element: few calls deep, for pages of elements in elements."""
        if element in self._labels or (not self._in_footer and is_footer(element)):
            return self._placed
        return self._element if element.tag in BLOCKS else self._part

    def _placed(self, element: HtmlElement) -> Iterator[Block]:
        """Yield the blocks of an element below its label, or with the lines of a footer."""
        yield from self._flush()
        if element in self._labels:
            yield from self._heading(self._labels[element], self._level + 1)
        inside, self._in_footer = self._in_footer, self._in_footer or is_footer(element)
        yield from self._element(element)
        if self._in_footer and not inside:
            yield from self._flush()
            self._in_footer = False
            self._waiting.clear()

    def _element(self, element: HtmlElement) -> Iterator[Block]:
        tag = element.tag
        if tag == "br":
            self._inline.append(BREAK)
        elif tag in HEADINGS and not self._line:
            yield from self._flush()
            self._level = HEADINGS[tag]
            yield from self._heading(self._line_of(element), self._level)
        elif tag == "table" and not self._in_footer and (rows := self._rows(element)):
            yield from self._flush()
            yield from self._inside(beside_cells(element))
            yield from self._flush()
            caption = element.find("caption")
            yield Block("" if caption is None else self._line_of(caption))
            yield from table_blocks(enumerate(rows, 1), headed=is_headed(element))
        elif tag == "pre":
            yield from self._flush()
            yield Block(element.text_content())
        elif tag == "li":
            yield from self._flush()
            self._mark = "" if self._line else self._items.mark(element)
            yield from self._inside(element)
            yield from self._flush()
            self._mark = ""
        else:
            yield from self._flush()
            yield from self._inside(element)
            yield from self._flush()

    def _part(self, element: HtmlElement) -> Iterator[Block]:
        """Read a part of a line, which may be raised, struck out, or a formula."""
        self._linked |= element.tag == "a" and leads_away(element)
        if element.tag == "math":
            self._add(formula(element))
        elif inline.is_struck(element):
            self._inline.append(inline.STRUCK)
            yield from self._inside(element)
            self._inline.append(inline.TO_HERE)
        elif inline.is_raised(element):
            start = len(self._inline)
            before = self._inline[-1] if start else ""
            yield from self._inside(element)
            words = "".join(self._inline[start:])
            self._inline[start:] = [inline.raised_words(element, before, words)] if words else []
        else:
            yield from self._inside(element)

    def _line_of(self, element: HtmlElement, *, spare: bool = False) -> str:
        return Reader(self._hidden, line=True, spare=spare).words(element)

    def _heading(self, text: str, level: int) -> Iterator[Block]:
        if self._mark not in ("", DRAWN):
            text = marked(self._mark, text).removeprefix(DRAWN)
        self._mark = ""
        self._waiting[:] = [Block(text, level)]
        if not self._in_footer:
            yield self._waiting.pop()

    def _flush(self) -> Iterator[Block]:
        """Yield the collected text, as a list item if it begins one, or as a paragraph."""
        text = inline.without_struck("".join(self._inline))
        lines = [one_line(line) for line in text.split(BREAK)]
        self._inline.clear()
        linked, self._linked = self._linked, False
        if self._in_footer:
            yield from self._waiting_for(lines, linked=linked)
        text = "\n".join(lines)
        if not text.strip(f"\n{DRAWN}"):
            return
        is_item = self._mark or text.startswith(DRAWN)
        text = marked(self._mark, text.strip())
        self._mark = ""
        yield Block(text, run="item" if is_item and begins_item(text) else "")

    def _waiting_for(self, lines: list[str], *, linked: bool) -> Iterator[Block]:
        """Leave the lines of a footer that say something; yield what waits for them."""
        found = [line for line in lines if line]
        lines[:], label = of_footer(found, linked=linked)
        if lines[:1] != found[:1]:  # other words are below the label
            self._waiting[:] = [block for block in self._waiting if block.level]
        if lines:
            yield from self._waiting
            self._waiting.clear()
        if label:
            self._waiting.append(Block(label))

    def _rows(self, table: HtmlElement) -> list[list[str]]:
        """Return the texts of the rows of a table that are not empty; none of a layout table."""
        if table.get("role") == "presentation" or table.find(".//table") is not None:
            return []
        return texts_of(rows_of(table), self._line_of)
