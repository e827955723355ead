"""Paragraphs, headings and rows joined into one text; offsets are taken while it grows."""

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
MAX_HEADER = 60  # characters of a cell that can name a column


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, or a heading if it has a `level` (from 1).

    Blocks of the same `run` are lines of one list or table; an empty line separates all others.
    A `page` other than 0 is the number of the slide or row that begins with this block.
    """

    text: str
    level: int = 0
    run: Literal["", "item", "row"] = ""
    page: int = 0


def assembled(blocks: Iterable[Block], title: str = "", unit: str = "page") -> Parsed:
    """Return the blocks as one text with its headings.

    Without a title, take the first heading of the highest level. Raise LoadError for more text,
    pages or headings than a document may have.
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
    in_order = all(number == place for place, number in enumerate(numbers, 1))
    page_numbers = () if in_order else tuple(numbers)
    return Parsed("".join(parts), named, tuple(starts), under, unit, page_numbers)


def printable(text: str) -> str:
    """Return text without control characters and lone surrogates."""
    if text.isprintable():
        return text
    text = UNPRINTABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return text.encode("utf-8", "replace").decode("utf-8")


def one_line(text: str) -> str:
    """Return text on one line, with every run of white space as one space."""
    return " ".join(text.split())


def table_lines(rows: Iterable[Sequence[str]], *, headed: bool | None = None) -> list[str]:
    """Return the rows of a table as lines that can be quoted, each value after its column name.

    If `headed` is None, guess whether the first row names the columns. Without names, bars separate
    the cells.

    >>> table_lines([["Name", "Born"], ["Ada", "1815"]])
    ['Name | Born', 'Name: Ada; Born: 1815']
    """
    return list(row_lines(rows, headed=headed))


def row_lines(rows: Iterable[Sequence[str]], *, headed: bool | None = None) -> Iterator[str]:
    """Yield the lines of `table_lines`, with two rows in memory at a time."""
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
    unnamed = filter(None, row[len(names) :])
    return "; ".join([*values, *unnamed])


def _names_columns(first: Sequence[str]) -> bool:
    if len(first) < 2 or len(set(first)) < len(first):
        return False
    return all(
        cell and len(cell) <= MAX_HEADER and not re.search(r"\d", cell) for cell in first[1:]
    )


def _titled(headings: Sequence[Heading], title: str) -> tuple[str, tuple[Heading, ...]]:
    """Return the title, and the headings with the title above them."""
    if not title:
        top = min(headings, key=lambda heading: heading.level, default=None)
        return top.text if top else "", tuple(headings)
    if headings and headings[0].text.casefold() == title.casefold():
        return headings[0].text, tuple(headings)
    lower = [Heading(h.start, h.end, h.level + 1, h.text) for h in headings]
    return title, (Heading(0, 0, 1, title), *lower)
