"""How many questions each caller may ask in a minute; what is over it is refused with 429."""

import math
import time
from collections.abc import Callable
from threading import Lock

from rag.said import Said
from rag.web.refusal import Refused

MINUTE = 60.0  # seconds
REMEMBERED = 10_000  # callers, before those who have not asked lately are forgotten


class Rates:
    """Counts the questions of each caller; safe to use from several threads.

    Each may ask `per_minute` at once, and then one whenever its share of a minute has passed (the
    generic cell rate algorithm). 0 is no limit.
    """

    def __init__(self, per_minute: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_minute, self._clock = per_minute, clock
        self._lock = Lock()
        self._full: dict[str, float] = {}  # when each may again ask all at once

    def check(self, caller: str) -> None:
        """Count a question; raises Refused if the caller asks too many."""
        if not self._per_minute:
            return
        with self._lock:
            now = self._clock()
            full = max(self._full.get(caller, now), now) + MINUTE / self._per_minute
            early = full - now - MINUTE
            if early > 1e-6:  # of a second, for rounding
                raise Refused(
                    429,
                    Said("too_many_questions", n=self._per_minute, seconds=math.ceil(early)),
                    code="too_many_questions",
                    retry_after=str(math.ceil(early)),
                )
            self._full[caller] = full
            if len(self._full) > REMEMBERED:
                self._full = {name: at for name, at in self._full.items() if at > now}
