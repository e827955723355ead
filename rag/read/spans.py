"""Find the words that answer: a trained reader marks them in each passage, or says "not here".

The reader gets [CLS] question [SEP] heading passage [SEP]. Only the end of a long question or
heading is kept: what is asked and the nearest heading are there. The scores of [CLS] are those of
"not here" (Devlin et al. 2019). Marked words stay inside one sentence, because a sentence is what
is quoted. Two small linear models (rag.read.fitted) combine the reader's scores with the features
of the sentence. Sentences are not embedded: that takes long and adds little. The passages that
promise most are read first, then those of the others that may hold a sentence good enough to be
quoted.
"""

import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rag.models import CompiledReader
from rag.read.fitted import ANSWERED, RANK, evidence
from rag.read.marks import whole_words
from rag.read.quotes import WORSE
from rag.read.reading import Examiner, Reading, best_first, log_odds
from rag.said import Said
from rag.tables import ReadText, read_parts
from rag.trace import Trace
from rag.types import Hit, Passage, Span

if TYPE_CHECKING:
    from tokenizers import Encoding, Tokenizer

QUESTION_TOKENS = 64
HEADING_TOKENS = 32
ROW_TOKENS = 448  # a longer passage is read in several windows
OVERLAP = 96  # tokens that two windows share
ANSWER_TOKENS = 30
CLS, SEP = 101, 102
NEVER = -1e9
FIRST = 2  # passages that are read first
# The highest margin that is expected of a sentence not read yet: this share of the best one's, and
# so much more. Nearly always it is lower, as the margins of a question are high or low together.
SHARE, MORE = 0.6, 2.0
UNREAD = -30.0

Array = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Window:
    """One row for the model: the ids of its tokens, and where its parts begin.

    `number` is that of the passage. `second` and `first` are the positions of the second segment
    and of the passage; `offsets` are the document offsets of the passage's tokens.
    """

    number: int
    ids: list[int]
    second: int
    first: int
    offsets: npt.NDArray[np.int64]


class SpanReader:
    """Reads passages with a trained model and the features of their sentences."""

    def __init__(
        self,
        examiner: Examiner,
        words: "WordFinder",
        rank: Mapping[str, float] = RANK,
        first: int = FIRST,
    ) -> None:
        self._examiner = examiner
        self._words = words
        self._rank = rank
        self._first = first

    def read(self, question: str, hits: Sequence[Hit], trace: Trace | None = None) -> list[Span]:
        """Return every sentence, best first; the first scores the probability that it answers.

        The best words are marked in the first sentence, and in others if they score above "not
        here".
        """
        trace = trace or Trace()
        with trace.step(Said("step_sentences")):
            reading = self._examiner.examine(question, hits)
        if not reading.spans:
            return []
        words, reading = self._found(reading, trace)
        ranks = reading.ranks(self._rank)
        trusted = reading.features["margin"] >= 0
        trusted[ranks.argmax()] = True
        marked = [
            replace(span, marks=((int(start), int(end)),)) if trust else span
            for span, (start, end), trust in zip(reading.spans, words, trusted, strict=True)
        ]
        return best_first(marked, ranks, log_odds(ANSWERED, evidence(reading, ranks)))

    def _found(self, reading: Reading, trace: Trace) -> tuple[npt.NDArray[np.int64], Reading]:
        """Return the best words of the sentences, and the reading with their margins.

        Passages that cannot change the verdict are not read: their sentences come last.
        """
        plain = reading.ranks({name: by for name, by in self._rank.items() if name != "margin"})
        rows = np.array([hit.row for hit in reading.hits])
        promise = {row: float(plain[rows == row].max()) for row in dict.fromkeys(rows.tolist())}
        first = sorted(promise, key=lambda row: -promise[row])[: self._first]
        with trace.step(Said("step_first")):
            words, reading = self._words.find(reading, first)
        ranks = reading.ranks(self._rank)
        margin = MORE + SHARE * float(reading.features["margin"][ranks.argmax()])
        least = float(ranks.max()) - math.log(WORSE) - self._rank.get("margin", 0.0) * margin
        later = [row for row in promise if row not in first and promise[row] >= least]
        if later:
            with trace.step(Said("step_others")):
                more, reading = self._words.find(reading, later)
            words = np.where(np.isin(rows, later)[:, None], more, words)
        return words, reading


