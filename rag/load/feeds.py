"""Feeds (RSS, Atom): every entry under its title, with its date, author, link and text."""

from collections.abc import Iterator
from dataclasses import replace

from lxml import etree

from rag.load.blocks import Block, one_line
from rag.load.html import html_blocks

FEEDS = frozenset({"rss", "RDF", "feed"})  # names of the root
DATES = ("published", "pubDate", "date", "updated")
AUTHORS = ("creator", "author")
TEXTS = ("encoded", "content", "description", "summary", "subtitle")  # the whole text first


def feed_blocks(root: etree._Element) -> Iterator[Block]:
    """Yield the title and description of a feed, then its entries."""
    channel = next((child for child in root.iterchildren("{*}channel")), root)
    yield from _entry(channel, 1)
    for element in root.iter("{*}item", "{*}entry"):
        yield from _entry(element, 2)


def _entry(entry: etree._Element, level: int) -> Iterator[Block]:
    """Yield an entry, or the feed itself at level 1: its title, some properties, and its text."""
    found: dict[str, etree._Element] = {}
    for child in entry.iterchildren("*"):
        name = str(etree.QName(child).localname)
        if name != "link" or child.get("rel", "alternate") == "alternate":
            found.setdefault(name, child)
    yield Block(_line(found.get("title")), level=level)
    properties = {
        "Date": _first(found, DATES),
        "Author": _first(found, AUTHORS),
        "Link": _link(found.get("link")),
    }
    for name, value in properties.items():
        yield Block(f"{name}: {value}" if value else "", run="item")
    text = next((found[name] for name in TEXTS if name in found), None)
    if text is not None:
        yield from _text(text, level)


def _text(element: etree._Element, level: int) -> Iterator[Block]:
    """Yield the text of an entry, which is HTML, as text or as elements; its headings are below."""
    inner = "".join(etree.tostring(child, encoding="unicode") for child in element)
    page = f"{element.text or ''}{inner}"
    for block in html_blocks(f"<div>{page}</div>")[1] if page.strip() else ():
        yield replace(block, level=block.level + level) if block.level else block


def _first(found: dict[str, etree._Element], names: tuple[str, ...]) -> str:
    return next((line for name in names if (line := _line(found.get(name)))), "")


def _line(element: etree._Element | None) -> str:
    """Return the words of an element, whose text may be HTML, on one line; of a person the name."""
    if element is None:
        return ""
    text = element.findtext("{*}name") or "".join(element.itertext())
    if "<" in text or "&" in text:
        text = " ".join(block.text for block in html_blocks(f"<div>{text}</div>")[1])
    return one_line(text)


def _link(element: etree._Element | None) -> str:
    return "" if element is None else one_line(element.get("href") or element.text or "")
