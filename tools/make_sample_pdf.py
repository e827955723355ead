"""Make the sample PDF of the corpus, `corpus/waic-2025-figures-and-models.pdf`.

The report has three A4 pages of headings, paragraphs, tables and a list. The file holds no creation
date and no compressed stream, so the same release of reportlab writes the same bytes on every
machine:

    python tools/make_sample_pdf.py [FILE]
"""

import sys
from pathlib import Path

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Frame,
    ListFlowable,
    ListItem,
    PageBreak,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

TARGET = Path(__file__).resolve().parent.parent / "corpus" / "waic-2025-figures-and-models.pdf"
TITLE = "Figures and models: WAIC 2025"
SUBJECT = (
    "The World Artificial Intelligence Conference in Shanghai, "
    "its numbers, its models and its people"
)

# `# ` begins a chapter, `## ` a section, `- ` each item of a list, and a block with ` | ` in its
# second line is a table below its caption; a form feed ends a page. Anything else is a paragraph.
REPORT = Path(__file__).with_name("sample_report.txt")
PAGES = REPORT.read_text(encoding="utf-8").rstrip().split("\n\f\n")

MARGIN = 22 * mm
FIRST_COLUMN = 50 * mm
BODY = ParagraphStyle("body", fontName="Helvetica", fontSize=10.5, leading=14.5, spaceAfter=6)
CELL = ParagraphStyle("cell", parent=BODY, fontSize=9.5, leading=12, spaceAfter=0)
CAPTION = ParagraphStyle(
    "caption", parent=BODY, fontName="Helvetica-Bold", fontSize=9.5, spaceBefore=6, keepWithNext=1
)
NAME = ParagraphStyle("name", fontName="Helvetica-Bold", fontSize=22, leading=27, spaceAfter=10)
CHAPTER = ParagraphStyle(
    "chapter", fontName="Helvetica-Bold", fontSize=16, leading=20, spaceAfter=8
)
SECTION = ParagraphStyle(
    "section", fontName="Helvetica-Bold", fontSize=12.5, leading=16, spaceBefore=8, spaceAfter=4
)
LINES = TableStyle(
    [
        ("GRID", (0, 0), (-1, -1), 0.5, colors.grey),
        ("BACKGROUND", (0, 0), (-1, 0), colors.lightgrey),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]
)


def table(lines: list[str]) -> list[Flowable]:
    """Return a caption and the table below it; the first row is the header."""
    rows = [[Paragraph(cell, CELL) for cell in line.split(" | ")] for line in lines[1:]]
    widths = (FIRST_COLUMN, A4[0] - 2 * MARGIN - FIRST_COLUMN)
    return [Paragraph(lines[0], CAPTION), Table(rows, colWidths=widths, style=LINES), Spacer(1, 8)]


def bullets(lines: list[str]) -> list[Flowable]:
    """Return a bulleted list."""
    items = [ListItem(Paragraph(line.removeprefix("- "), BODY)) for line in lines]
    return [
        ListFlowable(
            items, bulletType="bullet", start="bulletchar", bulletFontSize=9, leftIndent=14
        )
    ]


def flow(block: str) -> list[Flowable]:
    """Return the flowables of one block."""
    lines = block.splitlines()
    if block.startswith("# "):
        return [Paragraph(block.removeprefix("# "), CHAPTER)]
    if block.startswith("## "):
        return [Paragraph(block.removeprefix("## "), SECTION)]
    if block.startswith("- "):
        return bullets(lines)
    if len(lines) > 1 and " | " in lines[1]:
        return table(lines)
    return [Paragraph(" ".join(lines), BODY)]


def story() -> list[Flowable]:
    """Return the whole report, one text per page."""
    flowables: list[Flowable] = [Paragraph(TITLE, NAME)]
    for number, page in enumerate(PAGES):
        if number:
            flowables.append(PageBreak())
        for block in page.split("\n\n"):
            flowables.extend(flow(block))
    return flowables


def footer(canvas: Canvas, document: BaseDocTemplate) -> None:
    """Write the page number at the bottom of the page."""
    canvas.setFont("Helvetica", 9)
    canvas.drawCentredString(A4[0] / 2, 12 * mm, f"Page {document.page} of {len(PAGES)}")


def make(target: Path) -> None:
    """Write the report to `target`; raises RuntimeError if a text does not fit its page."""
    frame = Frame(MARGIN, MARGIN, A4[0] - 2 * MARGIN, A4[1] - 2 * MARGIN, 0, 0, 0, 0)
    document = BaseDocTemplate(
        str(target),
        pagesize=A4,
        pageTemplates=[PageTemplate(frames=[frame], onPageEnd=footer)],
        title=TITLE,
        subject=SUBJECT,
        author="footnote-rag",
        lang="en",
        invariant=1,
        pageCompression=0,
    )
    document.build(story())
    if document.page != len(PAGES):
        raise RuntimeError(f"{document.page} pages were made, not {len(PAGES)}: shorten a text")


if __name__ == "__main__":
    make(Path(sys.argv[1]) if len(sys.argv) > 1 else TARGET)
