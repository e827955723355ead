"""Values of a spreadsheet are read as it shows them."""

from datetime import date, datetime, time, timedelta

import pytest

from rag.load.displayed import Value, displayed
from rag.load.sheets import parse_sheets
from tests.office import LINKS, PACKAGE, SHEET, zipped


@pytest.mark.parametrize(
    ("value", "code", "shown"),
    [
        (0.375, "0.0%", "37.5%"), (-0.05, "0%", "-5%"), (42, "00000", "00042"),
        (112500.5, '#,##0.00 "€"', "112,500.50 €"), (1500, "[$€-2] #,##0.00", "€ 1,500.00"),
        (-3, "0.0", "-3.0"), (-1500.4, "#,##0;(#,##0)", "(1,500)"),
        (-1500.4, '#,##0;(#,##0);"-"', "(1,500)"),
        (2_500_000, '0.0,,"M"', "2.5M"), (2.5, "0.##", "2.5"), (3, "0.##", "3"),
        (datetime(2024, 3, 12), "d mmmm yyyy", "12 March 2024"),

        (date(2024, 3, 12), "dddd, dd.mm.yy", "Tuesday, 12.03.24"),
        (time(15, 4), "h:mm AM/PM", "3:04 PM"),
        (time(16), "hh:mm", "16:00"), (timedelta(hours=30, minutes=5), "[h]:mm", "30:05"),
        (12345, "0.00E+00", None), (0.5, "# ?/?", None),
        (1.5, "General", None), ("x", "0.0", None),
        (True, "0", None), (date(2024, 3, 12), "0", None),
    ],
)  # fmt: skip
def test_a_value_is_shown_by_its_format(value: Value, code: str, shown: str | None) -> None:
    assert displayed(value, code) == shown


def test_the_cells_of_a_workbook_have_their_formats() -> None:
    links = "".join(
        f'<Relationship Id="r{n}" Type="{LINKS}/{kind}" Target="{target}"/>'
        for n, (kind, target) in enumerate(
            [("worksheet", "/xl/worksheets/1.xml"), ("styles", "styles.xml")]
        )
    )
    rows = (
        '<row r="2"><c r="B2" t="str"><v>Share</v></c><c r="C2" t="str"><v>Paid</v></c></row>'
        '<row r="3"><c r="B3" s="1"><v>0.375</v></c><c r="C3" s="2"><v>1500</v></c></row>'
        '<row r="4"><c r="B4" s="0"><v>0.5</v></c><c r="C4" s="2"><v>2</v></c></row>'
    )
    book = zipped({
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r" '
        f'Type="{LINKS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'<workbook xmlns="{SHEET}" xmlns:r="{LINKS}"><sheets>'
        '<sheet name="A" sheetId="1" r:id="r0"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{links}'
        "</Relationships>",
        "xl/styles.xml": f'<styleSheet xmlns="{SHEET}"><numFmts><numFmt numFmtId="164" '
        'formatCode="#,##0.00&quot; crowns&quot;"/></numFmts><cellXfs><xf numFmtId="0"/>'
        '<xf numFmtId="9"/><xf numFmtId="164"/></cellXfs></styleSheet>',
        "xl/worksheets/1.xml": f'<worksheet xmlns="{SHEET}"><sheetData>{rows}</sheetData>'
        '<mergeCells><mergeCell ref="B3:B3"/></mergeCells></worksheet>',
    })  # fmt: skip
    parsed = parse_sheets(book)
    assert parsed.text == ("| Share | Paid |\n| 38% | 1,500.00 crowns |\n| 0.5 | 2.00 crowns |")
    assert parsed.page_numbers == (2, 3, 4)
