"""The page and its scripts in the language of a request; what Gradio makes is put into words."""

import json
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.web.wording import Words, spoken, words_for

WORDED = frozenset({"/", "/config"})  # what Gradio makes of the page


def requested(request: Request) -> Words:
    """Return the words for a request."""
    return words_for(request.headers)


Requested = Annotated[Words, Depends(requested)]


class Spoken:
    """An ASGI application around another: what Gradio makes of the page gets its words."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on one request; the page is held until it is whole."""
        if scope["type"] != "http" or scope["path"] not in WORDED:
            await self._app(scope, receive, send)
            return
        words, body = words_for(Headers(scope=scope)), bytearray()
        start: Message = {}

        async def worded(message: Message) -> None:
            nonlocal start
            if message["type"] == "http.response.start":
                start = message
                return
            body.extend(message.get("body", b""))
            if not message.get("more_body"):
                whole = spoken(bytes(body), words)
                headers = MutableHeaders(scope=start)
                headers["content-length"] = str(len(whole))
                headers["vary"] = "Accept-Language, Cookie"
                await send(start)
                await send({**message, "body": whole})

        await self._app(scope, receive, worded)


def wording_router() -> APIRouter:
    """Return the route of the module that gives the scripts their words."""
    router = APIRouter()

    @router.get("/js/wording.js", include_in_schema=False)
    def wording(words: Requested) -> Response:
        script = f"export const forms = {json.dumps(dict(words.forms), ensure_ascii=False)};\n"
        headers = {"Cache-Control": "no-cache", "Vary": "Accept-Language, Cookie"}
        return Response(script, media_type="text/javascript", headers=headers)

    return router
