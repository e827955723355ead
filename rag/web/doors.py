"""The addresses of this site. Any other address is a 404, even if a library would answer there.

Each door defines what body it passes on: a newly made one, the original within a limit, or none.
"""

import json
import re
from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from typing import Literal

from starlette.datastructures import Headers, QueryParams
from starlette.types import ASGIApp, Receive, Scope, Send

from rag.config import BuildConfig
from rag.errors import ServerBusy
from rag.web.access import Access
from rag.web.body import replay, whole_body, within
from rag.web.caller import CALLER, Caller
from rag.web.events import (
    called_tool,
    ended_call,
    json_object,
    named_call,
    numbered_call,
    rpc_message,
)
from rag.web.keys import Right
from rag.web.rates import Rates
from rag.web.refusal import Refused
from rag.web.spoken import WORDED
from rag.web.turns import Turns, program_at
from rag.web.wording import words_for

BODY_BYTES = 64 * 1024
CHAT_BYTES = 2**20  # chat programs send the whole conversation each time
UPLOAD_BYTES = BuildConfig().file_bytes
PASSED_ON = frozenset(
    b"accept accept-encoding content-length content-type host last-event-id mcp-method mcp-name "
    b"mcp-protocol-version mcp-session-id user-agent range if-range if-none-match".split()
)
MCP = "/mcp/"

Body = Literal[
    "none", "session", "named call", "numbered call", "ended call", "rpc", "json", "whole",
    "streamed",
]  # fmt: skip
READ, POST = frozenset({"GET", "HEAD"}), frozenset({"POST"})


@dataclass(frozen=True, slots=True)
class Door:
    """A path (a pattern), the requests that it accepts, and the right that they need.

    A link on another site may open a `page`. Only a door with `query` passes on the query string.
    One that is `open` needs no key; each request to one that `asks` counts as a question.
    """

    path: str
    methods: frozenset[str] = READ
    body: Body = "none"
    limit: int = BODY_BYTES  # bytes
    right: Right = "ask"
    page: bool = False
    query: bool = False
    open: bool = False
    asks: bool = False


DOORS = (
    Door(r"/", page=True),
    Door(r"/(source/.*|changes/.+)", page=True, query=True),
    Door(r"/similar/.+", page=True, query=True, asks=True),
    Door(r"/map/", page=True, query=True),
    Door(r"/original/.+"),
    Door(r"/page/.+", query=True),
    Door(r"/(js/[a-z]+\.js|css/[a-z]+\.css)"),
    Door(r"/answer", POST, "whole", limit=2**18, asks=True),
    Door(r"/check", POST, "whole", limit=2**18, asks=True),
    Door(r"/export", POST, "whole", limit=2 * 2**20),
    Door(r"/text", POST, "whole", limit=10 * 2**20, query=True),
    Door(r"/feedback/questions\.jsonl"),
    Door(r"/feedback", POST, "whole", limit=2**20),
    Door(r"/documents", POST, "streamed", limit=UPLOAD_BYTES, right="change", query=True),
    Door(MCP, POST, "rpc"),
    Door(r"/health/(live|ready)", open=True),
    Door(r"/metrics"),
    Door(r"/caller"),
    Door(r"/(openapi\.json|docs)", page=True),
    Door(r"/v1/models(/[\w.-]{1,64})?"),
    Door(r"/v1/chat/completions", POST, "json", limit=CHAT_BYTES, asks=True),
    Door(r"/api/v1/(ask|search|check)", POST, "json", asks=True),
    Door(r"/api/v1/documents", POST, "streamed", limit=UPLOAD_BYTES, right="change", query=True),
    Door(r"/api/v1/documents(/.+)?", query=True),
    Door(r"/api/v1/(passages/.+/\d{1,9}|(revisions|changes)/.+)", query=True),
    Door(r"/api/v1/similar/.+", query=True, asks=True),
    # The page's own parts, which Gradio serves
    Door(r"/(assets|static)(/[\w.@-]{1,100}){1,5}"),
    Door(r"/(theme\.css|favicon\.ico|manifest\.json|config)"),
    Door(r"/gradio_api/info/?"),
    Door(r"/gradio_api/queue/data", READ, "session", query=True),
    Door(r"/gradio_api/heartbeat/[\w-]{1,64}"),
    Door(r"/gradio_api/queue/join", POST, "numbered call"),
    Door(r"/gradio_api/cancel", POST, "ended call"),
    Door(r"/gradio_api/call/(?P<v2>v2/)?(?P<name>\w{1,64})/?", POST, "named call"),
    Door(r"/gradio_api/call/\w{1,64}/(?P<session>[\w-]{1,64})", READ, "session"),
)


