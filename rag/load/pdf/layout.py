"""Lines of pages joined into one text, with headings, and without running headers and footers."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from rag.load.pdf.grids import Grid, grids_of
from rag.load.pdf.lines import Line, Type
from rag.load.text import Parsed
from rag.sentences import ITEM
from rag.types import Heading, Table

PAGE_BREAK = "\n\n"
HEADING_SCALE = 1.05  # a heading is in type at least this much larger than the body, or bold
EDGE = 2  # lines at the top and bottom of a page that can be its header or footer
RUNNING = 0.5  # the least share of pages that repeat a header or footer
MIN_RUNNING = 3  # the least number of those pages
SENTENCE_ENDS = ".!?:;…"
MIN_WRAP = 20  # characters; a shorter line is not wrapped
# the following are multiples of the type size
MAX_LEADING = 2.0  # the most between the baselines of two lines of a paragraph
INDENT = 3.0  # the most between their left edges
SPACE = 0.2  # the width of a space
RAGGED = 2.0  # the most between the right edges of two full lines
WIDE = 0.62  # a larger average width per letter means spaced words, as in a table
ITEM_START = re.compile(rf"\s*{ITEM}")
HEADING = re.compile(r"(?=.{3,120}$)(?:[A-Z\d][\w.()]*|[^\W\d_a-zA-Z])(?=.*[^\W\d_]{2}).*[^,;.:]$")
# bold figures, as on a bill, are content
NO_FIGURES = re.compile(r"(?:\d+(?:\.\d+)*\.?\s+)?\D+$")


def without_running_lines(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """Return the pages without headers, footers and page numbers, except the first of each."""
    counts = Counter(form for page in pages for form in {_form(line) for line in _edges(page)})
    least = max(MIN_RUNNING, RUNNING * len(pages))
    running = {form for form, count in counts.items() if count >= least}
    repeated: set[str] = set()
    cleaned = []
    for page in pages:
        edges = {id(line): _form(line) for line in _edges(page)}
        cleaned.append([line for line in page if edges.get(id(line)) not in repeated])
        repeated |= running & set(edges.values())
    return cleaned


def _edges(page: Sequence[Line]) -> list[Line]:
    """Return the lines at the top and bottom of a page; none if there is nothing between them."""
    if len(page) <= 2 * EDGE:
        return []
    return list({id(line): line for line in (*page[:EDGE], *page[-EDGE:])}.values())


def _form(line: Line) -> str:
    """Return the text of a line without case, spacing and page numbers."""
    return re.sub(r"\d+|\b[ivxlc]+\b", "#", " ".join(line.text.split()).casefold())


def assembled_pages(pages: Sequence[Sequence[Line]], title: str) -> Parsed:
    """Return the pages as one text; offsets are taken while it grows."""
    types = Counter[Type]()
    for line in (line for page in pages for line in page):
        types[line.type] += len(line.text)
    body_type = types.most_common(1)[0][0] if types else (0.0, False)
    parts: list[str] = []
    tables: list[Table] = []
    starts, headings, offset = [], [], 0
    for page in pages:
        starts.append(offset)
        following = next((page[0].text for page in pages[len(starts) :] if page), "")
        for number, line, grid in _lines_and_grids(page):
            last = number == len(page) - 1
            if grid:
                rows = "\n".join(grid.lines)
                body = offset + sum(len(row) + 1 for row in grid.lines[: grid.header])
                tables.append(Table(offset, offset + len(rows), body, grid.columns))
                parts.append(rows + (PAGE_BREAK if last else "\n\n"))
            else:
                is_heading = _is_heading(line, body_type)
                if is_heading:
                    headings.append((line.type, offset, offset + len(line.text), line.text.strip()))
                flows = not last and not is_heading and wraps(page, number)
                after = following if last else page[number + 1].text
                parts.append(
                    line.text + (" " if flows and not line.joined else _ending(line, after, last))
                )
            offset += len(parts[-1])
    headed = _with_levels(headings, title)
    return Parsed("".join(parts), title, tuple(starts), headed, tables=tuple(tables))


def _lines_and_grids(page: Sequence[Line]) -> Iterator[tuple[int, Line, Grid | None]]:
    """Yield the lines of a page with their numbers; of a table, only the last, with the table."""
    grids, number = grids_of(page), 0
    while number < len(page):
        grid = grids.get(number)
        number = grid.end - 1 if grid else number
        yield number, page[number], grid
        number += 1


def wraps(lines: Sequence[Line], number: int) -> bool:
    """Return whether a line continues in the next: the first word there did not fit after it."""
    line, following = lines[number], lines[number + 1]
    size = line.height
    if ITEM_START.match(following.text) or line.type != following.type:
        return False
    if len(line.text) < MIN_WRAP or _is_row(line):
        return False
    if not 0 < line.base - following.top < MAX_LEADING * size:
        return False
    if abs(line.left - following.left) > INDENT * size:
        return False
    near = lines[max(0, number - 3) : number + 4]
    edges = [other.right for other in near if abs(other.left - following.left) <= INDENT * size]
    column = max(edges)
    full = sum(edge > column - RAGGED * size for edge in edges)
    fits = line.right + following.word + SPACE * size <= column
    return not fits and (full > 1 or following.text[:1].islower())


def _is_row(line: Line) -> bool:
    """Return whether a line is a row of a table: wide gaps between words, or mostly figures."""
    words = line.text.split()
    figures = sum(any(letter.isdigit() for letter in word) for word in words)
    return line.right - line.left > WIDE * line.height * len(line.text) or 2 * figures > len(words)


def _ending(line: Line, following: str, last: bool) -> str:
    """Return the separator between a line and the following one, on the next page if `last`."""
    if line.joined:
        # before a capital or a figure, the hyphen belongs to the word
        return "" if following[:1].islower() else "-"
    goes_on = following[:1].islower() and line.text.rstrip()[-1:] not in SENTENCE_ENDS
    return PAGE_BREAK if last and not goes_on else "\n"


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
