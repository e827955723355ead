"""PDF: text page by page through PDFium (pypdfium2), which runs only in a parser process.

Headings are the short lines set in larger or bolder type than the body; a document without such lines has none.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from ctypes import POINTER, cast, create_string_buffer
from dataclasses import dataclass

import pypdfium2
import pypdfium2.raw as pdfium

from rag.errors import LoadError
from rag.load.blocks import printable
from rag.load.text import Parsed
from rag.types import Heading

PAGE_BREAK = "\n\n"
NO_TITLES = frozenset({"untitled", "(anonymous)", "title", "document"})  # written by programs, not by people
MAX_PAGES = 20_000
MAX_CHARACTERS = 100_000_000
HEADING_SCALE = 1.05  # a heading's type is at least this much larger than the body's, or it is bold
BOLD = 600  # from this font weight on
EDGE = 2  # lines at the top and at the bottom of a page that may be its header or footer
RUNNING = 0.5  # the share of the pages from which on such a line is one
MIN_RUNNING = 3
SENTENCE_ENDS = ".!?:;…"
HYPHEN = "\x02\ufffe\u00ad"  # how PDFium gives a hyphen that parts a word at the end of a line
MIN_WRAP = 20  # characters of a line that can be a wrapped one
MAX_LEADING = 2.0  # all in sizes of the type: between the bases of two lines of a paragraph,
INDENT = 3.0  # between their left edges,
SPACE = 0.2  # of a space,
RAGGED = 2.0  # between the right edges of two full lines,
WIDE = 0.62  # and of a letter, on average, where words stand apart as in a table
ITEM = re.compile(r"\s*(?:[-*•◦▪‣·–—]\s|\(?\d{1,3}[.)]\s|\(?[a-zA-Z][.)]\s)")
OWN_HYPHEN = re.compile(rf"(?<=[^\W\d_])[{HYPHEN}](?=[A-Z\d])")  # before a capital or a figure it stays
HEADING = re.compile(r"(?=.{3,120}$)(?:[A-Z\d][\w.()]*|[^\W\d_a-zA-Z])(?=.*[^\W\d_]{2}).*[^,;.:]$")
NO_FIGURES = re.compile(r"(?:\d+(?:\.\d+)*\.?\s+)?\D+$")  # bold figures, as on a bill, are content


Type = tuple[float, bool]  # size in points, bold


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page; `joined` when its last word goes on in the next line.

    Its place is in points: `left` edge of its first letter and `right` one of its last, the `top` that the first stands
    on and the `base` that the last does (a word parted by a hyphen is given in one line), the width of its first word,
    the height of its type.
    """

    text: str
    type: Type
    joined: bool = False
    left: float = 0.0
    right: float = 0.0
    top: float = 0.0
    base: float = 0.0
    word: float = 0.0
    height: float = 0.0


def parse_pdf(data: bytes) -> Parsed:
    """Return a PDF's text with the offset of each page; raises LoadError for what PDFium refuses."""
    try:
        pdf = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        reason = "needs a password" if "password" in str(error).lower() else "damaged, or not a PDF"
        raise LoadError(reason) from error
    if len(pdf) > MAX_PAGES:
        raise LoadError(f"{len(pdf):,} pages is over the limit of {MAX_PAGES:,}")
    pages = without_running_lines(list(_pages(pdf)))
    title = (pdf.get_metadata_dict().get("Title") or "").strip()
    return _assembled(pages, "" if title.casefold() in NO_TITLES else title)


def _pages(pdf: pypdfium2.PdfDocument) -> Iterator[list[Line]]:
    total = 0
    for number in range(len(pdf)):
        try:
            page = pdf[number]
            lines = [*_lines(page.get_textpage()), *_written_on(page)]
        except (pypdfium2.PdfiumError, UnicodeDecodeError):
            lines = []  # one page that cannot be read costs that page; its number is still counted
        total += sum(len(line.text) for line in lines)
        if total > MAX_CHARACTERS:
            raise LoadError(f"more than {MAX_CHARACTERS:,} characters of text")
        yield lines


