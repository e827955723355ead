"""Rows and cells of an HTML table: those that go on in other columns and rows, those of headers."""

import re
from collections.abc import Callable, Iterator

from lxml import etree
from lxml.html import HtmlElement

from rag.load.tables import CELL, MAX_SPAN

COUNT = re.compile(r"\s*\+?([0-9]{1,9})(?![0-9])")
CELLS = ("td", "th")
SECTIONS = ("thead", "tbody", "tfoot", "tr")
IN_PLACE = frozenset({*CELLS, "col", "colgroup"})
HAS_CELLS = etree.XPath("boolean(.//tr | .//td | .//th)")
HAS_HEADING = etree.XPath("boolean(.//h1 | .//h2 | .//h3 | .//h4 | .//h5 | .//h6)")

Cells = list[HtmlElement]
# returns the words of an element on one line, with `spare=True` also what pictures show
Read = Callable[..., str]


def rows_of(table: HtmlElement) -> list[Cells]:
    """Return the cells of each row of a table; cells in no row are one together."""
    rows: list[Cells] = []
    above: HtmlElement | None = None  # of the cells that are in no row
    for element in table.iter("tr", *CELLS):
        if element.tag == "tr":
            rows.append(list(element.iterchildren(*CELLS)))
            above = None
            continue
        parent = element.getparent()
        if parent.tag == "tr" or next(element.iterancestors("table", *CELLS)).tag != "table":
            continue
        if parent is not above:
            rows.append([])
            above = parent
        rows[-1].append(element)
    return rows


def texts_of(rows: list[Cells], read: Read) -> list[list[str]]:
    """Return the texts of rows; a cell that spans others is in all of them, a whole row once.

    Rows without text are left out. Empty for a layout: it has long cells, or headings in them.
    """
    found: list[list[str]] = []
    below: dict[int, tuple[int, str]] = {}  # by column: for how many rows a cell goes on
    section: HtmlElement | None = None
    for row in rows:
        if row and (part := _section(row[0])) is not section:
            section = part
            below.clear()
        cells: list[str] = []
        for cell, text in _texts(row, read):
            if len(text) > CELL or HAS_HEADING(cell):
                return []
            _take_over(cells, below)
            for _ in range(_span(cell, "colspan")):
                below[len(cells)] = _span(cell, "rowspan") - 1, text
                cells.append(text)
        _take_over(cells, below)
        is_one = len(row) == 1 and _span(row[0], "colspan") == len(cells)
        found.append(cells[:1] if is_one else cells)
    return [row for row in found if any(row)]


def beside_cells(table: HtmlElement) -> HtmlElement:
    """Take what is in a table but in no cell, nor its caption, out of it, and return it."""
    outside = table.makeelement("div")
    caption = table.find("caption")
    parts = [table]
    for part in parts:
        _append(outside, part.text)
        part.text = None
        for child in list(part):
            tail, child.tail = child.tail, None
            if child.tag in SECTIONS or (child.tag not in IN_PLACE and HAS_CELLS(child)):
                parts.append(child)
            elif child.tag not in IN_PLACE and child is not caption:
                outside.append(child)
            _append(outside, tail)
    return outside


def is_headed(table: HtmlElement) -> bool | None:
    """Return whether the first row of several cells is marked as the names of the columns.

    None if nothing says so. Two columns are labels and what they say if each row is.
    """
    rows = [row for row in rows_of(table) if len(row) > 1]
    tags = [[cell.tag for cell in row] for row in rows]
    if tags and all(found == ["th", "td"] for found in tags):
        return False
    if tags and (set(tags[0]) == {"th"} or _section(rows[0][0]).tag == "thead"):
        return True
    return None


def _texts(row: Cells, read: Read) -> Iterator[tuple[HtmlElement, str]]:
    """Yield the cells of a row and their words; beside words, pictures are read too."""
    shown = [read(cell) for cell in row]
    for cell, text in zip(row, shown, strict=True):
        spare = not text and any(shown)
        yield cell, read(cell, spare=True) if spare else text


def _take_over(cells: list[str], below: dict[int, tuple[int, str]]) -> None:
    """Add the cells that go on from the row above."""
    while (left := below.get(len(cells), (0, "")))[0]:
        below[len(cells)] = left[0] - 1, left[1]
        cells.append(left[1])


def _span(cell: HtmlElement, name: str) -> int:
    """Return how many columns or rows a cell is in; 0 rows are all those of its section."""
    count = COUNT.match(cell.get(name, ""))
    if count is None:
        return 1
    return min(int(count[1]), MAX_SPAN) or (MAX_SPAN if name == "rowspan" else 1)


def _section(cell: HtmlElement) -> HtmlElement:
    """Return the head, body or foot of a table that a cell is in, or the table."""
    return next(cell.iterancestors("thead", "tbody", "tfoot", "table"))


def _append(outside: HtmlElement, text: str | None) -> None:
    """Add words after what is in an element, which are apart from it."""
    if text and text.strip():
        etree.SubElement(outside, "div").text = text
