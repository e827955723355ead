"""The lines of the pages of a PDF, in the order people read them."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import pypdfium2

from rag.errors import LoadError
from rag.load.blocks import printable
from rag.load.pdf.columns import regions_of
from rag.load.pdf.gaps import Cell, cells_in, is_spread, rows_among
from rag.load.pdf.joints import BROKEN, SOFT_HYPHEN, continued
from rag.load.pdf.notes import written_on
from rag.load.pdf.powers import Edges, is_raised
from rag.load.pdf.runs import BREAK, Run, Type, runs_of
from rag.load.pdf.stacks import Row, Stack, rows_in
from rag.load.raised import raised
from rag.load.tables import plain_cell
from rag.said import Said

MAX_CHARACTERS = 100_000_000
# before a capital or a figure, the hyphen belongs to the word
OWN_HYPHEN = re.compile(rf"(?<=[^\W\d_]){SOFT_HYPHEN}(?=[A-Z\d])")
# the following are multiples of the type size
SPACE = 0.15  # the least gap between two words
APART = 1.0  # the most between two parts of a line, unless they are cells
LEVEL = 0.05  # the most between the heights of two cells
OVERLAP = 0.3  # the most that one of them covers of the other
UPWARDS = 20  # of so many steps from line to line, one may go up
SHORT = 40  # characters of a cell that may be far right of another
NO_TYPE = (0.0, False)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a page; `joined` if its last word continues in the next line.

    Its place is in points: the `left` edge of the first letter and the `right` edge of the last,
    the bottom (`base`) and `height` of the type, the width of the first `word`, and the right
    `edge` of its column. A line whose words are far apart has several `cells`. A line `inset` is no
    part of the text around it. A row of a table is one line; its cells may have several `lines`.
    """

    text: str
    type: Type
    joined: bool = False
    left: float = 0.0
    right: float = 0.0
    base: float = 0.0
    word: float = 0.0
    height: float = 0.0
    edge: float = 0.0
    region: int = 0
    cells: tuple[Cell, ...] = ()
    inset: bool = False
    lines: int = 1


def pages_of(pdf: pypdfium2.PdfDocument) -> Iterator[list[Line]]:
    """Yield the lines of each page; raise LoadError for more than MAX_CHARACTERS."""
    total = 0
    for number in range(len(pdf)):
        try:
            page = pdf[number]
            drawn = page.get_textpage()
            notes = (Line(text, NO_TYPE, inset=True) for text in written_on(page, drawn))
            lines = [*_lines(drawn), *notes]
        except (pypdfium2.PdfiumError, UnicodeDecodeError):
            lines = []  # an unreadable page stays empty, so that the others keep their numbers
        total += sum(len(line.text) for line in lines)
        if total > MAX_CHARACTERS:
            raise LoadError(Said("unread_characters", limit=MAX_CHARACTERS))
        yield lines


def _lines(page: pypdfium2.PdfTextPage) -> Iterator[Line]:
    """Yield the lines of a page; where several follow each other that may be rows, their cells."""
    runs = runs_of(page)
    regions = regions_of([run for run in runs if not run.astray])
    found: list[tuple[int, float, Sequence[Run] | Row]] = []
    for number, region in enumerate(regions):
        edge = max((run.right for run in region), default=0.0)
        for rest, table in rows_in(_in_order(region) if len(regions) > 1 else region):
            found += [(number, edge, part) for part in _parts(rest)]
            found += [(number, edge, row) for row in table]
    rows = rows_among([isinstance(part, Row) or is_spread(part) for _, _, part in found])
    for place, (number, edge, part) in enumerate(found):
        if isinstance(part, Row):
            yield _row(part, number, edge)
        else:
            yield _line(part, number, edge, rows.get(place, 0))
    for run in runs:
        if run.astray:
            yield Line(printable(run.text).strip(), run.type, inset=True, region=len(regions))


