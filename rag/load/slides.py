"""PowerPoint: the text, tables, charts, diagrams and notes of each slide, in reading order."""

import io
from collections.abc import Iterable, Iterator
from dataclasses import replace

from pptx import Presentation
from pptx.shapes.base import BaseShape
from pptx.shapes.group import GroupShape
from pptx.slide import Slide

from rag.load.archive import opened
from rag.load.blocks import Block, assembled, one_line
from rag.load.reasons import numbered
from rag.load.tables import table_blocks
from rag.load.text import Parsed
from rag.load.xml import tree
from rag.sentences import DRAWN

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
    title = one_line(heading.text_frame.text) if heading is not None else ""
    yield Block(title, level=1, page=number)
    others = [
        shape for shape in slide.shapes if heading is None or shape.shape_id != heading.shape_id
    ]
    yield from _shapes(others)
    if slide.has_notes_slide and slide.notes_slide.notes_text_frame is not None:
        notes = slide.notes_slide.notes_text_frame.text.strip()
        yield Block(f"Notes: {notes}" if notes else "")


def _shapes(shapes: Iterable[BaseShape]) -> Iterator[Block]:
    for shape in sorted(shapes, key=lambda shape: ((shape.top or 0) // LINE, shape.left or 0)):
        if isinstance(shape, GroupShape):
            yield from _shapes(shape.shapes)
        elif shape.has_text_frame:
            yield from (Block(_lines(paragraph.text)) for paragraph in shape.text_frame.paragraphs)
        elif getattr(shape, "has_table", False):
            rows = [[cell.text for cell in row.cells] for row in shape.table.rows]
            yield from table_blocks(enumerate(rows, 1))
        elif getattr(shape, "has_chart", False):
            yield from _chart(shape)
        else:
            yield from _diagram(shape)


def _diagram(shape: BaseShape) -> Iterator[Block]:
    """Yield the points of a SmartArt diagram, if the shape is one."""
    for ids in shape.element.iter(DIAGRAM):
        data = shape.part.related_part(ids.get(RELATION)).blob
        for point in tree(data).iterfind("{*}ptLst/{*}pt"):
            lines = ("".join(line.itertext("{*}t")) for line in point.iterfind("{*}t/{*}p"))
            yield from (Block(f"{DRAWN}{line}", run="item") for line in lines if line.strip())


def _chart(shape: BaseShape) -> Iterator[Block]:
    chart = shape.chart
    if chart.has_title and chart.chart_title.has_text_frame:
        yield Block(one_line(chart.chart_title.text_frame.text))
    for plot in chart.plots:
        names = [str(category) for category in plot.categories]
        rows = [
            [series.name or "", *(_figure(value) for value in series.values)]
            for series in plot.series
        ]
        yield from table_blocks(enumerate([["", *names], *rows], 1), headed=True)


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:g}"


def _lines(text: str) -> str:
    return text.replace("\v", "\n")
