"""Several parser processes, so that files are read and parsed at the same time."""

from collections.abc import Iterator
from contextlib import contextmanager
from queue import SimpleQueue

from rag.load.contents import read_bytes
from rag.load.files import File
from rag.load.text import Parsed
from rag.load.worker import PAGE_BYTES, PAGE_SECONDS, ParserProcess, parse


class Parsers:
    """So many parser processes, each started on first use; threads take one for each file.

    One more recognises pages that are pictures; threads take turns with it.
    """

    def __init__(self, count: int, seconds: float, max_bytes: int) -> None:
        self.count = count
        self._reader = ParserProcess(PAGE_SECONDS, PAGE_BYTES)
        self._every = [ParserProcess(seconds, max_bytes) for _ in range(count)]
        self._free: SimpleQueue[ParserProcess] = SimpleQueue()
        for process in self._every:
            self._free.put(process)

    def read(self, file: File, limit: int) -> bytes:
        """Return the bytes of a file; raise LoadError if they cannot or should not be read."""
        with self._one() as process:
            return read_bytes(file, limit, process)

    def parse(self, data: bytes, suffix: str) -> Parsed:
        """Return the text of one file's bytes; raise LoadError with the reason."""
        with self._one() as process:
            return parse(data, suffix, process, self._reader)

    def stop(self) -> None:
        """End what is being parsed, pages first; from then on every file is refused."""
        for process in (self._reader, *self._every):
            process.stop()

    def close(self) -> None:
        """End the processes, which are idle or stopped."""
        for process in (self._reader, *self._every):
            process.close()

    @contextmanager
    def _one(self) -> Iterator[ParserProcess]:
        process = self._free.get()
        try:
            yield process
        finally:
            self._free.put(process)
