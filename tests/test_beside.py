"""What Office files hold beside their text and cells, and what of them is left out."""

import io
import zipfile
from collections.abc import Callable

import pytest
from lxml import etree
from PIL import Image
from pptx import Presentation
from pptx.opc.package import Part
from pptx.opc.packuri import PackURI
from pptx.presentation import Presentation as PresentationFile
from xlsxwriter import Workbook
from xlsxwriter.worksheet import Worksheet

from rag.load.beside import NO_RESULT
from rag.load.epub import parse_epub
from rag.load.odf import parse_odf
from rag.load.reasons import numbered
from rag.load.sheets import parse_sheets
from rag.load.slides import parse_pptx
from rag.load.text import Parsed
from tests.office import LINKS, epub, odt, zipped

DATA = "application/vnd.openxmlformats-officedocument.drawingml.diagramData+xml"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
DIAGRAM = "http://schemas.openxmlformats.org/drawingml/2006/diagram"


def workbook(fill: Callable[[Workbook, Worksheet], None]) -> Parsed:
    buffer = io.BytesIO()
    book = Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet("Boats")
    sheet.write_column("A1", ["Boat", "Ida", "Ada"])
    sheet.write_column("B1", ["Length", 9, 7])
    fill(book, sheet)
    book.close()
    return parse_sheets(buffer.getvalue())


def test_a_comment_on_a_cell_is_read_after_the_table_with_its_author() -> None:
    def fill(book: Workbook, sheet: Worksheet) -> None:
        sheet.write_comment("B2", "Measured\nin May", {"author": "Anna"})

    assert workbook(fill).text.endswith("| Ada | 7 |\n\nComment by Anna on B2: Measured in May")


def test_the_words_of_a_text_box_and_the_title_of_a_chart_are_read() -> None:
    def fill(book: Workbook, sheet: Worksheet) -> None:
        sheet.insert_textbox("D2", "Prices are without VAT.")
        sheet.insert_chart("D9", chart(book, "How long they are"))

    text = workbook(fill).text
    assert "Prices are without VAT." in text
    assert "How long they are" in text
    assert text.count("| 9 |") == 1  # the figures of the chart are those of the cells


def chart(book: Workbook, title: str) -> object:
    made = book.add_chart({"type": "line"})
    made.add_series({"name": "m", "categories": "=Boats!$A$2:$A$3", "values": "=Boats!$B$2:$B$3"})
    made.set_title({"name": title})
    return made


def test_a_sheet_that_is_a_chart_is_read_by_its_title() -> None:
    def fill(book: Workbook, sheet: Worksheet) -> None:
        book.add_chartsheet("Graph").set_chart(chart(book, "All lengths"))

    assert workbook(fill).text.endswith("Graph\n\nAll lengths")


def test_a_hidden_sheet_is_named_and_not_read() -> None:
    def fill(book: Workbook, sheet: Worksheet) -> None:
        hidden = book.add_worksheet("Draft")
        hidden.write("A1", "secret")
        hidden.hide()

    parsed = workbook(fill)
    assert "secret" not in parsed.text
    assert parsed.left_out == ("the hidden sheet Draft",)


@pytest.mark.parametrize(("cells", "words"), [
    (["B4"], "a formula without a result (B4)"),
    (["B4", "B5", "B6", "B7"], "4 formulas without a result (B4, B5, B6 …)"),
])  # fmt: skip
def test_formulas_without_a_result_are_named(cells: list[str], words: str) -> None:
    def fill(book: Workbook, sheet: Worksheet) -> None:
        for cell in cells:
            sheet.write_formula(cell, "=SUM(B2:B3)", value="")

    (part,) = workbook(fill).left_out
    assert part.startswith(f"sheet Boats: {words}: open and save")


def test_a_formula_whose_result_is_no_words_has_a_result() -> None:
    cell = b'<c r="B4" t="str"><f>IF(A1="","",1)</f><v></v></c>'
    assert NO_RESULT.search(cell) is None
    assert NO_RESULT.search(cell.replace(b' t="str"', b"")) is not None


def test_formulas_with_a_result_are_not_left_out() -> None:
    def fill(book: Workbook, sheet: Worksheet) -> None:
        sheet.write_formula("B4", "=SUM(B2:B3)", value=16)

    parsed = workbook(fill)
    assert "16" in parsed.text
    assert parsed.left_out == ()


def test_numbers_are_named_in_runs() -> None:
    assert numbered("page", [4]) == "page 4"
    assert numbered("page", [1, 2, 3, 7, 9, 10]) == "pages 1-3, 7, 9-10"


def test_hidden_slides_and_pictures_are_named_and_not_read() -> None:
    deck = Presentation()
    for words in ("Seen", "Secret", "Pictured"):
        slide = deck.slides.add_slide(deck.slide_layouts[5])
        slide.shapes.title.text = words
    deck.slides[1].element.set("show", "0")
    picture = io.BytesIO()
    Image.new("RGB", (9, 9)).save(picture, "PNG")
    deck.slides[2].shapes.add_picture(picture, 0, 0)
    parsed = parse_pptx(saved(deck))
    assert parsed.text == "Seen\n\nPictured"
    assert parsed.left_out == ("hidden: slide 2", "pictures on slide 3")


def test_the_pictures_of_a_book_and_of_open_documents_are_counted() -> None:
    text = odt("<office:text><text:p>Words.</text:p></office:text>")
    assert parse_odf(text).left_out == ()
    assert parse_odf(with_member(text, "Pictures/a.png")).left_out == ("a picture",)
    item = '<item id="p" href="p.png" media-type="image/png"/>'
    assert parse_epub(epub({"a": "<p>Words.</p>"})).left_out == ()
    book = epub({"a": "<p>Words.</p>"})
    package = zipfile.ZipFile(io.BytesIO(book)).read("in/book.opf").decode()
    changed = package.replace("</manifest>", f"{item}{item}</manifest>")
    assert parse_epub(with_member(book, "in/book.opf", changed)).left_out == ("2 pictures",)


def with_member(data: bytes, name: str, content: str = "") -> bytes:
    archive = zipfile.ZipFile(io.BytesIO(data))
    members = {one: archive.read(one) for one in archive.namelist()}
    return zipped({**members, name: content})


def test_the_points_of_a_diagram_are_items() -> None:
    deck = Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[6])
    points = "".join(
        f"<pt><t><a:p><a:r><a:t>{words}</a:t></a:r></a:p></t></pt>"
        for words in ("Cast off", "Sail")
    )
    names = f'xmlns="{DIAGRAM}" xmlns:a="{DRAWING}" xmlns:r="{LINKS}"'
    model = f"<dataModel {names}><ptLst>{points}</ptLst></dataModel>".encode()
    data = Part(PackURI("/ppt/diagrams/data1.xml"), DATA, deck.part.package, model)
    link = slide.part.relate_to(data, f"{LINKS}/diagramData")
    frame = slide.shapes.add_table(1, 1, 0, 0, 9, 9)._element
    graphic = frame.find(f".//{{{DRAWING}}}graphicData")
    graphic.clear()
    graphic.set("uri", DIAGRAM)
    graphic.append(etree.fromstring(f'<relIds {names} r:dm="{link}"/>'))
    assert parse_pptx(saved(deck)).text == "• Cast off\n• Sail"


def saved(deck: PresentationFile) -> bytes:
    buffer = io.BytesIO()
    deck.save(buffer)
    return buffer.getvalue()
