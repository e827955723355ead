"""Make the sample PDF of the corpus, `corpus/waic-2025-figures-and-models.pdf`.

The report has three A4 pages of headings, paragraphs, tables and a list. The file holds no date of its making and no
compressed stream, so the same release of reportlab writes the same bytes on every machine. Run from anywhere:

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
SUBJECT = "The World Artificial Intelligence Conference in Shanghai, its numbers, its models and its people"

# One text a page. Blank lines part the blocks: `# ` opens a chapter, `## ` a section, `- ` each item of a list,
# and a block with ` | ` in its second line is a table below its caption. All else is a paragraph.
PAGES = (
    """\
# 1. The event in figures

## Size of the exhibition

WAIC 2025, the artificial intelligence conference in Shanghai, ran from July 26 to July 28. The exhibits were divided
among four big halls with a theme for each. Never before had the floor space gone beyond 70,000 square meters. The
number of exhibitors was above 800, and the number of new technologies on show was above 3,000. World premieres and
China premieres together numbered more than 100.

A few averages, all of them computed for this report, give a feeling for the scale. An even split of 70,000 square
meters gives each of the four halls 17,500 square meters. The same area divided by 800 exhibitors leaves 87.5 square
meters for each exhibitor. With 3,000 technologies on show, the average exhibitor brought 3.75 of them. The averages
are rough, because the reported totals are lower limits.

## Planned purchases

Buyers of AI made their wishes public at WAIC in a list of 300 demands. Organizers expect the purchases on the list to
be worth some 16.2 billion yuan in all. The dollar value of the whole list is close to 2.2 billion. Spread evenly over
300 demands, 16.2 billion yuan comes to 54 million yuan per demand (computed). The average demand in American money is
about 7.3 million dollars (computed). The two totals imply an exchange rate of about 7.36 yuan to the dollar (computed).

## Robots

AFP wrote on July 27 that the humanoid robots in Shanghai could be counted in dozens. Boxing, mahjong and the pouring
of beer were among the skills of the humanoid robots.

Table 1. Key figures of WAIC 2025
Measure | Figure
Opening day | July 26, 2025
Closing day | July 28, 2025
Themed halls | 4
Floor space | more than 70,000 square meters
Exhibitors | more than 800
Technologies | more than 3,000
World and China premieres | more than 100
Procurement demands | 300
Planned purchases | 16.2 billion yuan""",
    """\
# 2. Models shown or discussed

## JoyAI

JoyAI replaces the name Yanxi for the large models of JD.com. The smallest JoyAI model has 3B parameters and the
largest has 750B. The largest JoyAI model is therefore 250 times the size of the smallest (computed). JD.com's in-house
tests, as He Xiaodong reported, put the 750B model in the top class worldwide.

## Three releases from Alibaba

Alibaba brought three freshly opened models to Shanghai on July 27, the day after the opening. The three releases came
in such quick order that they were called the Triple AI Launch. Performance is close, Alibaba Cloud claims, to that of
GPT-4.1, Claude 4 and Gemini 2.5 Pro, which are all proprietary.

## Hunyuan 3D World Model 1.0

Hunyuan 3D World Model 1.0 is the work of Tencent. Tencent declared the whole model to be open source.

## Kimi K2

Kimi K2 comes from the startup Moonshot AI. Moonshot AI published Kimi K2 on July 11, which was 15 days before the
conference opened (computed). Downloads of Kimi K2 passed 200,000 within two weeks. The average was more than 14,000
downloads of Kimi K2 per day (computed over 14 days). Rival open models that came out around then stayed far below
the count.

The team behind Kimi K2 had no GPUs of the top class and depended on algorithms. Anyone can obtain the weights of Kimi
K2, a description of its training and a license for commercial use. Cursor is one of the developer tools that work with
Kimi K2.

## DeepSeek R1 and Tongyi Qianwen

DeepSeek R1 and Alibaba's Tongyi Qianwen were named by Jensen Huang of NVIDIA in July 2025 at the Chain Expo. Huang
praised both models, and Kimi with them, as real progress made in difficult conditions. The name DeepSeek also stands
for a kind of surprise: Nature saw a further DeepSeek moment in the release of Kimi K2.

Table 2. Model dates in July 2025
Date | Event
July 11 | Moonshot AI publishes Kimi K2
July 26 | WAIC opens; internet companies present new models
July 27 | Alibaba shows three open models
July 28 | WAIC ends""",
    """\
# 3. People, views and audience

Table 3. People whose views are reported
Name | Position
He Xiaodong | JD.com, senior vice president; JD Exploration Research Institute, vice dean
Ye Jieping | Alibaba Cloud, vice president; Big Data and Intelligent Lab, head
Bi Qi | China Telecom, chief scientist; Bell Labs, fellow
Du Yulun | Kimi, researcher
Jensen Huang | NVIDIA, CEO
Rendong | Bilibili, lead for AI content

## Views on progress

Ye Jieping compared 2019 with 2025, two years that lie six years apart (computed). Language models advanced at single
points in 2019, in Ye Jieping's account, while large models of 2025 change every week. Du Yulun believes that nothing
can halt a country whose models perform well and are open to all, and whose technology is new.

Bi Qi expects openness to help China, because closed models are the rule among AI firms in the United States. Bi Qi
grants the technical lead to American firms and counts engineering, low costs and market size among China's strengths.
A country in second place can still earn a profit, Bi Qi argued. Text is the strong side of large models, in Bi Qi's
judgment, and pictures and video are the weak side. Bi Qi sees the business case for AI in other fields as a matter
that is still being explored.

## Reactions abroad

China's idea of a World AI Cooperation Organization met with interest in many countries. The United States showed
little enthusiasm, in the reading of Business Insider, for a body that would coordinate work on AI safety. CNBC
remarked on the absence of NVIDIA.

## The audience

Young people at WAIC were keen to learn about AI. Bilibili had over 140 million viewers of AI content a month in early
2025. Exactly half of 140 million would be 70 million viewers (computed), and the share from first-tier and second-tier
cities is a little under one half. Rendong characterized the viewers by three traits:

- They live in high-tier cities.
- They have a good education.
- They are young.""",
)

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
    """Return the whole report, one text a page."""
    flowables: list[Flowable] = [Paragraph(TITLE, NAME)]
    for number, page in enumerate(PAGES):
        if number:
            flowables.append(PageBreak())
        for block in page.split("\n\n"):
            flowables.extend(flow(block))
    return flowables


def footer(canvas: Canvas, document: BaseDocTemplate) -> None:
    """Write the page number at the foot of the page."""
    canvas.setFont("Helvetica", 9)
    canvas.drawCentredString(A4[0] / 2, 12 * mm, f"Page {document.page} of {len(PAGES)}")


def make(target: Path) -> None:
    """Write the report to `target`; raise if a text does not fit its page."""
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
