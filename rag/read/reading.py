"""What is known about the sentences of the retrieved passages: how many of the question's rare words stand in each and
around it, whether it holds the kind of thing that is asked for, and how its passage was found.
"""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from rag.read.kinds import holds, kind_of
from rag.types import Hit, Passage, Scores, Span

Terms = Callable[[str], list[str]]
Table = npt.NDArray[np.float64]
Marks = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Reading:
    """What is known about every sentence of the retrieved passages: one row each, one column a feature."""

    question: str
    spans: list[Span]
    hits: list[Hit]
    features: dict[str, Table]

    def ranks(self, weights: Mapping[str, float]) -> Table:
        """Return the log-odds of every sentence against the others, (sentences,): weighted features added up."""
        total = np.zeros(len(self.spans))
        for name, weight in weights.items():
            total += weight * self.features[name]
        return total

    def evidence(self, ranks: Table) -> dict[str, float]:
        """Return what tells whether the best sentence answers at all, or the documents say nothing about it."""
        best = int(ranks.argmax())
        hit = self.hits[best]
        column = {name: float(values[best]) for name, values in self.features.items()}
        text = "\n".join(hit.passage.embedded for hit in {id(hit): hit for hit in self.hits}.values()).lower()
        words, numbers = (set(re.findall(pattern, text)) for pattern in (r"\w+", r"\d+"))
        names = [name.lower() for name in re.findall(r"(?<=\s)[A-Z]\w+", self.question)]
        return {
            "lead": -math.log(float(np.exp(ranks - ranks[best]).sum())),
            "passage_similarity": column["passage_similarity"],
            "coverage": column["coverage"],
            "passage_coverage": column["passage_coverage"],
            "numbers_missing": float(not numbers.issuperset(re.findall(r"\d+", self.question))),
            "names_missing": sum(name not in words for name in names) / max(1, len(names)),
            "kind_missing": float(kind_of(self.question) is not None and not column["kind"]),
            "agreed": float(hit.dense_rank == 0) + float(hit.lexical_rank == 0),
        }


class Examiner:
    """Takes the sentences of passages and says what is known about each; what it needs of an index is given to it."""

    def __init__(
        self,
        terms_of: Terms,
        content_terms: Terms,
        rarity: Callable[[list[str]], Scores],
        sentences: Callable[[Passage], list[tuple[int, int]]],
    ) -> None:
        self._terms_of = terms_of
        self._content_terms = content_terms
        self._rarity = rarity
        self._sentences = sentences

    def examine(self, question: str, hits: Sequence[Hit]) -> Reading:
        """Return all sentences of the passages, each passage text once, with their features."""
        by_text: dict[str, Hit] = {}
        for hit in hits:
            by_text.setdefault(hit.passage.text, hit)
        kept = list(by_text.values())
        units = [self._units(hit.passage) for hit in kept]
        spans = [span for unit in units for span in unit]
        if not spans:
            return Reading(question, [], [], {})
        numbers = np.repeat(np.arange(len(kept)), [len(unit) for unit in units])  # which hit each sentence belongs to
        kind = kind_of(question)
        features = {
            **self._coverage(question, kept, spans, numbers),
            "kind": np.array([float(kind is not None and holds(kind, span.text, question)) for span in spans]),
            "passage_score": np.array([hit.score for hit in kept])[numbers],
            "passage_similarity": np.array([hit.similarity for hit in kept])[numbers],
        }
        return Reading(question, spans, [kept[number] for number in numbers], features)

    def _units(self, passage: Passage) -> list[Span]:
        """Return the sentences of a passage, one that ends in a colon joined to what it announces."""
        text = passage.document.text
        units: list[tuple[int, int]] = []
        for start, end in self._sentences(passage):
            if units and text[units[-1][1] - 1] in ":：":
                units[-1] = units[-1][0], end
            else:
                units.append((start, end))
        return [Span(passage, start, end, 0.0) for start, end in units]

    def _coverage(self, question: str, hits: list[Hit], spans: list[Span], numbers: Numbers) -> dict[str, Table]:
        """Return how much of the question's rarity each sentence holds, its neighbours add, and its passage holds."""
        terms = self._content_terms(question)
        rarity = self._rarity(terms).astype(np.float64)
        shares = rarity / max(float(rarity.sum()), 1e-9)
        present = self._present(terms, [span.text for span in spans])
        around = self._present(terms, [hit.passage.heading for hit in hits])
        np.logical_or.at(around, numbers, present)
        before, after = _neighbours(present, numbers)
        own = present @ shares
        return {
            "coverage": own,
            "coverage_before": (before | present) @ shares - own,
            "coverage_after": (after | present) @ shares - own,
            "pairs": (present[:, :-1] & present[:, 1:]).sum(axis=1) / max(1, len(terms) - 1),
            "passage_coverage": around[numbers] @ shares,
        }

    def _present(self, terms: list[str], texts: list[str]) -> Marks:
        """Return which terms stand in which text, (texts, terms)."""
        known = [set(self._terms_of(text)) for text in texts]
        return np.array([[term in words for term in terms] for words in known], np.bool_).reshape(len(texts), -1)


def _neighbours(present: Marks, numbers: Numbers) -> tuple[Marks, Marks]:
    """Return the rows of the sentence before and after, empty at the edges of a passage."""
    same = (numbers[1:] == numbers[:-1])[:, None]
    before, after = np.zeros_like(present), np.zeros_like(present)
    before[1:] = present[:-1] & same
    after[:-1] = present[1:] & same
    return before, after


def log_odds(weights: Mapping[str, float], evidence: Mapping[str, float]) -> float:
    """Return the log-odds of a logistic model whose weights have a constant."""
    return weights["constant"] + sum(weights[name] * value for name, value in evidence.items())


def best_first(spans: Sequence[Span], ranks: Table, odds: float) -> list[Span]:
    """Return the spans by falling rank; the first scores the probability of these log-odds, the others fall behind."""
    behind = ranks - ranks.max()
    order = np.argsort(-ranks, kind="stable").tolist()
    return [replace(spans[row], score=_probability(odds + float(behind[row]))) for row in order]


def _probability(odds: float) -> float:
    return 1 / (1 + math.exp(-max(-30.0, min(30.0, odds))))
