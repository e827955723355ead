"""The bookmarks of a PDF, and the lines that are their titles."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import pypdfium2

from rag.load.pdf.lines import Line

MAX_BOOKMARKS = 20_000
MAX_LINES = 3  # of a title
FOUND = 0.5  # the least share of titles that are lines; otherwise bookmarks are no headings
MIN_FOUND = 2  # a single one is the title of the document
NUMBER = re.compile(r"(?:[^\W\d_]+ )?(?:\d+|[IVXLC]+|[A-Z])(?:\.\d+)*[.):]? +(?=\S)")
OTHERS = re.compile(r"[\W_]+")

Place = tuple[int, int]  # of a line: its page and its number there, from 0


@dataclass(frozen=True, slots=True)
class Bookmark:
    """A title, its level (from 1), and the page that it points to (from 0)."""

    title: str
    level: int
    page: int


@dataclass(frozen=True, slots=True)
class Titled:
    """The level of a title, and how many lines it takes."""

    level: int
    lines: int


def bookmarks_of(pdf: pypdfium2.PdfDocument) -> list[Bookmark]:
    """Return the bookmarks that have a title and point to a page."""
    found = []
    for bookmark in islice(pdf.get_toc(), MAX_BOOKMARKS):
        try:
            title, target = bookmark.get_title(), bookmark.get_dest()
        except UnicodeDecodeError:
            continue
        page = target.get_index() if target else None
        if page is not None and _folded(title):
            found.append(Bookmark(title, bookmark.level + 1, page))
    return found


def titles_in(
    pages: Sequence[Sequence[Line]], bookmarks: Sequence[Bookmark]
) -> dict[Place, Titled]:
    """Return which lines are titles of bookmarks; {} if most bookmarks are no lines."""
    found: dict[Place, Titled] = {}
    folded: dict[int, list[set[str]]] = {}
    for bookmark in bookmarks:
        if bookmark.page >= len(pages):
            continue
        page = pages[bookmark.page]
        if bookmark.page not in folded:
            folded[bookmark.page] = [_forms(line.text) for line in page]
        places = [
            (page[start].type, -start, lines)
            for start, lines in _matches(folded[bookmark.page], _forms(bookmark.title))
            if (bookmark.page, start) not in found
        ]
        if places:
            _, start, lines = max(places)
            found[bookmark.page, -start] = Titled(bookmark.level, lines)
    return found if len(found) >= max(MIN_FOUND, FOUND * len(bookmarks)) else {}


def _matches(lines: Sequence[set[str]], titles: set[str]) -> Iterator[tuple[int, int]]:
    """Yield where a title begins, and how many lines it takes."""
    for start in range(len(lines)):
        rests = titles
        for count, forms in enumerate(lines[start : start + MAX_LINES], 1):
            rests = {
                rest[len(form) :]
                for rest in rests
                for form in forms
                if form and rest.startswith(form)
            }
            if "" in rests:
                yield start, count
            if not rests - {""}:
                break


def _forms(text: str) -> set[str]:
    """Return the letters and figures of a title, with and without its number."""
    return {_folded(text), _folded(NUMBER.sub("", text.strip(), count=1))}


def _folded(text: str) -> str:
    return OTHERS.sub("", text).casefold()
