"""PDF: text page by page through PDFium (pypdfium2), which runs only in a parser process.

Headings are the titles of its bookmarks, or else short lines in larger or bolder type than most.
"""

import logging
from contextlib import suppress
from dataclasses import replace
from itertools import islice

import pypdfium2
import pypdfium2.raw as pdfium

from rag.errors import LoadError
from rag.load.pdf.labels import labels_of
from rag.load.pdf.layout import Placed, laid_out
from rag.load.pdf.lines import Line, pages_of
from rag.load.pdf.outline import bookmarks_of
from rag.load.scans.pictures import SCALE
from rag.load.text import Parsed
from rag.said import Said
from rag.types import Box

# a file's faults are no news for whoever builds an index
logging.getLogger("pypdfium2").addHandler(logging.NullHandler())

Area = tuple[float, float, float, float]  # left, bottom, right, top

# titles that programs write, not people
NO_TITLES = frozenset({"untitled", "(anonymous)", "title", "document"})
MAX_PAGES = 20_000
SHAPES = (pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_PATH)
MIN_SHAPES = 50  # fewer are a frame or a logo


def parse_pdf(data: bytes) -> Parsed:
    """Return the text of a PDF and the offsets of its pages; raise LoadError if PDFium fails."""
    return _parsed(_opened(data))[0]


def placed_pdf(data: bytes) -> Parsed:
    """Return the same, with the box of each line; lines that are turned have none."""
    pdf = _opened(data)
    parsed, placed = _parsed(pdf)
    areas = {number: _area(pdf[number - 1]) for number in {page for _, _, page, _ in placed}}
    boxes = (_box(start, end, line, areas[page]) for start, end, page, line in placed)
    return replace(parsed, boxes=tuple(box for box in boxes if box))


def _opened(data: bytes) -> pypdfium2.PdfDocument:
    try:
        pdf = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        if "password" in str(error).lower():
            raise LoadError(Said("unread_password")) from error
        raise LoadError(Said("unread_damaged_or_not", what=Said("kind_pdf"))) from error
    if len(pdf) > MAX_PAGES:
        raise LoadError(Said("unread_pages", n=len(pdf), limit=MAX_PAGES))
    _open_form(pdf)
    return pdf


def _parsed(pdf: pypdfium2.PdfDocument) -> tuple[Parsed, list[Placed]]:
    pages = list(pages_of(pdf))
    empty = [number for number, lines in enumerate(pages, 1) if all(line.inset for line in lines)]
    title = pdf.get_metadata_value("Title").strip()
    if title.casefold() in NO_TITLES:
        title = ""
    parsed, placed = laid_out(pages, title, bookmarks_of(pdf))
    scans = tuple(number for number in empty if _draws(pdf, number))
    return replace(parsed, labels=labels_of(pdf), scans=scans), placed


def _area(page: pypdfium2.PdfPage) -> Area | None:
    """Return the edges of what is shown of a page, in points; None if the page is turned."""
    if page.get_rotation():
        return None
    media, crop = page.get_mediabox(), page.get_cropbox()
    return (*map(max, media[:2], crop[:2]), *map(min, media[2:], crop[2:]))


def _box(start: int, end: int, line: Line, area: Area | None) -> Box | None:
    """Return the box of a line on a page that shows this area; None if it is not on it."""
    if area is None:
        return None
    low, high = line.base, line.base + line.height
    if not (area[0] <= line.left < line.right <= area[2] and area[1] <= low < high <= area[3]):
        return None
    across, down = SCALE / (area[2] - area[0]), SCALE / (area[3] - area[1])
    left, right = ((edge - area[0]) * across for edge in (line.left, line.right))
    top, bottom = ((area[3] - edge) * down for edge in (high, low))
    return Box(start, end, round(left), round(top), round(right), round(bottom))


def _open_form(pdf: pypdfium2.PdfDocument) -> None:
    """Make the form of a PDF readable, if it has one and it is not damaged."""
    with suppress(pypdfium2.PdfiumError):
        pdf.init_forms()


def _draws(pdf: pypdfium2.PdfDocument, number: int) -> bool:
    """Return whether a page without text holds a picture, or letters drawn as outlines."""
    try:
        drawn = [shape.type for shape in islice(pdf[number - 1].get_objects(SHAPES), MIN_SHAPES)]
    except pypdfium2.PdfiumError:
        return False  # a damaged page
    return pdfium.FPDF_PAGEOBJ_IMAGE in drawn or len(drawn) == MIN_SHAPES
