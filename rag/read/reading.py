"""The features of the sentences of retrieved passages.

They measure how many of the question's rare words are in a sentence and around it, and how well its
passage matches the question.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from rag.read.check import Mentioned, support
from rag.read.coverage import Vocabulary, coverage
from rag.types import Hit, Passage, Span

Table = npt.NDArray[np.float64]

ANNOUNCES = ":："  # ends a sentence that introduces the next one
ASKS = "?？؟"  # ends a sentence that the next one answers
# the end of a line of a table of contents
CONTENTS = re.compile(r"(?:\.[ \t]?){4}(?:\d{1,4}|[ivxlc]{1,7})$")
# the line below the column names of a table
TABLE_RULE = re.compile(r"[ \t|]*+\n[ \t]*+\|?[ \t]*+:?-++:?[ \t]*+\|[-:| \t]*$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Reading:
    """The features of every sentence of the retrieved passages, one row for each sentence."""

    question: str
    spans: list[Span]
    hits: list[Hit]
    features: dict[str, Table]

    def ranks(self, weights: Mapping[str, float]) -> Table:
        """Return the weighted sum of the features, (sentences,): log-odds against the others."""
        total = np.zeros(len(self.spans))
        for name, weight in weights.items():
            total += weight * self.features[name]
        return total


class Examiner:
    """Computes the features of sentences; the caller supplies the functions that need an index."""

    def __init__(
        self,
        vocabulary: Vocabulary,
        sentences: Callable[[Passage], list[tuple[int, int]]],
        mentioned: Mentioned,
    ) -> None:
        self._vocabulary = vocabulary
        self._sentences = sentences
        self._mentioned = mentioned

    def examine(self, question: str, hits: Sequence[Hit]) -> Reading:
        """Return the sentences of the passages with their features; equal passages count once."""
        by_text: dict[str, Hit] = {}
        for hit in hits:
            by_text.setdefault(hit.passage.text, hit)
        kept = list(by_text.values())
        units = [self._units(hit.passage) for hit in kept]
        spans = [span for unit in units for span in unit]
        if not spans:
            return Reading(question, [], [], {})
        # the number of each sentence's hit
        numbers = np.repeat(np.arange(len(kept)), [len(unit) for unit in units])
        features = {
            **coverage(question, kept, spans, numbers, self._vocabulary),
            **support(question, spans, self._mentioned),
            "passage_score": np.array([hit.score for hit in kept])[numbers],
            "passage_similarity": np.array([hit.similarity for hit in kept])[numbers],
        }
        return Reading(question, spans, [kept[number] for number in numbers], features)

    def _units(self, passage: Passage) -> list[Span]:
        """Return the sentences of a passage that can answer alone.

        A sentence that introduces the next one, or asks what it answers, is joined to it. A row of
        a table is one. Column names and lines of a table of contents are left out.
        """
        text = passage.document.text
        units: list[tuple[int, int]] = []
        for start, end in self._sentences(passage):
            table = passage.document.table_at(start)
            if table:
                units += [(start, end)] if start >= table.body else []
                continue
            if TABLE_RULE.match(text, end) or CONTENTS.search(text, start, end):
                continue
            last = text[units[-1][1] - 1] if units else "."
            if last in ASKS and text[end - 1] in ASKS:
                units[-1] = start, end
            elif last in ANNOUNCES + ASKS:
                units[-1] = units[-1][0], end
            else:
                units.append((start, end))
        return [
            Span(passage, start, end, 0.0)
            for start, end in units
            if text[end - 1] not in ANNOUNCES + ASKS
        ]


def log_odds(weights: Mapping[str, float], evidence: Mapping[str, float]) -> float:
    """Return the log-odds of a logistic model; `weights` include its constant."""
    return weights["constant"] + sum(weights[name] * value for name, value in evidence.items())


def best_first(spans: Sequence[Span], ranks: Table, odds: float) -> list[Span]:
    """Return the spans by falling rank.

    The first scores the probability of these log-odds; the others score lower by their ranks.
    """
    behind = ranks - ranks.max()
    order = np.argsort(-ranks, kind="stable").tolist()
    return [replace(spans[row], score=_probability(odds + float(behind[row]))) for row in order]


def _probability(odds: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))
