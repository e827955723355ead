"""Whose question is answered next. A few are answered at once, the others wait in a short line.

Sessions take turns, and one session cannot fill the line. When it is full, a question is refused at
once, with the seconds after which to ask again. Texts to check have a line of their own: one may
take as long as a hundred questions, which do not wait for it.
"""

import math
import time
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from threading import Lock
from typing import Protocol, TypeVar

from rag.errors import ServerBusy
from rag.web.proxies import network_of

AT_ONCE = 4  # questions being answered: enough to keep all cores at work
WAITING = 32  # questions in line: about a second of work
SHARE = 24  # of them, those of one session
SECONDS = 0.1  # that a question takes, as long as none was answered
CHECKS_AT_ONCE, CHECKS_WAITING, CHECKS_SHARE = 1, 8, 4  # the same of texts that are checked
CHECK_SECONDS = 2.0  # a text of some twenty sentences
RECENT = 0.1  # weight of the last question in the mean time of a question

Result = TypeVar("Result")


class Watcher(Protocol):
    """Hears how long what sessions ask takes, and that the line is full."""

    def took(self, waited: float, worked: float) -> None:
        """Something is done, after so many seconds."""

    def refused(self) -> None:
        """The line is full."""


def program_at(address: str) -> str:
    """Return the session of the programs at a network address, or in a network of IPv6."""
    return f"programs at {network_of(address)}"


class Turns:
    """Runs what sessions ask, at most `at_once` at the same time; safe to call from any thread.

    Each takes about so many `seconds`, as long as none was done; `busy` is the kind of text that
    says that the line is full.
    """

    def __init__(
        self,
        at_once: int = AT_ONCE,
        most: int = WAITING,
        share: int = SHARE,
        *,
        seconds: float = SECONDS,
        busy: str = "busy",
    ) -> None:
        self._at_once, self._most, self._share = at_once, most, share
        self._busy = busy
        self._workers = ThreadPoolExecutor(at_once, thread_name_prefix="question")
        self._lock = Lock()
        self._waiting: dict[str, deque[Callable[[], None]]] = {}  # the next session comes first
        self._coming = Counter[str]()
        self._seconds = seconds
        self._watchers: list[Watcher] = []

    def watch(self, watcher: Watcher) -> None:
        """Let a watcher hear what happens from now on."""
        self._watchers.append(watcher)

    def waiting(self) -> int:
        """Return how many wait for their turn."""
        with self._lock:
            return self._length()

    def take(self, session: str, work: Callable[[], Result]) -> Future[Result]:
        """Return the result to come of a session's work; raises ServerBusy if the line is full."""
        future: Future[Result] = Future()
        asked = time.monotonic()

        def run() -> None:
            began = time.monotonic()
            if not future.set_running_or_notify_cancel():
                return
            try:
                future.set_result(work())
            except BaseException as error:  # noqa: BLE001  it goes to the one who waits
                future.set_exception(error)
            for watcher in self._watchers:
                watcher.took(began - asked, time.monotonic() - began)

        with self._lock:
            self._check(len(self._waiting.get(session, ())), self._length())
            self._waiting.setdefault(session, deque()).append(run)
        self._workers.submit(self._run_next)
        return future

    def check(self, session: str) -> None:
        """Raise ServerBusy if the session could not take a turn now."""
        with self.coming(session):
            pass

    @contextmanager
    def coming(self, session: str) -> Iterator[None]:
        """Count a request as waiting until it has been handed on; raises ServerBusy."""
        with self._lock:
            own = len(self._waiting.get(session, ())) + self._coming[session]
            self._check(own, self._length() + self._coming.total())
            self._coming[session] += 1
        try:
            yield
        finally:
            with self._lock:
                self._coming[session] -= 1
                self._coming += Counter()  # without zeros

    def _check(self, own: int, waiting: int) -> None:
        if waiting >= self._most or own >= self._share:
            for watcher in self._watchers:
                watcher.refused()
            seconds = math.ceil(waiting * self._seconds / self._at_once)
            raise ServerBusy(waiting, seconds, self._busy)

    def _length(self) -> int:
        return sum(map(len, self._waiting.values()))

    def _run_next(self) -> None:
        with self._lock:
            session = next(iter(self._waiting))
            turns = self._waiting.pop(session)
            run = turns.popleft()
            if turns:
                self._waiting[session] = turns  # behind the other sessions
        began = time.monotonic()
        run()
        with self._lock:
            self._seconds += RECENT * (time.monotonic() - began - self._seconds)


def turns_to_check() -> Turns:
    """Return the turns of texts that are checked."""
    return Turns(
        CHECKS_AT_ONCE, CHECKS_WAITING, CHECKS_SHARE, seconds=CHECK_SECONDS, busy="busy_checking"
    )
