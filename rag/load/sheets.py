"""Spreadsheets of Excel: the tables of the visible sheets, and what is beside them.

Values are the stored results; no formula or macro is run.
"""

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, time

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from rag.errors import LoadError
from rag.load.archive import OLE, Archive, unpackable
from rag.load.beside import beside, left_out
from rag.load.blocks import Block, assembled
from rag.load.displayed import Value, displayed
from rag.load.styles import Styles
from rag.load.tables import table_blocks
from rag.load.text import Parsed
from rag.said import Said

KINDS = (SheetTypeEnum.WorkSheet, SheetTypeEnum.ChartSheet)  # the others are programs
MAX_MERGED = 10_000  # cells; more are a layout

Row = tuple[int, list[str]]  # its number and its cells


def parse_sheets(data: bytes) -> Parsed:
    """Return the rows of a workbook under its sheet names; raise LoadError if it is not one."""
    archive = None if data.startswith(OLE) else unpackable(data, Said("kind_spreadsheet"))
    styles = Styles(archive) if archive else None
    members = styles.members if styles else {}
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        shown, hidden = _sheets(book)
        parts = [f"the hidden sheet {name}" for name in hidden]
        parts += (
            f"sheet {name}: {part}"
            for name in shown
            if archive and name in members
            for part in left_out(archive, members[name])
        )
        named = len(shown) > 1
        blocks = (block for name in shown for block in _sheet(book, name, archive, styles, named))
        parsed = assembled(blocks, unit="row")
    except PasswordError as error:
        raise LoadError(Said("unread_password")) from error
    except CalamineError as error:
        raise LoadError(Said("unread_not_spreadsheet", error=str(error))) from error
    # the name of a sheet is not the title of the workbook
    return replace(parsed, title="", left_out=tuple(parts))


def _sheets(book: CalamineWorkbook) -> tuple[list[str], list[str]]:
    """Return the names of the visible sheets, and of the hidden ones."""
    sheets = [sheet for sheet in book.sheets_metadata if sheet.typ in KINDS]
    shown = [sheet.name for sheet in sheets if sheet.visible == SheetVisibleEnum.Visible]
    return shown, [sheet.name for sheet in sheets if sheet.name not in shown]


def _sheet(
    book: CalamineWorkbook, name: str, archive: Archive | None, styles: Styles | None, named: bool
) -> Iterator[Block]:
    """Yield the name of a sheet if it is `named`, its tables, and what is beside them."""
    if named:
        yield Block(name, level=1)
    kinds = {sheet.name: sheet.typ for sheet in book.sheets_metadata}
    if kinds[name] == SheetTypeEnum.WorkSheet:
        yield from table_blocks(_rows(book.get_sheet_by_name(name), styles), numbered=True)
    if archive and styles and name in styles.members:
        yield from beside(archive, styles.members[name])


def _rows(sheet: CalamineSheet, styles: Styles | None) -> Iterator[Row]:
    """Yield each row with its number; a merged cell has its value in every row and column.

    If it is all that a row holds from the first column on, it is there once.
    """
    _, first_column = sheet.start or (0, 0)  # the rows begin at the first, the cells do not
    merged = {
        (row, column): (top, left)
        for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()
        if (bottom - top + 1) * (right - left + 1) <= MAX_MERGED
        for row in range(top, bottom + 1)
        for column in range(left, right + 1)
    }
    values: dict[tuple[int, int], str] = {}
    formats = _by_row(styles, sheet.name)
    for row, cells in enumerate(sheet.iter_rows()):
        codes = formats(row + 1)
        shown = [_shown(cell, codes.get(number)) for number, cell in enumerate(cells, first_column)]
        for number, value in enumerate(shown):
            place = row, number + first_column
            if corner := merged.get(place):
                values.setdefault(corner, value)
                shown[number] = values[corner]
        filled = [number for number, value in enumerate(shown, first_column) if value]
        corners = {merged.get((row, number)) for number in filled}
        is_one = len(filled) > 1 and len(corners) == 1 and None not in corners and shown[0]
        yield row + 1, shown[:1] if is_one else shown


def _by_row(styles: Styles | None, sheet: str) -> Callable[[int], dict[int, str]]:
    """Return a function that returns the formats of a row; its calls must ascend."""
    found = styles.rows(sheet) if styles else iter(())
    waiting = next(found, None)

    def formats(row: int) -> dict[int, str]:
        nonlocal waiting
        while waiting and waiting[0] < row:
            waiting = next(found, None)
        return waiting[1] if waiting and waiting[0] == row else {}

    return formats


def _shown(cell: Value, code: str | None) -> str:
    """Return a value as its format shows it, or plainly.

    That is whole numbers without a point, no time at midnight.
    """
    if code and (shown := displayed(cell, code)) is not None:
        return shown
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        return f"{cell:.0f}" if cell.is_integer() and abs(cell) < 1e15 else f"{cell:.15g}"
    if isinstance(cell, datetime):
        return str(cell.date()) if cell.time() == time() else str(cell)
    return str(cell)
