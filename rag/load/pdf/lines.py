"""The lines of the pages of a PDF, with their places and type, from PDFium (pypdfium2)."""

import re
from collections.abc import Iterator
from ctypes import POINTER, cast, create_string_buffer
from dataclasses import dataclass, replace
from itertools import groupby

import pypdfium2
import pypdfium2.raw as pdfium

from rag.errors import LoadError
from rag.load.blocks import printable
from rag.load.tables import plain_cell

MAX_CHARACTERS = 100_000_000
BOLD = 600  # the least font weight of bold type
HYPHEN = "\x02\ufffe\u00ad"  # what PDFium returns for a hyphen that breaks a word
# before a capital or a figure, the hyphen belongs to the word
OWN_HYPHEN = re.compile(rf"(?<=[^\W\d_])[{HYPHEN}](?=[A-Z\d])")

SPREAD = 0.45  # a larger average width per letter, in type sizes, may have gaps between cells
MIN_ROWS = 3  # lines of a table
GAP = 0.8  # the least gap between two cells, in type sizes

Type = tuple[float, bool]  # size in points, bold
Cell = tuple[float, float, str]  # its left and right edges, in points, and its words


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page; `joined` if its last word continues in the next line.

    Its place is in points: the `left` edge of the first letter and the `right` edge of the last,
    the bottom edge of the first (`top`) and of the last (`base`), the width of the first `word`,
    and the `height` of the type. `top` and `base` differ if a word is broken by a hyphen: PDFium
    returns it in one line. A line whose words are far apart has several `cells`.
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
    cells: tuple[Cell, ...] = ()


def pages_of(pdf: pypdfium2.PdfDocument) -> Iterator[list[Line]]:
    """Yield the lines of each page; raise LoadError for more than MAX_CHARACTERS."""
    total = 0
    for number in range(len(pdf)):
        try:
            page = pdf[number]
            lines = [*_lines(page.get_textpage()), *_written_on(page)]
        except (pypdfium2.PdfiumError, UnicodeDecodeError):
            lines = []  # an unreadable page stays empty, so that the others keep their numbers
        total += sum(len(line.text) for line in lines)
        if total > MAX_CHARACTERS:
            raise LoadError(f"more than {MAX_CHARACTERS:,} characters of text")
        yield lines


def _lines(page: pypdfium2.PdfTextPage) -> Iterator[Line]:
    """Yield the lines of a page; where several follow each other that may be rows, their cells."""
    position = 0
    found: list[tuple[Line, str, int]] = []
    for raw in re.split(r"(\r\n|\r|\n)", page.get_text_range()):
        if raw.strip():
            middle = pdfium.FPDFText_GetCharIndexFromTextIndex(page, position + len(raw) // 2)
            joined = raw[-1] in HYPHEN and len(raw) > 1 and raw[-2].isalpha()
            text = printable(OWN_HYPHEN.sub("-", raw.rstrip(HYPHEN) if joined else raw)).rstrip()
            size = pdfium.FPDFText_GetFontSize(page, middle)
            weight = pdfium.FPDFText_GetFontWeight(page, middle)
            place = _place(page, raw, position) or (0.0,) * 6
            line = Line(text, (round(size, 1), weight >= BOLD), joined, *place)
            found.append((line, raw, position))
        position += len(raw)
    for is_spread, run in groupby(found, key=_is_spread):
        lines = list(run)
        for line, raw, position in lines:
            has_cells = is_spread and len(lines) >= MIN_ROWS
            cells = _cells(page, raw, position, line.height) if has_cells else ()
            yield replace(line, cells=tuple(cells))


def _is_spread(found: tuple[Line, str, int]) -> bool:
    """Return whether the words of a line may be far apart; to measure each word takes long."""
    line, _, _ = found
    return line.right - line.left > SPREAD * line.height * len(line.text)


def _place(
    page: pypdfium2.PdfTextPage, raw: str, position: int
) -> tuple[float, float, float, float, float, float] | None:
    """Return the left, right, top, base, word and height of a line; None if unknown."""
    first = position + len(raw) - len(raw.lstrip())
    last = position + len(raw.rstrip().rstrip(HYPHEN)) - 1
    word = first + len(raw.split(None, 1)[0]) - 1
    boxes = []
    for place in (first, max(first, last), min(word, max(first, last))):
        index = pdfium.FPDFText_GetCharIndexFromTextIndex(page, place)
        if index < 0:
            return None
        boxes.append(page.get_charbox(index, loose=True))
    (left, top, _, high), (_, base, right, _), (_, _, word, _) = boxes
    return left, right, top, base, word - left, high - top


def _cells(page: pypdfium2.PdfTextPage, raw: str, position: int, height: float) -> Iterator[Cell]:
    """Yield the runs of words with wide gaps between them."""
    run: Cell | None = None
    for word in re.finditer(r"\S+", raw):
        edges = []
        for place in (word.start(), word.end() - 1):
            index = pdfium.FPDFText_GetCharIndexFromTextIndex(page, position + place)
            if index < 0:
                return
            edges.append(page.get_charbox(index, loose=True))
        left, right, words = edges[0][0], edges[1][2], plain_cell(printable(word[0]))
        if run and left - run[1] < GAP * height:
            run = run[0], right, f"{run[2]} {words}"
        else:
            if run:
                yield run
            run = left, right, words
    if run:
        yield run


def _written_on(page: pypdfium2.PdfPage) -> Iterator[Line]:
    """Yield the values of form fields and the notes on a page, as separate lines."""
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
        yield from (
            Line(line, (0.0, False)) for line in printable(text).splitlines() if line.strip()
        )


def _string(note: pdfium.FPDF_ANNOTATION, key: bytes) -> str:
    # in bytes of UTF-16, including the closing zero
    size = pdfium.FPDFAnnot_GetStringValue(note, key, None, 0)
    buffer = create_string_buffer(size)
    pdfium.FPDFAnnot_GetStringValue(note, key, cast(buffer, POINTER(pdfium.FPDF_WCHAR)), size)
    return buffer.raw.decode("utf-16-le", "replace").rstrip("\0")