class Doors:
    """An ASGI application around another. It passes on only what a door accepts; raises Refused."""

    def __init__(
        self,
        app: ASGIApp,
        access: Access,
        events: Mapping[int, str],
        has_session: Callable[[str], bool],
        lines: Mapping[str, Turns],
    ) -> None:
        self._app = app
        self._access = access
        self._events = events  # names, by the page's numbers
        self._has_session = has_session
        self._lines = lines  # by the functions that count as questions
        self._rates = Rates(access.per_minute)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on one request, rebuilt from what its door accepts."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if "content-length" in headers and "transfer-encoding" in headers:
            why = "Content-Length and Transfer-Encoding exclude each other"  # RFC 9112, 6.3
            raise Refused(400, why, connection="close")
        scope = {
            **scope,
            "path": self._path(scope["path"]),
            "scheme": self._access.scheme(headers),
            "root_path": "",
        }
        found = _found(scope["path"], scope["method"])
        self._access.check_site(headers, opens_page=found is not None and found[0].page)
        if found is None:
            raise Refused(404, "There is nothing at this address")
        door, match = found
        if scope["method"] not in door.methods:
            raise Refused(405, f"This address accepts {' and '.join(sorted(door.methods))}")
        caller = self._access.caller((scope["client"] or ("",))[0], headers)
        scope[CALLER] = caller
        if not door.open:
            self._access.check_right(caller, door.right)
        body, receive = await self._body(door, match, scope, receive)
        language = words_for(headers).language
        scope["headers"] = _headers(scope["headers"], body, language, plain=scope["path"] in WORDED)
        scope["raw_path"] = scope["path"].encode()
        if scope["method"] == "HEAD":
            scope["method"] = "GET"  # uvicorn omits the body
        scope["query_string"] = scope["query_string"] if door.query else b""
        with self._line(door, match, body or b"", caller):
            await self._app(scope, receive, send)

    def _line(
        self, door: Door, match: re.Match[str], body: bytes, caller: Caller
    ) -> AbstractContextManager[None]:
        """Count a question, and that of a program as coming; raises Refused if too many are."""
        rpc = door.body == "rpc"
        name = called_tool(body) if rpc else match["name"] if door.body == "named call" else ""
        if door.body == "numbered call":
            name = self._events[json.loads(body)["fn_index"]]
        turns = self._lines.get(name)
        if door.asks or turns:
            self._rates.check(caller.counted)
        if turns is None:
            return nullcontext()
        session = program_at(caller.address)
        try:
            turns.check(session)
        except ServerBusy as busy:
            raise Refused(503, str(busy), retry_after=str(busy.seconds)) from busy
        return nullcontext() if rpc else turns.coming(session)  # MCP waits for the answer

    def _path(self, path: str) -> str:
        """Return a path without the prefix of the public addresses, which a proxy may have cut."""
        prefix = self._access.prefix
        if path == prefix or path.startswith(f"{prefix}/"):
            path = path.removeprefix(prefix) or "/"
        return MCP if path in {"/mcp", "/gradio_api/mcp", "/gradio_api/mcp/"} else path

    def _check_session(self, session: str) -> None:
        if not self._has_session(session):
            raise Refused(404, "There is no such session, or all its results have been sent")

    async def _body(
        self, door: Door, match: re.Match[str], scope: Scope, receive: Receive
    ) -> tuple[bytes | None, Receive]:
        """Return the body that replaces the original, if any, and the `receive` that gives it."""
        if door.body == "streamed":
            return None, within(scope, receive, door.limit)
        body = b"" if door.body == "none" else await whole_body(scope, receive, door.limit)
        if door.body == "session":
            named = QueryParams(scope["query_string"]).get("session_hash", "")
            self._check_session(match["session"] if match.re.groups else named)
        elif door.body == "named call":
            body = named_call(match["name"], body, named_values=bool(match["v2"]))
            scope["path"] = f"/gradio_api/call/{match['name']}"
        elif door.body == "numbered call":
            event, body = numbered_call(self._events, body)
            self._access.check_right(scope[CALLER], "change" if event.changes else "ask")
        elif door.body == "ended call":
            body = ended_call(body)
        elif door.body == "rpc":
            body = rpc_message(body)
        elif door.body == "json":
            body = json_object(body)
        return None if door.body == "whole" else body, replay(body, receive)


def _found(path: str, method: str) -> tuple[Door, re.Match[str]] | None:
    """Return the door of a path, if there is one; that for this method, if there are several."""
    if "\0" in path or ".." in path.split("/"):
        return None
    matches = ((door, re.fullmatch(door.path, path, re.ASCII | re.DOTALL)) for door in DOORS)
    found = [(door, match) for door, match in matches if match]
    return next((one for one in found if method in one[0].methods), next(iter(found), None))


def _headers(
    headers: list[tuple[bytes, bytes]], body: bytes | None, language: str, *, plain: bool
) -> list[tuple[bytes, bytes]]:
    """Return the headers to pass on, with those of the new body and the reader's language.

    `plain` turns compression off.
    """
    dropped = {b"accept-encoding"} if plain else set()
    if body is not None:
        dropped |= {b"content-length", b"content-type"}
    kept = [(name, value) for name, value in headers if name in PASSED_ON - dropped]
    kept.append((b"accept-language", language.encode()))
    if body:
        kept += [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(body)).encode()),
        ]
    return kept
