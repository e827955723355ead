"""Spreadsheets (Excel and OpenDocument): each row of a visible sheet names its columns.

Values are the stored results; no formula or macro is run.
"""

import io
from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, time, timedelta

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
from rag.load.blocks import Block, assembled, row_lines
from rag.load.text import Parsed

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
    numbers: deque[int] = deque()

    def filled() -> Iterator[list[str]]:
        for number, row in enumerate(sheet.iter_rows(), 1):
            cells = [_shown(cell) for cell in row]
            if any(cells):
                numbers.append(number)
                yield cells

    yield from (Block(line, run="row", page=numbers.popleft()) for line in row_lines(filled()))


def _shown(cell: Cell) -> str:
    """Return a value as a sheet shows it: whole numbers without a point, no time at midnight."""
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        return f"{cell:.0f}" if cell.is_integer() and abs(cell) < 1e15 else f"{cell:.15g}"
    if isinstance(cell, datetime):
        return str(cell.date()) if cell.time() == time() else str(cell)
    return str(cell)
