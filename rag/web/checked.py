"""A text of the page against the documents: each sentence with its verdict and its quote.

/text reads a file that the reader chose; its words come back to the page, and are checked only
when the reader sends them to /check.
"""

import json
from asyncio import wrap_future
from collections.abc import Iterable
from functools import partial
from typing import Annotated, get_args

from fastapi import APIRouter, Depends, Request
from fastapi.responses import HTMLResponse, JSONResponse, Response
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from rag.checking import CheckedText, Verdict, text_in
from rag.errors import LoadError, RagError
from rag.said import Said
from rag.types import Citation
from rag.web.answer import recorded
from rag.web.body import json_body
from rag.web.caller import asker_of
from rag.web.functions import Functions
from rag.web.reading import Reading
from rag.web.refusal import Refused, said_by
from rag.web.spoken import Requested
from rag.web.templates import render
from rag.web.wording import ENGLISH, Words

MOST_NAMES = 1000
MAX_TEXT = 60_000  # characters; more than MAX_CHECKED sentences seldom have
VERDICTS = get_args(Verdict)


class ToCheck(BaseModel):
    """What the page sends: a text, and the documents and folders it is compared with."""

    model_config = ConfigDict(strict=True, extra="forbid")

    text: Annotated[str, Field(min_length=1, max_length=MAX_TEXT)]
    session: Annotated[str, Field(pattern=r"^[\w-]{1,64}$")]
    within: Annotated[list[str], Field(max_length=MOST_NAMES)] = []


def check_router(functions: Functions) -> APIRouter:
    """Return the routes /check, from a text as JSON to HTML, and /text?name=…, from a file."""
    router = APIRouter(include_in_schema=False)
    reading = Reading()

    @router.post("/check")
    async def check(
        body: Annotated[bytes, Depends(json_body)], request: Request, words: Requested
    ) -> Response:
        sent = _sent(body)
        asker = asker_of(request, "page", sent.session)
        try:
            found = await wrap_future(functions.checked(asker, sent.text, sent.within))
            html = checked_html(found, words)
        except RagError as error:
            html = render("failed.html", {"message": words.sentence(said_by(error))}, words)
        return HTMLResponse(html, headers={"Cache-Control": "no-store"})

    @router.post("/text")
    async def text(request: Request, name: str = "") -> Response:
        if request.headers.get("content-type") != "application/octet-stream":
            raise Refused(400, "Send a file as application/octet-stream")
        data = await request.body()
        return JSONResponse({"text": await reading.turn(request, partial(_text, name, data))})

    return router


def checked_html(checked: CheckedText, words: Words = ENGLISH) -> str:
    """Return each sentence with its verdict and its quote, whose footnote opens the document."""
    cited: dict[int, Citation] = {
        one.citation.number: one.citation for one in checked.sentences if one.citation
    }
    values = {
        "sentences": checked.sentences,
        "counts": [(verdict, checked.count(verdict)) for verdict in VERDICTS],
        "left_out": checked.left_out,
        "cited": [cited[number] for number in sorted(cited)],
        "record": _record(checked, cited.values(), words),
    }
    return render("checked.html", values, words)


def _record(checked: CheckedText, cited: Iterable[Citation], words: Words) -> str:
    """Return the verdicts as JSON, for the export of their conversation; the quotes follow."""
    said = (
        f"{words(f'checked_{one.verdict}')}: {one.sentence} {words.text(one.note)}".strip()
        for one in checked.sentences
    )
    quotes = [recorded(citation, words) for citation in cited]
    record = {"kind": "checked", "text": "\n\n".join(said), "citations": quotes}
    return json.dumps(record, ensure_ascii=False)


def _sent(body: bytes) -> ToCheck:
    """Return what the page sent; raises Refused."""
    try:
        return ToCheck.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False)[0]
        if first["type"] == "string_too_long":
            raise Refused(400, Said("text_long", n=MAX_TEXT)) from error
        raise Refused(400, "Send a text as JSON") from error


def _text(name: str, data: bytes) -> str:
    """Return the text of a file; raises Refused."""
    try:
        text = text_in(name, data).text
    except LoadError as error:
        raise Refused(400, Said("text_unread", name=name, reason=error.text)) from error
    if len(text) > MAX_TEXT:
        raise Refused(400, Said("text_too_long", name=name, n=len(text), limit=MAX_TEXT))
    return text
