"""What a client sends, read within bounds of size and time, whatever it claims and however slowly it comes."""

import asyncio
import re

from starlette.datastructures import Headers
from starlette.types import Message, Receive, Scope

from rag.web.refusal import Refused

GRACE_SECONDS = 20.0
SLOWEST = 2048  # bytes a second that have to come after that, on average


def within(scope: Scope, receive: Receive, limit: int) -> Receive:
    """Return a `receive` that raises Refused once the body is over the limit, too slow or cut off."""
    declared = Headers(scope=scope).get("content-length", "0")
    if not re.fullmatch("[0-9]{1,18}", declared, re.ASCII):
        raise Refused(400, "The length of what was sent is no number")
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
            raise Refused(408, "What was sent came too slowly", connection="close") from error
        if message["type"] == "http.disconnect":
            raise Refused(400, "What was sent was cut off")
        received += len(message.get("body", b""))
        if received > limit:
            raise _too_large(limit)
        return message

    return bounded


async def whole_body(scope: Scope, receive: Receive, limit: int) -> bytes:
    """Return a request's body; raises Refused like `within`."""
    bounded, body, more = within(scope, receive, limit), bytearray(), True
    while more:
        message = await bounded()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return bytes(body)


def replay(body: bytes, receive: Receive) -> Receive:
    """Return a `receive` that gives this body first, then what the connection tells (that it ended)."""
    given = False

    async def given_first() -> Message:
        nonlocal given
        if given:
            return await receive()
        given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return given_first


def _too_large(limit: int) -> Refused:
    return Refused(413, f"What was sent is over the limit of {limit:,} bytes", connection="close")
