"""A process of its own for parsers in native code: a hang, a crash or a hunger for memory costs one file.

The parent sends one JSON line with the suffix and the number of bytes, then the bytes; the child answers with one JSON
line. JSON, because nothing is ever unpickled. `python -m rag.load BYTES` is the child.
"""

import json
import subprocess
import sys
from threading import Event, Timer
from typing import Self

from rag.errors import LoadError
from rag.load.formats import PARSERS, PLAIN
from rag.load.text import Parsed
from rag.types import Heading


class ParserProcess:
    """Parses in a child process, started when first needed and again after it died."""

    def __init__(self, seconds: float, max_bytes: int) -> None:
        self.seconds = seconds
        self.max_bytes = max_bytes
        self._child: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def parse(self, data: bytes, suffix: str) -> Parsed:
        """Return what the parser for this suffix makes of the bytes; raises LoadError with the reason."""
        child = self._running()
        late = Event()

        def stop() -> None:
            late.set()
            child.kill()

        timer = Timer(self.seconds, stop)
        timer.start()
        try:
            line = _exchange(child, data, suffix)
        finally:
            timer.cancel()
        if not line:
            self.close()
            reason = (
                f"took longer than {self.seconds:g} s"
                if late.is_set()
                else "crashed the parser, or took too much memory"
            )
            raise LoadError(reason)
        return _parsed(json.loads(line))

    def close(self) -> None:
        """End the child, if there is one."""
        if self._child is not None:
            self._child.kill()
            self._child.communicate()
            self._child = None

    def _running(self) -> subprocess.Popen[bytes]:
        if self._child is not None and self._child.poll() is not None:
            self.close()  # it died between two files, which is no fault of the next one
        if self._child is None:
            command = [sys.executable, "-m", "rag.load", str(self.max_bytes)]
            self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        return self._child


def parse(data: bytes, suffix: str, process: ParserProcess) -> Parsed:
    """Return the text of one file's bytes; raises LoadError with the reason."""
    parsed = PARSERS[suffix](data) if suffix in PLAIN else process.parse(data, suffix)
    if not parsed.text.strip():
        raise LoadError("no text in it (a scan, or only pictures?)" if suffix == ".pdf" else "holds no text")
    return parsed


def _exchange(child: subprocess.Popen[bytes], data: bytes, suffix: str) -> bytes:
    if child.stdin is None or child.stdout is None:
        raise LoadError("the parser process has no pipes")
    try:
        child.stdin.write(json.dumps({"suffix": suffix, "bytes": len(data)}).encode() + b"\n" + data)
        child.stdin.flush()
        return child.stdout.readline()
    except BrokenPipeError:
        return b""


def _parsed(answer: dict[str, object]) -> Parsed:
    if "reason" in answer:
        raise LoadError(str(answer["reason"]))
    headings = answer["headings"]
    starts, numbers = answer["page_starts"], answer["page_numbers"]
    if not isinstance(headings, list) or not isinstance(starts, list) or not isinstance(numbers, list):
        raise LoadError("the parser answered in an unknown form")
    found = tuple(Heading(**heading) for heading in headings)
    text, title, unit = str(answer["text"]), str(answer["title"]), str(answer["unit"])
    return Parsed(text, title, tuple(starts), found, unit, tuple(numbers))
