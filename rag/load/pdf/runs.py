"""The runs of words on a page of a PDF, with their places and type, from PDFium (pypdfium2)."""

import math
import re
import string
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import pypdfium2
import pypdfium2.raw as pdfium

from rag.load.pdf.powers import Edges, with_powers

BOLD = 600  # the least font weight of bold type
BREAK = "\x02\ufffe"  # what PDFium returns for a hyphen that breaks a word, without a line break
RUN = re.compile(rf"[^\r\n{BREAK}]*[^\s{BREAK}][^\r\n{BREAK}]*[{BREAK}]?")
WORD = re.compile(rf"[^\s{BREAK}]+")
BLANK = f"{string.whitespace}{BREAK}"
LEFTWARD = re.compile("[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")  # Hebrew, Arabic, …
QUARTER = math.pi / 2
SKEW = 0.1  # radians; more is no quarter turn
ASKEW = 4  # stands for turns that are none of the four

SAMPLED = 3  # of so many lines, one is measured word by word; of twice as many if they are long
LONG = 90  # characters; longer lines are no rows of a small table
OUTDENT = 24.0  # points
WIDE = 0.6  # type sizes per letter; a line with more has gaps
GAP = 0.6  # the least gap between columns, in type sizes

Type = tuple[float, bool]  # size in points, bold
# its edges, in points, and where it begins and ends in the text
Word = tuple[float, float, int, int]


@dataclass(slots=True)
class Run:
    """Words with no wide gap between them, as they follow each other in the file.

    Places are in points, turned so that most words of the page run from left to right: the edges of
    the words, and of the type (`low`, `high`). A run is `astray` if it is turned otherwise. Runs of
    the same `line` follow each other on one line. The `text` may end in a hyphen or in white space.
    """

    text: str
    type: Type
    words: list[Word]
    low: float
    high: float
    turn: int
    line: int
    place: int = 0  # in the file
    left: float = 0.0
    right: float = 0.0
    length: int = 0  # characters
    begins: bool = False  # like a sentence or a cell
    astray: bool = False

    def __post_init__(self) -> None:
        self.left, _, start, _ = self.words[0]
        _, self.right, _, end = self.words[-1]
        self.length = end - start
        self.begins = self.text[start].isupper() or self.text[start].isdigit()

    @property
    def height(self) -> float:
        """The height of the type."""
        return self.high - self.low


def runs_of(page: pypdfium2.PdfTextPage) -> list[Run]:
    """Return the runs of a page in the order of the file."""
    text = page.get_text_range()
    reader = _Reader(page, len(text))
    text = with_powers(text, reader.edges)
    found = [run for runs in _measured(reader, list(RUN.finditer(text))) for run in runs]
    turns = Counter[int]()
    for place, run in enumerate(found):
        run.place = place
        turns[run.turn] += run.length
    main = max(turns, key=lambda turn: turns[turn], default=0)
    for run in found:
        run.astray = run.turn != main or run.turn == ASKEW
    return found


def _measured(reader: "_Reader", lines: Sequence[re.Match[str]]) -> Iterator[list[Run]]:
    """Yield the runs of each line of PDFium; without the places of words where none is far away.

    To measure each word takes long, so this begins with a sample and goes on beside what it finds.
    """
    found: dict[int, list[Run]] = {}
    waiting = [
        number
        for number, line in enumerate(lines)
        if number % (SAMPLED if len(line[0]) < LONG else 2 * SAMPLED) == 0
    ]
    while waiting:
        number = waiting.pop()
        if number not in found and 0 <= number < len(lines):
            found[number] = list(reader.runs(lines[number]))
            if len(found[number]) > 1:
                waiting += [number - 1, number + 1]
    left, right = math.inf, math.inf
    for number, line in enumerate(lines):
        runs = found.get(number) or reader.brief(line)
        if runs and number not in found:
            # such a line may be of two columns
            is_left = runs[0].left < left - OUTDENT
            is_longer = len(line[0]) >= LONG and runs[0].right > right + OUTDENT
            is_wide = runs[0].right - runs[0].left > WIDE * runs[0].height * runs[0].length
            runs = [] if is_left or is_longer or is_wide else runs
        runs = runs or list(reader.runs(line))
        left, right = runs[-1].left, runs[-1].right
        yield runs


