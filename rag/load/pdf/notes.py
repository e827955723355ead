"""What is written on the pages of a PDF: the values of form fields, and notes."""

from collections.abc import Iterator
from ctypes import POINTER, cast, create_string_buffer

import pypdfium2
import pypdfium2.raw as pdfium

from rag.load.blocks import printable


def written_on(page: pypdfium2.PdfPage) -> Iterator[str]:
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
        yield from (line for line in printable(text).splitlines() if line.strip())


def _string(note: pdfium.FPDF_ANNOTATION, key: bytes) -> str:
    # in bytes of UTF-16, including the closing zero
    size = pdfium.FPDFAnnot_GetStringValue(note, key, None, 0)
    buffer = create_string_buffer(size)
    pdfium.FPDFAnnot_GetStringValue(note, key, cast(buffer, POINTER(pdfium.FPDF_WCHAR)), size)
    return buffer.raw.decode("utf-16-le", "replace").rstrip("\0")
