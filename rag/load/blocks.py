"""Paragraphs, headings and rows put together as one text: offsets are taken while it grows."""

import re
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from rag.errors import LoadError
from rag.load.text import MAX_HEADINGS, MAX_PAGES, Parsed
from rag.types import Heading

UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\ufffe\uffff]")
MAX_CHARACTERS = 100_000_000
MAX_HEADER = 60  # characters of a cell that names a column


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, or a heading where it has a `level` (from 1).

    Items of one list and rows of one table (`run`) stand on following lines; else an empty line is between blocks. With
    it begins the slide or row of the number `page`, where that is not 0.
    """

    text: str
    level: int = 0
    run: Literal["", "item", "row"] = ""
    page: int = 0


def assembled(blocks: Iterable[Block], title: str = "", unit: str = "page") -> Parsed:
    """Return the blocks as one text with its headings; without a title, the first of the highest level is it.

    Raises LoadError for more text than one document may have.
    """
    parts: list[str] = []
    headings: list[Heading] = []
    starts, numbers = array("q"), array("q")
    waiting = 0
    offset, run = 0, ""
    for block in blocks:
        text = printable(block.text).strip()
        waiting = block.page or waiting
        if not text:
            continue
        if parts:
            parts.append("\n" if run and block.run == run else "\n\n")
            offset += len(parts[-1])
        if waiting:
            starts.append(offset)
            numbers.append(waiting)
            waiting = 0
            if len(starts) > MAX_PAGES:
                raise LoadError(f"more than {MAX_PAGES:,} {unit}s with text")
        if block.level:
            headings.append(Heading(offset, offset + len(text), block.level, text))
            if len(headings) > MAX_HEADINGS:
                raise LoadError(f"more than {MAX_HEADINGS:,} headings")
        parts.append(text)
        offset += len(text)
        if offset > MAX_CHARACTERS:
            raise LoadError(f"more than {MAX_CHARACTERS:,} characters of text")
        run = block.run
    named, under = _titled(headings, one_line(title))
    counted = (
        () if all(number == place for place, number in enumerate(numbers, 1)) else tuple(numbers)
    )
    return Parsed("".join(parts), named, tuple(starts), under, unit, counted)


def printable(text: str) -> str:
    """Return a text without control characters and lone surrogates."""
    if text.isprintable():
        return text
    return (
        UNPRINTABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
        .encode("utf-8", "replace")
        .decode("utf-8")
    )


def one_line(text: str) -> str:
    """Return a text on one line, every run of white space as one space."""
    return " ".join(text.split())


def table_lines(rows: Iterable[Sequence[str]], *, headed: bool | None = None) -> list[str]:
    """Return the rows of a table as lines that can be quoted, each value behind the name of its column.

    Whether the first row names the columns is guessed unless it is known; without names, cells are parted by bars.

    >>> table_lines([["Name", "Born"], ["Ada", "1815"]])
    ['Name | Born', 'Name: Ada; Born: 1815']
    """
    return list(row_lines(rows, headed=headed))


def row_lines(rows: Iterable[Sequence[str]], *, headed: bool | None = None) -> Iterator[str]:
    """Yield what `table_lines` returns, with two rows in memory at a time."""
    cells = ([one_line(cell) for cell in row] for row in rows)
    first, second = next(cells, None), next(cells, None)
    if first is None:
        return
    yield _barred(first)
    if second is None:
        return
    if _names_columns(first) if headed is None else headed:
        names = [f"{name}: " if name else "" for name in first]
        yield from (_named(row, names) for row in chain([second], cells))
    else:
        yield from (_barred(row) for row in chain([second], cells))


def _barred(row: Sequence[str]) -> str:
    return " | ".join(filter(None, row))


def _named(row: Sequence[str], names: Sequence[str]) -> str:
    values = [name + cell for name, cell in zip(names, row, strict=False) if cell]
    return "; ".join(
        [*values, *filter(None, row[len(names) :])] if len(row) > len(names) else values
    )


def _names_columns(first: Sequence[str]) -> bool:
    return (
        len(first) > 1
        and len(set(first)) == len(first)
        and all(
            cell and len(cell) <= MAX_HEADER and not re.search(r"\d", cell) for cell in first[1:]
        )
    )


def _titled(headings: Sequence[Heading], title: str) -> tuple[str, tuple[Heading, ...]]:
    """Return the title, and the headings with the title above them all."""
    if not title:
        top = min(headings, key=lambda heading: heading.level, default=None)
        return top.text if top else "", tuple(headings)
    if headings and headings[0].text.casefold() == title.casefold():
        return headings[0].text, tuple(headings)
    lower = [Heading(h.start, h.end, h.level + 1, h.text) for h in headings]
    return title, (Heading(0, 0, 1, title), *lower)
