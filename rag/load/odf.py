"""OpenDocument text and slides (.odt, .odp): the content.xml of the archive.

Keeps headings, paragraphs, lists, tables and notes.
"""

from collections.abc import Iterator
from dataclasses import replace

from lxml import etree

from rag.load.archive import opened
from rag.load.blocks import Block, assembled, one_line
from rag.load.reasons import pictures_left_out
from rag.load.tables import table_blocks
from rag.load.text import Parsed
from rag.load.xml import local, tree
from rag.said import Said
from rag.sentences import DRAWN

DROPPED = frozenset(
    {"tracked-changes", "annotation", "annotation-end", "sequence-decls", "forms", "note-citation"}
)
MAX_SPACES = 100
PICTURES = "Pictures/"  # the folder in the archive that holds them


def parse_odf(data: bytes) -> Parsed:
    """Return the text and slides of an OpenDocument file; raise LoadError if it is not one."""
    archive = opened(data, Said("kind_odf"), "content.xml")
    meta = tree(archive.read("meta.xml")) if "meta.xml" in archive.members else None
    title = meta.findtext(".//{http://purl.org/dc/elements/1.1/}title") if meta is not None else ""
    body = tree(archive.read("content.xml")).find("{*}body")
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
        elif name == "p":
            text = words(child)
            bullet = DRAWN if item and text.strip() else ""
            yield Block(f"{bullet}{text}", run="item" if item else "")
            yield from (block for frame in child.iter("{*}text-box") for block in _blocks(frame))
        elif name == "table":
            yield from table_blocks(enumerate(_rows(child), 1))
        elif name == "page":
            slides += 1
            yield Block(_slide_title(child), level=1, page=slides)
            yield from _blocks(child)
        else:
            yield from _blocks(child, item or name == "list-item")


def _rows(table: etree._Element) -> list[list[str]]:
    rows = (
        [one_line(words(cell)) for cell in row.iterchildren("{*}table-cell")]
        for row in table.iter("{*}table-row")
    )
    return [row for row in rows if any(row)]


def _slide_title(page: etree._Element) -> str:
    """Return the name of a slide, unless a program gave it."""
    names = [value for key, value in page.attrib.items() if etree.QName(key).localname == "name"]
    return "" if not names or names[0].lower().startswith(("page", "slide")) else names[0]


def _level(heading: etree._Element) -> int:
    levels = [
        value
        for key, value in heading.attrib.items()
        if etree.QName(key).localname == "outline-level"
    ]
    return int(levels[0]) if levels and levels[0].isdigit() and levels[0] != "0" else 1


def words(element: etree._Element) -> str:
    """Return the words of a paragraph, with notes in brackets; text boxes are other blocks."""
    parts = [element.text or ""]
    for child in element.iterchildren("*"):
        name = local(child)
        if name == "s":
            count = next((value for key, value in child.attrib.items() if key.endswith("}c")), "1")
            parts.append(" " * (min(int(count), MAX_SPACES) if count.isdigit() else 1))
        elif name == "tab":
            parts.append("\t")
        elif name == "line-break":
            parts.append("\n")
        elif name == "note":
            parts.append(f" [{one_line(words(child))}]")
        elif name not in DROPPED and name != "text-box":
            parts.append(words(child))
            parts.append(" " if name in {"p", "h", "table-cell"} else "")
        parts.append(child.tail or "")
    return "".join(parts)
