"""XML: a hardened parser for other formats, feeds, and records as lines that can be quoted.

No entity is expanded, no DTD is loaded, nothing is fetched.
"""

from collections.abc import Iterator

from lxml import etree

from rag.errors import LoadError
from rag.load.blocks import Block, assembled, one_line
from rag.load.feeds import FEEDS, feed_blocks
from rag.load.html import html_blocks
from rag.load.text import Parsed, decode
from rag.said import Said


def tree(data: bytes) -> etree._Element:
    """Return the root; raise LoadError for XML that is not well-formed or declares entities."""
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise LoadError(Said("unread_not_xml", error=str(error))) from error
    declared = root.getroottree().docinfo.internalDTD
    if declared is not None and any(True for _ in declared.iterentities()):
        raise LoadError(Said("unread_entities"))
    return root


def local(element: etree._Element) -> str:
    """Return an element's name without its namespace."""
    return str(etree.QName(element).localname)


def parse_xml(data: bytes) -> Parsed:
    """Return a feed, or innermost records as lines of fields and mixed text as paragraphs."""
    text = decode(data)
    start = text.find("?>") + 2 if text.lstrip("\ufeff \n").startswith("<?xml") else 0
    # the XML declaration is cut, since its encoding may not be that of the decoded text
    root = tree(text[start:].encode())
    if local(root) in FEEDS:
        return assembled(feed_blocks(root))
    return assembled(_blocks(root))


def _blocks(element: etree._Element) -> Iterator[Block]:
    children = list(element.iterchildren("*"))
    if any((child.tail or "").strip() for child in children) or not children:
        yield Block(one_line("".join(element.itertext())))
        return
    line = "; ".join(f"{name}: {value}" for name, value in _fields(children))
    yield Block(line)
    for child in children:
        if _is_markup(child):
            yield from html_blocks(child.text or "")[1]
        elif len(child):
            yield from _blocks(child)


def _fields(children: list[etree._Element]) -> Iterator[tuple[str, str]]:
    for child in children:
        if not len(child) and (child.text or "").strip() and not _is_markup(child):
            yield local(child), one_line(child.text or "")


def _is_markup(element: etree._Element) -> bool:
    """Return whether the text of an element is HTML, as in the entries of feeds."""
    text = element.text or ""
    return not len(element) and "</" in text and ">" in text
