"""Which program calls, and at which address of the site."""

from starlette.requests import HTTPConnection

from rag.web.turns import program_at


def session_of(request: HTTPConnection) -> str:
    """Return the session of the program that sent a request."""
    return program_at(request.client.host if request.client else "")


def site_of(request: HTTPConnection, root: str) -> str:
    """Return the address of the site that a request was sent to; `rag.web.access` checked it."""
    return f"{request.url.scheme}://{request.headers['host']}{root}"