class WordFinder:
    """Runs the trained reader over the passages of a reading."""

    def __init__(self, model: CompiledReader, tokenizer: "Tokenizer") -> None:
        self._model = model
        self._tokenizer = tokenizer

    def find(
        self, reading: Reading, rows: Collection[int] | None = None
    ) -> tuple[npt.NDArray[np.int64], Reading]:
        """Return the offsets of each sentence's best words, (sentences, 2), and the reading.

        The reading has the margins added: how far the words score above "not here". Only the
        passages of these rows are read, by default all; margins that the reading has are kept.
        """
        passages = {hit.row: hit.passage for hit in reading.hits if rows is None or hit.row in rows}
        windows = self.windows(reading.question, list(passages.values()))
        words = np.array([(span.start, span.end) for span in reading.spans], np.int64)
        margins = np.array(reading.features.get("margin", np.full(len(words), UNREAD)))
        by_row: dict[int, list[int]] = {row: [] for row in passages}
        for number, hit in enumerate(reading.hits):
            if hit.row in passages:
                by_row[hit.row].append(number)
                margins[number] = -np.inf
        sentences = list(by_row.values())  # by the number of their passage
        ids, seconds = [window.ids for window in windows], [window.second for window in windows]
        for window, scores in zip(windows, self._model(ids, seconds), strict=True):
            low, high = window.offsets[[0, -1], [0, 1]] if len(window.offsets) else (0, 0)
            for row in sentences[window.number]:
                span = reading.spans[row]
                if span.end <= low or span.start >= high:
                    continue
                margin, start, end = _best(window, scores, span.start, span.end)
                if margin > margins[row]:
                    margins[row] = margin
                    words[row] = whole_words(span, start, end)
        features = {**reading.features, "margin": np.maximum(margins, UNREAD)}
        return words, replace(reading, features=features)

    def windows(self, question: str, passages: Sequence[Passage]) -> list[Window]:
        """Return the rows that the model reads for these passages; a row of a table is one."""
        asked = [CLS, *self._encode([question])[0].ids[-QUESTION_TOKENS:], SEP]
        headings = self._encode([head(question, passage) for passage in passages])
        parts = [(number, part) for number, one in enumerate(passages) for part in read_parts(one)]
        texts = self._encode([part.text for _, part in parts])
        windows = []
        for (number, part), text in zip(parts, texts, strict=True):
            before = [*asked, *headings[number].ids[-HEADING_TOKENS:]]
            room = ROW_TOKENS - len(before) - 1
            offsets = _places(part, text.offsets)
            for begin in range(0, max(1, len(text.ids) - OVERLAP), room - OVERLAP):
                ids = [*before, *text.ids[begin : begin + room], SEP]
                places = offsets[begin : begin + room]
                windows.append(Window(number, ids, len(asked), len(before), places))
        return windows

    def _encode(self, texts: Sequence[str]) -> "list[Encoding]":
        return self._tokenizer.encode_batch(list(texts), add_special_tokens=False)


def _places(read: ReadText, offsets: Sequence[tuple[int, int]]) -> npt.NDArray[np.int64]:
    """Return offsets in a text as it is read as offsets in its document, (n, 2)."""
    places = [(read.starts[start], read.ends[max(start, end - 1)]) for start, end in offsets]
    return np.array(places, np.int64).reshape(-1, 2)


def head(question: str, passage: Passage) -> str:
    """Return what the reader sees above a passage: its headings.

    The title or the path of the document comes first if a word of the question is only there.
    """
    document = passage.document
    lacking = _words(question) - _words(f"{passage.heading} {passage.text}")
    for name in (document.title, document.id):
        if lacking & _words(name):
            return f"{name} › {passage.heading}" if passage.heading else name
    return passage.heading


def _words(text: str) -> set[str]:
    return {word for word in re.findall(r"[^\W_]+", text.casefold()) if len(word) > 2}


def _best(window: Window, scores: Array, start: int, end: int) -> tuple[float, int, int]:
    """Return the margin over "not here" of the best words in a sentence, and their offsets."""
    left, right = window.offsets.T
    inside = (left < end) & (right > start) & (right > left)
    tokens = np.flatnonzero(inside)
    if not len(tokens):
        return -math.inf, start, end
    first, last = int(tokens[0]), int(tokens[-1]) + 1
    part = scores[window.first + first : window.first + last]
    part = np.where(inside[first:last, None], part, NEVER)  # never the names of columns
    square = np.ones((len(part), len(part)), np.bool_)
    # an end is at its start or after it, and not too far away
    forward = np.triu(square) & ~np.triu(square, ANSWER_TOKENS)
    both = np.where(forward, part[:, 0][:, None] + part[:, 1], 2 * NEVER)
    begin, stop = np.unravel_index(int(both.argmax()), both.shape)
    margin = float(both[begin, stop] - scores[0].sum())
    low, high = int(window.offsets[first + begin, 0]), int(window.offsets[first + stop, 1])
    return margin, max(low, start), min(high, end)
