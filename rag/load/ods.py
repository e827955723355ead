"""OpenDocument spreadsheets (.ods): the visible sheets, their values as the program shows them."""

import io
from collections.abc import Iterator
from dataclasses import replace
from itertools import groupby
from typing import NamedTuple

from lxml import etree

from rag.errors import LoadError
from rag.load.archive import opened
from rag.load.blocks import Block, assembled, one_line
from rag.load.odf import words
from rag.load.tables import table_blocks
from rag.load.text import Parsed
from rag.said import Said

TABLE = "{urn:oasis:names:tc:opendocument:xmlns:table:1.0}"
STYLE = "{urn:oasis:names:tc:opendocument:xmlns:style:1.0}"
OFFICE = "{urn:oasis:names:tc:opendocument:xmlns:office:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"
CREATOR = "{http://purl.org/dc/elements/1.1/}creator"
MAX_REPEATED = 1_000  # rows or columns that hold the same
MAX_COLUMNS = 16_384
MANIFEST = "META-INF/manifest.xml"

Place = tuple[int, int]  # a row, from 1, and a column, from 0


class Row(NamedTuple):
    """A row of a sheet, from 1: its cells, and the comments on them."""

    sheet: str
    number: int
    cells: list[str]
    comments: list[str]


def parse_ods(data: bytes) -> Parsed:
    """Return the rows of a workbook under its sheet names; raise LoadError if it is not one."""
    archive = opened(data, Said("kind_spreadsheet"), "content.xml")
    if MANIFEST in archive.members and b"encryption-data" in archive.read(MANIFEST):
        raise LoadError(Said("unread_password"))
    content = archive.read("content.xml")
    try:
        shown, hidden = _sheets(content)
        parsed = assembled(_blocks(content, shown), unit="row")
    except etree.XMLSyntaxError as error:
        raise LoadError(Said("unread_not_xml", error=str(error))) from error
    left_out = tuple(f"the hidden sheet {name}" for name in hidden)
    return replace(parsed, title="", left_out=left_out)


def _blocks(content: bytes, shown: list[str]) -> Iterator[Block]:
    for name, rows in groupby(_rows(content), key=lambda row: row.sheet):
        if name not in shown:
            continue
        comments: list[str] = []
        if len(shown) > 1:
            yield Block(name, level=1)
        yield from table_blocks(_with_comments(rows, comments), numbered=True)
        yield from map(Block, comments)


def _with_comments(rows: Iterator[Row], comments: list[str]) -> Iterator[tuple[int, list[str]]]:
    """Yield the number and the cells of each row; collect the comments."""
    for row in rows:
        comments += row.comments
        yield row.number, row.cells


def _sheets(content: bytes) -> tuple[list[str], list[str]]:
    """Return the names of the visible sheets, and of the hidden ones."""
    unseen: set[str] = set()
    names: tuple[list[str], list[str]] = [], []
    tags = f"{STYLE}table-properties", f"{TABLE}table", f"{TABLE}table-row"
    for event, element in _elements(content, *tags):
        parent = element.getparent()
        if event == "end":
            element.clear()
        elif element.tag == f"{TABLE}table":
            hidden = element.get(f"{TABLE}style-name") in unseen
            names[hidden].append(element.get(f"{TABLE}name", ""))
        elif element.get(f"{TABLE}display") == "false" and parent is not None:
            unseen.add(parent.get(f"{STYLE}name", ""))
    return names


def _rows(content: bytes) -> Iterator[Row]:
    """Yield the rows of all sheets, the cells that others span filled with their value."""
    sheet, number = "", 1
    spanned: dict[Place, tuple[str, Place]] = {}
    for event, element in _elements(content, f"{TABLE}table", f"{TABLE}table-row"):
        if element.tag == f"{TABLE}table":
            sheet, number, spanned = element.get(f"{TABLE}name", ""), 1, {}
        elif event == "end":
            row = _row(sheet, number, element, spanned)
            repeated = _count(element, "number-rows-repeated")
            for after in range(min(repeated, MAX_REPEATED) if any(row.cells) else 1):
                yield row._replace(number=number + after)
            number += repeated
            element.clear()


def _row(
    sheet: str, number: int, element: etree._Element, spanned: dict[Place, tuple[str, Place]]
) -> Row:
    cells: list[str] = []
    comments: list[str] = []
    corners: set[Place] = set()  # of the cells with words; those of a span have one
    waiting = 0  # empty cells, which count only if others follow
    for cell in element.iterchildren(f"{TABLE}table-cell", f"{TABLE}covered-table-cell"):
        column = len(cells) + waiting
        text = one_line(" ".join(map(words, cell.iterchildren(f"{TEXT}p"))))
        corner = number, column
        repeated = min(_count(cell, "number-columns-repeated"), MAX_COLUMNS - column)
        if text:
            corners |= {corner, (number, column + repeated - 1)}
        elif corner in spanned:
            text, corner = spanned.pop(corner)
            corners.add(corner)
        comments += map(_comment, cell.iterchildren(f"{OFFICE}annotation"))
        if not text:
            waiting += repeated
            continue
        cells += [""] * waiting + [text] * min(repeated, MAX_REPEATED)
        waiting = 0
        down, right = _count(cell, "number-rows-spanned"), _count(cell, "number-columns-spanned")
        if 1 < down * right <= MAX_REPEATED:
            places = [(number + y, column + x) for y in range(down) for x in range(right)]
            spanned |= dict.fromkeys(places[1:], (text, corner))
    is_one = len(corners) == 1 and cells[0]  # once if it is all that a row holds
    return Row(sheet, number, cells[:1] if is_one else cells, comments)


def _comment(note: etree._Element) -> str:
    author = note.findtext(CREATOR)
    text = one_line(" ".join(map(words, note.iterchildren(f"{TEXT}p"))))
    return f"Comment by {author}: {text}" if author else f"Comment: {text}"


def _count(element: etree._Element, name: str) -> int:
    value = element.get(f"{TABLE}{name}", "1")
    return max(1, int(value)) if value.isdigit() and len(value) < 8 else 1


def _elements(content: bytes, *tags: str) -> Iterator[tuple[str, etree._Element]]:
    """Yield the beginning and the end of each element of these names; no entity is expanded."""
    yield from etree.iterparse(
        io.BytesIO(content), ("start", "end"), tag=tags, resolve_entities=False, no_network=True
    )
