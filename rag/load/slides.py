"""PowerPoint: the text, tables, charts, diagrams and notes of each slide, in reading order."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import replace

from pptx import Presentation
from pptx.shapes.base import BaseShape
from pptx.shapes.group import GroupShape
from pptx.slide import Slide
from pptx.table import Table
from pptx.text.text import TextFrame, _Paragraph

from rag.load.archive import opened
from rag.load.blocks import Block, assembled, one_line
from rag.load.charts import chart_blocks
from rag.load.raised import raised_after
from rag.load.reasons import numbered
from rag.load.symbols import signs
from rag.load.tables import table_blocks
from rag.load.text import Parsed
from rag.load.xml import tree
from rag.wrapping import DRAWN

# titles that programs write
NO_TITLES = frozenset({"powerpoint presentation", "presentation", "slide 1", "title"})
PICTURE = "{http://schemas.openxmlformats.org/presentationml/2006/main}pic"
DIAGRAM = "{http://schemas.openxmlformats.org/drawingml/2006/diagram}relIds"
RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}dm"
LINE = 200_000  # shapes whose tops differ by less are in one line; in EMU, 1/914,400 inch


def parse_pptx(data: bytes) -> Parsed:
    """Return the slides of a presentation; raise LoadError if it is not one."""
    opened(data, ".pptx", "[Content_Types].xml")
    presentation = Presentation(io.BytesIO(data))
    title = one_line(presentation.core_properties.title or "")
    slides = list(enumerate(presentation.slides, 1))
    blocks = (
        block for number, slide in slides if _is_shown(slide) for block in _slide(slide, number)
    )
    parsed = assembled(blocks, "" if title.casefold() in NO_TITLES else title, "slide")
    return replace(parsed, left_out=tuple(_left_out(slides)))


def _is_shown(slide: Slide) -> bool:
    return slide.element.get("show", "1") not in ("0", "false")


def _left_out(slides: Iterable[tuple[int, Slide]]) -> Iterator[str]:
    """Yield which slides are hidden, and which of the others hold pictures."""
    shown = [(number, slide) for number, slide in slides if _is_shown(slide)]
    hidden = sorted({number for number, _ in slides} - {number for number, _ in shown})
    pictures = [number for number, slide in shown if any(True for _ in slide.element.iter(PICTURE))]
    if hidden:
        yield f"hidden: {numbered('slide', hidden)}"
    if pictures:
        yield f"pictures on {numbered('slide', pictures)}"


def _slide(slide: Slide, number: int) -> Iterator[Block]:
    heading = slide.shapes.title
    title = one_line(_words(heading.text_frame)) if heading is not None else ""
    yield Block(title, level=1, page=number)
    others = [
        shape for shape in slide.shapes if heading is None or shape.shape_id != heading.shape_id
    ]
    yield from _shapes(others)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        notes = _words(slide.notes_slide.notes_text_frame).strip()
        yield Block(f"Notes: {notes}" if notes else "")


def _shapes(shapes: Iterable[BaseShape]) -> Iterator[Block]:
    for shape in sorted(shapes, key=lambda shape: ((shape.top or 0) // LINE, shape.left or 0)):
        if isinstance(shape, GroupShape):
            yield from _shapes(shape.shapes)
        elif shape.has_text_frame:
            yield from map(Block, map(_lines, shape.text_frame.paragraphs))
        elif getattr(shape, "has_table", False):
            yield from table_blocks(enumerate(_rows(shape.table), 1))
        elif getattr(shape, "has_chart", False):
            yield from chart_blocks(shape.chart.element, by_series=True)
        else:
            yield from _diagram(shape)


def _diagram(shape: BaseShape) -> Iterator[Block]:
    """Yield the points of a SmartArt diagram, if the shape is one."""
    for ids in shape.element.iter(DIAGRAM):
        data = shape.part.related_part(ids.get(RELATION)).blob
        for point in tree(data).iterfind("{*}ptLst/{*}pt"):
            lines = ("".join(line.itertext("{*}t")) for line in point.iterfind("{*}t/{*}p"))
            yield from (Block(f"{DRAWN}{line}", run="item") for line in lines if line.strip())


def _rows(table: Table) -> list[list[str]]:
    """Return the cells of a table; one that spans others is in all of them, a whole row once."""
    rows: list[list[str]] = []
    for row in table.rows:
        cells: list[str] = []
        for cell in row.cells:
            place = len(cells)
            if not cell.is_spanned:
                cells.append(_words(cell.text_frame))
            elif cells and cell._tc.hMerge:
                cells.append(cells[-1])
            else:
                cells.append(rows[-1][place] if rows and place < len(rows[-1]) else "")
        spans_all = bool(cells) and row.cells[0].span_width == len(cells)
        rows.append(cells[:1] if spans_all else cells)
    return rows


def _words(frame: TextFrame) -> str:
    return "\n".join(map(_lines, frame.paragraphs))


def _lines(paragraph: _Paragraph) -> str:
    """Return the words of a paragraph: its runs, fields and line breaks."""
    text = ""
    for part in paragraph._p.content_children:
        words = part.text.replace("\v", "\n")
        properties = part.find("{*}rPr")
        if properties is not None:
            font = properties.find("{*}sym")
            words = signs(font.get("typeface", "") if font is not None else "", words)
            if properties.get("baseline", "").lstrip("0")[:1].isdigit():  # neither 0 nor below
                words = raised_after(text, words)
        text += words
    return text
