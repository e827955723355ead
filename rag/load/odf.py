"""OpenDocument text and slides (.odt, .odp): the content.xml of the archive.

Keeps headings, paragraphs, lists, tables and notes.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from lxml import etree

from rag.load.archive import opened
from rag.load.blocks import Block, assembled, one_line
from rag.load.notes import after, at_its_place
from rag.load.raised import raised_after
from rag.load.reasons import pictures_left_out
from rag.load.tables import MAX_SPAN, table_blocks
from rag.load.text import Parsed
from rag.load.xml import local, tree
from rag.said import Said
from rag.wrapping import DRAWN

DROPPED = frozenset(
    {"tracked-changes", "annotation", "annotation-end", "sequence-decls", "forms", "note-citation"}
)
TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
GROUPS = frozenset({"table-header-rows", "table-rows", "table-row-group"})
REPEATED = "number-columns-repeated"
RAISED = re.compile(r"super|0*[1-9]")  # or in percent of the height of the letters
MAX_SPACES = 100
PICTURES = "Pictures/"  # the folder in the archive that holds them


def parse_odf(data: bytes) -> Parsed:
    """Return the text and slides of an OpenDocument file; raise LoadError if it is not one."""
    archive = opened(data, Said("kind_odf"), "content.xml")
    meta = tree(archive.read("meta.xml")) if "meta.xml" in archive.members else None
    title = meta.findtext(".//{http://purl.org/dc/elements/1.1/}title") if meta is not None else ""
    content = tree(archive.read("content.xml"))
    _raise(content)
    body = content.find("{*}body")
    slides = body is not None and body.find("{*}presentation") is not None
    pictures = sum(name.startswith(PICTURES) for name in archive.members)
    parsed = assembled(
        _blocks(body) if body is not None else (), title or "", "slide" if slides else "page"
    )
    return replace(parsed, left_out=pictures_left_out(pictures))


def _blocks(element: etree._Element, item: bool = False) -> Iterator[Block]:
    slides = 0
    for child in element.iterchildren("*"):
        name = local(child)
        if name in DROPPED:
            continue
        if name == "h":
            yield Block(one_line(words(child)), level=_level(child))
            yield from (block for box in _boxes(child) for block in _blocks(box))
        elif name == "p":
            text = words(child)
            bullet = DRAWN if item and text.strip() else ""
            yield Block(f"{bullet}{text}", run="item" if item else "")
            yield from (block for box in _boxes(child) for block in _blocks(box))
        elif name == "table":
            yield from table_blocks(enumerate(_rows(child), 1))
        elif name == "page":
            slides += 1
            yield Block(_slide_title(child), level=1, page=slides)
            yield from _blocks(child)
        else:
            yield from _blocks(child, item or name == "list-item")


def _boxes(element: etree._Element) -> Iterator[etree._Element]:
    """Yield the text boxes in an element without those in other boxes."""
    for child in element.iterchildren("*"):
        name = local(child)
        if name == "text-box":
            yield child
        elif name not in DROPPED:
            yield from _boxes(child)


def _raise(content: etree._Element) -> None:
    """Put the raised form of figures into the spans whose style raises them."""
    styles = content.iterfind("{*}automatic-styles/{*}style")
    names = {
        style.get(f"{STYLE}name")
        for style in styles
        for look in style.iterfind("{*}text-properties")
        if RAISED.match(look.get(f"{STYLE}text-position", ""))
    }
    for span in content.iter(f"{TEXT}span") if names else ():
        parent, other = span.getparent(), span.getprevious()
        if span.get(f"{TEXT}style-name") in names and span.text and parent is not None:
            before = parent.text if other is None else other.tail or "".join(other.itertext())
            span.text = raised_after(before or "", span.text)


def _rows(table: etree._Element) -> list[list[str]]:
    """Return the cells of a table; one that spans others is in all of them, a whole row once."""
    rows: list[list[str]] = []
    spans: dict[int, tuple[int, str]] = {}  # by column: the row that is below, and the words
    for number, row in enumerate(_own_rows(table)):
        cells: list[str] = []
        for cell in row.iterchildren(f"{TABLE}table-cell", f"{TABLE}covered-table-cell"):
            text, place, repeated = _cell(cell), len(cells), _count(cell, REPEATED)
            if local(cell) == "table-cell":
                below = number + _count(cell, "number-rows-spanned")
                columns = min(_count(cell, "number-columns-spanned"), MAX_SPAN)
                spans |= dict.fromkeys(range(place, place + columns), (below, text))
            for column in range(place, place + (repeated if repeated <= MAX_SPAN else 1)):
                below, above = spans.get(column, (0, ""))
                is_covered = local(cell) != "table-cell" and number < below
                cells.append(above if is_covered else text)
        own = row.findall(f"{TABLE}table-cell")
        is_one = len(own) == 1 and _count(own[0], "number-columns-spanned") >= len(cells)
        rows.append(cells[:1] if is_one else cells)
    return [row for row in rows if any(row)]


def _cell(element: etree._Element) -> str:
    """Return the words of a cell on one line, then those of the text boxes in it."""
    return one_line(" ".join([words(element), *map(_cell, _boxes(element))]))


def _own_rows(element: etree._Element) -> Iterator[etree._Element]:
    """Yield the rows of a table without those of tables in its cells."""
    for child in element.iterchildren(f"{TABLE}*"):
        if local(child) == "table-row":
            yield child
        elif local(child) in GROUPS:
            yield from _own_rows(child)


def _count(element: etree._Element, name: str) -> int:
    return max(1, _whole(element.get(f"{TABLE}{name}", "")))


def _whole(value: str) -> int:
    """Return a number of at most seven figures; 1 for anything else."""
    return int(value) if value.isascii() and value.isdigit() and len(value) < 8 else 1


def _slide_title(page: etree._Element) -> str:
    """Return the name of a slide, unless a program gave it."""
    names = [value for key, value in page.attrib.items() if etree.QName(key).localname == "name"]
    return "" if not names or names[0].lower().startswith(("page", "slide")) else names[0]


def _level(heading: etree._Element) -> int:
    levels = (
        value
        for key, value in heading.attrib.items()
        if etree.QName(key).localname == "outline-level"
    )
    return max(1, _whole(next(levels, "")))


def words(element: etree._Element) -> str:
    """Return the words of a paragraph, with notes in brackets, without its text boxes."""
    later: list[str] = []
    return after(_words(element, later), later)


def _words(element: etree._Element, later: list[str]) -> str:
    parts = [element.text or ""]
    for child in element.iterchildren("*"):
        name = local(child)
        if name == "s":
            count = next((value for key, value in child.attrib.items() if key.endswith("}c")), "1")
            parts.append(" " * min(_whole(count), MAX_SPACES))
        elif name == "tab":
            parts.append("\t")
        elif name == "line-break":
            parts.append("\n")
        elif name == "note":
            parts.append(at_its_place(words(child), later))
        elif name not in DROPPED and name != "text-box":
            parts.append(_words(child, later))
            parts.append(" " if name in {"p", "h", "table-cell"} else "")
        parts.append(child.tail or "")
    return "".join(parts)
