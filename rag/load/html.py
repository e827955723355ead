"""HTML: the text of a page with its headings, lists and tables, in order.

Menus, scripts and notices about cookies are dropped. What a page hides until a click is kept. lxml
builds the tree. Nothing that a page refers to is ever fetched.
"""

import re
from collections.abc import Iterator

from lxml import etree
from lxml.html import HtmlElement, HTMLParser, document_fromstring

from rag.errors import LoadError
from rag.load.blocks import Block, assembled, one_line
from rag.load.encoding import BOMS
from rag.load.tables import CELL, MAX_SPAN, table_blocks
from rag.load.text import Parsed, decode
from rag.said import Said
from rag.sentences import DRAWN

HEADINGS = {f"h{level}": level for level in range(1, 7)}
DROPPED = frozenset(
    "script style noscript template nav footer button select textarea iframe object svg math "
    "canvas audio video head map".split()
)
DROPPED_ROLES = frozenset("navigation banner contentinfo search alert menu menubar".split())
PARAGRAPHS = frozenset(
    "p div section article main header body html ul ol dl dt dd blockquote figure figcaption "
    "caption details summary address form fieldset hr tr td th center pre".split()
)
HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
BOILERPLATE = re.compile(
    r"(?:^|[\s_-])(?:nav|navbar|navbox|navigation|menu|sidebar|breadcrumbs?|cookies?|footer|share|"
    r"social|toc|noprint|editsection|skip|advert|ads?)(?:$|[\s_-])",
    re.IGNORECASE,
)
CHARSET = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?\s*([\w-]+)""", re.IGNORECASE)
HEAD_BYTES = 4096  # the part of a page that can name its encoding
LINKS = 0.6  # a list or table with a larger share of its letters in links is a menu,
MENU_LINKS = 6  # if it has at least this many links
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
    parser = HTMLParser(recover=True, remove_comments=True, remove_pis=True, no_network=True)
    try:
        root = document_fromstring(re.sub(r"^\s*<\?xml[^>]*>", "", text), parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        raise LoadError(Said("unread_no_text")) from error
    title = root.findtext(".//title") or ""
    return title, [block for part in _main(root) for block in Reader(hidden).blocks(part)]


def decoded_page(data: bytes) -> str:
    """Return a page decoded as it declares, or like any text if that is missing or wrong."""
    named = CHARSET.search(data[:HEAD_BYTES])
    if named and not any(data.startswith(mark) for mark, _ in BOMS):
        try:
            return data.decode(named[1].decode("ascii"))
        except (LookupError, UnicodeDecodeError):
            pass  # no such encoding, or not the real one
    return decode(data)


def _main(root: HtmlElement) -> list[HtmlElement]:
    """Return the element that the page marks as its content and what is beside it, or the body.

    There must be exactly one such element, with more than a quarter of the text.
    """
    body = root.find("body") if root.find("body") is not None else root
    found = root.xpath("//main | //*[@role='main']") or root.xpath("//article")
    whole = len(body.text_content())
    if len(found) != 1 or len(found[0].text_content()) * 4 <= whole:
        return [body]
    beside = body.xpath("//aside[not(ancestor::main or ancestor::article or ancestor::nav)]")
    return [found[0], *(part for part in beside if not _is_dropped(part, hidden=False))]


class Reader:
    """Walks a tree and collects inline text until a block ends."""

    def __init__(self, hidden: bool) -> None:
        self._hidden = hidden
        self._inline: list[str] = []

    def blocks(self, root: HtmlElement) -> Iterator[Block]:
        """Yield the blocks of a tree, in order."""
        yield from self._inside(root)
        yield from self._flush()

    def _inside(self, element: HtmlElement) -> Iterator[Block]:
        self._inline.append(element.text or "")
        for child in element:
            if not _is_dropped(child, hidden=self._hidden):
                yield from self._element(child)
            self._inline.append(child.tail or "")

    def _element(self, element: HtmlElement) -> Iterator[Block]:
        tag = element.tag
        if tag == "br":
            self._inline.append(BREAK)
        elif tag in HEADINGS:
            yield from self._flush()
            yield Block(one_line(element.text_content()), HEADINGS[tag])
        elif tag == "table" and (rows := _rows(element)):
            yield from self._flush()
            headed = all(
                cell.tag == "th" for cell in next(element.iter("tr")).iterchildren("td", "th")
            )
            caption = element.find("caption")
            yield Block("" if caption is None else one_line(caption.text_content()))
            yield from table_blocks(enumerate(rows, 1), headed=headed or None)
        elif tag == "pre":
            yield from self._flush()
            yield Block(element.text_content())
        elif tag == "li":
            yield from self._flush()
            self._inline.append(DRAWN)
            yield from self._inside(element)
            yield from self._flush()
        elif tag in PARAGRAPHS or tag == "table":
            yield from self._flush()
            yield from self._inside(element)
            yield from self._flush()
        else:
            yield from self._inside(element)

    def _flush(self) -> Iterator[Block]:
        """Yield the collected text, as a list item if it begins as one, or as a paragraph."""
        text = "\n".join(one_line(part) for part in "".join(self._inline).split(BREAK))
        self._inline.clear()
        if text.strip(f"\n{DRAWN}"):
            yield Block(text, run="item" if text.startswith(DRAWN) else "")


def _is_dropped(element: HtmlElement, *, hidden: bool) -> bool:
    """Return whether an element is no content; `hidden` ones may be."""
    tag = element.tag
    if not isinstance(tag, str) or tag in DROPPED or element.get("aria-hidden") == "true":
        return True
    is_hidden = element.get("hidden") is not None or HIDDEN.search(element.get("style", ""))
    if is_hidden and not hidden:
        return True
    if element.get("role") in DROPPED_ROLES:
        return True
    named = f"{element.get('class', '')} {element.get('id', '')}"
    if (
        tag in PARAGRAPHS
        and tag not in {"body", "main", "article", "form"}
        and BOILERPLATE.search(named)
    ):
        return True
    return tag in {"ul", "ol", "table", "div"} and _is_menu(element)


def _is_menu(element: HtmlElement) -> bool:
    if element.find(".//p") is not None or element.find(".//h1") is not None:
        return False
    links = list(element.iter("a"))
    if len(links) < MENU_LINKS:
        return False
    whole = len("".join(element.text_content().split()))
    return sum(len("".join(link.text_content().split())) for link in links) > LINKS * whole


def _rows(table: HtmlElement) -> list[list[str]]:
    """Return the cells of a table; one that spans others is in all of them.

    Empty for a layout table.
    """
    if table.get("role") == "presentation" or table.find(".//table") is not None:
        return []
    rows: list[list[str]] = []
    below: dict[int, tuple[int, str]] = {}  # by column: for how many rows a cell goes on
    for row in table.iter("tr"):
        cells: list[str] = []
        for cell in row.iterchildren("td", "th"):
            text = one_line(" ".join(cell.itertext()))
            if len(text) > CELL or any(
                cell.find(f".//{heading}") is not None for heading in HEADINGS
            ):
                return []
            _take_over(cells, below)
            for _ in range(_span(cell, "colspan")):
                below[len(cells)] = _span(cell, "rowspan") - 1, text
                cells.append(text)
        _take_over(cells, below)
        rows.append(cells)
    return [row for row in rows if any(row)]


def _take_over(cells: list[str], below: dict[int, tuple[int, str]]) -> None:
    """Add the cells that go on from the row above."""
    while (left := below.get(len(cells), (0, "")))[0]:
        below[len(cells)] = left[0] - 1, left[1]
        cells.append(left[1])


def _span(cell: HtmlElement, name: str) -> int:
    span = cell.get(name, "1")
    return min(int(span), MAX_SPAN) if span.isdigit() and span != "0" else 1
