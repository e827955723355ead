"""The page of a quote as a picture, with the words of the quote lit up."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from pathlib import PurePosixPath

from rag.errors import LoadError
from rag.load.formats import PICTURES
from rag.load.scans.pictures import Edges
from rag.load.worker import ParserProcess
from rag.said import Said
from rag.types import Box, Document

MAX_BOXES = 500  # of one quote


def is_drawn(document: Document) -> bool:
    """Return whether the pages of a document can be shown as pictures."""
    suffix = PurePosixPath(document.id).suffix.lower()
    return bool(document.page_starts) and (suffix == ".pdf" or suffix in PICTURES)


def drawn_quote(
    document: Document, start: int, end: int, data: bytes, process: ParserProcess
) -> bytes:
    """Return the page where text[start:end] begins as PNG, with these words lit up.

    `data` are the bytes of the document's file. Raise LoadError if the page cannot be drawn.
    """
    if not is_drawn(document):
        raise LoadError(Said("unread_not_drawn", name=document.id))
    suffix = PurePosixPath(document.id).suffix.lower()
    number = max(1, bisect_right(document.page_starts, start))
    boxes = _boxes(document, number, start, end, data, process) if start < end else []
    return process.drawn(data, suffix, number, boxes[:MAX_BOXES])


def _boxes(
    document: Document, number: int, start: int, end: int, data: bytes, process: ParserProcess
) -> list[Edges]:
    """Return where the words are on their page; none if they are not found where they were."""
    pages = [*document.page_starts, len(document.text)]
    end = min(end, pages[number])
    if document.is_recognised(start, end):
        return list(_between(document.boxes, start, end))
    # scans that were read since move the text of the other pages
    placed = process.placed(data)
    moved = pages[number - 1] - placed.page_starts[number - 1]
    if placed.text[start - moved : end - moved] != document.text[start:end]:
        return []
    return list(_between(placed.boxes, start - moved, end - moved))


def _between(boxes: Sequence[Box], start: int, end: int) -> Iterator[Edges]:
    """Yield the part of each box that holds text[start:end], as if all letters were as wide."""
    for box in boxes:
        left, right = max(start, box.start), min(end, box.end)
        if left < right:
            letter = (box.right - box.left) / (box.end - box.start)
            edges = box.left + letter * (left - box.start), box.left + letter * (right - box.start)
            yield round(edges[0]), box.top, round(edges[1]), box.bottom
