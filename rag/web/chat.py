"""The chat: /answer takes a question of the page and returns one answer as HTML.

The browser keeps the conversation, and sends the earlier questions with each new one.
"""

from asyncio import wrap_future
from collections.abc import Callable
from dataclasses import replace
from time import monotonic
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rag.errors import IndexMissing, RagError
from rag.pipeline import Pipeline
from rag.said import Said
from rag.trace import Trace
from rag.types import Answer
from rag.web.answer import answer_html
from rag.web.body import json_body
from rag.web.caller import Answered, Asker, asker_of
from rag.web.live import Live
from rag.web.refusal import Refused, said_by
from rag.web.spoken import Requested
from rag.web.templates import render
from rag.web.within import scope_within
from rag.web.wording import Words

MOST_NAMES = 1000
MOST_EARLIER = 20  # questions of the conversation before this one


class Asked(BaseModel):
    """What the page sends: a question, what came before it, and the reader's settings.

    `within` names documents and folders. A question is asked as it is typed if `exactly`.
    """

    model_config = ConfigDict(strict=True, extra="forbid")

    question: str
    session: Annotated[str, Field(pattern=r"^[\w-]{1,64}$")]
    history: Annotated[list[str], Field(max_length=MOST_EARLIER)] = []
    within: Annotated[list[str], Field(max_length=MOST_NAMES)] = []
    exactly: bool = False
    threshold: Annotated[float, Field(ge=0, le=1)] | None = None
    quotes: Annotated[int, Field(ge=1, le=10)] | None = None


def chat_router(live: Live, answered: Callable[[Answered], None]) -> APIRouter:
    """Return the route /answer: the body is a question as JSON, the response an answer as HTML.

    `answered` gets every answer.
    """
    router = APIRouter()

    @router.post("/answer", include_in_schema=False)
    async def answer(
        body: Annotated[bytes, Depends(json_body)], request: Request, words: Requested
    ) -> Response:
        asked = _asked(body)
        asker, trace = asker_of(request, "page", asked.session), Trace()

        def work() -> str:
            trace.milliseconds[Said("step_waiting")] = trace.so_far()
            return _html(live, asked, asker, answered, words, trace)

        try:
            html = await wrap_future(live.turns.take(asked.session, work))
        except IndexMissing:
            html = render("failed.html", {"message": words("ask_after_adding")})
        except RagError as error:
            html = render("failed.html", {"message": words.sentence(said_by(error))})
        return HTMLResponse(html, headers={"Cache-Control": "no-store"})

    return router


def _asked(body: bytes) -> Asked:
    """Return what the page sent; raises Refused."""
    try:
        return Asked.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        field = ".".join(map(str, first["loc"]))
        wrong = f"{field} is missing or not as expected" if field else "The request is not JSON"
        raise Refused(400, wrong) from error


def _html(
    live: Live,
    asked: Asked,
    asker: Asker,
    answered: Callable[[Answered], None],
    words: Words,
    trace: Trace,
) -> str:
    pipeline, began = live.pipeline(), monotonic()
    answer = _answer(_with_settings(pipeline, asked), asked, trace)
    answered(Answered(answer, asker, monotonic() - began))
    took = trace.so_far()
    cited = {quote.document_id for quote in (*answer.citations, *answer.nearest)}
    stale = {name: live.stale(pipeline.documents[name]) for name in cited}
    return answer_html(answer, stale, words, trace.milliseconds, took)


def _with_settings(pipeline: Pipeline, asked: Asked) -> Pipeline:
    """Return a pipeline with the reader's own threshold and number of quotes."""
    config = pipeline.config
    own = replace(
        config,
        threshold=config.threshold if asked.threshold is None else asked.threshold,
        quotes=asked.quotes or config.quotes,
        several=asked.quotes or config.several,
    )
    return Pipeline(pipeline.index, pipeline.encoder, pipeline.reader, own)


def _answer(pipeline: Pipeline, asked: Asked, trace: Trace) -> Answer:
    scope = scope_within(asked.within, pipeline.documents)
    if not asked.exactly:
        return pipeline.ask(asked.question, asked.history, scope, trace)
    hits = pipeline.search(asked.question, pipeline.config.read, scope, trace)
    return pipeline.answer(asked.question, hits, trace)
