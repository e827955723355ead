"""A child process for unsafe work: a hang, a crash or too much memory costs one file.

It runs the parsers in native code, and lists and unpacks archives. `python -m rag.load BYTES` is
the child; rag.load.wire defines the messages.
"""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from threading import Event, Lock, Timer
from typing import Any, Self

from rag.errors import LoadError
from rag.load.formats import PARSERS, PLAIN
from rag.load.scans import with_scans
from rag.load.scans.pictures import Edges
from rag.load.text import Parsed
from rag.load.wire import Cut, Members, receive, send, unpacked, unpacked_members
from rag.said import Joined, Said, said_again

MAX_PARSED = 256 * 2**20  # bytes of text and offsets from one file
PAGE_SECONDS = 120.0  # to recognise a page that is a picture
PAGE_BYTES = 4 * 2**30  # memory for it, most of which is only reserved
MAX_LISTED = 32 * 2**20  # bytes of the names in one archive


class ParserProcess:
    """Parses and unpacks in a child process, started on first use and again after it died.

    Threads that share one take turns.
    """

    def __init__(self, seconds: float, max_bytes: int) -> None:
        self.seconds = seconds
        self.max_bytes = max_bytes
        self._lock = Lock()
        self._stopped = False
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def parse(self, data: bytes, suffix: str) -> Parsed:
        """Return the bytes parsed by the parser of this suffix; raise LoadError with the reason."""
        return unpacked(self._ask({"op": "parse", "suffix": suffix}, MAX_PARSED, [data]))

    def recognised(self, data: bytes, suffix: str, page: int, engine: str) -> Parsed:
        """Return the words on a page that is a picture; raise LoadError with the reason."""
        request = {"op": "recognise", "suffix": suffix, "page": page, "engine": engine}
        return unpacked(self._ask(request, MAX_PARSED, [data]))

    def placed(self, data: bytes) -> Parsed:
        """Return a PDF with the boxes of its lines; raise LoadError with the reason."""
        return unpacked(self._ask({"op": "place"}, MAX_PARSED, [data]))

    def drawn(self, data: bytes, suffix: str, page: int, boxes: Sequence[Edges]) -> bytes:
        """Return a page as PNG, with these boxes lit up; raise LoadError with the reason."""
        request = {"op": "draw", "suffix": suffix, "page": page, "boxes": boxes}
        return self._ask(request, MAX_PARSED, [data])[0]

    def members(self, path: Path) -> Members:
        """Return the name of every file in an archive, and why it is not read; raise LoadError."""
        return unpacked_members(self._ask({"op": "list", "path": str(path)}, MAX_LISTED))

    def member_bytes(self, path: Path, member: Sequence[str], limit: int) -> bytes:
        """Return the bytes of a file in an archive; raise LoadError with the reason."""
        request = {"op": "read", "path": str(path), "member": member, "limit": limit}
        return self._ask(request, limit)[0]

    def stop(self) -> None:
        """End the child in the middle of its work; from then on every request is refused."""
        self._stopped = True
        if (child := self._child) is not None:
            child.kill()

    def close(self) -> None:
        """End the child, if it runs."""
        if self._child is not None:
            self._child.kill()
            self._child.communicate()
            self._child = None

    def _ask(
        self, request: Mapping[str, object], limit: int, parts: Sequence[bytes] = ()
    ) -> list[bytes]:
        """Return the child's answer.

        If it takes too long or has more than `limit` bytes, end the child and raise LoadError.
        """
        with self._lock:
            return self._answer(request, limit, parts)

    def _answer(
        self, request: Mapping[str, object], limit: int, parts: Sequence[bytes]
    ) -> list[bytes]:
        if self._stopped:
            raise LoadError(Said("unread_stopped"))
        child = self._running()
        late = Event()

        def stop() -> None:
            late.set()
            child.kill()

        timer = Timer(self.seconds, stop)
        timer.start()
        try:
            fields, answer = _exchange(child, request, limit, parts)
        except (LoadError, Cut) as error:
            self.close()
            if late.is_set():
                raise LoadError(Said("unread_slow", seconds=f"{self.seconds:g}")) from error
            reason = error.text if isinstance(error, LoadError) else Said("unread_crashed")
            raise LoadError(reason) from error
        finally:
            timer.cancel()
        if "reason" in fields:
            raise LoadError(said_again(fields["reason"]))
        return answer

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is not None and self._child.poll() is not None:
            self.close()  # it died between two files; the next one is not to blame
        if self._child is None:
            command = [sys.executable, "-m", "rag.load", str(self.max_bytes)]
            self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        return self._child


def parse(
    data: bytes, suffix: str, process: ParserProcess, reader: ParserProcess | None = None
) -> Parsed:
    """Return the text of one file's bytes; raise LoadError with the reason.

    Pages that are pictures are recognised by `reader`, which needs more memory than `process`.
    """
    parsed = PARSERS[suffix](data) if suffix in PLAIN else process.parse(data, suffix)
    parsed = with_scans(parsed, partial((reader or process).recognised, data, suffix))
    if not parsed.text.strip():
        parts = Joined(parsed.left_out, "; ")
        raise LoadError(parts or Said("unread_no_text"))
    return parsed


def _exchange(
    child: subprocess.Popen[bytes],
    request: Mapping[str, object],
    limit: int,
    parts: Sequence[bytes],
) -> tuple[dict[str, Any], list[bytes]]:
    if child.stdin is None or child.stdout is None:
        raise LoadError("the parser process has no pipes")
    try:
        send(child.stdin, request, parts)
        return receive(child.stdout, limit)
    except BrokenPipeError as error:
        raise Cut from error
