"""Headers, footers and page numbers: lines that most pages repeat at their edges."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from rag.load.pdf.lines import Line

EDGE = 2  # lines at the top and bottom of a page that can be its header or footer
RUNNING = 0.5  # the least share of pages that repeat a header or footer
MIN_RUNNING = 3  # the least number of those pages
NUMBER = "#"  # stands for any number


def without_running_lines(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """Return the pages without page numbers, and with each header and footer once, inset."""
    edges = [{id(line): _form(line) for line in _edges(page)} for page in pages]
    counts = Counter(form for forms in edges for form in set(forms.values()))
    least = max(MIN_RUNNING, RUNNING * len(pages))
    running = {form for form, count in counts.items() if count >= least}
    repeated = {NUMBER}
    cleaned = []
    for page, forms in zip(pages, edges, strict=True):
        kept = [line for line in page if forms.get(id(line)) not in repeated & running]
        cleaned.append(
            [replace(line, inset=True) if forms.get(id(line)) in running else line for line in kept]
        )
        repeated |= set(forms.values())
    return cleaned


def _edges(page: Sequence[Line]) -> list[Line]:
    """Return the lines at the top and bottom of a page; none if there is nothing between them."""
    heights = sorted({round(line.base) for line in page if not line.inset})
    if len(heights) <= 2 * EDGE:
        return []
    low, high = heights[EDGE - 1], heights[-EDGE]
    return [line for line in page if not line.inset and not low < round(line.base) < high]


def _form(line: Line) -> str:
    """Return the text of a line without case, spacing and page numbers."""
    return re.sub(r"\d+|\b[ivxlc]+\b", NUMBER, " ".join(line.text.split()).casefold())
