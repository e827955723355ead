"""The pages of a file that are only pictures, recognised one by one and put in their places."""

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from rag.errors import LoadError
from rag.load.reasons import runs
from rag.load.scans.engines import PROGRAMS, installed
from rag.load.text import Parsed
from rag.said import Said
from rag.types import Box, Table

NOTHING = Parsed("")
BREAK = "\n\n"  # between pages
MAX_SCANS = 2_000  # pages of one file that are recognised


def with_scans(parsed: Parsed, recognised: Callable[[int, str], Parsed]) -> Parsed:
    """Return a parsed file with the text of its scanned pages, and what is left out of them.

    `recognised` reads the page of this number with this engine, or raises LoadError.
    """
    if not parsed.scans:
        return parsed
    engine = installed()
    if not engine:
        return _without(
            parsed, [Said("unread_scanned", pages=_pages(parsed.scans), programs=PROGRAMS)]
        )
    left_out: list[str] = []
    found: dict[int, Parsed] = {}
    for page in parsed.scans[:MAX_SCANS]:
        try:
            found[page] = recognised(page, engine)
        except LoadError as error:
            left_out.append(Said("unread_scan", page=_pages([page]), reason=error.text))
    if more := parsed.scans[MAX_SCANS:]:
        left_out.append(Said("unread_scans", pages=_pages(more), limit=MAX_SCANS))
    return _without(_inserted(parsed, found), left_out)


def _pages(numbers: Sequence[int]) -> Said:
    """Return pages by their numbers."""
    if len(numbers) == 1:
        return Said("page", number=str(numbers[0]))
    return Said("pages_from", numbers=runs(numbers))


def _without(parsed: Parsed, left_out: list[str]) -> Parsed:
    return replace(parsed, left_out=(*parsed.left_out, *left_out))


def _inserted(parsed: Parsed, pages: Mapping[int, Parsed]) -> Parsed:
    """Return a file with the text of these pages at their places; what follows moves."""
    parts: list[str] = []
    boxes: list[Box] = []
    starts: list[int] = []
    moves: list[tuple[int, int]] = []  # from this offset on, text moves by so much
    position = moved = 0
    for number, place in enumerate(parsed.page_starts, 1):
        page = pages.get(number, NOTHING)
        lead = "" if place == position or parsed.text.endswith(BREAK, 0, place) else BREAK
        starts.append(place + moved + (len(lead) if page.text else 0))
        if page.text:
            boxes += (_at(starts[-1], box) for box in page.boxes)
            parts += [parsed.text[position:place], lead, page.text, BREAK]
            moved += len(lead) + len(page.text) + len(BREAK)
            moves.append((place, moved))
            position = place
    text = "".join([*parts, parsed.text[position:]])
    return replace(
        _places_moved(parsed, moves), text=text, page_starts=tuple(starts), boxes=tuple(boxes)
    )


def _places_moved(parsed: Parsed, moves: Sequence[tuple[int, int]]) -> Parsed:
    """Return a file with its headings and tables moved, which are never across a page."""
    places, distances = [place for place, _ in moves], [0, *(distance for _, distance in moves)]

    def by(offset: int) -> int:
        return distances[bisect_right(places, offset)]

    headings = (
        replace(one, start=one.start + by(one.start), end=one.end + by(one.start))
        for one in parsed.headings
    )
    tables = (
        Table(
            one.start + by(one.start),
            one.end + by(one.start),
            one.body + by(one.start),
            one.columns,
        )
        for one in parsed.tables
    )
    return replace(parsed, headings=tuple(headings), tables=tuple(tables))


def _at(start: int, box: Box) -> Box:
    return replace(box, start=start + box.start, end=start + box.end)
