"""XML: a hardened parser for other formats, feeds, and records as lines that can be quoted.

No entity is expanded, no DTD is loaded, nothing is fetched.
"""

import re
from collections.abc import Iterator

from lxml import etree

from rag.errors import LoadError
from rag.load.blocks import Block, assembled, one_line
from rag.load.feeds import FEEDS, feed_blocks
from rag.load.html import html_blocks
from rag.load.records import Value, field_text, record_text
from rag.load.text import Parsed, decode
from rag.said import Said

PROSE = re.compile(r"docbook|tei-c|xhtml|\bdita\b|\bjats\b|journal", re.IGNORECASE)
FEW = 20  # one such element for so many values: data that has marks in some of its texts


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
    """Return a feed, or records as lines of fields; prose as paragraphs, without attributes."""
    text = decode(data)
    start = text.find("?>") + 2 if text.lstrip("\ufeff \n").startswith("<?xml") else 0
    # the XML declaration is cut, since its encoding may not be that of the decoded text
    root = tree(text[start:].encode())
    if local(root) in FEEDS:
        return assembled(feed_blocks(root))
    if _is_prose(root):
        return assembled(_blocks(root))
    names = {local(child) for child in root.iterchildren("*")}
    value = _value(root)
    if len(names) == 1 and not root.attrib and not isinstance(value, str):
        return record_text([item for _, item in value], *names)
    return field_text(value)


def _is_prose(root: etree._Element) -> bool:
    """Return whether a tree is a text with marks rather than data: by its kind, or because some
    of its elements hold words beside other elements.
    """
    kind = root.getroottree().docinfo
    if PROSE.search(f"{etree.QName(root).namespace} {kind.public_id} {kind.system_url}"):
        return True
    mixed = leaves = 0
    for element in root.iter("*"):
        mixed += _is_mixed(element)
        leaves += not len(element) and bool((element.text or "").strip())
    return mixed * FEW > leaves


def _is_mixed(element: etree._Element) -> bool:
    """Return whether an element holds words beside other elements."""
    beside = (element.text, *(child.tail for child in element))
    return len(element) > 0 and any(words and not words.isspace() for words in beside)


def _blocks(element: etree._Element) -> Iterator[Block]:
    children = list(element.iterchildren("*"))
    if _is_mixed(element) or not children:
        yield Block(one_line("".join(element.itertext())))
        return
    yield Block(
        "; ".join(f"{local(child)}: {_words(child)}" for child in children if _is_leaf(child))
    )
    for child in children:
        if _is_markup(child):
            yield from html_blocks(child.text or "")[1]
        elif len(child):
            yield from _blocks(child)


def _is_leaf(child: etree._Element) -> bool:
    return not len(child) and bool((child.text or "").strip()) and not _is_markup(child)


def _value(element: etree._Element) -> Value:
    """Return the attributes and elements in an element as named values; its words if alone."""
    attributes = [
        (name, one_line(value))
        for name, value in element.attrib.items()
        if isinstance(name, str) and not name.startswith("{") and value.strip()
    ]
    if _is_mixed(element) or not len(element):
        words = _words(element)
        own = [("", words)] if words else []
        return (*own, *attributes) if attributes else words
    inner = ((local(child), _value(child)) for child in element.iterchildren("*"))
    return (*attributes, *((name, value) for name, value in inner if value))


def _words(element: etree._Element) -> str:
    """Return all words in an element on one line, or those of a text of HTML in its lines."""
    if _is_markup(element):
        return "\n".join(block.text for block in html_blocks(element.text or "")[1])
    return one_line("".join(element.itertext()))


def _is_markup(element: etree._Element) -> bool:
    """Return whether the text of an element is HTML, as in the entries of feeds."""
    text = element.text or ""
    return not len(element) and "</" in text and ">" in text
