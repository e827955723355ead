"""Lines of pages joined into one text, with headings and tables."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from rag.load.pdf.flow import goes_on, words_of, wraps
from rag.load.pdf.grids import Grid, grids_on
from rag.load.pdf.insets import without_interruptions
from rag.load.pdf.joints import joint
from rag.load.pdf.lines import Line
from rag.load.pdf.outline import Bookmark, Place, Titled, titles_in
from rag.load.pdf.running import without_running_lines
from rag.load.pdf.runs import Type
from rag.load.text import Parsed
from rag.types import Heading, Table

Placed = tuple[int, int, int, Line]  # where a line begins and ends in the text, and its page

PAGE_BREAK = "\n\n"
HEADING_SCALE = 1.05  # a heading is in type at least this much larger than the body, or bold
SENTENCE_ENDS = ".!?:;…"
HEADING = re.compile(r"(?=.{3,120}$)(?:[A-Z\d][\w.()]*|[^\W\d_a-zA-Z])(?=.*[^\W\d_]{2}).*[^,;.:]$")
# bold figures, as on a bill, are content
NO_FIGURES = re.compile(r"(?:\d+(?:\.\d+)*\.?\s+)?\D+$")


def laid_out(
    pages: Sequence[Sequence[Line]], title: str, bookmarks: Sequence[Bookmark] = ()
) -> tuple[Parsed, list[Placed]]:
    """Return the pages as one text, and where in it each line is.

    Offsets are taken while the text grows.
    """
    body = _body_type(pages)
    pages = without_interruptions(without_running_lines(pages), body[0])
    titles = titles_in(pages, bookmarks)
    words = words_of(pages)
    parts: list[str] = []
    tables: list[Table] = []
    placed: list[Placed] = []
    starts, headings, offset = [], _Headings(titles, body), 0
    for page, grids in zip(pages, grids_on(pages), strict=True):
        starts.append(offset)
        next_page = next((page[0] for page in pages[len(starts) :] if page), None)
        for number, line, grid in _lines_and_grids(page, grids):
            last = number == len(page) - 1
            following = next_page if last else page[number + 1]
            if grid:
                rows = "\n".join(grid.lines)
                start = offset + sum(len(row) + 1 for row in grid.lines[: grid.header])
                tables.append(Table(offset, offset + len(rows), start, grid.columns))
                placed += _rows_placed(grid, len(starts), offset)
                parts.append(rows + (PAGE_BREAK if last else "\n\n"))
            else:
                placed.append((offset, offset + len(line.text), len(starts), line))
                is_heading = headings.add(line, (len(starts) - 1, number), offset)
                ends = last or is_heading or line.joined or number + 1 in grids
                flows = not ends and wraps(page, number)
                parts.append(line.text + (" " if flows else _ending(line, following, last, words)))
            offset += len(parts[-1])
    headed = headings.under(title)
    parsed = Parsed("".join(parts), title, tuple(starts), headed, tables=tuple(tables))
    return parsed, placed


def _rows_placed(grid: Grid, number: int, offset: int) -> Iterator[Placed]:
    """Yield where the rows of a table are on the page of this number."""
    for line, row in zip(grid.places, grid.lines, strict=True):
        yield offset, offset + len(row), number, line
        offset += len(row) + 1


class _Headings:
    """The headings of a document while its text grows.

    The titles of bookmarks are headings; where there are no bookmarks, lines in larger or bolder
    type are, and the largest type is the outermost level. Above the first bookmark, only the
    largest type is a heading: it is the title.
    """

    def __init__(self, titles: Mapping[Place, Titled], body: Type) -> None:
        self._titles = titles
        self._body = body
        self._by_type: list[tuple[Type, Heading]] = []
        self._by_title: list[Heading] = []
        self._rest = 0  # lines of a title that follow

    def add(self, line: Line, place: Place, offset: int) -> bool:
        """Return whether a line is a heading, or part of one."""
        end, text = offset + len(line.text), line.text.strip()
        if self._rest:
            self._rest -= 1
            last = self._by_title[-1]
            self._by_title[-1] = Heading(last.start, end, last.level, f"{last.text} {text}")
            return True
        if place in self._titles:
            title = self._titles[place]
            self._rest = title.lines - 1
            self._by_title.append(Heading(offset, end, title.level, text))
            return True
        if not self._by_title and _is_heading(line, self._body):
            self._by_type.append((line.type, Heading(offset, end, 0, text)))
            return not self._titles
        return False

    def under(self, title: str) -> tuple[Heading, ...]:
        """Return the headings, under the title of the metadata if it is none of them."""
        types = sorted({type_ for type_, _ in self._by_type}, reverse=True)
        if self._titles:
            types = types[:1]
        levels = {type_: level for level, type_ in enumerate(types, 1)}
        found = [
            Heading(heading.start, heading.end, levels[type_], heading.text)
            for type_, heading in self._by_type
            if type_ in levels
        ]
        lower = 1 if found and self._by_title else 0
        found += [Heading(h.start, h.end, h.level + lower, h.text) for h in self._by_title]
        if not title or (found and found[0].text.casefold() == title.casefold()):
            return tuple(found)
        return Heading(0, 0, 1, title), *(
            Heading(h.start, h.end, h.level + 1, h.text) for h in found
        )


def _body_type(pages: Sequence[Sequence[Line]]) -> Type:
    """Return the type of most letters."""
    types = Counter[Type]()
    for line in (line for page in pages for line in page if not line.inset):
        types[line.type] += len(line.text)
    return types.most_common(1)[0][0] if types else (0.0, False)


def _lines_and_grids(
    page: Sequence[Line], grids: Mapping[int, Grid]
) -> Iterator[tuple[int, Line, Grid | None]]:
    """Yield the lines of a page with their numbers; of a table, only the last, with the table."""
    number = 0
    while number < len(page):
        grid = grids.get(number)
        number = grid.end - 1 if grid else number
        yield number, page[number], grid
        number += 1


def _ending(line: Line, following: Line | None, last: bool, words: frozenset[str]) -> str:
    """Return the separator between a line and the following one, on the next page if `last`."""
    if line.joined:
        return joint(line.text, following.text if following else "", words)
    if not last or following is None:
        return PAGE_BREAK if last else "\n"
    is_open = line.text.rstrip()[-1:] not in SENTENCE_ENDS
    flows = (following.text[:1].islower() and is_open) or goes_on(line, following)
    return "\n" if flows else PAGE_BREAK


def _is_heading(line: Line, body: Type) -> bool:
    text = line.text.strip()
    if line.inset or not HEADING.match(text):
        return False
    bolder = line.type[0] >= body[0] and line.type[1] and not body[1]
    if bolder and NO_FIGURES.match(text):
        return True
    return line.type[0] >= body[0] * HEADING_SCALE
