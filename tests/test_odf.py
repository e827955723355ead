"""Texts of OpenDocument: merged and repeated cells, raised figures, notes of several sentences."""

import pytest

from rag.load.odf import parse_odf
from tests.office import odt

COVERED = "<table:covered-table-cell/>"


def cell(words: str, properties: str = "") -> str:
    return f"<table:table-cell {properties}><text:p>{words}</text:p></table:table-cell>"


def table(*rows: str) -> str:
    made = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    return f"<table:table>{made}</table:table>"


def text_of(body: str, styles: str = "") -> str:
    return parse_odf(odt(f"<office:text>{body}</office:text>", styles=styles)).text


def test_a_merged_cell_is_in_every_row_and_column_that_it_spans() -> None:
    tall = cell("North", 'table:number-rows-spanned="2" table:number-columns-spanned="2"')
    stale = f"<table:covered-table-cell><text:p>old</text:p></table:covered-table-cell>{COVERED}"
    many = '<table:table-cell table:number-columns-repeated="{}"/>'
    rows = (
        "".join(map(cell, ("Garden", "Part", "Plot"))),
        tall + COVERED + cell("7"),
        stale + cell("8"),
        cell("South") + COVERED + cell("9"),
        cell("Sold", 'table:number-columns-spanned="3"') + COVERED * 2,
        many.format(2) + cell("10") + many.format(16000),
    )
    assert text_of(table(*rows)) == (
        "| Garden | Part | Plot |\n| North | North | 7 |\n| North | North | 8 |\n| South |  | 9 |\n"
        "| Sold |\n|  |  | 10 |  |"
    )


def test_the_rows_of_a_table_in_a_cell_are_read_once() -> None:
    inner = table(cell("Monday") + cell("9-12"))
    rows = cell("Office") + cell("Hours"), cell("Port") + cell(f"open</text:p>{inner}<text:p>")
    assert text_of(table(*rows)) == "| Office | Hours |\n| Port | open Monday 9-12 |"


def test_raised_figures_are_read_as_such() -> None:
    style = '<style:style style:name="{}"><style:text-properties style:text-position="{}"/>'
    styles = "".join(
        f"{style.format(*one)}</style:style>"
        for one in (("up", "super 58%"), ("high", "33% 58%"), ("low", "-33% 58%"))
    )
    span = '<text:span text:style-name="{}">{}</text:span>'
    parts = (
        "1,250", span.format("up", "3"), " on the 3", span.format("up", "rd"), ", 10",
        span.format("low", "2"), span.format("high", "6"), " ", span.format("up", "1"), "/2",
    )  # fmt: skip
    assert text_of(f"<text:p>{''.join(parts)}</text:p>", styles) == "1,250³ on the 3rd, 102⁶ 1/2"


def test_a_note_of_several_sentences_is_after_its_paragraph() -> None:
    note = "<text:note><text:note-body><text:p>{}</text:p></text:note-body></text:note>"
    fee = f"<text:p>The fee is 50 euros{note.format('Net. See annex 3.')} a month.</text:p>"
    rent = f"<text:p>Rent is 90 euros{note.format('Net.')} a month.</text:p>"
    assert text_of(fee + rent) == (
        "The fee is 50 euros a month. [Net. See annex 3.]\n\nRent is 90 euros [Net.] a month."
    )


def boxed(inner: str) -> str:
    frame = "draw:frame xmlns:draw='d'"
    return f"<text:p><{frame}><draw:text-box>{inner}</draw:text-box></draw:frame></text:p>"


def test_text_boxes_in_headings_and_cells_are_read() -> None:
    box = boxed("<text:p>Bring oars.</text:p>").removeprefix("<text:p>").removesuffix("</text:p>")
    assert text_of(f"<text:h>Boats{box}</text:h>") == "Boats\n\nBring oars."
    inner = boxed("<text:p>Half.</text:p>" + boxed("<text:p>Full.</text:p>"))
    rows = cell("Boat") + cell("Fee"), cell(f"Sail{box}") + cell(f"7</text:p>{inner}<text:p>")
    assert text_of(table(*rows)) == "| Boat | Fee |\n| Sail Bring oars. | 7 Half. Full. |"


def test_text_boxes_in_each_other_are_each_read_once() -> None:
    inner = "<text:p>Bring oars.</text:p>"
    for _ in range(60):
        inner = boxed(inner)
    assert text_of(inner) == "Bring oars."


@pytest.mark.parametrize("count", ["²", "9" * 5000, "-1", ""])
def test_a_count_that_is_no_number_is_one(count: str) -> None:
    heading = f'<text:h text:outline-level="{count}">Boats</text:h>'
    words = f'<text:p>For<text:s text:c="{count}"/>hire</text:p>'
    parsed = parse_odf(odt(f"<office:text>{heading}{words}</office:text>"))
    assert parsed.text == "Boats\n\nFor hire"
    assert [found.level for found in parsed.headings] == [1]
