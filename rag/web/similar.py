"""The passages most similar to a place in a document, as a page of the source pane."""

from asyncio import wrap_future

from fastapi import APIRouter, Request
from fastapi.responses import Response

from rag.errors import QuestionError, RagError, UnknownDocument
from rag.said import Joined
from rag.types import Hit, Passage
from rag.web.caller import asker_of
from rag.web.links import source_address
from rag.web.live import Live
from rag.web.refusal import said_by
from rag.web.source import message_page, static_page
from rag.web.spoken import Requested
from rag.web.templates import render
from rag.words import page_words

MOST = 10
SHOWN = 320  # characters of a passage


def similar_router(live: Live, root: str) -> APIRouter:
    """Return the route /similar/DOCUMENT?start=…&end=…; `root` is the path of the site."""
    router = APIRouter()

    @router.get("/similar/{document_id:path}", include_in_schema=False)
    async def similar(
        document_id: str, request: Request, words: Requested, start: int = 0, end: int = 0
    ) -> Response:
        def work() -> dict[str, object]:
            pipeline = live.pipeline()
            hits = pipeline.similar(document_id, start, end, MOST)
            document = pipeline.documents[document_id]
            place = max(0, start), min(end, len(document.text))
            return _values(Passage(document, 0, *place), hits, root)

        session = asker_of(request, "page").session
        try:
            values = await wrap_future(live.turns.take(session, work))
        except RagError as error:
            is_wrong = isinstance(error, UnknownDocument | QuestionError)
            status = 404 if is_wrong else 503
            return message_page("similar", words.sentence(said_by(error)), root, words, status)
        return static_page(render("similar.html", values, words))

    return router


def _values(place: Passage, hits: list[Hit], root: str) -> dict[str, object]:
    """Return the values for similar.html."""
    return {
        "title": place.document.title,
        "root": root,
        "place": place,
        "back": _address(place, root),
        "found": [(one.passage, _place(one.passage), _address(one.passage, root)) for one in hits],
        "shown": SHOWN,
    }


def _place(passage: Passage) -> Joined:
    """Return the page of a passage and the headings above it."""
    document, start = passage.document, passage.start
    page = page_words(document.page_at(start), document.unit, document.label_at(start))
    return Joined(list(filter(None, [page, document.heading_at(start)])), " · ")


def _address(passage: Passage, root: str) -> str:
    document = passage.document
    place = passage.start, passage.end, passage.text
    return source_address(document.id, *place, f"{root}/source/", document.sha256)
