"""Papers made by program: the order of their sentences is known, whatever their layout.

A paper is sentences of invented words, set in columns, with a title across, footnotes, figures and
tables. Its content stream is column by column, or row by row across the columns.
"""

import io
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from reportlab.pdfbase.pdfmetrics import stringWidth
from reportlab.pdfgen.canvas import Canvas

from benchmarks.layouts import LAYOUTS, Layout

WIDTH, HEIGHT, MARGIN = 612.0, 792.0, 54.0
NOTE_SIZE = 7.5
MAX_LINES = 65  # of a column
CAPTION = "Figure {}: Yield of the plots by year and by kind of soil, in tonnes."
# hyphens show where a line may break a word; "=" is a hyphen of the word itself
ROOMS = "hall tower cellar archive attic chapel barn mill school store shed".split()
WORDS = (
    "the a of in to and with from under over between after before its their each every most some "
    "riv-er val-ley gar-den mead-ow har-bour win-ter sum-mer wa-ter stone bridge tower field soil "
    "plant sheep boat grain glass paper let-ter num-ber meas-ure-ment in-for-ma-tion moved found "
    "ob-ser-va-tion tem-per-a-ture con-di-tion de-vel-op-ment ex-per-i-ment re-mark-able counted "
    "dif-fer-ent sta-tis-ti-cal grow-ing lifted carried opened closed painted meas-ured com-pared "
    "state=of=the=art long=term well=known quickly slowly often rarely again to-geth-er how-ev-er"
).split()


@dataclass(frozen=True, slots=True)
class Mark:
    """A line on a page: its place, words and type; `width` if it is justified."""

    x: float
    y: float
    text: str
    font: str
    size: float
    width: float = 0.0
    turned: bool = False


@dataclass(slots=True)
class Paper:
    """A PDF, its sentences in order, and its notes and captions."""

    name: str
    sentences: list[str]
    insets: list[str] = field(default_factory=list)
    data: bytes = b""


def papers() -> Iterator[Paper]:
    """Yield all papers: ten in two columns first."""
    for seed, layout in enumerate(LAYOUTS):
        yield made(layout, seed)


def made(layout: Layout, seed: int) -> Paper:
    """Return the paper of this layout."""
    chance = random.Random(seed)
    marked = [list(_words(chance)) for _ in range(layout.sentences)]
    paper = Paper(layout.name, [plain(" ".join(words)) for words in marked])
    width = (WIDTH - 2 * MARGIN - layout.gutter * (layout.columns - 1)) / layout.columns
    lines = list(_lines(marked, layout, width, chance))
    pages: list[list[Mark]] = []
    while lines:
        has_notes = layout.footnotes and len(lines) > MAX_LINES * layout.columns
        slots, marks = _page(layout, width, len(pages), paper, has_notes)
        for (x, y), (indent, text, is_full) in zip(slots, lines, strict=False):
            stretch = width - indent if is_full and layout.justified else 0.0
            marks.append(Mark(x + indent, y, text, layout.font, layout.size, stretch))
        lines = lines[len(slots) :]
        pages.append(marks)
    paper.data = _drawn(pages, layout)
    return paper


def plain(text: str) -> str:
    """Return words without the marks of their syllables."""
    return text.replace("-", "").replace("=", "-")


def _words(chance: random.Random) -> Iterator[str]:
    """Yield the words of a sentence, with the marks of their syllables."""
    count = chance.randint(7, 22)
    for place in range(count):
        word = chance.choice(WORDS)
        if place == 0:
            word = chance.choice(("Hilda", "Tveit", "Aune", word.capitalize(), word.capitalize()))
        elif chance.random() < 0.05:
            word = str(chance.randint(2, 4000))
        yield word + ("." if place == count - 1 else "," if chance.random() < 0.06 else "")


def _lines(
    sentences: Sequence[Sequence[str]], layout: Layout, width: float, chance: random.Random
) -> Iterator[tuple[float, str, bool]]:
    """Yield lines: indent, text, and whether the paragraph goes on after it."""
    start = 0
    while start < len(sentences):
        end = start + chance.randint(2, 7)
        words = [word for sentence in sentences[start:end] for word in sentence]
        yield from _broken(words, layout, width)
        start = end


def _broken(words: list[str], layout: Layout, width: float) -> Iterator[tuple[float, str, bool]]:
    """Yield the lines of a paragraph, with words broken between syllables."""
    indent, line = 10.0, ""
    for word in words:
        rest = word
        while rest:
            fitting = _fitting(line, rest, layout, width - indent)
            if fitting == rest:
                line, rest = f"{line} {plain(rest)}".strip(), ""
            else:
                hyphen = "" if not fitting or fitting.endswith("=") else "-"
                yield indent, f"{line} {plain(fitting)}{hyphen}".strip(), True
                indent, line, rest = 0.0, "", rest[len(fitting) :].removeprefix("-")
    yield indent, line, False


