"""Files read and parsed ahead, in several processes, and yielded in order."""

import os
from collections import deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from queue import SimpleQueue

from rag.errors import LoadError
from rag.load.contents import GONE, FileState, content_sha256, modified_at, read_bytes, state_of
from rag.load.files import File
from rag.load.text import Parsed
from rag.load.worker import PAGE_BYTES, PAGE_SECONDS, ParserProcess, parse

MAX_PROCESSES = 4
AHEAD = 32  # files that are read before their turn


@dataclass(frozen=True, slots=True)
class Loaded:
    """A file that was read. `parsed` is None if its content is known, or for the `reason` given.

    `state` is that of the file before it was read.
    """

    file: File
    sha256: str = ""
    modified: str = ""
    parsed: Parsed | None = None
    reason: str = ""
    state: FileState = GONE


def read_ahead(
    files: Sequence[File],
    recalled: Callable[[File, FileState], str],
    is_known: Callable[[str], bool],
    file_bytes: int,
    seconds: float,
    parse_bytes: int,
) -> Generator[Loaded, None, None]:
    """Yield all in order; parse those not `is_known`, read those not `recalled` by their state."""
    count = min(MAX_PROCESSES, os.cpu_count() or 1)
    processes: SimpleQueue[ParserProcess] = SimpleQueue()
    waiting: deque[Callable[[], Loaded]] = deque()

    def load(file: File, state: FileState) -> Loaded:
        process = processes.get()
        try:
            sha = content_sha256(file, data := read_bytes(file, file_bytes, process))
            parsed = None if is_known(sha) else parse(data, file.suffix, process, reader)
            return Loaded(file, sha, modified_at(file), parsed, state=state)
        except LoadError as error:
            return Loaded(file, reason=error.text)
        finally:
            processes.put(process)

    with ParserProcess(PAGE_SECONDS, PAGE_BYTES) as reader, ExitStack() as stack:
        pool = stack.enter_context(ThreadPoolExecutor(count))
        for _ in range(count):
            processes.put(stack.enter_context(ParserProcess(seconds, parse_bytes)))
        stack.callback(pool.shutdown, wait=False, cancel_futures=True)
        stack.callback(reader.stop)  # first, or the pages of a long scan are awaited
        for file in files:
            state = state_of(file)
            if state.size <= file_bytes and is_known(sha := recalled(file, state)):
                waiting.append(partial(Loaded, file, sha, modified_at(file), state=state))
            else:
                waiting.append(pool.submit(load, file, state).result)
            if len(waiting) == AHEAD:
                yield waiting.popleft()()
        while waiting:
            yield waiting.popleft()()
