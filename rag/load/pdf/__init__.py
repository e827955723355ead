"""PDF: text page by page through PDFium (pypdfium2), which runs only in a parser process.

Headings are the titles of its bookmarks, or else short lines in larger or bolder type than most.
"""

import logging
from contextlib import suppress

import pypdfium2

from rag.errors import LoadError
from rag.load.pdf.layout import assembled_pages
from rag.load.pdf.lines import pages_of
from rag.load.pdf.outline import bookmarks_of
from rag.load.text import Parsed

# a file's faults are no news for whoever builds an index
logging.getLogger("pypdfium2").addHandler(logging.NullHandler())

# titles that programs write, not people
NO_TITLES = frozenset({"untitled", "(anonymous)", "title", "document"})
MAX_PAGES = 20_000


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
    title = pdf.get_metadata_value("Title").strip()
    if title.casefold() in NO_TITLES:
        title = ""
    return assembled_pages(pages, title, bookmarks_of(pdf))


def _open_form(pdf: pypdfium2.PdfDocument) -> None:
    """Make the form of a PDF readable, if it has one and it is not damaged."""
    with suppress(pypdfium2.PdfiumError):
        pdf.init_forms()