def _lines(page: pypdfium2.PdfTextPage) -> Iterator[Line]:
    position = 0
    for raw in re.split(r"(\r\n|\r|\n)", page.get_text_range()):
        if raw.strip():
            middle = pdfium.FPDFText_GetCharIndexFromTextIndex(page, position + len(raw) // 2)
            joined = raw[-1] in HYPHEN and len(raw) > 1 and raw[-2].isalpha()
            text = printable(OWN_HYPHEN.sub("-", raw.rstrip(HYPHEN) if joined else raw)).rstrip()
            size, weight = pdfium.FPDFText_GetFontSize(page, middle), pdfium.FPDFText_GetFontWeight(page, middle)
            yield Line(text, (round(size, 1), weight >= BOLD), joined, *_place(page, raw, position))
        position += len(raw)


def _place(page: pypdfium2.PdfTextPage, raw: str, position: int) -> tuple[float, ...]:
    """Return a line's left, right, top, base, word and height; nothing where it has no place."""
    first = position + len(raw) - len(raw.lstrip())
    last = position + len(raw.rstrip().rstrip(HYPHEN)) - 1
    word = first + len(raw.split(None, 1)[0]) - 1
    boxes = []
    for place in (first, max(first, last), min(word, max(first, last))):
        index = pdfium.FPDFText_GetCharIndexFromTextIndex(page, place)
        if index < 0:
            return ()
        boxes.append(page.get_charbox(index, loose=True))
    (left, top, _, high), (_, base, right, _), (_, _, word, _) = boxes
    return left, right, top, base, word - left, high - top


def _written_on(page: pypdfium2.PdfPage) -> Iterator[Line]:
    """Yield what was filled into the fields of a page and written on it, as lines of their own."""
    for number in range(pdfium.FPDFPage_GetAnnotCount(page)):
        note = pdfium.FPDFPage_GetAnnot(page, number)
        kind = pdfium.FPDFAnnot_GetSubtype(note)
        text = ""
        if kind == pdfium.FPDF_ANNOT_WIDGET:
            name, value = _string(note, b"T"), _string(note, b"V")
            text = f"{name}: {value}" if value not in ("", "Off") else ""
        elif kind in (pdfium.FPDF_ANNOT_FREETEXT, pdfium.FPDF_ANNOT_TEXT):
            text = _string(note, b"Contents")
        pdfium.FPDFPage_CloseAnnot(note)
        yield from (Line(line, (0.0, False)) for line in printable(text).splitlines() if line.strip())


def _string(note: pdfium.FPDF_ANNOTATION, key: bytes) -> str:
    size = pdfium.FPDFAnnot_GetStringValue(note, key, None, 0)  # in bytes of UTF-16, its closing zero included
    buffer = create_string_buffer(size)
    pdfium.FPDFAnnot_GetStringValue(note, key, cast(buffer, POINTER(pdfium.FPDF_WCHAR)), size)
    return buffer.raw.decode("utf-16-le", "replace").rstrip("\0")


def without_running_lines(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """Return the pages without the headers, footers and page numbers that most of them carry, the first time kept."""
    seen = Counter(mark for page in pages for mark in {_mark(line) for line in _edges(page)})
    running = {mark for mark, count in seen.items() if count >= max(MIN_RUNNING, RUNNING * len(pages))}
    met: set[str] = set()
    kept = []
    for page in pages:
        edges = {id(line): _mark(line) for line in _edges(page)}
        kept.append([line for line in page if edges.get(id(line)) not in running or edges[id(line)] not in met])
        met |= running & set(edges.values())
    return kept


def _edges(page: Sequence[Line]) -> list[Line]:
    """Return the lines at the top and bottom of a page; none where there is nothing between them."""
    if len(page) <= 2 * EDGE:
        return []
    return list({id(line): line for line in (*page[:EDGE], *page[-EDGE:])}.values())


def _mark(line: Line) -> str:
    """Return what a line of the edge looks like on every page, whatever the page's number."""
    return re.sub(r"\d+|\b[ivxlc]+\b", "#", " ".join(line.text.split()).casefold())


def _assembled(pages: Sequence[Sequence[Line]], title: str) -> Parsed:
    """Return the pages as one text; offsets are taken while it is put together."""
    types = Counter[Type]()
    for line in (line for page in pages for line in page):
        types[line.type] += len(line.text)
    body = types.most_common(1)[0][0] if types else (0.0, False)
    parts: list[str] = []
    starts, headings, offset = [], [], 0
    for page in pages:
        starts.append(offset)
        for number, line in enumerate(page):
            if _is_heading(line, body):
                headings.append((line.type, offset, offset + len(line.text), line.text.strip()))
            last = number == len(page) - 1
            following = (
                next((page[0].text for page in pages[len(starts) :] if page), "") if last else page[number + 1].text
            )
            flows = not last and not _is_heading(line, body) and wraps(page, number)
            parts.append(line.text + (" " if flows and not line.joined else _ending(line, following, last)))
            offset += len(parts[-1])
    return Parsed("".join(parts), title, tuple(starts), _with_levels(headings, title))


def wraps(lines: Sequence[Line], number: int) -> bool:
    """Tell whether a line goes on in the next one: the first word there would not have fitted behind it."""
    line, following = lines[number], lines[number + 1]
    size = line.height
    if ITEM.match(following.text) or len(line.text) < MIN_WRAP or _is_row(line) or line.type != following.type:
        return False
    if not 0 < line.base - following.top < MAX_LEADING * size or abs(line.left - following.left) > INDENT * size:
        return False
    beside = lines[max(0, number - 3) : number + 4]
    edges = [other.right for other in beside if abs(other.left - following.left) <= INDENT * size]
    column = max(edges)
    full = sum(edge > column - RAGGED * size for edge in edges)
    fits = line.right + following.word + SPACE * size <= column
    return not fits and (full > 1 or following.text[:1].islower())


def _is_row(line: Line) -> bool:
    """Tell a row of a table: its words stand wide apart, or most of them are figures."""
    words = line.text.split()
    figures = sum(any(letter.isdigit() for letter in word) for word in words)
    return line.right - line.left > WIDE * line.height * len(line.text) or 2 * figures > len(words)


def _ending(line: Line, following: str, last: bool) -> str:
    """Return what stands between a line and the one that follows it, over the page where it is the `last` of one."""
    if line.joined:
        return "" if following[:1].islower() else "-"  # before a capital or a figure the hyphen is the word's own
    goes_on = following[:1].islower() and line.text.rstrip()[-1:] not in SENTENCE_ENDS
    return PAGE_BREAK if last and not goes_on else "\n"


def _is_heading(line: Line, body: Type) -> bool:
    text = line.text.strip()
    if not HEADING.match(text):
        return False
    bolder = line.type[0] >= body[0] and line.type[1] and not body[1]
    return line.type[0] >= body[0] * HEADING_SCALE or (bolder and NO_FIGURES.match(text) is not None)


def _with_levels(found: Sequence[tuple[Type, int, int, str]], title: str) -> tuple[Heading, ...]:
    """Return headings under the title from the metadata, the largest type outermost."""
    levels = {type_: level for level, type_ in enumerate(sorted({type_ for type_, *_ in found}, reverse=True), 1)}
    if not title or (found and found[0][3].casefold() == title.casefold()):
        return tuple(Heading(start, end, levels[type_], text) for type_, start, end, text in found)
    return (
        Heading(0, 0, 1, title),
        *(Heading(start, end, levels[type_] + 1, text) for type_, start, end, text in found),
    )
