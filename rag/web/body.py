"""Request bodies, read within limits of size and time, whatever length the client declares."""

import asyncio
import re

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import Message, Receive, Scope

from rag.said import Said
from rag.web.refusal import Refused

GRACE_SECONDS = 20.0
SLOWEST = 2048  # bytes a second, the lowest average allowed after that


def within(scope: Scope, receive: Receive, limit: int) -> Receive:
    """Return a `receive` that raises Refused if the body is too large, too slow or cut off."""
    declared = Headers(scope=scope).get("content-length", "0")
    if not re.fullmatch("[0-9]{1,18}", declared, re.ASCII):
        raise Refused(400, "Content-Length is not a number")
    if int(declared) > limit:
        raise _too_large(limit)
    clock = asyncio.get_running_loop().time
    started, received = clock(), 0

    async def bounded() -> Message:
        nonlocal received
        left = started + GRACE_SECONDS + received / SLOWEST - clock()
        try:
            message = await asyncio.wait_for(receive(), max(left, 0))
        except TimeoutError as error:
            raise Refused(408, "The request came too slowly", connection="close") from error
        if message["type"] == "http.disconnect":
            raise Refused(400, "The request was cut off")
        received += len(message.get("body", b""))
        if received > limit:
            raise _too_large(limit)
        return message

    return bounded


async def whole_body(scope: Scope, receive: Receive, limit: int) -> bytes:
    """Return the whole body of a request; raises Refused as `within` does."""
    bounded, body, more = within(scope, receive, limit), bytearray(), True
    while more:
        message = await bounded()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(body)


async def json_body(request: Request) -> bytes:
    """Return the body, but nothing if a form on another site could have sent it."""
    body = await request.body()
    return body if request.headers.get("content-type", "").startswith("application/json") else b""


def replay(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives this body, then what the connection reports (its end)."""
    sent = False

    async def body_first() -> Message:
        nonlocal sent
        if sent:
            return await receive()
        sent = True
        return {"type": "http.request", "body": body, "more_body": False}

    return body_first


def _too_large(limit: int) -> Refused:
    return Refused(413, Said("too_large", n=limit), connection="close")
