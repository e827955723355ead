"""Sheets of OpenDocument: values as shown, repeated and merged cells, comments, hidden sheets."""

import pytest

from rag.errors import LoadError
from rag.load.ods import parse_ods
from tests.office import ods


def cell(words: str = "", properties: str = "", inside: str = "") -> str:
    paragraph = f"<text:p>{words}</text:p>" if words else ""
    return f"<table:table-cell {properties}>{inside}{paragraph}</table:table-cell>"


def row(*cells: str, properties: str = "") -> str:
    return f"<table:table-row {properties}>{''.join(cells)}</table:table-row>"


def table(*rows: str, name: str = "Boats", style: str = "seen") -> str:
    return (
        f'<table:table table:name="{name}" table:style-name="{style}">{"".join(rows)}</table:table>'
    )


HEADER = row(cell("Boat"), cell("Share"))


def test_a_value_is_read_as_it_is_shown() -> None:
    shown = cell("37.5 %", 'office:value-type="percentage" office:value="0.375"')
    parsed = parse_ods(ods(table(HEADER, row(cell("Ida"), shown))))
    assert parsed.text == "| Boat | Share |\n| Ida | 37.5 % |"
    assert parsed.tables[0].columns == ("Boat", "Share")
    assert (parsed.unit, parsed.page_numbers) == ("row", ())


def test_repeated_cells_and_rows_are_read_and_the_empty_end_of_a_sheet_is_not() -> None:
    end = cell("", 'table:number-columns-repeated="16382"')
    parsed = parse_ods(
        ods(
            table(
                HEADER,
                row(cell("7", 'table:number-columns-repeated="2"'), end),
                row(cell("Ada"), cell("9"), properties='table:number-rows-repeated="2"'),
                row(end, properties='table:number-rows-repeated="1048000"'),
                row(cell("Last"), cell("1")),
            )
        )
    )
    lines = parsed.text.split("\n")
    assert lines[:4] == ["| Boat | Share |", "| 7 | 7 |", "| Ada | 9 |", "| Ada | 9 |"]
    assert parsed.page_numbers[-1] == 1_048_005


def test_a_merged_cell_is_in_every_row_that_it_spans() -> None:
    merged = cell("North", 'table:number-rows-spanned="2"')
    covered = "<table:covered-table-cell/>"
    parsed = parse_ods(
        ods(
            table(
                row(cell("Region"), cell("Boat")),
                row(merged, cell("Ida")),
                row(covered, cell("Ada")),
            )
        )
    )
    assert parsed.text.endswith("| North | Ida |\n| North | Ada |")


def test_a_comment_is_read_after_the_table_and_not_in_its_cell() -> None:
    note = (
        "<office:annotation><dc:creator>Anna</dc:creator><text:p>Measured twice.</text:p>"
        "</office:annotation>"
    )
    parsed = parse_ods(ods(table(HEADER, row(cell("Ida", inside=note), cell("9")))))
    assert parsed.text == "| Boat | Share |\n| Ida | 9 |\n\nComment by Anna: Measured twice."


def test_a_hidden_sheet_is_named_and_not_read() -> None:
    hidden = (
        '<style:style style:name="h"><style:table-properties table:display="false"/></style:style>'
    )
    secret = table(row(cell("secret"), cell("1")), name="Draft", style="h")
    parsed = parse_ods(ods(table(HEADER, row(cell("Ida"), cell("9"))) + secret, hidden))
    assert "secret" not in parsed.text
    assert parsed.left_out == ("the hidden sheet Draft",)


def test_a_sheet_with_a_password_or_broken_xml_is_refused() -> None:
    locked = {"META-INF/manifest.xml": "<manifest><encryption-data/></manifest>"}
    with pytest.raises(LoadError, match="needs a password"):
        parse_ods(ods("", **locked))
    with pytest.raises(LoadError, match="not well-formed XML"):
        parse_ods(ods("<table:table>"))


def test_a_cell_that_spans_a_whole_row_is_in_it_once() -> None:
    span = cell("Prices", 'table:number-columns-spanned="2"')
    covered = "<table:covered-table-cell/>"
    parsed = parse_ods(ods(table(row(span, covered), HEADER, row(cell("Ida"), cell("Ida")))))
    assert parsed.text == "Prices\n\n| Boat | Share |\n| Ida | Ida |"
