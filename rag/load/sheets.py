"""Spreadsheets (Excel and OpenDocument): the tables of the visible sheets.

Values are the stored results; no formula or macro is run.
"""

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta
from itertools import groupby

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
from rag.load.tables import table_blocks
from rag.load.text import Parsed

MAX_MERGED = 10_000  # cells; more are a layout

Cell = int | float | str | bool | time | date | datetime | timedelta


def parse_sheets(data: bytes) -> Parsed:
    """Return the rows of a workbook under its sheet names; raise LoadError if it is not one."""
    if not data.startswith(OLE):
        unpackable(data, "a spreadsheet")
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(data))
        visible = [
            sheet.name for sheet in book.sheets_metadata if _is_shown(sheet.visible, sheet.typ)
        ]
        named = len(visible) > 1
        blocks = (
            block for name in visible for block in _sheet(book.get_sheet_by_name(name), named)
        )
        parsed = assembled(blocks, unit="row")
    except PasswordError as error:
        raise LoadError("needs a password") from error
    except CalamineError as error:
        raise LoadError(f"damaged, or not a spreadsheet: {error}") from error
    return replace(parsed, title="")  # the name of a sheet is not the title of the workbook


def _is_shown(visible: SheetVisibleEnum, kind: SheetTypeEnum) -> bool:
    return visible == SheetVisibleEnum.Visible and kind == SheetTypeEnum.WorkSheet


def _sheet(sheet: CalamineSheet, named: bool) -> Iterator[Block]:
    if named:
        yield Block(sheet.name, level=1)
    for rows in _regions(sheet):
        yield from table_blocks(rows, numbered=True)


def _regions(sheet: CalamineSheet) -> Iterator[Iterator[tuple[int, list[str]]]]:
    """Yield the runs of rows between empty ones, as they are read."""
    filled = groupby(_filled(sheet), key=lambda row: any(row[1]))
    yield from (rows for has_cells, rows in filled if has_cells)


def _filled(sheet: CalamineSheet) -> Iterator[tuple[int, list[str]]]:
    """Yield each row with its number; a merged cell has its value in every row and column."""
    first_row, first_column = sheet.start or (0, 0)
    merged = {
        (row, column): (top, left)
        for (top, left), (bottom, right) in sheet.merged_cell_ranges or ()
        if (bottom - top + 1) * (right - left + 1) <= MAX_MERGED
        for row in range(top, bottom + 1)
        for column in range(left, right + 1)
    }
    values: dict[tuple[int, int], str] = {}
    for row, cells in enumerate(sheet.iter_rows(), first_row):
        shown = [_shown(cell) for cell in cells]
        for number, value in enumerate(shown):
            place = row, number + first_column
            if corner := merged.get(place):
                values.setdefault(corner, value)
                shown[number] = values[corner]
        yield row + 1, shown


def _shown(cell: Cell) -> str:
    """Return a value as a sheet shows it: whole numbers without a point, no time at midnight."""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        return f"{cell:.0f}" if cell.is_integer() and abs(cell) < 1e15 else f"{cell:.15g}"
    if isinstance(cell, datetime):
        return str(cell.date()) if cell.time() == time() else str(cell)
    return str(cell)
