"""What a sheet of an Excel workbook holds beside its cells: comments, text boxes, charts."""

import re
from collections.abc import Iterator

from lxml import etree

from rag.load.archive import Archive
from rag.load.blocks import Block, one_line
from rag.load.charts import chart_title
from rag.load.parts import links_of, of_type
from rag.load.reasons import pictures_left_out
from rag.load.xml import tree

# a formula whose result the program that wrote the file did not store
NO_RESULT = re.compile(
    rb'<c r="([A-Z]{1,3}\d{1,7})"(?![^>]* t="str")[^>]*>\s*<f(?:\s[^>]*)?(?:/>|>[^<]*</f>)'
    rb"\s*(?:<v\s*/>|<v></v>)?\s*</c>"
)
NAMED = 3  # cells that are named of many
THREADED = "[Threaded comment]"  # stands before a note for programs that know no threads


def beside(archive: Archive, member: str) -> Iterator[Block]:
    """Yield the comments, text boxes and titles of charts of the sheet in this member."""
    links = links_of(archive, member)
    for name in of_type(links, "comments"):
        yield from _comments(tree(archive.read(name)))
    for name in of_type(links, "threadedComment"):
        for comment in tree(archive.read(name)).iterfind("{*}threadedComment"):
            yield _comment(comment.get("ref", ""), "", comment.findtext("{*}text") or "")
    for name in of_type(links, "drawing"):
        for box in tree(archive.read(name)).iter("{*}txBody"):
            yield from (Block("".join(line.itertext("{*}t"))) for line in box.iterfind("{*}p"))
        for chart in of_type(links_of(archive, name), "chart"):
            yield from chart_title(tree(archive.read(chart)))  # its figures are in the cells


def left_out(archive: Archive, member: str) -> Iterator[str]:
    """Yield what of a sheet cannot be read: pictures, and formulas without a result."""
    pictures = sum(
        link.type == "image"
        for name in of_type(links_of(archive, member), "drawing")
        for link in links_of(archive, name).values()
    )
    yield from pictures_left_out(pictures)
    cells = [found[1].decode() for found in NO_RESULT.finditer(archive.read(member))]
    if cells:
        named = ", ".join(cells[:NAMED]) + (" …" if len(cells) > NAMED else "")
        count = "a formula" if len(cells) == 1 else f"{len(cells):,} formulas"
        yield f"{count} without a result ({named}): open and save the file in a spreadsheet program"


def _comments(root: etree._Element) -> Iterator[Block]:
    authors = [author.text or "" for author in root.iterfind("{*}authors/{*}author")]
    for comment in root.iterfind("{*}commentList/{*}comment"):
        number = comment.get("authorId", "")
        is_known = number.isdigit() and int(number) < len(authors)
        text = "".join(comment.itertext("{*}t"))
        if not text.startswith(THREADED):
            yield _comment(comment.get("ref", ""), authors[int(number)] if is_known else "", text)


def _comment(cell: str, author: str, text: str) -> Block:
    by = f" by {author}" if author else ""
    return Block(f"Comment{by} on {cell}: {one_line(text)}" if text.strip() else "")
