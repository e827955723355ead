"""Small files of many formats, made here so that the expected text is known."""

import io
import json
import zipfile
from collections.abc import Mapping

from pptx import Presentation
from pptx.chart.data import CategoryChartData
from pptx.enum.chart import XL_CHART_TYPE
from pptx.util import Inches

OFFICE = "urn:oasis:names:tc:opendocument:xmlns:"
NAMES = " ".join(
    f'xmlns:{name}="{OFFICE}{name}:1.0"' for name in ("office", "style", "text", "table", "drawing")
)
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"


def zipped(files: Mapping[str, str | bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def pptx() -> bytes:
    deck = Presentation()
    deck.core_properties.title = "Boats of the year"
    first = deck.slides.add_slide(deck.slide_layouts[1])
    first.shapes.title.text = "Sales"
    first.placeholders[1].text = "Forty boats went to Norway.\nTwo sank."
    first.notes_slide.notes_text_frame.text = "Say this slowly."
    deck.slides.add_slide(deck.slide_layouts[6])
    third = deck.slides.add_slide(deck.slide_layouts[5])
    third.shapes.title.text = "Lengths"
    table = third.shapes.add_table(2, 2, Inches(1), Inches(2), Inches(4), Inches(1)).table
    for number, text in enumerate(("Boat", "Length", "Ida", "9 m")):
        table.cell(number // 2, number % 2).text = text
    figures = CategoryChartData()
    figures.categories = ["May", "June"]
    figures.add_series("Sold", (3, 4.5))
    third.shapes.add_chart(
        XL_CHART_TYPE.COLUMN_CLUSTERED, Inches(1), Inches(4), Inches(4), Inches(2), figures
    )
    buffer = io.BytesIO()
    deck.save(buffer)
    return buffer.getvalue()


def xlsx(sheets: Mapping[str, list[list[str | float]]], hidden: str = "") -> bytes:
    files = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"><Default Extension="xml" '
        'ContentType="application/xml"/></Types>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r" '
        f'Type="{LINKS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    }
    listed, linked = "", ""
    for number, (name, rows) in enumerate(sheets.items(), 1):
        state = ' state="hidden"' if name == hidden else ""
        listed += f'<sheet name="{name}" sheetId="{number}"{state} r:id="r{number}"/>'
        linked += (
            f'<Relationship Id="r{number}" Type="{LINKS}/worksheet" '
            f'Target="worksheets/{number}.xml"/>'
        )
        body = "".join(_row(place, row) for place, row in enumerate(rows, 1))
        files[f"xl/worksheets/{number}.xml"] = (
            f'<worksheet xmlns="{SHEET}"><sheetData>{body}</sheetData></worksheet>'
        )
    files["xl/workbook.xml"] = (
        f'<workbook xmlns="{SHEET}" xmlns:r="{LINKS}"><sheets>{listed}</sheets></workbook>'
    )
    files["xl/_rels/workbook.xml.rels"] = (
        f'<Relationships xmlns="{PACKAGE}/relationships">{linked}</Relationships>'
    )
    return zipped(files)


def _row(place: int, row: list[str | float]) -> str:
    cells = "".join(
        f'<c r="{chr(65 + column)}{place}"><v>{value}</v></c>'
        if isinstance(value, float)
        else f'<c r="{chr(65 + column)}{place}" t="inlineStr"><is><t>{value}</t></is></c>'
        for column, value in enumerate(row)
        if value != ""
    )
    return f'<row r="{place}">{cells}</row>'


def odt(body: str, title: str = "", styles: str = "") -> bytes:
    meta = (
        f'<office:document-meta {NAMES} xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<dc:title>{title}</dc:title>"
    )
    return zipped(
        {
            "mimetype": "application/vnd.oasis.opendocument.text",
            "meta.xml": f"{meta}</office:document-meta>",
            "content.xml": f"<office:document-content {NAMES}><office:automatic-styles>{styles}"
            f"</office:automatic-styles><office:body>{body}</office:body>"
            "</office:document-content>",
        }
    )


def ods(tables: str, styles: str = "", **more: str) -> bytes:
    """Return an OpenDocument spreadsheet."""
    names = f'{NAMES} xmlns:dc="http://purl.org/dc/elements/1.1/"'
    content = (
        f"<office:document-content {names}><office:automatic-styles>{styles}"
        f"</office:automatic-styles><office:body><office:spreadsheet>{tables}"
        "</office:spreadsheet></office:body></office:document-content>"
    )
    return zipped({"content.xml": content, **more})


def epub(chapters: Mapping[str, str], **more: str) -> bytes:
    items = "".join(
        f'<item id="{name}" href="{name}.xhtml" media-type="application/xhtml+xml"/>'
        for name in chapters
    )
    spine = "".join(f'<itemref idref="{name}"/>' for name in chapters)
    package = (
        '<package xmlns="http://www.idpf.org/2007/opf">'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        "<dc:title>The Boat</dc:title></metadata><manifest>"
        f'<item id="nav" href="nav.xhtml" properties="nav" '
        f'media-type="application/xhtml+xml"/>{items}</manifest>'
        f'<spine><itemref idref="nav"/>{spine}</spine></package>'
    )
    container = '<container><rootfiles><rootfile full-path="in/book.opf"/></rootfiles></container>'
    texts = {
        f"in/{name}.xhtml": f"<html><body>{text}</body></html>" for name, text in chapters.items()
    }
    return zipped({"META-INF/container.xml": container, "in/book.opf": package, **texts, **more})


def notebook(*cells: tuple[str, str, str]) -> bytes:
    made = [
        {
            "cell_type": kind,
            "source": source.splitlines(keepends=True),
            "outputs": [{"text": [output]}],
        }
        for kind, source, output in cells
    ]
    return json.dumps({"cells": made, "nbformat": 4}).encode()


WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"


def word(body: str, **parts: str) -> bytes:
    """Return a Word file; the names of its parts say their types, as `styles` or `header`."""
    linked = "".join(
        f'<Relationship Id="{name}" Type="{LINKS}/{name.rstrip("0123456789")}" '
        f'Target="{name}.{"html" if name == "aFChunk" else "xml"}"/>'
        for name in parts
    )
    spaces = f'xmlns:w="{WORD}" xmlns:r="{LINKS}"'
    files = {
        "[Content_Types].xml": f'<Types xmlns="{PACKAGE}/content-types"/>',
        "_rels/.rels": f'<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="r" '
        f'Type="{LINKS}/officeDocument" Target="word/document.xml"/></Relationships>',
        "word/_rels/document.xml.rels": f'<Relationships xmlns="{PACKAGE}/relationships">{linked}'
        "</Relationships>",
        "word/document.xml": f"<w:document {spaces}><w:body>{body}</w:body></w:document>",
    }
    for name, inner in parts.items():
        holder = {"styles": "styles", "numbering": "numbering"}.get(name, "part")
        files[f"word/{name}.xml"] = f"<w:{holder} {spaces}>{inner}</w:{holder}>"
    if "aFChunk" in parts:
        files["word/aFChunk.html"] = parts["aFChunk"]
    return zipped(files)


def said(text: str, style: str = "", numbered: str = "", properties: str = "") -> str:
    """Return a paragraph of Word: its style, its list as "list level", properties of its run."""
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    if numbered:
        name, level = numbered.split()
        named += f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{name}"/></w:numPr>'
    run = f"<w:r><w:rPr>{properties}</w:rPr><w:t>{text}</w:t></w:r>"
    return f"<w:p><w:pPr>{named}</w:pPr>{run}</w:p>"
