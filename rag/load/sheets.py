"""Spreadsheets (Excel and OpenDocument): the tables of the visible sheets.

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
from rag.load.archive import OLE, unpackable
from rag.load.blocks import Block, assembled
from rag.load.displayed import Value, displayed
from rag.load.styles import Styles
from rag.load.tables import table_blocks
from rag.load.text import Parsed

MAX_MERGED = 10_000  # cells; more are a layout

Row = tuple[int, list[str]]  # its number and its cells


def parse_sheets(data: bytes) -> Parsed:
    """Return the rows of a workbook under its sheet names; raise LoadError if it is not one."""
    styles = None if data.startswith(OLE) else Styles(unpackable(data, "a spreadsheet"))
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        visible = [
            sheet.name for sheet in book.sheets_metadata if _is_shown(sheet.visible, sheet.typ)
        ]
        named = len(visible) > 1
        blocks = (
            block
            for name in visible
            for block in _sheet(book.get_sheet_by_name(name), named, styles)
        )
        parsed = assembled(blocks, unit="row")
    except PasswordError as error:
        raise LoadError("needs a password") from error
    except CalamineError as error:
        raise LoadError(f"damaged, or not a spreadsheet: {error}") from error
    return replace(parsed, title="")  # the name of a sheet is not the title of the workbook


def _is_shown(visible: SheetVisibleEnum, kind: SheetTypeEnum) -> bool:
    return visible == SheetVisibleEnum.Visible and kind == SheetTypeEnum.WorkSheet


def _sheet(sheet: CalamineSheet, named: bool, styles: Styles | None) -> Iterator[Block]:
    if named:
        yield Block(sheet.name, level=1)
    yield from table_blocks(_rows(sheet, styles), numbered=True)


def _rows(sheet: CalamineSheet, styles: Styles | None) -> Iterator[Row]:
    """Yield each row with its number; a merged cell has its value in every row and column."""
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
        yield row + 1, shown


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
