"""The workers of a build on several machines: those of a Dask scheduler.

Files go there as bytes, so no disk has to be shared. Dask runs a batch again elsewhere if its
worker ends. What ends its worker again and again is run once more with nothing beside it, file by
file, so that no other file is blamed.
"""

import re
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from threading import Event
from typing import TYPE_CHECKING, Any

from rag.building import there
from rag.building.made import Made, Maker, Source
from rag.building.turns import LOOKED, Turns
from rag.building.versions import PROGRAM, versions
from rag.errors import WorkersError
from rag.said import Said
from rag.types import Vectors

if TYPE_CHECKING:
    from distributed import Client, Future

ADDRESS = re.compile(r"(tcp|tls)://[^\s/@]+:\d+")
CONNECTING = 10.0  # seconds within which a scheduler answers, and has a worker
GONE = 120.0  # seconds without any worker after which a build ends
FILES = 16  # of a batch
MOST = 32  # batches of files that are made at the same time
UNDER_WAY = 2  # batches for each thread of the workers: one is run, one waits there
AGAIN = "Build again: what was embedded is kept"


@contextmanager
def connected(address: str) -> Iterator["Client"]:
    """Connect to the scheduler at an address; raises WorkersError."""
    if not ADDRESS.fullmatch(address):
        raise WorkersError(f"{address} is no scheduler. Write tcp://HOST:PORT or tls://HOST:PORT")
    try:
        import dask
        from distributed import Client
    except ImportError as error:
        raise WorkersError(
            f"Building on several machines needs Dask: pip install '{PROGRAM}[dask]'"
        ) from error
    # a file of any size that may be indexed goes to a worker
    with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1GB"}):
        try:
            client = Client(address, timeout=CONNECTING, set_as_default=False)
        except (OSError, TypeError, ValueError) as error:  # not there, without its certificate
            raise WorkersError(
                f"No scheduler answers at {address}: {error}. Start one: dask scheduler"
            ) from error
        with client:
            yield client


class Spread:
    """The workers of a scheduler, all of which have the versions of this machine."""

    files = FILES

    def __init__(self, client: "Client", maker: Maker) -> None:
        """Raise WorkersError if there are no workers, or one differs."""
        self.maker = maker
        self._client = client
        self._address = client.scheduler.address
        encoder = maker.encoder
        config = replace(maker.config, store="", keep=0)  # nothing that is made depends on them
        self._order = there.Order(config, encoder.name, encoder.identity, versions())
        self._turns = Turns(self._looking)
        self._check()
        self.at_once = min(MOST, self.blocks)

    @property
    def blocks(self) -> int:
        """Return how many blocks of texts may be under way."""
        return UNDER_WAY * self._threads()

    def documents(self, sources: Sequence[Source]) -> list[Made | str]:
        """Return what is made of each file, or the reason why it cannot be read."""
        from distributed import KilledWorker

        try:
            made: list[Made | str] = self._result(self._submit(there.documents, sources))
        except KilledWorker:
            with self._turns.alone():
                return [self._alone(source) for source in sources]
        return made

    def vectors(
        self, texts: Sequence[str], advance: Callable[[int], None]
    ) -> Callable[[], Vectors]:
        """Begin to embed texts; return a function that waits for their vectors, in this order.

        That calls `advance` with their number.
        """
        future = self._submit(there.vectors, texts)

        def waited() -> Vectors:
            vectors = self._embedded(future, texts)
            advance(len(texts))
            return vectors

        return waited

    def stop(self) -> None:
        """Wait for nothing any more."""
        self._turns.stop()

    def _embedded(self, future: "Future", texts: Sequence[str]) -> Vectors:
        from distributed import KilledWorker

        try:
            vectors: Vectors = self._result(future)
        except KilledWorker:  # perhaps because of a file that the worker had beside it
            with self._turns.alone():
                try:
                    vectors = self._result(self._begin(there.vectors, texts))
                except KilledWorker as error:
                    raise WorkersError(
                        f"Embedding ended its worker again and again. {AGAIN}"
                    ) from error
        return vectors

    def _alone(self, source: Source) -> Made | str:
        from distributed import KilledWorker

        try:
            made: list[Made | str] = self._result(self._begin(there.documents, [source]))
        except KilledWorker:
            return Said("unread_ended")
        return made[0]

    def _submit(self, work: Callable[..., object], items: Sequence[object]) -> "Future":
        self._turns.begin()
        future = self._begin(work, items)
        future.add_done_callback(lambda _: self._turns.end())
        return future

    def _begin(self, work: Callable[..., object], items: Sequence[object]) -> "Future":
        with self._reached():
            return self._client.submit(work, self._order, items, pure=False)

    def _result(self, future: "Future") -> Any:  # noqa: ANN401  what the work returns
        """Wait for a result while there are workers; raises WorkersError, KilledWorker."""
        from distributed import CancelledError

        done, look = Event(), self._looking()
        future.add_done_callback(lambda _: done.set())
        while not done.wait(LOOKED):
            self._turns.go_on()
            look()
        try:
            return future.result()
        except CancelledError as error:
            raise self._lost() from error

    def _looking(self) -> Callable[[], None]:
        """Return what raises WorkersError once there has been no worker for long."""
        seen = time.monotonic()

        def look() -> None:
            nonlocal seen
            if self._threads():
                seen = time.monotonic()
            elif time.monotonic() - seen > GONE:
                raise WorkersError(f"All workers of {self._address} have ended. {AGAIN}")

        return look

    def _threads(self) -> int:
        """Return how many batches all workers run at a time."""
        with self._reached():
            return sum(self._client.nthreads().values())

    @contextmanager
    def _reached(self) -> Iterator[None]:
        """Raise WorkersError for whatever Dask raises once the connection is lost."""
        try:
            yield
        except Exception as error:
            if isinstance(error, OSError) or self._client.status != "running":
                raise self._lost() from error
            raise

    def _lost(self) -> WorkersError:
        return WorkersError(f"The scheduler at {self._address} has ended. {AGAIN}")

    def _check(self) -> None:
        """Compare the versions of all workers."""
        try:
            self._client.wait_for_workers(1, timeout=CONNECTING)
        except TimeoutError as error:
            raise WorkersError(
                f"{self._address} has no workers. Start one on each machine: "
                f"dask worker {self._address}"
            ) from error
        with self._reached():
            answers = self._client.run(there.check, self._order, on_error="return")
        for place, answer in answers.items():
            if isinstance(answer, Exception):
                advice = f"Install {PROGRAM} {dict(versions())[PROGRAM]} there"
                raise WorkersError(f"The worker {place} cannot run this: {answer}. {advice}")
            if answer:
                raise WorkersError(f"The worker {place} {answer}. Install the same there")
