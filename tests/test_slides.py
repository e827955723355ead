"""Slides and the charts of Office files: merged cells, raised figures, values as they are shown."""

import io

from lxml import etree
from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.slide import Slide
from pptx.util import Inches

from rag.load.charts import chart_blocks
from rag.load.slides import parse_pptx

PLACE = Inches(1), Inches(2), Inches(6), Inches(2)


def slide() -> Slide:
    deck = Presentation()
    return deck.slides.add_slide(deck.slide_layouts[6])


def text_of(one: Slide) -> str:
    buffer = io.BytesIO()
    one.part.package.presentation_part.presentation.save(buffer)
    return parse_pptx(buffer.getvalue()).text


def test_a_merged_cell_is_in_every_row_and_column_that_it_spans() -> None:
    one = slide()
    table = one.shapes.add_table(5, 3, *PLACE).table
    for number, text in enumerate(
        "Deck Cabin Price Upper 101 140 - 102 155 Closed - - Sold - -".split()
    ):
        table.cell(number // 3, number % 3).text = text.strip("-")
    table.cell(1, 0).merge(table.cell(2, 0))
    table.cell(3, 0).merge(table.cell(3, 1))
    table.cell(4, 0).merge(table.cell(4, 2))
    assert text_of(one) == (
        "| Deck | Cabin | Price |\n| Upper | 101 | 140 |\n| Upper | 102 | 155 |\n"
        "| Closed | Closed |  |\n| Sold |"
    )


def test_raised_figures_and_the_signs_of_other_fonts_are_read_as_such() -> None:
    one = slide()
    paragraph = one.shapes.add_textbox(*PLACE).text_frame.paragraphs[0]
    for text, baseline in (
        ("10", "0"),
        ("6", "30000"),
        (" of H", ""),
        ("2", "-25000"),
        ("O\v", ""),
    ):
        run = paragraph.add_run()
        run.text = text
        run.font._element.set("baseline", baseline)
    run = paragraph.add_run()
    run.text = "\uf0e0 sold"
    run.font._element.append(etree.Element("{x}sym", typeface="Wingdings"))
    assert text_of(one) == "10⁶ of H2O_x000B_→ sold"


def test_the_figures_of_a_chart_are_whole_and_in_their_formats() -> None:
    one = slide()
    figures = CategoryChartData()
    figures.categories = ["1.10", "June"]
    figures.add_series("Sold", (1234567, 2345678.5))
    figures.add_series("Share", (0.254, None), number_format="0.0%")
    one.shapes.add_chart(XL_CHART_TYPE.COLUMN_CLUSTERED, *PLACE, figures)
    assert text_of(one) == (
        "|  | 1.10 | June |\n| Sold | 1234567 | 2345678.5 |\n| Share | 25.4% |  |"
    )


def test_a_chart_shows_dates_and_the_levels_of_its_categories() -> None:
    def points(*values: str) -> str:
        return "".join(f'<pt idx="{idx}"><v>{value}</v></pt>' for idx, value in enumerate(values))

    def rows(categories: str, code: str = "General", value: str = "7") -> list[str]:
        values = f"<val><formatCode>{code}</formatCode>{points(value, '8')}</val>"
        chart = f"<chart><ser><cat>{categories}</cat>{values}</ser></chart>"
        return [block.text for block in chart_blocks(etree.fromstring(chart))]

    days = f"<formatCode>mmm\\-yy</formatCode>{points('45292', '45323')}"
    assert rows(days) == ["| Jan-24 | 7 |", "| Feb-24 | 8 |"]
    levels = f"<lvl>{points('Q1', 'Q2')}</lvl><lvl>{points('2024')}</lvl>"
    assert rows(levels) == ["| 2024 Q1 | 7 |", "| 2024 Q2 | 8 |"]
    assert rows(points("a", "b"), "0.00", "1e99") == ["| a | 1e99 |", "| b | 8.00 |"]
