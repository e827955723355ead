"""Whole sentences as answers, without the trained reader: what it is measured against.

Two small linear models, both fitted by training/fit.py: `RANK` orders the sentences by what is known about each and by
how close it is to the question; `ANSWERED` turns that of the best one into the probability that it answers.
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from rag.read.reading import Examiner, Reading, Table, best_first, log_odds
from rag.types import Encoder, Hit, Span

RANK: dict[str, float] = {
    "similarity": 6.97,
    "coverage": 4.04,
    "coverage_before": 3.15,
    "coverage_after": -0.00,
    "pairs": 0.81,
    "kind": 1.77,
    "passage_coverage": 2.96,
    "passage_score": 3.13,
    "passage_similarity": 3.00,
}
ANSWERED: dict[str, float] = {
    "constant": -3.66,
    "lead": 1.18,
    "similarity": 1.04,
    "most_similar": 4.51,
    "passage_similarity": 1.90,
    "coverage": 0.39,
    "passage_coverage": 2.30,
    "numbers_missing": -1.14,
    "names_missing": -0.75,
    "kind_missing": -0.40,
    "agreed": -0.03,
}


class SentenceReader:
    """Scores every sentence of the hits' passages, which it embeds."""

    def __init__(self, encoder: Encoder, examiner: Examiner) -> None:
        self._encoder = encoder
        self._examiner = examiner

    def read(self, question: str, hits: Sequence[Hit]) -> list[Span]:
        """Return every sentence, best first; a score is the probability that the sentence answers the question."""
        reading = self.examine(question, hits)
        if not reading.spans:
            return []
        ranks = reading.ranks(RANK)
        return best_first(reading.spans, ranks, log_odds(ANSWERED, evidence(reading, ranks)))

    def examine(self, question: str, hits: Sequence[Hit]) -> Reading:
        """Return all sentences of the passages with one more feature: how close each is to the question."""
        reading = self._examiner.examine(question, hits)
        if not reading.spans:
            return reading
        vectors = self._encoder.encode([span.text for span in reading.spans])
        similarity = (vectors @ self._encoder.encode_questions([question])[0]).astype(np.float64)
        return replace(reading, features={"similarity": similarity, **reading.features})


def evidence(reading: Reading, ranks: Table) -> dict[str, float]:
    """Return what tells whether the best sentence answers, how close it is to the question included."""
    similarity = reading.features["similarity"]
    best = {"similarity": float(similarity[ranks.argmax()]), "most_similar": float(similarity.max())}
    return reading.evidence(ranks) | best
