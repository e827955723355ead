"""Who calls or asks, through which door, and at which address of the site."""

from dataclasses import dataclass

from starlette.requests import HTTPConnection

from rag.types import Answer
from rag.web.keys import Right
from rag.web.proxies import network_of
from rag.web.turns import program_at

CALLER = "footnote.caller"  # where rag.web.doors notes the caller in the scope of a request


@dataclass(frozen=True, slots=True)
class Caller:
    """Who sends a request: the name of a key or of a user, "" if there is none; the address.

    `right` is that of the key or of the user, None if there is neither.
    """

    name: str = ""
    address: str = ""
    right: Right | None = None

    @property
    def counted(self) -> str:
        """Who counts for a limit: the key or user, or else the network of the address."""
        return self.name or network_of(self.address)

    def may(self, right: Right) -> bool:
        """Return whether the key or the user has a right; who may change may also ask."""
        return self.right is not None and right in ("ask", self.right)


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks: through which door, in which session, and the name of the caller."""

    door: str
    session: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer, who asked for it, and the seconds that it took without waiting."""

    answer: Answer
    asker: Asker
    seconds: float


def caller_of(request: HTTPConnection) -> Caller:
    """Return who sent a request."""
    caller = request.scope.get(CALLER)
    return caller if isinstance(caller, Caller) else Caller()


def asker_of(request: HTTPConnection, door: str, session: str = "") -> Asker:
    """Return who asks: in a session of the page, or as the programs at an address."""
    caller = caller_of(request)
    return Asker(door, session or program_at(caller.address), caller.name)


def site_of(request: HTTPConnection, root: str) -> str:
    """Return the address of the site that a request was sent to; `rag.web.access` checked it."""
    return f"{request.url.scheme}://{request.headers['host']}{root}"
