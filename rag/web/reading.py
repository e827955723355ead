"""Files that are read for the page: two at once, the others in line, in threads of their own.

All other requests share a pool of threads, so what may take long must not wait in it.
"""

from asyncio import wrap_future
from collections.abc import Callable
from typing import TypeVar

from starlette.requests import Request

from rag.errors import ServerBusy
from rag.said import Said
from rag.web.caller import asker_of
from rag.web.refusal import Refused
from rag.web.turns import Turns

AT_ONCE, WAITING, SHARE = 2, 96, 48  # files; the last of one caller, whose page has many pictures

Result = TypeVar("Result")


class Reading:
    """The line for files."""

    def __init__(self) -> None:
        self._turns = Turns(AT_ONCE, WAITING, SHARE)

    async def turn(self, request: Request, work: Callable[[], Result]) -> Result:
        """Return what the work returns, once it is its turn; raises Refused if too many wait."""
        try:
            coming = self._turns.take(asker_of(request, "page").session, work)
        except ServerBusy as busy:
            raise Refused(503, Said("reading_busy")) from busy
        return await wrap_future(coming)
