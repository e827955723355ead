"""PDF: text page by page through PDFium (pypdfium2), which runs only in a parser process."""

import re
from collections.abc import Iterator

import pypdfium2

from rag.errors import LoadError
from rag.load.text import Parsed, plain_headings
from rag.types import Heading

PAGE_BREAK = "\n\n"
NO_TITLES = frozenset({"untitled", "(anonymous)", "title", "document"})  # written by programs, not by people
MAX_PAGES = 20_000
MAX_CHARACTERS = 100_000_000
HYPHEN_AT_LINE_END = re.compile(r"(?<=\w)[\x02\ufffe\u00ad]\n?(?=\w)")
UNPRINTABLE = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\ufffe\uffff]")


def parse_pdf(data: bytes) -> Parsed:
    """Return a PDF's text with the offset of each page; raises LoadError for what PDFium refuses."""
    try:
        pdf = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        reason = "needs a password" if "password" in str(error).lower() else "damaged, or not a PDF"
        raise LoadError(reason) from error
    if len(pdf) > MAX_PAGES:
        raise LoadError(f"{len(pdf):,} pages is over the limit of {MAX_PAGES:,}")
    text, page_starts = _join(list(_page_texts(pdf)))
    title = (pdf.get_metadata_dict().get("Title") or "").strip()
    title = "" if title.casefold() in NO_TITLES else title
    return Parsed(text, title, page_starts, _headings(text, title))


def _page_texts(pdf: pypdfium2.PdfDocument) -> Iterator[str]:
    total = 0
    for page in pdf:
        try:
            raw = page.get_textpage().get_text_bounded()
        except pypdfium2.PdfiumError:
            raw = ""  # one page that cannot be read costs that page; its number is still counted
        total += len(raw)
        if total > MAX_CHARACTERS:
            raise LoadError(f"more than {MAX_CHARACTERS:,} characters of text")
        text = raw.replace("\r\n", "\n").replace("\r", "\n")
        text = HYPHEN_AT_LINE_END.sub("", text)
        yield UNPRINTABLE.sub("", text).encode("utf-8", "replace").decode("utf-8")


def _join(pages: list[str]) -> tuple[str, tuple[int, ...]]:
    starts, offset = [], 0
    for page in pages:
        starts.append(offset)
        offset += len(page) + len(PAGE_BREAK)
    return PAGE_BREAK.join(pages), tuple(starts)


def _headings(text: str, title: str) -> tuple[Heading, ...]:
    """Return the headings seen in the text under the title that the metadata names."""
    seen = tuple(plain_headings(text))
    if not title or (seen and seen[0].text.casefold() == title.casefold()):
        return seen
    lower = tuple(Heading(heading.start, heading.end, 2, heading.text) for heading in seen)
    return (Heading(0, 0, 1, title), *lower)
