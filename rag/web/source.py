"""The source pane: each document is a page, at an address that a footnote can link to.

No script can run on these pages: their policy allows only our style sheet.
"""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from itertools import accumulate, count, pairwise

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from rag.errors import RagError, UnknownDocument
from rag.load import is_drawn
from rag.types import Document
from rag.web.links import quote_check
from rag.web.live import Live
from rag.web.templates import render, stream
from rag.words import RECOGNISED, page_words

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'self'; "
    "base-uri 'none'; form-action 'none'"
)
EMPTY = "Click a footnote to see its quote here."
BLOCK = 4000  # characters that the browser lays out at once

Piece = tuple[str, str]  # its kind ("mark", "heading" or "text"), and its text
Section = tuple[str, Iterator[Piece]]  # the label of a page that starts here, and the pieces


def source_router(live: Live, root: str) -> APIRouter:
    """Return the routes of the source pane: /source/ and /source/DOCUMENT?start=…&end=…&check=…

    `root` is the path of the site.
    """
    router = APIRouter()

    @router.get("/source/", include_in_schema=False)
    def nothing_open() -> Response:
        return message_page("Source", EMPTY, root)

    @router.get("/source/{document_id:path}", include_in_schema=False)
    def source(document_id: str, start: int = 0, end: int = 0, check: str = "") -> Response:
        try:
            document = live.pipeline().documents[document_id]
            stale = live.stale(document)
        except RagError as error:
            status = 404 if isinstance(error, UnknownDocument) else 503
            return message_page("Source", str(error), root, status)
        body = _page(document, start, end, check, root, stale)
        headers = {"Content-Security-Policy": POLICY}
        return StreamingResponse(body, media_type="text/html", headers=headers)

    return router


def source_html(document: Document, start: int, end: int, root: str = "") -> Iterator[str]:
    """Yield a whole document as HTML with text[start:end] marked, headings and page starts shown.

    The text content of the `mark` element is the quote, character by character. `root` is the path
    of the site.
    """
    return stream("document.html", _values(document, start, end, root))


def message_page(title: str, message: str, root: str, status: int = 200) -> Response:
    """Return a page that shows one message."""
    html = render("message.html", {"title": title, "message": message, "root": root})
    return static_page(html, status)


def static_page(html: str, status: int = 200) -> Response:
    """Return a page on which no script can run."""
    return HTMLResponse(html, status, headers={"Content-Security-Policy": POLICY})


def _page(
    document: Document, start: int, end: int, check: str, root: str, stale: str
) -> Iterator[str]:
    is_place = 0 <= start < end <= len(document.text)
    is_quote = is_place and (not check or quote_check(document.text[start:end]) == check)
    place = (start, end) if is_quote else (0, 0)
    values = _values(document, *place, root)
    moved = end != 0 and not is_quote
    notices = {"moved": moved, "stale": stale}
    return stream("source.html", {**values, **notices, "title": document.title})


def _values(document: Document, start: int, end: int, root: str) -> dict[str, object]:
    """Return the values for document.html."""
    page, has_pages = document.page_at(start), document.page_starts
    words = page_words(page, document.unit, document.label_at(start))
    recognised = RECOGNISED if document.is_recognised(start, end) else ""
    place = [words, document.heading_at(start), recognised] if end > start else []
    return {
        "document": document,
        "details": " · ".join(filter(None, [document.id, *place])),
        "page": page if document.unit == "page" and has_pages else None,
        "sections": _sections(document, start, end),
        "root": root,
        "drawn": f"start={start}&end={end}" if is_drawn(document) else "",
    }


def _sections(document: Document, start: int, end: int) -> Iterator[Section]:
    """Yield the text in sections, each in pieces; text[start:end] is the mark."""
    shown = _page_starts(document)
    pages = {
        start: page_words(number, document.unit, document.label_at(start))
        for start, number in zip(shown, document.page_numbers or count(1), strict=False)
    }
    headings = (h for h in document.headings if h.end > h.start)
    tags = [(h.start, h.end, "heading") for h in headings if h.end <= start or end <= h.start]
    if start < end:
        tags.append((start, end, "mark"))
    tags.sort()
    for left, right in pairwise(_section_edges(document, start, end)):
        label = pages.get(left, "")
        yield label[:1].upper() + label[1:], _pieces(document.text, left, right, tags)


def _page_starts(document: Document) -> Sequence[int]:
    """Return where the labelled pages start; the rows of a table and lines get no label."""
    return document.page_starts if document.unit not in ("row", "line") else ()


def _section_edges(document: Document, start: int, end: int) -> list[int]:
    """Return where to divide the text so that a browser lays out only what is visible.

    The edges are at the starts of pages and at some line breaks.
    """
    text, edges = document.text, {0, *_page_starts(document), len(document.text)}
    position = 0
    while (found := text.find("\n", position + BLOCK)) >= 0:
        position = found + 1
        edges.add(position)
    protected = sorted([(start, end), *((h.start, h.end) for h in document.headings)])
    ends = list(accumulate((right for _, right in protected), max))  # the furthest end so far

    def is_inside(edge: int) -> bool:
        before = bisect_left(protected, (edge, 0))
        return before > 0 and edge < ends[before - 1]

    return sorted(edge for edge in edges if not is_inside(edge))


def _pieces(
    text: str, left: int, right: int, tags: Sequence[tuple[int, int, str]]
) -> Iterator[Piece]:
    position = left
    for start, end, kind in tags[bisect_left(tags, (left,)) : bisect_left(tags, (right,))]:
        yield "text", text[position:start]
        yield kind, text[start:end]
        position = end
    yield "text", text[position:right]
