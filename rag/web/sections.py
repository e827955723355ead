"""A document in sections, as its page shows it: blocks, with the quotes of an answer lit up.

Law: the text of the sections is the document's text, and the text of a quote's marks is the quote,
character by character. Places are carried from the document; nothing is searched for.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, count, groupby, pairwise

from rag.types import Document, Heading
from rag.web.blocks import Block, Place, blocks, is_markdown
from rag.web.inline import Run, inline
from rag.words import page_words

BLOCK = 4000  # characters that the browser lays out at once
NEAR = 50_000  # characters from a quote, or from the start, in which rows are shown as rows
LISTED = ("item", "numbered", "more")


@dataclass(frozen=True, slots=True)
class Lit:
    """A quote of the answer: its place, its number ("" if unknown), and the words that answer."""

    start: int
    end: int
    number: str = ""
    id: str = "quote"
    words: tuple[Place, ...] = ()


@dataclass(frozen=True, slots=True)
class Part:
    """Runs that are in one quote or in none; the first part of a quote has its id."""

    lit: Lit | None
    runs: tuple[tuple[Run, str], ...]  # each with its text

    @property
    def is_first(self) -> bool:
        """Whether the quote starts here."""
        return self.lit is not None and self.runs[0][0].start == self.lit.start


@dataclass(frozen=True, slots=True)
class Shown:
    """A block with its words; a row has several cells, any other block has one."""

    block: Block
    anchor: str  # the id of a heading
    cells: tuple[tuple[Part, ...], ...]

    @property
    def is_lit(self) -> bool:
        """Whether some of it is quoted."""
        return any(part.lit for cell in self.cells for part in cell)


Group = tuple[str, list[Shown]]  # "table", "list" or "", and its blocks
Section = tuple[str, list[Group]]  # the label of a page that starts here


def sections(document: Document, lights: Sequence[Lit]) -> Iterator[Section]:
    """Yield the text in sections; lights are in order and do not overlap."""
    shown = _page_starts(document)
    numbers = document.page_numbers or count(1)
    pages = {
        start: page_words(number, document.unit, document.label_at(start))
        for start, number in zip(shown, numbers, strict=False)
    }
    drawing = _Drawing(document, lights)
    for label, found in _divided(document, lights, pages):
        drawn = [drawing.shown(block) for block in found]
        yield label, [(k, list(g)) for k, g in groupby(drawn, _group)]


def lights_in_order(opened: Sequence[Lit], others: Sequence[Lit]) -> list[Lit]:
    """Return the opened quote and those of the others that do not overlap with what is lit."""
    lit = list(opened)
    for other in others:
        if all(other.end <= one.start or one.end <= other.start for one in lit):
            lit.append(other)
    return sorted(lit, key=lambda one: one.start)


def _group(shown: Shown) -> str:
    kind = shown.block.kind
    return "table" if kind == "row" else "list" if kind in LISTED else ""


def _divided(
    document: Document, lights: Sequence[Lit], pages: dict[int, str]
) -> Iterator[tuple[str, list[Block]]]:
    """Yield blocks that a browser lays out together, with the label of the page that starts."""
    label, found, size = "", list[Block](), 0
    starts = iter(sorted(pages))
    page = next(starts, None)
    for block in _cut(document, lights):
        begins = page is not None and page < block.end
        is_inside = any(one.start < block.start < one.end for one in lights)
        if found and (begins or (size >= BLOCK and not is_inside)):
            yield label, found
            label, found, size = "", [], 0
        while page is not None and page < block.end:
            label = pages[page]
            page = next(starts, None)
        found.append(block)
        size += block.end - block.start
    if found:
        yield label, found


def _cut(document: Document, lights: Sequence[Lit]) -> Iterator[Block]:
    """Yield the blocks, plain text in parts."""
    edges = _edges(document, lights)
    near = [(one.start - NEAR, one.end + NEAR) for one in lights] or [(0, NEAR)]
    for block in blocks(document, near):
        if block.kind != "text":
            yield block
            continue
        inner = edges[bisect_right(edges, block.start) : bisect_left(edges, block.end)]
        for left, right in pairwise([block.start, *inner, block.end]):
            yield Block("text", left, right, ((left, right),))


def _page_starts(document: Document) -> Sequence[int]:
    """Return where the labelled pages start; the rows of a table and lines get no label."""
    return document.page_starts if document.unit not in ("row", "line") else ()


def _edges(document: Document, lights: Sequence[Lit]) -> list[int]:
    """Return where to divide plain text: at the starts of pages and at some line breaks."""
    text, edges = document.text, {0, *_page_starts(document), len(document.text)}
    position = 0
    while (found := text.find("\n", position + BLOCK)) >= 0:
        position = found + 1
        edges.add(position)
    places = [(one.start, one.end) for one in lights]
    protected = sorted([*places, *((h.start, h.end) for h in document.headings)])
    ends = list(accumulate((right for _, right in protected), max))  # the furthest end so far

    def is_inside(edge: int) -> bool:
        before = bisect_left(protected, (edge, 0))
        return before > 0 and edge < ends[before - 1]

    return sorted(edge for edge in edges if not is_inside(edge))


class _Drawing:
    """Draws the blocks of one document: their runs, cut where quotes and their words begin."""

    def __init__(self, document: Document, lights: Sequence[Lit]) -> None:
        self.text = document.text
        self.is_markdown = is_markdown(document)
        self.headings = [h for h in document.headings if h.end > h.start]
        self.lights = lights
        self.words = sorted(place for one in lights for place in one.words)
        places = [*self.words, *((one.start, one.end) for one in lights)]
        self.edges = sorted({edge for place in places for edge in place})

    def shown(self, block: Block) -> Shown:
        """Return a block with its words."""
        headings = self._headings(block.start, block.end)
        anchor = f"at-{headings[0].start}" if headings and block.kind != "text" else ""
        cells = block.shown if block.kind == "row" else ()
        stops = [block.start, *(right for _, right in cells[:-1]), block.end]
        drawn = tuple(
            self._parts(self._runs(block, left, right)) for left, right in pairwise(stops)
        )
        return Shown(block, anchor, drawn)

    def _headings(self, start: int, end: int) -> list[Heading]:
        first = bisect_left(self.headings, start, key=lambda heading: heading.start)
        last = bisect_left(self.headings, end, key=lambda heading: heading.start)
        return self.headings[first:last]

    def _runs(self, block: Block, start: int, end: int) -> Iterator[Run]:
        """Yield the runs of a block or a cell: what is shown of it, and what is not."""
        position = start
        for left, right in block.shown:
            if left < start or right > end:
                continue
            yield Run(position, left, ("off",))
            if block.kind == "text":
                yield from self._plain(left, right)
            elif self.is_markdown and block.kind != "code":
                yield from inline(self.text, left, right)
            else:
                yield Run(left, right)
            position = right
        yield Run(position, end, ("off",))

    def _plain(self, start: int, end: int) -> Iterator[Run]:
        position = start
        for heading in self._headings(start, end):
            if heading.start < position:
                continue
            yield Run(position, heading.start)
            position = min(heading.end, end)
            yield Run(heading.start, position, ("heading",), anchor=f"at-{heading.start}")
        yield Run(position, end)

    def _parts(self, runs: Iterator[Run]) -> tuple[Part, ...]:
        pieces = [piece for run in runs for piece in self._cut(run)]
        return tuple(
            Part(lit, tuple((run, self.text[run.start : run.end]) for run in group))
            for lit, group in groupby(pieces, lambda run: self._lit(run.start))
        )

    def _cut(self, run: Run) -> Iterator[Run]:
        inner = self.edges[bisect_right(self.edges, run.start) : bisect_left(self.edges, run.end)]
        if not inner and run.start < run.end and not self._answers(run.start):
            yield run
            return
        for left, right in pairwise([run.start, *inner, run.end]):
            if left < right:
                look = (*run.look, "answers") if self._answers(left) else run.look
                anchor = run.anchor if left == run.start else ""
                yield replace(run, start=left, end=right, look=look, anchor=anchor)

    def _lit(self, offset: int) -> Lit | None:
        count = bisect_right(self.lights, offset, key=lambda one: one.start)
        return self.lights[count - 1] if count and offset < self.lights[count - 1].end else None

    def _answers(self, offset: int) -> bool:
        count = bisect_right(self.words, (offset, len(self.text)))
        return count > 0 and offset < self.words[count - 1][1]
