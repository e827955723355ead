"""The source pane: each document is a page, at an address that a footnote can link to.

No script can run on these pages: their policy allows only our style sheet.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, Response, StreamingResponse

from rag.errors import RagError, UnknownDocument
from rag.index import Index
from rag.load import is_drawn
from rag.said import Joined
from rag.types import Document
from rag.web.blocks import is_markdown
from rag.web.links import document_at, is_revision, place_now, places_in, quote_check
from rag.web.live import Live
from rag.web.refusal import said_by
from rag.web.sections import Lit, lights_in_order, sections
from rag.web.spoken import Requested
from rag.web.templates import render, stream
from rag.web.wording import ENGLISH, Words
from rag.words import RECOGNISED, page_words

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; frame-ancestors 'self'; "
    "base-uri 'none'; form-action 'none'"
)


def source_router(live: Live, root: str) -> APIRouter:
    """Return the routes of the source pane: /source/ and /source/DOCUMENT?start=…&end=…&check=…

    `quotes` are all quotes of the answer there, `revision` is the one quoted (see links). `root` is
    the path of the site.
    """
    router = APIRouter()

    @router.get("/source/", include_in_schema=False)
    def nothing_open(words: Requested) -> Response:
        return message_page("source", words("source_empty"), root, words)

    @router.get("/source/{document_id:path}", include_in_schema=False)
    def source(
        document_id: str,
        words: Requested,
        start: int = 0,
        end: int = 0,
        check: str = "",
        quotes: str = "",
        revision: str = "",
    ) -> Response:
        try:
            index = live.pipeline().index
            document, is_earlier = document_at(index, document_id, revision)
            is_earlier = is_earlier and is_revision(document.sha256, revision)
            kept = _kept(index, document, is_earlier=is_earlier)
            stale = "" if is_earlier else live.stale(document)
        except RagError as error:
            status = 404 if isinstance(error, UnknownDocument) else 503
            return message_page("source", words.sentence(said_by(error)), root, words, status)
        others = _others(document, quotes)
        opened, changed = _opened(document, Lit(start, end), check, revision)
        values = {**_values(document, opened, others, root), "title": document.title}
        values = {**values, **kept, "changed": changed, "stale": stale}
        body = stream("source.html", values, words)
        headers = {"Content-Security-Policy": POLICY}
        return StreamingResponse(body, media_type="text/html", headers=headers)

    return router


def source_html(
    document: Document, start: int, end: int, root: str = "", others: Sequence[Lit] = ()
) -> Iterator[str]:
    """Yield a whole document as HTML with text[start:end] marked, headings and page starts shown.

    The text content of the marks of a quote is the quote, character by character. `others` are
    quotes of the same answer, `root` is the path of the site.
    """
    return stream("document.html", _values(document, Lit(start, end), others, root))


def message_page(
    title: str, message: str, root: str, words: Words = ENGLISH, status: int = 200
) -> Response:
    """Return a page that shows one message, below the title of this kind."""
    values = {"title": words(title), "message": message, "root": root}
    return static_page(render("message.html", values, words), status)


def static_page(html: str, status: int = 200) -> Response:
    """Return a page on which no script can run."""
    return HTMLResponse(html, status, headers={"Content-Security-Policy": POLICY})


def _kept(index: Index, document: Document, *, is_earlier: bool) -> dict[str, object]:
    """Return the values for source.html about a document's revisions."""
    now = document.id in index.documents
    return {
        "earlier": document.sha256 if is_earlier else "",
        "day": document.modified[:10],
        "is_removed": is_earlier and not now,
        "compared": len(index.revisions.of(document.id)) + now > 1,
    }


def _others(document: Document, quotes: str) -> list[Lit]:
    """Return the quotes that an address names, if each is still where it was."""
    return [
        Lit(place.start, place.end, str(place.number), f"quote-{place.number}", place.marks)
        for place in places_in(quotes)
        if place.end <= len(document.text)
        and quote_check(document.text[place.start : place.end]).startswith(place.check)
    ]


def _opened(document: Document, opened: Lit, check: str, revision: str) -> tuple[Lit, str]:
    """Return where the quote of an address is now, and how the document has changed since.

    "" if it has not; else the kind of a text of the page: "stayed", "moved", "gone", or "since"
    for an address without a quote.
    """
    start, end = opened.start, opened.end
    is_place = 0 <= start < end <= len(document.text)
    if is_place and (not check or quote_check(document.text[start:end]) == check):
        return opened, "" if is_revision(document.sha256, revision) else "stayed"
    if not end:
        return Lit(0, 0), "" if is_revision(document.sha256, revision) else "since"
    place = place_now(document.text, end - start, check)
    return (Lit(*place), "moved") if place else (Lit(0, 0), "gone")


def _values(document: Document, opened: Lit, others: Sequence[Lit], root: str) -> dict[str, object]:
    """Return the values for document.html."""
    start, end = opened.start, opened.end
    page, has_pages = document.page_at(start), document.page_starts
    words = page_words(page, document.unit, document.label_at(start))
    recognised = RECOGNISED if document.is_recognised(start, end) else ""
    place = [words, document.heading_at(start), recognised] if end > start else []
    same = [one for one in others if (one.start, one.end) == (start, end)]
    named = [replace(one, id=opened.id) for one in same[:1]] or [opened]
    lights = lights_in_order(named if end > start else (), others)
    return {
        "document": document,
        "opened": opened,
        "earlier": "",
        "compared": False,
        "details": Joined(list(filter(None, [document.id, *place])), " · "),
        "page": page if document.unit == "page" and has_pages else None,
        "sections": sections(document, lights),
        "quotes": [one for one in lights if one.number],
        "outline": [one for one in document.headings if one.end > one.start],
        "has_marks": is_markdown(document) or bool(document.tables),
        "root": root,
        "drawn": f"start={start}&end={end}" if is_drawn(document) else "",
    }
