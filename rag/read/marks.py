"""The words that are marked as the answer, widened until they split nothing."""

import re
import unicodedata

from rag.tables import whole_cells
from rag.types import Span
from rag.wrapping import BULLET

BULLETED = re.compile(rf"{BULLET}(?=\S)")
STOPS = tuple(".,!?…。，！？؟،")
PAIRS = tuple(map(tuple, ("()", "[]", "“”", "«»", '""', "（）", "「」", "『』", "《》")))


def whole_words(span: Span, start: int, end: int) -> tuple[int, int]:
    """Return the offsets, widened inside the span so that they split no cell, pair and grapheme.

    Pairs are brackets and quotation marks. A bullet at the start is left out.
    """
    if span.passage.document.table_at(start):
        left, right = whole_cells(span.passage.document, start, end)
        return max(left, span.start), min(right, span.end)
    text = span.passage.document.text
    for opening, closing in PAIRS:
        if sum(text.count(mark, start, end) for mark in {opening, closing}) % 2:  # one is missing
            # after a whole sentence the closing mark follows the full stop
            after = end + (text[end : end + 1] in STOPS)
            if after < span.end and text[after] == closing:
                end = after + 1
            elif start > span.start and text[start - 1] == opening:
                start -= 1
    begins_line = not text[text.rfind("\n", 0, start) + 1 : start].strip()
    bullet = BULLETED.match(text, start, end)
    if begins_line and bullet:
        start = bullet.end()
    while start > span.start and _joined(text, start):
        start -= 1
    while end < span.end and _joined(text, end):
        end += 1
    return start, end


def _joined(text: str, place: int) -> bool:
    """Return whether the character at a place combines with the one before it."""
    return (
        unicodedata.category(text[place]) in {"Mn", "Me", "Mc", "Cf"} or text[place - 1] == "\u200d"
    )
