"""PDF: text page by page through PDFium (pypdfium2), which runs only in a parser process.

Headings are short lines in larger or bolder type than the body.
"""

from dataclasses import replace
from itertools import islice

import pypdfium2
import pypdfium2.raw as pdfium

from rag.errors import LoadError
from rag.load.pdf.layout import assembled_pages, without_running_lines
from rag.load.pdf.lines import pages_of
from rag.load.text import Parsed

# titles that programs write, not people
NO_TITLES = frozenset({"untitled", "(anonymous)", "title", "document"})
MAX_PAGES = 20_000
SHAPES = (pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_PATH)
MIN_SHAPES = 50  # fewer are a frame or a logo


def parse_pdf(data: bytes) -> Parsed:
    """Return the text of a PDF and the offsets of its pages; raise LoadError if PDFium fails."""
    try:
        pdf = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        reason = "needs a password" if "password" in str(error).lower() else "damaged, or not a PDF"
        raise LoadError(reason) from error
    if len(pdf) > MAX_PAGES:
        raise LoadError(f"{len(pdf):,} pages is over the limit of {MAX_PAGES:,}")
    lines = list(pages_of(pdf))
    empty = [number for number, found in enumerate(lines, 1) if not found]
    scans = tuple(number for number in empty if _draws(pdf, number))
    pages = without_running_lines(lines)
    title = (pdf.get_metadata_dict().get("Title") or "").strip()
    parsed = assembled_pages(pages, "" if title.casefold() in NO_TITLES else title)
    return replace(parsed, scans=scans)


def _draws(pdf: pypdfium2.PdfDocument, number: int) -> bool:
    """Return whether a page without text holds a picture, or letters drawn as outlines."""
    try:
        drawn = [shape.type for shape in islice(pdf[number - 1].get_objects(SHAPES), MIN_SHAPES)]
    except pypdfium2.PdfiumError:
        return False  # a damaged page
    return pdfium.FPDF_PAGEOBJ_IMAGE in drawn or len(drawn) == MIN_SHAPES
