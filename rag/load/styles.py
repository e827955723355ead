"""The number formats of the cells of an Excel workbook (.xlsx), which calamine does not read."""

import re
from collections.abc import Iterator
from functools import cache
from itertools import groupby

from rag.errors import LoadError
from rag.load.archive import Archive
from rag.load.displayed import BUILT_IN
from rag.load.parts import links_of
from rag.load.xml import tree

WORKBOOK, STYLES = "xl/workbook.xml", "xl/styles.xml"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
MAX_STYLES = 2000  # of the formats that change how a value is shown


class Styles:
    """The formats of a workbook's cells, by sheet. `members` are the names of its parts."""

    def __init__(self, archive: Archive) -> None:
        self._archive = archive
        self._codes = _codes(archive)
        self.members = _members(archive)

    def rows(self, sheet: str) -> Iterator[tuple[int, dict[int, str]]]:
        """Yield the rows of a sheet, from 1, that have formats: the format by column, from 0."""
        member = self.members.get(sheet)
        if not self._codes or member is None:
            return
        styles = b"|".join(b"%d" % style for style in self._codes)
        cell = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})" s="(' + styles + rb')"')
        found = cell.finditer(self._archive.read(member))
        for row, cells in groupby(found, key=lambda cell: int(cell[2])):
            yield row, {_column(cell[1]): self._codes[int(cell[3])] for cell in cells}


def _codes(archive: Archive) -> dict[int, str]:
    """Return the format codes by style; styles that show a value plainly are left out."""
    if STYLES not in archive.members:
        return {}
    root = tree(archive.read(STYLES))
    own = {
        item.get("numFmtId", ""): item.get("formatCode", "")
        for item in root.iterfind("{*}numFmts/{*}numFmt")
    }
    codes: dict[int, str] = {}
    for number, style in enumerate(root.iterfind("{*}cellXfs/{*}xf")):
        name = style.get("numFmtId", "0")
        code = own.get(name) or BUILT_IN.get(int(name) if name.isdigit() else 0, "")
        if code and code.lower() not in ("general", "@") and len(codes) < MAX_STYLES:
            codes[number] = code
    return codes


def _members(archive: Archive) -> dict[str, str]:
    """Return the member of the archive that holds each sheet."""
    try:
        book, links = tree(archive.read(WORKBOOK)), links_of(archive, WORKBOOK)
    except LoadError:
        return {}  # calamine says what is wrong, or finds its way
    sheets = book.iterfind("{*}sheets/{*}sheet")
    named = {sheet.get("name", ""): links.get(sheet.get(RELATION, "")) for sheet in sheets}
    return {name: link.part for name, link in named.items() if link}


@cache
def _column(letters: bytes) -> int:
    """Return the number of a column, from 0: "A" is 0, "AA" 26."""
    number = 0
    for letter in letters:
        number = 26 * number + letter - ord("A") + 1
    return number - 1
