"""Questions that several threads ask of a model at the same time are run together.

The first thread runs its own at once. What others ask meanwhile waits until it has ended, and is
then run as one by the first of them. So nobody waits for others to come.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


@dataclass(slots=True)
class _Call(Generic[Item, Result]):
    """What one thread asks, and what comes of it."""

    items: Sequence[Item]
    results: list[Result] = field(default_factory=list)
    error: BaseException | None = None
    done: bool = False


class Together(Generic[Item, Result]):
    """A function of many items, called by many threads; `most` calls are run as one."""

    def __init__(self, run: Callable[[list[Item]], Sequence[Result]], most: int = 8) -> None:
        self._run = run
        self._most = most
        self._waiting: list[_Call[Item, Result]] = []
        self._adding = threading.Lock()
        self._running = threading.Lock()

    def __call__(self, items: Sequence[Item]) -> list[Result]:
        """Return the result of each item; raises what the function raises."""
        call: _Call[Item, Result] = _Call(items)
        with self._adding:
            self._waiting.append(call)
        with self._running:
            while not call.done:  # more calls than are run as one may have come before
                self._run_waiting()
        if call.error is not None:
            raise call.error
        return call.results

    def _run_waiting(self) -> None:
        """Run the calls that have waited longest."""
        with self._adding:
            calls, self._waiting = self._waiting[: self._most], self._waiting[self._most :]
        try:
            results = list(self._run([item for call in calls for item in call.items]))
            for call in calls:
                size = len(call.items)
                call.results, results = results[:size], results[size:]
        except BaseException as error:  # every caller gets it
            for call in calls:
                call.error = error
            if not isinstance(error, Exception):
                raise
        finally:
            for call in calls:
                call.done = True
