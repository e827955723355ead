"""Files read, and documents made of them, before their turn; they come in order."""

from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import NamedTuple, Protocol

from rag.building.made import Made, Source
from rag.building.workers import Workers
from rag.errors import LoadError
from rag.load import GONE, File, FileState, content_sha256, modified_at, state_of

AHEAD = 32  # batches that are read before their turn
BATCH_BYTES = 4 * 2**20  # of files that are sent together; a larger one goes alone


Recalled = Callable[[File, FileState], str]


class Before(Protocol):
    """What is known of files from earlier builds."""

    def holds(self, sha: str) -> bool:
        """Return whether the text of the file with this sha256 is known."""

    def modified(self, document_id: str, sha: str, modified: str) -> str:
        """Return the date of a file: that of its present content, not of a later touch."""


@dataclass(frozen=True, slots=True)
class Read:
    """A file that was read. `made` is None if its content is known, or for the `reason` given.

    `state` is that of the file before it was read.
    """

    file: File
    sha256: str = ""
    modified: str = ""
    made: Made | None = None
    reason: str = ""
    state: FileState = GONE


class Wanted(NamedTuple):
    """A file, its state, and its sha256 if that is known without reading it."""

    file: File
    state: FileState
    sha256: str


def read_ahead(
    files: Sequence[File], recalled: Recalled, before: Before, workers: Workers
) -> Generator[Read, None, None]:
    """Yield all files in order; make documents of those whose content is not known.

    `recalled` returns the sha256 of a file in a state, or "" if it has to be read.
    """
    waiting: deque[Future[list[Read]]] = deque()
    reader = _Reader(before, workers)
    with ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(workers.at_once))
        stack.callback(pool.shutdown, wait=False, cancel_futures=True)
        unless_done = stack.enter_context(ExitStack())
        unless_done.callback(workers.stop)  # first, or the pages of a long scan are awaited
        for batch in reader.batches(files, recalled):
            waiting.append(pool.submit(reader.read, batch))
            if len(waiting) == max(AHEAD, 2 * workers.at_once):
                yield from waiting.popleft().result()
        while waiting:
            yield from waiting.popleft().result()
        unless_done.pop_all()


class _Reader:
    """Reads batches of files, and has documents made of them."""

    def __init__(self, before: Before, workers: Workers) -> None:
        self._before = before
        self._workers = workers
        self._limit = workers.maker.config.file_bytes

    def batches(self, files: Sequence[File], recalled: Recalled) -> Iterator[list[Wanted]]:
        """Yield the files, some at a time, with what is known of each."""
        batch: list[Wanted] = []
        size = 0
        for file in files:
            state = state_of(file)
            sha = recalled(file, state) if state.size <= self._limit else ""
            batch.append(Wanted(file, state, sha if self._before.holds(sha) else ""))
            size += state.size
            if len(batch) == self._workers.files or size >= BATCH_BYTES:
                yield batch
                batch, size = [], 0
        if batch:
            yield batch

    def read(self, batch: Sequence[Wanted]) -> list[Read]:
        """Return the files of a batch, with what is made of them."""
        found: list[Read] = []
        sources: dict[int, Source] = {}  # by their place in what is found
        for wanted in batch:
            one, data = self._one(wanted)
            if data:
                file = one.file
                source = Source(file.id, file.suffix, one.sha256, one.modified, data)
                sources[len(found)] = source
            found.append(one)
            if sum(len(source.data) for source in sources.values()) >= BATCH_BYTES:
                self._make(found, sources)
        self._make(found, sources)
        return found

    def _one(self, wanted: Wanted) -> tuple[Read, bytes]:
        """Return a file, and its bytes if a document has to be made of them."""
        file, state, sha = wanted
        data = b""
        if not sha:
            try:
                data = self._workers.maker.parsers.read(file, self._limit)
            except LoadError as error:
                return Read(file, reason=error.text), b""
            sha = content_sha256(file, data)
        modified = self._before.modified(file.id, sha, modified_at(file))
        return Read(file, sha, modified, state=state), b"" if self._before.holds(sha) else data

    def _make(self, found: list[Read], sources: dict[int, Source]) -> None:
        """Have documents made of these sources, and add them to what was found."""
        made = self._workers.documents(list(sources.values())) if sources else []
        for number, one in zip(sources, made, strict=True):
            read = found[number]
            found[number] = (
                replace(read, reason=one) if isinstance(one, str) else replace(read, made=one)
            )
        sources.clear()
