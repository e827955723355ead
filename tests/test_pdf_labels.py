"""Labels of pages: as the PDF gives them, and none where they are only numbers."""

import io

import pypdfium2
import pytest
from reportlab.pdfgen.canvas import Canvas

from rag.load.pdf.labels import MAX_LABEL, labels_of


def labelled(pages: int, *ranges: tuple[int, str | None, str | None, int]) -> tuple[str, ...]:
    """Return the labels of a PDF whose ranges have (first page, style, prefix, start)."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=1)
    for page, style, prefix, start in ranges:
        canvas.addPageLabel(page, style, start, prefix)
    for number in range(pages):
        canvas.drawString(60, 700, f"Sheet {number}")
        canvas.showPage()
    canvas.save()
    return labels_of(pypdfium2.PdfDocument(buffer.getvalue()))


def test_pages_have_roman_numbers_and_prefixes() -> None:
    ranges = ((0, "ROMAN_LOWER", None, 3), (2, "ARABIC", None, 1), (4, "ARABIC", "A-", 3))
    assert labelled(6, *ranges) == ("iii", "iv", "1", "2", "A-3", "A-4")


@pytest.mark.parametrize("ranges", [(), ((0, "ARABIC", None, 1),)])
def test_labels_that_are_the_numbers_of_the_pages_are_left_out(
    ranges: tuple[tuple[int, str | None, str | None, int], ...],
) -> None:
    assert labelled(3, *ranges) == ()


def test_a_page_without_a_label_has_its_number() -> None:
    assert labelled(3, (0, "ARABIC", "B", 1), (1, None, None, 1)) == ("B1", "2", "3")


def test_a_label_is_one_short_line() -> None:
    assert labelled(1, (0, "ARABIC", "Part\nTwo, ", 7)) == ("Part Two, 7",)
    assert labelled(1, (0, "ARABIC", "x" * 1000, 7)) == ("x" * MAX_LABEL,)
