"""From a picture to text: the words of a page, joined into paragraphs, each with its box."""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from rag.load.blocks import printable
from rag.load.scans.engines import Line, Word, lines_in
from rag.load.scans.order import blocks_of, edges_of, height_of
from rag.load.scans.pictures import SCALE, page_picture
from rag.load.text import Parsed
from rag.types import Box

ROOM = 3.0  # heights of a line that a full line leaves free on its right
NEW_PARAGRAPH = 0.8  # the least strip above a paragraph, in heights of a line
CELL_GAP = 2.0  # the least strip between two cells of a row, in heights of a line
HYPHENS = ("-", "\u00ad", "\u2010")


def recognised_page(data: bytes, suffix: str, number: int, engine: str) -> Parsed:
    """Return the words of a page, counted from 1, of a PDF or a picture file, with their boxes.

    Raise LoadError if the page cannot be drawn.
    """
    picture = page_picture(data, suffix, number)
    lines = lines_in(picture, engine)
    return _assembled(lines, *picture.size) if lines else Parsed("")


def _assembled(lines: Sequence[Line], width: int, height: int) -> Parsed:
    """Return the words joined into paragraphs, with the box of each."""
    parts: list[str] = []
    boxes: list[Box] = []
    length = 0
    for word, after in _joined(lines):
        end = length + len(word.text)
        left, right = (round(SCALE * edge / width) for edge in (word.left, word.right))
        top, bottom = (round(SCALE * edge / height) for edge in (word.top, word.bottom))
        boxes.append(Box(length, end, left, top, right, bottom))
        parts += [word.text, after]
        length = end + len(after)
    return Parsed("".join(parts).rstrip(), boxes=tuple(boxes))


def _joined(lines: Sequence[Line]) -> Iterator[tuple[Word, str]]:
    """Yield the words in reading order, each with the white space after it.

    The parts of a word that a hyphen breaks at the end of a line have none between them.
    """
    usual = height_of(lines)
    for rows in blocks_of(lines, usual):
        edge = max(edges_of(row).right for row in rows)
        for row, below in pairwise([*rows, None]):
            if row is None:
                return
            *words, last = (word._replace(text=printable(word.text)) for word in row)
            yield from ((word, " ") for word in words)
            after = _between(row, below, usual, edge) if below else "\n\n"
            if after == " " and below and _is_broken(last.text, below[0].text):
                last, after = last._replace(text=last.text[:-1]), ""
            yield last, after


def _between(row: Line, below: Line, usual: float, edge: float) -> str:
    """Return a space between two rows of a paragraph, else line breaks."""
    upper, lower = edges_of(row), edges_of(below)
    if lower.top - upper.bottom >= NEW_PARAGRAPH * usual:
        return "\n\n"
    is_full = edge - upper.right <= ROOM * usual
    return " " if is_full and not _has_cells(row, usual) and not _has_cells(below, usual) else "\n"


def _has_cells(row: Line, usual: float) -> bool:
    return any(right.left - left.right > CELL_GAP * usual for left, right in pairwise(row))


def _is_broken(word: str, following: str) -> bool:
    return (
        len(word) > 2 and word.endswith(HYPHENS) and word[-2].isalpha() and following[0].islower()
    )
