"""How long each step of a question took, for the edges to show."""

import time
from collections.abc import Iterator
from contextlib import contextmanager


class Trace:
    """The milliseconds of each step, in the order in which the steps began.

    A step that is taken several times counts together. Steps may run beside each other. The names
    of those of a question are Said.
    """

    def __init__(self) -> None:
        self.milliseconds: dict[str, float] = {}
        self._began = time.perf_counter()

    def so_far(self) -> float:
        """Return the milliseconds since the trace was made."""
        return 1000 * (time.perf_counter() - self._began)

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Add the time of the block to a step."""
        before = self.milliseconds.setdefault(name, 0.0)
        began = time.perf_counter()
        try:
            yield
        finally:
            self.milliseconds[name] = before + 1000 * (time.perf_counter() - began)