def _in_order(region: Sequence[Run]) -> list[Run]:
    """Return the runs of a region in the order of the file, or from top to bottom."""
    by_file = sorted(region, key=lambda run: run.place)
    upwards = sum(following.low > run.low + run.height for run, following in pairwise(by_file))
    if upwards * UPWARDS <= len(by_file):
        return by_file
    rows: list[list[Run]] = []
    for run in region:
        if rows and _on_one_line(max(rows[-1], key=lambda other: other.height), run):
            rows[-1].append(run)
        else:
            rows.append([run])
    return [run for row in rows for run in sorted(row, key=lambda run: run.left)]


def _on_one_line(run: Run, other: Run) -> bool:
    common = min(run.high, other.high) - max(run.low, other.low)
    return 2 * common >= min(run.height, other.height)


def _parts(runs: Sequence[Run]) -> Iterator[list[Run]]:
    """Yield the runs of each line."""
    found = list(runs[:1])
    for run, following in pairwise(runs):
        if not _goes_on(run, following):
            yield found
            found = []
        found.append(following)
    if found:
        yield found


def _goes_on(run: Run, following: Run) -> bool:
    """Return whether two runs are parts of one line."""
    if run.line == following.line:
        return following.place == run.place + 1
    size = max(run.type[0], following.type[0])
    between = following.left - run.right
    if between > APART * size:  # PDFium ends a line at a very wide gap
        is_level = abs(run.low - following.low) < LEVEL * size
        return is_level and max(run.length, following.length) <= SHORT
    return -OVERLAP * size <= between and _on_one_line(run, following)


def _line(runs: Sequence[Run], region: int, edge: float, least: int) -> Line:
    first, last = runs[0], runs[-1]
    main = max(runs, key=lambda run: run.length)
    text = _text(runs)
    joined = BROKEN.search(text) is not None
    text = text[:-1] if joined else text
    if SOFT_HYPHEN in text:
        text = OWN_HYPHEN.sub("-", text)
    left, word, *_ = first.words[0]
    cells = tuple(cells_in(runs, main.height)) if least else ()
    cells = cells if len(cells) >= least else ()
    place = left, last.right, main.low, word - left, main.height, edge, region
    return Line(printable(text).strip(), main.type, joined, *place, cells)


def _text(runs: Sequence[Run]) -> str:
    """Return the words of a line, and the hyphen at its end."""
    text = runs[0].text
    for run, following in pairwise(runs):
        if following.line != run.line:
            is_apart = _is_space_between(run, following)
            text = text.rstrip() + (" " if is_apart else "")
            is_power = not is_apart and is_raised(_edges(following), _edges(run))
            text += raised(following.text) if is_power else following.text
        else:
            text += following.text
    return text.rstrip()


def _edges(run: Run) -> Edges:
    return run.left, run.right, run.low, run.high


def _is_space_between(run: Run, following: Run) -> bool:
    """Return whether a space is between two runs; always between the figures of two."""
    if run.text[-1] in BREAK:  # a letter that PDFium does not know
        return False
    if (
        run.text[run.words[-1][3] - 1].isdecimal()
        and following.text[following.words[0][2]].isdecimal()
    ):
        return True
    return following.left - run.right > SPACE * run.type[0]


def _row(row: Row, region: int, edge: float) -> Line:
    """Return a row of a table."""
    cells = tuple((cell.left, cell.right, _words(cell)) for cell in row.cells)
    text = " ".join(words for _, _, words in cells)
    left, right = min(cell.left for cell in row.cells), max(cell.right for cell in row.cells)
    low, high = min(cell.low for cell in row.cells), max(cell.high for cell in row.cells)
    place = left, right, low, row.first.words[0][1] - left, high - low, edge, region
    lines = max(len(cell.lines) for cell in row.cells)
    return Line(text, row.first.type, False, *place, cells, lines=lines)


def _words(cell: Stack) -> str:
    """Return the words of the lines of a cell."""
    words = _text(cell.lines[0])
    for line in cell.lines[1:]:
        words = continued(words, _text(line))
    return plain_cell(printable(words))
