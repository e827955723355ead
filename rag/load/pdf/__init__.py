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
from rag.load.pdf.layout import assembled_pages
from rag.load.pdf.lines import pages_of
from rag.load.pdf.outline import bookmarks_of
from rag.load.text import Parsed

# a file's faults are no news for whoever builds an index
logging.getLogger("pypdfium2").addHandler(logging.NullHandler())

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
    _open_form(pdf)
    pages = list(pages_of(pdf))
    empty = [number for number, lines in enumerate(pages, 1) if all(line.aside for line in lines)]
    title = (pdf.get_metadata_dict().get("Title") or "").strip()
    if title.casefold() in NO_TITLES:
        title = ""
    return replace(
        assembled_pages(pages, title, bookmarks_of(pdf)),
        labels=labels_of(pdf),
        scans=tuple(number for number in empty if _draws(pdf, number)),
    )


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
