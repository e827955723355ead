"""Footnotes, captions and running lines moved out of the sentences that they interrupt.

A footnote at the bottom of a column, or a figure at its top, comes between two lines of one
sentence. It goes where a line ends with a sentence, on its own page.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from rag.load.pdf.flow import ENDED, FULL, SAME, follows, goes_on
from rag.load.pdf.grids import grids_of
from rag.load.pdf.lines import Line

MAX_LINES = 80  # of insets between two lines of a sentence
CAPTION = re.compile(
    r"(?:Figure|Fig\.|Table|Tab\.|Chart|Box|Plate|Abbildung|Abb\.|Tabelle) ?\d+ ?(?:[:.|–—-]|$)"
)


Marked = tuple[Line, bool]  # a line, and whether it is text (or a heading) and no inset


def without_interruptions(pages: Sequence[Sequence[Line]], size: float) -> list[list[Line]]:
    """Return the pages with insets moved; `size` is that of the body's type."""
    moved = [list(zip(page, _texts(page, size), strict=True)) for page in pages]
    for page in moved:
        _clear(page)
    for page, following in pairwise(moved):
        end = next((n for n in range(len(page), 0, -1) if page[n - 1][1]), 0)
        start = next((n for n, (_, is_text) in enumerate(following) if is_text), -1)
        if end and start >= 0 and goes_on(page[end - 1][0], following[start][0]):
            _raise(page, end, len(page))
            _lower(following, 0, start)
    return [[line for line, _ in page] for page in moved]


def _clear(page: list[Marked]) -> None:
    """Move the insets of a page that are between two lines of a sentence."""
    number = 0
    while number < len(page):
        end = number + 1
        while end < len(page) and not page[end][1]:
            end += 1
        insets = end - number - 1
        if page[number][1] and 0 < insets <= MAX_LINES and end < len(page):
            is_between = goes_on(page[number][0], page[end][0])
            if is_between and (_lower(page, number + 1, end) or _raise(page, number + 1, end)):
                end = number + 1
        number = end


def _lower(page: list[Marked], start: int, end: int) -> bool:
    """Move insets below the line in which the sentence ends, if it is on the page."""
    for number in range(end, len(page)):
        line, is_text = page[number]
        if not is_text:
            return False
        if ENDED.search(line.text):
            page[start : number + 1] = page[end : number + 1] + page[start:end]
            return True
    return False


def _raise(page: list[Marked], start: int, end: int) -> bool:
    """Move insets above the line in which the sentence begins, if it is on the page."""
    first = start - 1
    while first > 0 and page[first - 1][1] and not ENDED.search(page[first - 1][0].text):
        first -= 1
    begins = first > 0 and page[first - 1][1]
    if not begins and not page[first][0].text[:1].isupper():
        return False
    page[first:end] = page[start:end] + page[first:start]
    return True


def _texts(page: Sequence[Line], size: float) -> Iterator[bool]:
    """Yield of each line whether it is no inset, caption, cell or small type."""
    in_caption, before = False, None
    rows = {row for first, grid in grids_of(page).items() for row in range(first, grid.end)}
    for number, line in enumerate(page):
        if CAPTION.match(line.text):
            in_caption = True
        elif in_caption and before:
            is_last = ENDED.search(before.text) and before.right < before.edge - FULL * line.height
            in_caption = follows(before, line) and before.type == line.type and not is_last
        yield not (in_caption or line.inset or number in rows or line.type[0] < size - SAME)
        before = line