def _fitting(line: str, word: str, layout: Layout, width: float) -> str:
    """Return the longest beginning of a word, in whole syllables, that fits after a line."""
    ends = [place for place, letter in enumerate(word) if letter in "-="]
    cuts = [word, *(word[: end + (word[end] == "=")] for end in reversed(ends))]
    for cut in cuts:
        hyphen = "" if cut == word or cut.endswith("=") else "-"
        text = f"{line} {plain(cut)}{hyphen}".strip()
        if stringWidth(text, layout.font, layout.size) <= width or (cut == cuts[-1] and not line):
            return cut
    return ""


def _page(
    layout: Layout, width: float, number: int, paper: Paper, has_notes: bool
) -> tuple[list[tuple[float, float]], list[Mark]]:
    """Return where the lines of a page go, in order, and all else that is on it."""
    marks: list[Mark] = []
    top, bottom = HEIGHT - 70, 62.0
    lefts = [MARGIN + column * (width + layout.gutter) for column in range(layout.columns)]
    if layout.header:
        marks.append(Mark(MARGIN, HEIGHT - 40, "Yearbook of the valley", layout.font, 8))
        marks.append(Mark(WIDTH / 2, 30, str(number + 1), layout.font, 8))
    if layout.stamp and number == 0:
        marks.append(Mark(24, 250, "arXiv:2101.01234v2  3 Jan 2021", layout.font, 14, turned=True))
    if layout.title and number == 0:
        marks.append(Mark(150, top, "On gardens and their water", "Times-Bold", 18))
        marks.append(Mark(240, top - 24, "Hilda Aune and Jon Tveit", layout.font, 10))
        top -= 60
    bands = [(top, bottom)]
    if layout.table and number == 1:
        middle = (top + bottom) / 2
        bands = [(top, middle + 50), (middle - 60, bottom)]
        marks += _table(middle + 20, layout)
    slots = []
    for band, (high, low) in enumerate(bands):
        for column, left in enumerate(lefts):
            first, last = high - column * layout.shift, low
            if layout.figure and number == 1 and (band, column) == (0, 0):
                marks += _figure(left, width, first, paper)
                first -= 120
            if has_notes and band == len(bands) - 1 and column < 2:
                last = low + 30
                marks += _footnotes(left, low, layout, paper)
            leading = layout.size * 1.2
            count = int((first - last) / leading)
            slots += [(left, first - place * leading) for place in range(count)]
    return slots, marks


def _table(top: float, layout: Layout) -> list[Mark]:
    rows = [("Plot", "Soil", "Yield"), ("North", "clay", "3.1"), ("South", "sand", "2.4")]
    return [
        Mark(MARGIN + 20 + 170 * column, top - 13 * row, cell, layout.font, layout.size)
        for row, cells in enumerate(rows)
        for column, cell in enumerate(cells)
    ]


def _figure(left: float, width: float, top: float, paper: Paper) -> list[Mark]:
    caption = CAPTION.format(len(paper.insets) + 1)
    paper.insets.append(caption)
    words = caption.split()
    rows: list[str] = [""]
    for word in words:
        if stringWidth(f"{rows[-1]} {word}", "Times-Roman", 8) > width:
            rows.append("")
        rows[-1] = f"{rows[-1]} {word}".strip()
    labels = [Mark(left + 30 * place, top - 60, str(2019 + place), "Helvetica", 6) for place in
              range(4)]  # fmt: skip
    return labels + [
        Mark(left, top - 78 - 10 * place, row, "Times-Roman", 8) for place, row in enumerate(rows)
    ]


def _footnotes(left: float, bottom: float, layout: Layout, paper: Paper) -> list[Mark]:
    number = len(paper.insets) + 1
    first, second = f"{number} Letter of the harbour office,", f"kept in the {ROOMS[number]}."
    paper.insets.append(f"{first} {second}")
    return [
        Mark(left, bottom + 10, first, layout.font, NOTE_SIZE),
        Mark(left, bottom, second, layout.font, NOTE_SIZE),
    ]


def _drawn(pages: Sequence[Sequence[Mark]], layout: Layout) -> bytes:
    buffer = io.BytesIO()
    canvas = Canvas(buffer, pagesize=(WIDTH, HEIGHT), invariant=1)
    for marks in pages:
        ordered = sorted(marks, key=lambda mark: (-mark.y, mark.x)) if layout.woven else marks
        for mark in ordered:
            _draw(canvas, mark, layout)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _draw(canvas: Canvas, mark: Mark, layout: Layout) -> None:
    canvas.setFont(mark.font, mark.size)
    if mark.turned:
        canvas.saveState()
        canvas.translate(mark.x, mark.y)
        canvas.rotate(90)
        canvas.drawString(0, 0, mark.text)
        canvas.restoreState()
        return
    words = mark.text.split()
    gaps = max(1, len(words) - 1)
    natural = stringWidth(mark.text, mark.font, mark.size)
    extra = (mark.width - natural) / gaps if mark.width else 0.0
    if not layout.by_word:
        canvas.drawString(mark.x, mark.y, mark.text, wordSpace=extra)
        return
    x = mark.x
    for word in words:
        canvas.drawString(x, mark.y, word)
        x += stringWidth(f"{word} ", mark.font, mark.size) + extra
