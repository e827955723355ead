"""EPUB: the chapters of a book in the order of its spine, each read as an HTML page."""

from collections.abc import Iterator
from dataclasses import replace
from posixpath import dirname, join, normpath
from urllib.parse import unquote

from lxml import etree

from rag.errors import LoadError
from rag.load.archive import Archive, opened
from rag.load.blocks import Block, assembled
from rag.load.html import html_blocks
from rag.load.reasons import pictures_left_out
from rag.load.text import Parsed, decode
from rag.load.xml import tree
from rag.said import Said

CONTAINER = "META-INF/container.xml"
RIGHTS = "META-INF/rights.xml"


def parse_epub(data: bytes) -> Parsed:
    """Return the chapters of a book with their headings; raise LoadError if it is locked."""
    archive = opened(data, Said("kind_epub"), CONTAINER)
    if RIGHTS in archive.members:
        raise LoadError(Said("unread_locked"))
    package_name = next(
        (item.get("full-path", "") for item in tree(archive.read(CONTAINER)).iter("{*}rootfile")),
        "",
    )
    package = tree(archive.read(package_name))
    title = package.findtext(".//{http://purl.org/dc/elements/1.1/}title") or ""
    blocks = (
        block
        for name in _chapters(package, dirname(package_name))
        for block in _chapter(archive, name)
    )
    items = package.iterfind("{*}manifest/{*}item")
    pictures = sum(item.get("media-type", "").startswith("image/") for item in items)
    return replace(assembled(blocks, title), left_out=pictures_left_out(pictures))


def _chapters(package: etree._Element, folder: str) -> Iterator[str]:
    items = {item.get("id"): item for item in package.iter("{*}item")}
    for reference in package.iter("{*}itemref"):
        item = items.get(reference.get("idref"))
        if (
            item is not None
            and "html" in item.get("media-type", "")
            and "nav" not in item.get("properties", "")
        ):
            yield normpath(join(folder, unquote(item.get("href", ""))))


def _chapter(archive: Archive, name: str) -> list[Block]:
    if name not in archive.members:
        return []  # the other chapters can still be read
    return html_blocks(decode(archive.read(name)))[1]
