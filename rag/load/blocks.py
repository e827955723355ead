"""Paragraphs, headings and rows joined into one text; offsets are taken while it grows."""

import re
from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from rag.errors import LoadError
from rag.load.text import MAX_HEADINGS, MAX_PAGES, Parsed
from rag.said import Said
from rag.types import Heading, Table

UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]")
MAX_CHARACTERS = 100_000_000


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, or a heading if it has a `level` (from 1).

    Blocks of the same `run` are lines of one list or table; an empty line separates all others.
    A `page` other than 0 is the number of the slide or row that begins with this block. The first
    row of a table has the names of its `columns`, or (); a row of its `body` holds values.
    """

    text: str
    level: int = 0
    run: Literal["", "item", "row"] = ""
    page: int = 0
    columns: tuple[str, ...] | None = None
    body: bool = False


def assembled(blocks: Iterable[Block], title: str = "", unit: str = "page") -> Parsed:
    """Return the blocks as one text with its headings.

    Without a title, take the first heading of the highest level. Raise LoadError for more text,
    pages or headings than a document may have.
    """
    parts: list[str] = []
    headings: list[Heading] = []
    tables = _Tables()
    starts, numbers = array("q"), array("q")
    waiting = 0
    offset, run = 0, ""
    for block in blocks:
        text = printable(block.text).strip()
        waiting = block.page or waiting
        if not text:
            continue
        if parts:
            parts.append("\n" if run and block.run == run and block.columns is None else "\n\n")
            offset += len(parts[-1])
        if waiting:
            starts.append(offset)
            numbers.append(waiting)
            waiting = 0
            if len(starts) > MAX_PAGES:
                raise LoadError(Said("unread_places", limit=MAX_PAGES, unit=unit))
        if block.level:
            headings.append(Heading(offset, offset + len(text), block.level, text))
            if len(headings) > MAX_HEADINGS:
                raise LoadError(Said("unread_headings", limit=MAX_HEADINGS))
        tables.add(block, offset, offset + len(text))
        parts.append(text)
        offset += len(text)
        if offset > MAX_CHARACTERS:
            raise LoadError(Said("unread_characters", limit=MAX_CHARACTERS))
        run = block.run
    named, under = _titled(headings, one_line(printable(title)))
    page_numbers = () if list(numbers) == list(range(1, len(numbers) + 1)) else tuple(numbers)
    places = tuple(starts), under, unit, page_numbers, tables.close()
    return Parsed("".join(parts), named, *places)


def printable(text: str) -> str:
    """Return text without control characters and lone surrogates."""
    if text.isprintable():
        return text
    text = UNPRINTABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return text.encode("utf-8", "replace").decode("utf-8")


def one_line(text: str) -> str:
    """Return text on one line, with every run of white space as one space."""
    return " ".join(text.split())


class _Tables:
    """The tables of a document while its text grows."""

    def __init__(self) -> None:
        self._found: list[Table] = []
        self._start = self._end = self._body = 0
        self._columns: tuple[str, ...] | None = None

    def add(self, block: Block, start: int, end: int) -> None:
        """Add a row to the last table, or begin another one with it; other blocks end it."""
        if block.columns is not None:
            self.close()
            self._columns, self._start, self._body = block.columns, start, -1
        if block.run == "row":
            self._end = end
            self._body = start if block.body and self._body < 0 else self._body

    def close(self) -> tuple[Table, ...]:
        """End the last table; return all."""
        if self._columns is not None:
            self._found.append(Table(self._start, self._end, self._body, self._columns))
            self._columns = None
        return tuple(self._found)


def _titled(headings: Sequence[Heading], title: str) -> tuple[str, tuple[Heading, ...]]:
    """Return the title, and the headings with the title above them."""
    if not title:
        top = min(headings, key=lambda heading: heading.level, default=None)
        return top.text if top else "", tuple(headings)
    if headings and headings[0].text.casefold() == title.casefold():
        return headings[0].text, tuple(headings)
    lower = [Heading(h.start, h.end, h.level + 1, h.text) for h in headings]
    return title, (Heading(0, 0, 1, title), *lower)
