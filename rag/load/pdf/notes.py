"""What people wrote on the pages of a PDF: the values of form fields, and notes.

It is not part of what the page draws. What the page draws at the same place is left out, and so is
what is hidden.
"""

import re
from collections.abc import Callable, Iterator
from ctypes import POINTER, cast, create_string_buffer
from functools import partial

import pypdfium2
import pypdfium2.raw as pdfium

from rag.load.blocks import one_line, printable

HIDDEN = (
    pdfium.FPDF_ANNOT_FLAG_INVISIBLE | pdfium.FPDF_ANNOT_FLAG_HIDDEN | pdfium.FPDF_ANNOT_FLAG_NOVIEW
)
NOTES = frozenset(
    {
        pdfium.FPDF_ANNOT_TEXT,
        pdfium.FPDF_ANNOT_LINE,
        pdfium.FPDF_ANNOT_SQUARE,
        pdfium.FPDF_ANNOT_CIRCLE,
        pdfium.FPDF_ANNOT_POLYGON,
        pdfium.FPDF_ANNOT_POLYLINE,
        pdfium.FPDF_ANNOT_HIGHLIGHT,
        pdfium.FPDF_ANNOT_UNDERLINE,
        pdfium.FPDF_ANNOT_SQUIGGLY,
        pdfium.FPDF_ANNOT_STRIKEOUT,
        pdfium.FPDF_ANNOT_STAMP,
        pdfium.FPDF_ANNOT_CARET,
        pdfium.FPDF_ANNOT_INK,
    }
)
CHOICES = frozenset({pdfium.FPDF_FORMFIELD_COMBOBOX, pdfium.FPDF_FORMFIELD_LISTBOX})
BOXES = frozenset({pdfium.FPDF_FORMFIELD_CHECKBOX, pdfium.FPDF_FORMFIELD_RADIOBUTTON})
MAX_OPTIONS = 1000
PART = re.compile(r"\[\d+\]$")  # "name[0]" is the first field of this name


def written_on(page: pypdfium2.PdfPage, drawn: pypdfium2.PdfTextPage) -> Iterator[str]:
    """Yield "Name: value" of each form field that has one, and notes as "[Note: text]"."""
    for number in range(pdfium.FPDFPage_GetAnnotCount(page)):
        note = pdfium.FPDFPage_GetAnnot(page, number)
        if not note:
            continue
        if not pdfium.FPDFAnnot_GetFlags(note) & HIDDEN:
            kind = pdfium.FPDFAnnot_GetSubtype(note)
            if kind == pdfium.FPDF_ANNOT_WIDGET and page.formenv:
                yield from _field(page.formenv, note, drawn)
            elif kind == pdfium.FPDF_ANNOT_FREETEXT:
                text = _contents(note)
                if not _is_drawn(text, note, drawn):
                    yield from (line for line in text.splitlines() if line.strip())
            elif kind in NOTES and not pdfium.FPDFAnnot_HasKey(note, b"StateModel"):
                text = one_line(_contents(note))
                if text and not _is_drawn(text, note, drawn):
                    yield f"[Note: {text}]"
        pdfium.FPDFPage_CloseAnnot(note)


def _field(
    form: pypdfium2.PdfFormEnv, field: pdfium.FPDF_ANNOTATION, drawn: pypdfium2.PdfTextPage
) -> Iterator[str]:
    """Yield the name and value of a form field, if it has a value that people see."""
    value = one_line(printable(_value(form, field)))
    if value and not _is_drawn(value, field, drawn):
        name = _string(partial(pdfium.FPDFAnnot_GetFormFieldAlternateName, form, field))
        name = name or _string(partial(pdfium.FPDFAnnot_GetFormFieldName, form, field))
        last = PART.sub("", one_line(printable(name)).rpartition(".")[2])
        yield f"{last}: {value}" if last else value


def _value(form: pypdfium2.PdfFormEnv, field: pdfium.FPDF_ANNOTATION) -> str:
    kind = pdfium.FPDFAnnot_GetFormFieldType(form, field)
    if kind in BOXES:
        get = partial(pdfium.FPDFAnnot_GetStringValue, field, b"AS")
        is_on = pdfium.FPDFAnnot_IsChecked(form, field) or _string(get) not in ("", "Off")
        named = _string(partial(pdfium.FPDFAnnot_GetFormFieldExportValue, form, field))
        is_box = kind == pdfium.FPDF_FORMFIELD_CHECKBOX
        return ("yes" if is_box and not re.search(r"[^\W\d_]", named) else named) if is_on else ""
    chosen = ", ".join(_chosen(form, field)) if kind in CHOICES else ""
    flags = pdfium.FPDFAnnot_GetFormFieldFlags(form, field)
    is_secret = flags & pdfium.FPDF_FORMFLAG_TEXT_PASSWORD
    if kind in CHOICES or (kind == pdfium.FPDF_FORMFIELD_TEXTFIELD and not is_secret):
        return chosen or _string(partial(pdfium.FPDFAnnot_GetFormFieldValue, form, field))
    return ""


def _chosen(form: pypdfium2.PdfFormEnv, field: pdfium.FPDF_ANNOTATION) -> Iterator[str]:
    """Yield the labels of the options that are chosen."""
    for option in range(min(MAX_OPTIONS, pdfium.FPDFAnnot_GetOptionCount(form, field))):
        if pdfium.FPDFAnnot_IsOptionSelected(form, field, option):
            yield _string(partial(pdfium.FPDFAnnot_GetOptionLabel, form, field, option))


def _is_drawn(text: str, note: pdfium.FPDF_ANNOTATION, drawn: pypdfium2.PdfTextPage) -> bool:
    """Return whether the page draws the same words where a note or field is."""
    box = pdfium.FS_RECTF()
    if not pdfium.FPDFAnnot_GetRect(note, box):
        return False
    there = drawn.get_text_bounded(box.left, box.bottom, box.right, box.top)
    return bool(there) and one_line(text) in one_line(printable(there))


def _contents(note: pdfium.FPDF_ANNOTATION) -> str:
    return printable(_string(partial(pdfium.FPDFAnnot_GetStringValue, note, b"Contents")))


def _string(call: Callable[[object, int], int]) -> str:
    """Return what a call of PDFium writes: UTF-16 with a closing zero."""
    size = call(None, 0)
    buffer = create_string_buffer(size)
    call(cast(buffer, POINTER(pdfium.FPDF_WCHAR)), size)
    return buffer.raw.decode("utf-16-le", "replace").rstrip("\0")
