"""PDF: text page by page through PDFium (pypdfium2), which runs only in a parser process.

Headings are short lines in larger or bolder type than the body.
"""

import pypdfium2

from rag.errors import LoadError
from rag.load.pdf.layout import assembled_pages
from rag.load.pdf.lines import pages_of
from rag.load.text import Parsed

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
    pages = list(pages_of(pdf))
    title = (pdf.get_metadata_dict().get("Title") or "").strip()
    return assembled_pages(pages, "" if title.casefold() in NO_TITLES else title)
