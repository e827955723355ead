"""The labels of the pages of a PDF, as printed on them: "iv", "A-3"."""

import pypdfium2

from rag.load.blocks import one_line, printable

MAX_LABEL = 40  # characters; longer labels are cut


def labels_of(pdf: pypdfium2.PdfDocument) -> tuple[str, ...]:
    """Return the label of each page; empty if these are the numbers 1, 2, 3 …

    A page without a label has its number.
    """
    numbers = [str(number) for number in range(1, len(pdf) + 1)]
    labels = [_label(pdf, page) or number for page, number in enumerate(numbers)]
    return () if labels == numbers else tuple(labels)


def _label(pdf: pypdfium2.PdfDocument, page: int) -> str:
    try:
        return one_line(printable(pdf.get_page_label(page)))[:MAX_LABEL]
    except UnicodeDecodeError:
        return ""