class _Reader:
    """Asks PDFium for the type and place of letters of one page."""

    def __init__(self, page: pypdfium2.PdfTextPage, length: int) -> None:
        self._page = page.raw
        self._line = 0
        self._ask = pdfium.FPDFText_GetLooseCharBox
        self._box = pdfium.FS_RECTF()
        self._matrix = pdfium.FS_MATRIX()
        # if the text leaves out no letter, letters have the same numbers in both
        self._is_same = page.count_chars() == length

    def runs(self, line: re.Match[str]) -> Iterator[Run]:
        """Yield the runs of a line of PDFium.

        PDFium may take lines side by side, or at nearly the same height, for one.
        """
        text, start, begin = line[0], line.start(), 0
        places = [word.span() for word in WORD.finditer(text)]
        type_, turn = self._type(self._index(start + places[len(places) // 2][0]))
        edges = [self._word(start, place, turn) for place in places]
        is_rightward = not LEFTWARD.search(text)
        _, _, low, high = edges[0]
        words: list[Word] = []
        self._line += 1
        for (left, right, bottom, top), (first, end) in zip(edges, places, strict=True):
            if words:
                is_far = left - words[-1][1] > GAP * type_[0]
                is_other = abs(bottom - low) > high - low or (left < words[-1][0] and is_rightward)
                if is_far or is_other:
                    run = Run(text[begin:first], type_, words, low, high, turn, self._line)
                    yield self._typed(run, start + begin)
                    words, begin, low, high = [], first, bottom, top
                    self._line += is_other
            words.append((left, right, first - begin, end - begin))
        run = Run(text[begin:], type_, words, low, high, turn, self._line)
        yield self._typed(run, start + begin) if begin else run

    def _typed(self, run: Run, start: int) -> Run:
        """Return a run that is part of a line with its own type."""
        run.type, _ = self._type(self._index(start + run.words[len(run.words) // 2][2]))
        return run

    def brief(self, line: re.Match[str]) -> list[Run]:
        """Return a line of PDFium as one run, all but its first word as one; [] if it is not one.

        To measure each word takes long.
        """
        text, start = line[0], line.start()
        word = WORD.search(text)
        rest = word and WORD.search(text, word.end())
        if not word or not rest:
            return []
        middle = WORD.search(text, len(text) // 2) or rest
        type_, turn = self._type(self._index(start + middle.start()))
        left, edge, low, high = self._word(start, word.span(), turn)
        stop = len(text.rstrip(BLANK))
        other, right, bottom, _ = self._edges(self._index(start + stop - 1), turn)
        if other < left or abs(bottom - low) > high - low:
            return []
        words = [(left, edge, *word.span()), (edge, right, rest.start(), stop)]
        self._line += 1
        return [Run(text, type_, words, low, high, turn, self._line)]

    def _word(
        self, start: int, place: tuple[int, int], turn: int
    ) -> tuple[float, float, float, float]:
        """Return the edges of a word, which may run from right to left."""
        first, end = place
        left, right, low, high = self._edges(self._index(start + first), turn)
        if end - first > 1:
            other, last, _, _ = self._edges(self._index(start + end - 1), turn)
            left, right = (left, last) if other >= left else (other, right)
        return left, right, low, high

    def edges(self, place: int) -> Callable[[int], Edges]:
        """Return what returns the edges of a letter that is turned like the one at a place."""
        _, turn = self._type(self._index(place))
        return lambda other: self._edges(self._index(other), turn)

    def _index(self, place: int) -> int:
        if self._is_same:
            return place
        index: int = pdfium.FPDFText_GetCharIndexFromTextIndex(self._page, place)
        return index

    def _type(self, letter: int) -> tuple[Type, int]:
        """Return the type of a letter, and its quarter turns."""
        size = pdfium.FPDFText_GetFontSize(self._page, letter)
        weight = pdfium.FPDFText_GetFontWeight(self._page, letter)
        matrix = self._matrix
        if not pdfium.FPDFText_GetMatrix(self._page, letter, matrix):
            return (round(size, 1), weight >= BOLD), ASKEW
        angle = math.atan2(matrix.b, matrix.a)
        turn = round(angle / QUARTER)
        is_skew = abs(angle - turn * QUARTER) > SKEW
        scaled = round(size * math.hypot(matrix.c, matrix.d), 1)
        return (scaled, weight >= BOLD), ASKEW if is_skew else turn % 4

    def _edges(self, letter: int, turn: int) -> Edges:
        """Return the left, right, low and high edge of a letter after its quarter turns."""
        box = self._box
        is_known = self._ask(self._page, letter, box)
        if not is_known or not math.isfinite(box.left + box.right + box.bottom + box.top):
            return 0.0, 0.0, 0.0, 0.0
        if turn == 1:
            return box.bottom, box.top, -box.right, -box.left
        if turn == 2:
            return -box.right, -box.left, -box.top, -box.bottom
        if turn == 3:
            return -box.top, -box.bottom, box.left, box.right
        return box.left, box.right, box.bottom, box.top
