"""Lines of pages joined into one text, with headings and tables."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from rag.load.pdf.asides import without_interruptions
from rag.load.pdf.flow import goes_on, joint, words_of, wraps
from rag.load.pdf.grids import Grid, grids_of
from rag.load.pdf.lines import Line
from rag.load.pdf.running import without_running_lines
from rag.load.pdf.runs import Type
from rag.load.text import Parsed
from rag.types import Heading, Table

PAGE_BREAK = "\n\n"
HEADING_SCALE = 1.05  # a heading is in type at least this much larger than the body, or bold
SENTENCE_ENDS = ".!?:;…"
HEADING = re.compile(r"(?=.{3,120}$)(?:[A-Z\d][\w.()]*|[^\W\d_a-zA-Z])(?=.*[^\W\d_]{2}).*[^,;.:]$")
# bold figures, as on a bill, are content
NO_FIGURES = re.compile(r"(?:\d+(?:\.\d+)*\.?\s+)?\D+$")


def assembled_pages(pages: Sequence[Sequence[Line]], title: str) -> Parsed:
    """Return the pages as one text; offsets are taken while it grows."""
    body = _body_type(pages)
    pages = without_interruptions(without_running_lines(pages), body[0])
    words = words_of(pages)
    parts: list[str] = []
    tables: list[Table] = []
    starts, headings, offset = [], [], 0
    for page in pages:
        starts.append(offset)
        next_page = next((page[0] for page in pages[len(starts) :] if page), None)
        for number, line, grid in _lines_and_grids(page):
            last = number == len(page) - 1
            following = next_page if last else page[number + 1]
            if grid:
                rows = "\n".join(grid.lines)
                start = offset + sum(len(row) + 1 for row in grid.lines[: grid.header])
                tables.append(Table(offset, offset + len(rows), start, grid.columns))
                parts.append(rows + (PAGE_BREAK if last else "\n\n"))
            else:
                is_heading = _is_heading(line, body)
                if is_heading:
                    headings.append((line.type, offset, offset + len(line.text), line.text.strip()))
                flows = not (last or is_heading or line.joined) and wraps(page, number)
                parts.append(line.text + (" " if flows else _ending(line, following, last, words)))
            offset += len(parts[-1])
    headed = _with_levels(headings, title)
    return Parsed("".join(parts), title, tuple(starts), headed, tables=tuple(tables))


def _body_type(pages: Sequence[Sequence[Line]]) -> Type:
    """Return the type of most letters."""
    types = Counter[Type]()
    for line in (line for page in pages for line in page):
        types[line.type] += len(line.text)
    return types.most_common(1)[0][0] if types else (0.0, False)


def _lines_and_grids(page: Sequence[Line]) -> Iterator[tuple[int, Line, Grid | None]]:
    """Yield the lines of a page with their numbers; of a table, only the last, with the table."""
    grids, number = grids_of(page), 0
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
    if not HEADING.match(text):
        return False
    bolder = line.type[0] >= body[0] and line.type[1] and not body[1]
    if bolder and NO_FIGURES.match(text):
        return True
    return line.type[0] >= body[0] * HEADING_SCALE


def _with_levels(found: Sequence[tuple[Type, int, int, str]], title: str) -> tuple[Heading, ...]:
    """Return headings under the title of the metadata; the largest type is the outermost level."""
    types = sorted({type_ for type_, *_ in found}, reverse=True)
    levels = {type_: level for level, type_ in enumerate(types, 1)}
    if not title or (found and found[0][3].casefold() == title.casefold()):
        return tuple(Heading(start, end, levels[type_], text) for type_, start, end, text in found)
    return (
        Heading(0, 0, 1, title),
        *(Heading(start, end, levels[type_] + 1, text) for type_, start, end, text in found),
    )
