"""REST, version 1: plain addresses and JSON for programs that know nothing of Gradio.

OpenAPI describes every operation by its own name, so that a chat program can use the site as a
tool server. An answer is the same as in Python, and each of its citations has an address.
"""

import json
from asyncio import wrap_future
from collections.abc import AsyncIterator, Mapping
from typing import Any

from fastapi import APIRouter, Request
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse, Response, StreamingResponse
from starlette.concurrency import run_in_threadpool

from rag import __version__
from rag.scope import Scope
from rag.uploads import UPLOADS
from rag.web.archive import DOOR, add_reading
from rag.web.caller import asker_of, site_of
from rag.web.documents import received
from rag.web.events import SCOPE_NAMES
from rag.web.fields import Fields
from rag.web.functions import Functions
from rag.web.live import Live
from rag.web.schema import (
    Added,
    AskRequest,
    CheckedSentences,
    CheckRequest,
    Hits,
    Problem,
    Scoped,
    SearchRequest,
    TimedAnswer,
)
from rag.web.scopes import scope_of
from rag.web.source import static_page
from rag.web.templates import render

Responses = dict[int | str, dict[str, Any]]  # as FastAPI takes them

ABOUT = (
    "Ask the indexed documents. Every answer is a verbatim quote with its place in a document, "
    "or a refusal: an answer without citations. Offsets count characters of a document's text. "
    "With a key: `Authorization: Bearer KEY`."
)
PROBLEMS: Responses = {
    "4XX": {
        "model": Problem,
        "description": "400: a value is wrong. 401: a key is needed. 403: no changes are accepted. "
        "404: there is no such document or passage. 409: the index is being written. "
        "413: the body is too large",
    },
    503: {
        "model": Problem,
        "description": "Too many questions, or texts to check, are waiting (`Retry-After` has the "
        "seconds), or there is no index",
    },
}
FILE_BODY = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
EVENTS: Responses = {
    200: {
        "content": {"text/event-stream": {"example": "event: citation\ndata: {…}\n\n"}},
        "description": "The answer. With `stream`, an event `citation` for each, then `answer`",
    }
}


def rest_router(functions: Functions, live: Live, root: str) -> APIRouter:
    """Return the routes of /api/v1, and their description at /openapi.json and /docs.

    `root` is the path of the site.
    """
    router = APIRouter(prefix="/api/v1", responses=PROBLEMS, tags=["documents"])
    _add_asking(router, functions, root)
    _add_checking(router, functions, root)
    add_reading(router, functions, root)
    _add_changing(router, functions, live)
    described = APIRouter()
    described.include_router(router)
    _add_description(described, router, root)
    return described


def _add_asking(router: APIRouter, functions: Functions, root: str) -> None:
    @router.post("/ask", operation_id="ask", response_model=TimedAnswer, responses=EVENTS)
    async def ask(asked: AskRequest, request: Request) -> Response:
        """Answer a question with verbatim quotes from the documents, or refuse.

        `kind` is `span` or `sentences` for an answer, `none` for a refusal (then `nearest` has
        the passages that come closest), and `documents` or `talk` for a text without quotes.
        """
        site = site_of(request, root)
        answer = await wrap_future(
            functions.ask(
                asker_of(request, DOOR),
                asked.question,
                _scope(asked),
                asked.history,
                site=site,
                linked=True,
                timed=asked.timings,
            )
        )
        if asked.stream:
            return StreamingResponse(_events(answer), media_type="text/event-stream")
        return JSONResponse(answer)

    @router.post("/search", operation_id="search", response_model=Hits)
    async def search(asked: SearchRequest, request: Request) -> Response:
        """Find the passages closest to a question, best first."""
        site = site_of(request, root)
        asker = asker_of(request, DOOR)
        found = functions.search(
            asker, asked.question, asked.k, _scope(asked), site=site, linked=True
        )
        return JSONResponse({"passages": await wrap_future(found)})


def _add_checking(router: APIRouter, functions: Functions, root: str) -> None:
    @router.post("/check", operation_id="check", response_model=CheckedSentences)
    async def check(asked: CheckRequest, request: Request) -> Response:
        """Compare a text with the documents, sentence by sentence.

        The verdict is `supported`, `contradicted` or `missing`; the citation is the quote that
        gives it. `start` and `end` of a sentence are its place in the text.
        """
        site = site_of(request, root)
        found = functions.check(asker_of(request, DOOR), asked.text, _scope(asked), site=site)
        return JSONResponse(await wrap_future(found))


def _add_changing(router: APIRouter, functions: Functions, live: Live) -> None:
    @router.post(
        "/documents",
        operation_id="add_document",
        response_model=Added,
        status_code=201,
        openapi_extra=FILE_BODY,
    )
    async def add_document(request: Request, name: str) -> Response:
        """Add a file to the index: the body is the file, `name` its name with the suffix.

        It is kept, and the index is rebuilt before the response. No other file is replaced. The
        status is 422 if the file could not be read; the outcome says why.
        """
        receipt, _ = await received(live, request, name)
        added = await run_in_threadpool(functions.add, receipt)
        if str(added["outcome"]).startswith("not added"):
            return JSONResponse({**added, "document_id": ""}, 422)
        return JSONResponse({**added, "document_id": f"{UPLOADS}/{added['name']}"}, 201)


def _add_description(described: APIRouter, router: APIRouter, root: str) -> None:
    schema = get_openapi(
        title="Footnote",
        version=__version__,
        description=ABOUT,
        routes=router.routes,
        servers=[{"url": root or "/"}],
    )

    @described.get("/openapi.json", include_in_schema=False)
    def openapi() -> Response:
        return JSONResponse(schema)

    @described.get("/docs", include_in_schema=False)
    def docs() -> Response:
        return static_page(render("api.html", {"schema": schema, "root": root, "title": "API"}))


def _scope(asked: Scoped) -> Scope:
    return scope_of(**{name: getattr(asked, name) for name in SCOPE_NAMES})


async def _events(answer: Fields) -> AsyncIterator[str]:
    """Yield an answer as server-sent events: each citation, then the whole answer."""
    citations = answer["citations"]
    for citation in citations if isinstance(citations, list | tuple) else ():
        yield event("citation", citation)
    yield event("answer", answer)


def event(name: str, fields: Mapping[str, object]) -> str:
    """Return a server-sent event; JSON has no line break that could end it early."""
    return f"event: {name}\ndata: {json.dumps(fields, ensure_ascii=False)}\n\n"
