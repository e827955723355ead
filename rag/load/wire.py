"""What goes between ParserProcess and its child: lines of JSON, each with the bytes that it announces behind it.

JSON, because nothing is ever unpickled. Nothing is read into memory before its size is known and within its limit.
"""

import json
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from typing import IO, Any

from rag.errors import LoadError
from rag.load.text import Parsed
from rag.types import Heading

MAX_LINE = 2**16  # bytes of a line: of a request with its path, or of a reason
MAX_TEXT = 100 * 2**20  # bytes of text made of one file: as many as a file of plain text may have
MAX_REASON = 1000  # characters

Members = tuple[
    tuple[str, str], ...
]  # name of each file in an archive, and why it is not to be read


class Cut(Exception):
    """The other side ended, or wrote what is none of this, in the middle of a message."""


def send(stream: IO[bytes], fields: Mapping[str, object], parts: Sequence[bytes] = ()) -> None:
    """Write a line of JSON with the sizes of what follows it, then that."""
    stream.write(json.dumps({**fields, "sizes": [len(part) for part in parts]}).encode() + b"\n")
    for part in parts:
        stream.write(part)
    stream.flush()


def receive(stream: IO[bytes], limit: int) -> tuple[dict[str, Any], list[bytes]]:
    """Return a line of JSON and what follows it; raises Cut, or LoadError before it would read more than the limit."""
    line = stream.readline(MAX_LINE)
    if not line.endswith(b"\n"):
        raise Cut
    fields = json.loads(line)
    sizes = fields["sizes"]
    if sum(sizes) > limit:
        raise LoadError(f"{sum(sizes):,} bytes made of it is over the limit of {limit:,}")
    parts = [stream.read(size) for size in sizes]
    if [len(part) for part in parts] != sizes:
        raise Cut
    return fields, parts


def packed(parsed: Parsed) -> list[bytes]:
    """Return a parsed file as bytes: title, unit and headings as JSON, the text, where pages start, their numbers.

    Raises LoadError where it has too much text to be held more than once.
    """
    text = parsed.text.encode()
    if len(text) > MAX_TEXT:
        raise LoadError(f"{len(text):,} bytes of text is over the limit of {MAX_TEXT:,}")
    named = {
        "title": parsed.title,
        "unit": parsed.unit,
        "headings": [astuple(heading) for heading in parsed.headings],
    }
    places = [
        array("q", numbers).tobytes() for numbers in (parsed.page_starts, parsed.page_numbers)
    ]
    return [json.dumps(named).encode(), text, *places]


def unpacked(parts: Sequence[bytes]) -> Parsed:
    """Return the parsed file that was packed."""
    named, text, starts, numbers = parts
    fields = json.loads(named)
    headings = tuple(Heading(*heading) for heading in fields["headings"])
    return Parsed(
        text.decode(), fields["title"], _whole(starts), headings, fields["unit"], _whole(numbers)
    )


def packed_members(members: Sequence[tuple[str, str]]) -> list[bytes]:
    """Return what an archive holds as bytes."""
    return [json.dumps(members, ensure_ascii=False).encode()]


def unpacked_members(parts: Sequence[bytes]) -> Members:
    """Return what an archive holds, as it was packed."""
    return tuple((name, reason) for name, reason in json.loads(parts[0]))


def _whole(data: bytes) -> tuple[int, ...]:
    numbers = array("q")
    numbers.frombytes(data)
    return tuple(numbers)
