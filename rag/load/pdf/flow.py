"""Where a sentence goes on from line to line: below, in another column, on the next page."""

import re
from collections.abc import Sequence

from rag.load.pdf.lines import Line
from rag.wrapping import ITEM

MIN_WRAP = 20  # characters; a shorter line is not wrapped
SAME = 0.3  # points; types that differ by more are of different text
# the following are multiples of the type size
MAX_LEADING = 2.0  # the most between the baselines of two lines of a paragraph
INDENT = 3.0  # the most between their left edges
SPACE = 0.2  # the width of a space
RAGGED = 2.0  # the most between the right edges of two full lines
FULL = 0.5  # the most between the end of a full line and the edge of its column
WIDE = 0.62  # a larger average width per letter means spaced words, as in a table
ITEM_START = re.compile(rf"\s*{ITEM}")
BREAK = "\0"  # keeps the halves of a broken word from being taken for words
MARKS = '.,;:!?()[]"“”‘’„«»'
ENDED = re.compile(
    r"[.!?:;…][\"”’»)\]]*[\d⁰¹²³⁴-⁹]{0,2}\s*$"
)  # perhaps with the mark of a footnote
FIGURES = re.compile(r"\S*\d\S*")


def wraps(lines: Sequence[Line], number: int) -> bool:
    """Return whether a line continues in the next: the first word there did not fit after it."""
    line, following = lines[number], lines[number + 1]
    size = line.height
    if not follows(line, following):
        return line.region != following.region and goes_on(line, following)
    if ITEM_START.match(following.text) or line.type != following.type:
        return False
    if len(line.text) < MIN_WRAP or _is_row(line):
        return False
    if abs(line.left - following.left) > INDENT * size:
        return False
    near = lines[max(0, number - 3) : number + 4]
    edges = [other.right for other in near if abs(other.left - following.left) <= INDENT * size]
    column = max(edges)
    full = sum(edge > column - RAGGED * size for edge in edges)
    fits = line.right + following.word + SPACE * size <= column
    return not fits and (full > 1 or following.text[:1].islower())


def follows(line: Line, following: Line) -> bool:
    """Return whether a line is the next one below another."""
    return 0 < line.base - following.base < MAX_LEADING * line.height


def goes_on(line: Line, following: Line) -> bool:
    """Return whether a sentence goes on in a line that is not below: after a column or an inset."""
    if line.inset or following.inset or abs(line.type[0] - following.type[0]) > SAME:
        return False
    if len(line.text) < MIN_WRAP or ENDED.search(line.text) or ITEM_START.match(following.text):
        return False
    is_full = line.right > line.edge - FULL * line.height
    return line.joined or following.text[:1].islower() or (is_full and not following.cells)


def words_of(pages: Sequence[Sequence[Line]]) -> frozenset[str]:
    """Return the words and compounds of a document that has broken words, in lower case."""
    if not any(line.joined for page in pages for line in page):
        return frozenset()
    texts = "".join(line.text + (BREAK if line.joined else " ") for page in pages for line in page)
    return frozenset(word.strip(MARKS) for word in set(texts.casefold().split()))


def _is_row(line: Line) -> bool:
    """Return whether a line is a row of a table: wide gaps between words, or mostly figures."""
    figures = len(FIGURES.findall(line.text))
    is_wide = line.right - line.left > WIDE * line.height * len(line.text)
    return is_wide or 2 * figures > len(line.text.split())
