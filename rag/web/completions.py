"""The interface of OpenAI's chat completions, so that chat programs can use the site as a model.

The text is Markdown with footnotes; each annotation has the place of a quote in that text, the
address that opens it, and the quote itself. A refusal is ordinary text. Chores of chat programs,
such as titles, get an empty text (rag.web.prompts).
"""

import json
import re
import secrets
import time
from asyncio import wrap_future
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, field

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, Field

from rag.errors import QuestionError
from rag.scope import Scope
from rag.types import Answer, Citation
from rag.web.caller import Asker, asker_of, site_of
from rag.web.fields import Fields
from rag.web.functions import Functions
from rag.web.links import source_link
from rag.web.prompts import is_chore, question_in
from rag.web.refusal import Refused
from rag.words import cells_words, place_words

MODEL = "footnote"
MODELS: Fields = {"id": MODEL, "object": "model", "created": 0, "owned_by": "footnote-rag"}
USAGE = {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0}  # no model counts any
HISTORY = 20  # earlier questions that are passed on
ACTIVE = re.compile(r"[\\`*_\[\]<>|~$&]|^#", re.MULTILINE)  # what Markdown would not show as is


class Part(BaseModel):
    """A part of a message; only text is read."""

    type: str = "text"
    text: str = ""


class Message(BaseModel):
    """What one side said."""

    role: str
    content: str | list[Part] | None = None

    @property
    def text(self) -> str:
        """The words of the message."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text")
        return self.content or ""


class StreamOptions(BaseModel):
    """What a stream ends with."""

    include_usage: bool = False


class ChatRequest(BaseModel):
    """The fields of a request that matter here; all others are ignored."""

    messages: list[Message] = Field(min_length=1, max_length=1000)
    stream: bool | None = None
    stream_options: StreamOptions | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """The text of a reply in paragraphs, and its annotations."""

    paragraphs: list[str] = field(default_factory=list)
    annotations: list[Fields] = field(default_factory=list)

    @property
    def text(self) -> str:
        """The whole text, in Markdown."""
        return "".join(self.paragraphs)


def completions_router(functions: Functions, root: str) -> APIRouter:
    """Return the routes /v1/models and /v1/chat/completions; `root` is the path of the site."""
    router = APIRouter(prefix="/v1", include_in_schema=False)

    @router.get("/models")
    def models() -> Response:
        return JSONResponse({"object": "list", "data": [MODELS]})

    @router.get("/models/{name}")
    def model(name: str) -> Response:
        if name != MODEL:
            raise Refused(404, f"There is no such model. The model is: {MODEL}", field="model")
        return JSONResponse(MODELS)

    @router.post("/chat/completions")
    async def complete(asked: ChatRequest, request: Request) -> Response:
        asker, site = asker_of(request, "chat completions"), site_of(request, root)
        reply = await _reply(functions, asker, asked.messages, site)
        identity: Fields = {
            "id": f"chatcmpl-{secrets.token_hex(12)}",
            "created": int(time.time()),
            "model": MODEL,
        }
        if asked.stream:
            usage = asked.stream_options is not None and asked.stream_options.include_usage
            events = _events(identity, reply, usage=usage)
            return StreamingResponse(events, media_type="text/event-stream")
        message: Fields = {"role": "assistant", "content": reply.text, "refusal": None}
        message["annotations"] = reply.annotations
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        whole = {**identity, "object": "chat.completion", "choices": [choice], "usage": USAGE}
        return JSONResponse(whole)

    return router


async def _reply(
    functions: Functions, asker: Asker, messages: Sequence[Message], site: str
) -> Reply:
    """Return the reply to the last message; raises QuestionError if no user wrote it."""
    last = messages[-1]
    if last.role != "user":
        raise QuestionError("The last message is not a question. Send one with the role user")
    system = [message for message in messages if message.role == "system"]
    if any(is_chore(message.text) for message in (*system, last)):
        return Reply()
    asked = [question_in(message.text) for message in messages if message.role == "user"]
    history = asked[-HISTORY - 1 : -1]
    return reply_to(await wrap_future(functions.answer(asker, asked[-1], Scope(), history)), site)


def reply_to(answer: Answer, site: str) -> Reply:
    """Return an answer as Markdown with footnotes, and an annotation for each quote."""
    reply = Reply()
    if answer.asked:
        reply.paragraphs.append(f"Searched for: {escaped(answer.asked)}\n\n")
    for citation in answer.citations:
        _add_quote(reply, citation, site)
    if not answer:
        reply.paragraphs.append(f"{escaped(answer.text)}\n\n")
    if answer.note:
        reply.paragraphs.append(f"{escaped(answer.note)}\n\n")
    for citation in answer.citations:
        reply.paragraphs.append(f"[^{citation.number}]: {_link(citation, site)}\n")
    if answer.nearest:
        reply.paragraphs.append("Nearest passages:\n\n")
        reply.paragraphs.extend(f"- {_link(citation, site)}\n" for citation in answer.nearest)
    return reply


def _add_quote(reply: Reply, citation: Citation, site: str) -> None:
    """Add a quote with its number, and the annotation that has its place in the text."""
    quote, start = escaped(citation.quote), len(reply.text) + len("“")
    named = cells_words(citation)
    cells = f"  \n{escaped(named)}" if named else ""
    reply.paragraphs.append(f"“{quote}” [^{citation.number}]{cells}\n\n")
    place = {
        "start_index": start,
        "end_index": start + len(quote),
        "title": citation.title,
        "url": source_link(citation, f"{site}/source/"),
    }
    reply.annotations.append(
        {
            "type": "url_citation",
            "url_citation": place,
            "document_id": citation.document_id,
            "start": citation.start,
            "end": citation.end,
            "quote": citation.quote,
        }
    )


def _link(citation: Citation, site: str) -> str:
    words = escaped(place_words(citation, citation.title))
    return f"[{words}]({source_link(citation, f'{site}/source/')})"


def escaped(text: str) -> str:
    """Return text as Markdown in which it shows as itself: no image, link or tag can come of it."""
    return ACTIVE.sub(lambda found: f"\\{found[0]}", text)


async def _events(identity: Fields, reply: Reply, *, usage: bool) -> AsyncIterator[str]:
    """Yield the reply as server-sent events: the paragraphs, the annotations, the end."""
    for delta, reason in _deltas(reply):
        choice = {"index": 0, "delta": delta, "finish_reason": reason, "logprobs": None}
        yield _event({**identity, "object": "chat.completion.chunk", "choices": [choice]})
    if usage:
        end = {"object": "chat.completion.chunk", "choices": [], "usage": USAGE}
        yield _event({**identity, **end})
    yield "data: [DONE]\n\n"


def _deltas(reply: Reply) -> Iterator[tuple[Fields, str | None]]:
    yield {"role": "assistant", "content": ""}, None
    for paragraph in reply.paragraphs:
        yield {"content": paragraph}, None
    if reply.annotations:
        yield {"annotations": reply.annotations}, None
    yield {}, "stop"


def _event(fields: Fields) -> str:
    return f"data: {json.dumps(fields, ensure_ascii=False)}\n\n"
