"""Wraps the whole site: refusals are answered in our words, and every response has our headers."""

import base64
import logging
import re
from hashlib import sha256

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from rag.said import Said
from rag.web.refusal import Refused
from rag.web.wording import words_for

# Gradio sets styles on its elements, and compiles the templates of its HTML component with eval
POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-eval'{hashes}; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; font-src 'self' data:; "
    "connect-src 'self'; frame-src 'self'; object-src 'none'; frame-ancestors 'self'; "
    "base-uri 'self'; form-action 'self'; worker-src 'self' blob:"
)
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
LOG = logging.getLogger(__name__)
INLINE_SCRIPT = re.compile(rb"<script(?![^>]*\ssrc=)[^>]*>(.*?)</script>", re.DOTALL)


class Guard:
    """An ASGI application around another; it answers what that one refuses."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on one request, and answer it if it is refused or fails."""
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            response = _Response(send)
            try:
                await self._app(scope, receive, response.send)
            except Refused as refused:
                await response.end(refused, scope, receive)
            except Exception:
                LOG.exception("%s %s failed", scope["method"], scope["path"])
                await response.end(
                    Refused(500, Said("went_wrong")),
                    scope,
                    receive,
                )


class _Response:
    """A response with our headers. A page is held until it is whole, to allow its own scripts."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._page: Message | None = None
        self._body = bytearray()
        self.started = False

    async def end(self, refused: Refused, scope: Scope, receive: Receive) -> None:
        """Send a refusal, unless a response has begun."""
        if not self.started:
            words = words_for(Headers(scope=scope))
            response = refused.response(scope["method"], scope["path"], words)
            await response(scope, receive, self.send)

    async def send(self, message: Message) -> None:
        """Pass on one ASGI message."""
        if message["type"] == "http.response.start":
            self.started = True
            headers = MutableHeaders(scope=message)
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            if "content-security-policy" not in headers and headers.get(
                "content-type", ""
            ).startswith("text/html"):
                self._page = message
                return
            headers.setdefault("Content-Security-Policy", POLICY.format(hashes=""))
        elif self._page is not None:
            self._body += message.get("body", b"")
            if message.get("more_body"):
                return
            hashes = "".join(
                f" {_source(script)}" for script in INLINE_SCRIPT.findall(bytes(self._body))
            )
            MutableHeaders(scope=self._page)["Content-Security-Policy"] = POLICY.format(
                hashes=hashes
            )
            await self._send(self._page)
            message, self._page = {**message, "body": bytes(self._body)}, None
        await self._send(message)


def _source(script: bytes) -> str:
    """Return how a policy allows an inline script (CSP level 2: by the hash of its text)."""
    return f"'sha256-{base64.b64encode(sha256(script).digest()).decode()}'"
