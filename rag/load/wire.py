"""The messages between ParserProcess and its child: a line of JSON, then the bytes it announces.

The format is JSON because nothing is ever unpickled. Nothing is read into memory before its size is
known and within its limit.
"""

import json
from array import array
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import astuple
from typing import IO, Any

from rag.errors import LoadError
from rag.load.text import Parsed
from rag.said import Said, said_again, said_fields
from rag.types import Box, Heading, Table

MAX_LINE = 2**16  # bytes of a line: a request with its path, or a reason
MAX_TEXT = 100 * 2**20  # bytes of text from one file: the limit of a plain-text file
MAX_REASON = 1000  # characters

# of each file in an archive: its name, after those of the archives that it is in, and why it is
# not read
Members = tuple[tuple[tuple[str, ...], str], ...]


class Cut(Exception):
    """The other side ended in the middle of a message, or wrote something else."""


def send(stream: IO[bytes], fields: Mapping[str, object], parts: Sequence[bytes] = ()) -> None:
    """Write a line of JSON with the sizes of the parts, then the parts."""
    stream.write(json.dumps({**fields, "sizes": [len(part) for part in parts]}).encode() + b"\n")
    for part in parts:
        stream.write(part)
    stream.flush()


def receive(stream: IO[bytes], limit: int) -> tuple[dict[str, Any], list[bytes]]:
    """Return a line of JSON and its parts; raise Cut, or LoadError before reading past `limit`."""
    line = stream.readline(MAX_LINE)
    if not line.endswith(b"\n"):
        raise Cut
    try:
        fields = json.loads(line)
        sizes = [int(size) for size in fields["sizes"]]
    except (ValueError, TypeError, KeyError) as error:
        raise Cut from error
    if sum(sizes) > limit:
        raise LoadError(Said("unread_extracted", n=sum(sizes), limit=limit))
    parts = [stream.read(size) for size in sizes]
    if [len(part) for part in parts] != sizes:
        raise Cut
    return fields, parts


def packed(parsed: Parsed) -> list[bytes]:
    """Return a parsed file as bytes: JSON fields, text, page starts, page numbers.

    Raise LoadError for too much text to keep more than one copy in memory.
    """
    text = parsed.text.encode()
    if len(text) > MAX_TEXT:
        raise LoadError(Said("unread_text_bytes", n=len(text), limit=MAX_TEXT))
    named = {
        "title": parsed.title,
        "unit": parsed.unit,
        "headings": [astuple(heading) for heading in parsed.headings],
        "tables": [astuple(table) for table in parsed.tables],
        "labels": parsed.labels,
        "scans": parsed.scans,
        "boxes": [astuple(box) for box in parsed.boxes],
        "left_out": [said_fields(part) for part in parsed.left_out],
    }
    places = [
        array("q", numbers).tobytes() for numbers in (parsed.page_starts, parsed.page_numbers)
    ]
    return [json.dumps(named).encode(), text, *places]


def unpacked(parts: Sequence[bytes]) -> Parsed:
    """Return the parsed file that `packed` returned as bytes."""
    named, text, starts, numbers = parts
    fields = json.loads(named)
    headings = tuple(Heading(*heading) for heading in fields["headings"])
    tables = tuple(
        Table(start, end, body, tuple(names)) for start, end, body, names in fields["tables"]
    )
    return Parsed(
        text.decode(),
        fields["title"],
        _whole(starts),
        headings,
        fields["unit"],
        _whole(numbers),
        tables,
        tuple(fields["labels"]),
        tuple(fields["scans"]),
        tuple(Box(*box) for box in fields["boxes"]),
        tuple(map(said_again, fields["left_out"])),
    )


def packed_members(members: Members) -> list[bytes]:
    """Return the members of an archive as bytes."""
    return [json.dumps(members_fields(members), ensure_ascii=False).encode()]


def unpacked_members(parts: Sequence[bytes]) -> Members:
    """Return the members that `packed_members` returned as bytes."""
    return members_again(json.loads(parts[0]))


def members_fields(members: Members) -> list[list[object]]:
    """Return the members of an archive as a value of JSON."""
    return [[list(names), said_fields(reason)] for names, reason in members]


def members_again(fields: Iterable[Sequence[Any]]) -> Members:
    """Return the members of such a value."""
    return tuple((tuple(names), said_again(reason)) for names, reason in fields)


def _whole(data: bytes) -> tuple[int, ...]:
    numbers = array("q")
    numbers.frombytes(data)
    return tuple(numbers)
