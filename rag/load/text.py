"""Plain text: the decoded bytes, unchanged, and the places of headings."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise, zip_longest

from rag.errors import LoadError
from rag.load.encoding import BOMS, encoding_of, is_like_ascii
from rag.said import Said
from rag.types import Box, Heading, Table

CONTROL_SHARE = 0.02  # a larger share of control characters means binary data
MAX_HEADING = 120
MAX_PAGES = 2_000_000  # or rows: about two full sheets of Excel
MAX_HEADINGS = 500_000  # one for every 200 bytes of the largest file
MIN_PROSE = 60  # a plain-text heading is followed by a line at least this long

CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\ufffd]")
CHARSET = re.compile(rb"""<meta[^>]+charset\s*=\s*["']?\s*([\w-]+)""", re.IGNORECASE)
HEAD_BYTES = 4096  # the part of a page that can name its encoding
LINE = re.compile(r"[^\r\n\f]+")


@dataclass(frozen=True, slots=True)
class Parsed:
    """The text of a file, and the offsets of its pages, headings and tables.

    `unit` names a page: "page", "slide", "row", "cell", "message", "minute" or "line".
    `page_numbers` is empty for 1, 2, 3 … `labels` are printed on the pages. `scans` are the numbers
    of pages that only hold pictures, and `boxes` the places of text that was read from such.
    `left_out` describes what the file holds besides, and where, in short phrases.
    """

    text: str
    title: str = ""
    page_starts: tuple[int, ...] = ()
    headings: tuple[Heading, ...] = ()
    unit: str = "page"
    page_numbers: tuple[int, ...] = ()
    tables: tuple[Table, ...] = ()
    labels: tuple[str, ...] = ()
    scans: tuple[int, ...] = ()
    boxes: tuple[Box, ...] = ()
    left_out: tuple[str, ...] = ()


def parse_text(data: bytes) -> Parsed:
    """Return a plain-text file, with lines that look like headings as headings."""
    text = decode(data)
    headings = few_headings(plain_headings(text))
    first = headings[0] if headings and not text[: headings[0].start].strip() else None
    return Parsed(text, first.text if first else "", (), headings)


def few_headings(found: Iterator[Heading]) -> tuple[Heading, ...]:
    """Return all headings; raise LoadError for more than MAX_HEADINGS."""
    headings = tuple(islice(found, MAX_HEADINGS + 1))
    if len(headings) > MAX_HEADINGS:
        raise LoadError(Said("unread_headings", limit=MAX_HEADINGS))
    return headings


def with_text(text: str, headings: Sequence[Heading]) -> tuple[Heading, ...]:
    """Return the headings without those that are only lines of what they are in.

    They have nothing below them, and come first there or after others like them. Words of a heading
    are never quoted, so a list of nothing but headings could not answer.
    """
    kept: list[Heading] = []
    before, lines = 0, 0  # the level of the heading before; the same if that is only a line
    for heading, after in zip_longest(headings, headings[1:]):
        end, level = (after.start, after.level) if after else (len(text), 0)
        is_empty = level <= heading.level and not text[heading.end : end].strip()
        if is_empty and (before < heading.level or lines == heading.level):
            lines = heading.level
        else:
            kept.append(heading)
            lines = 0
        before = heading.level
    return tuple(kept)


def decode(data: bytes) -> str:
    """Return the text of a file in any encoding; raise LoadError for binary data."""
    text = data.decode(encoding_of(data), "replace")
    if len(CONTROL.findall(text)) > CONTROL_SHARE * len(text):
        raise LoadError(Said("unread_binary"))
    return text.encode("utf-8", "replace").decode("utf-8")  # without lone surrogates


def decoded_page(data: bytes) -> str:
    """Return a page decoded as it declares, or like any text if that is missing or wrong.

    The declaration was read as ASCII, so an encoding that is not like it, as UTF-16, is wrong.
    """
    named = CHARSET.search(data[:HEAD_BYTES])
    if named and not any(data.startswith(mark) for mark, _ in BOMS):
        encoding = named[1].decode("ascii", "replace")
        try:
            if is_like_ascii(encoding):
                return data.decode(encoding)
        except ValueError:
            pass  # not the real one
    return decode(data)


def plain_headings(text: str) -> Iterator[Heading]:
    """Yield short lines without closing punctuation, after a sentence and above prose."""
    lines = (match for match in LINE.finditer(text) if not match[0].isspace())
    after_sentence = True
    for number, (match, following) in enumerate(pairwise(lines)):
        line = match[0].strip()
        if after_sentence and _is_heading(line, following[0].strip()):
            yield Heading(match.start(), match.end(), 2 if number else 1, line)
        after_sentence = line[-1] in '.!?"”’)。！？'


def _is_heading(line: str, following: str) -> bool:
    return (
        3 <= len(line) <= MAX_HEADING
        and len(following) >= MIN_PROSE
        and (line[0].isupper() or line[0].isdigit())
        and line[-1] not in '.!?:;,"”。！？：；，'
        and not following[0].islower()
        and 2 * len(re.findall(r"\b[A-Z\d]\w*", line)) >= len(line.split())
    )
