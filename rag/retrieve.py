"""A question to the passages that may answer it: dense and lexical search, fused.

Each side's scores are scaled to at most 1 and averaged with a fixed weight, which beat reciprocal ranks in most
published comparisons and in ours (benchmarks/README.md). Similarities are scaled between the lowest and the highest
candidate's; BM25 has a zero of its own and is divided by the highest.
"""

import numpy as np

from rag.config import AskConfig
from rag.index import Index
from rag.protocols import Encoder
from rag.types import Hit, Rows, Scope, Scores

EVERYTHING = Scope()


def retrieve(
    index: Index,
    encoder: Encoder,
    question: str,
    config: AskConfig,
    k: int,
    scope: Scope = EVERYTHING,
) -> list[Hit]:
    """Return the k best passages of a scope for a question, best first.

    Raises UnknownDocument or EmptyScope.
    """
    allowed = index.rows(scope)
    vector = encoder.encode_questions([question])
    dense = index.dense.search(vector, config.candidates, allowed)
    dense_scores, dense_rows = (side[0] for side in dense)
    lexical_scores, lexical_rows = index.lexical.search(question, config.candidates, allowed)
    rows, fused = fuse(dense_scores, dense_rows, lexical_scores, lexical_rows, config.dense_weight)
    rows, fused = rows[:k], fused[:k]
    dense_rank = {int(row): rank for rank, row in enumerate(dense_rows)}
    lexical_rank = {int(row): rank for rank, row in enumerate(lexical_rows)}
    similarities = index.vectors[rows] @ vector[0]
    return [
        Hit(
            index.passages[row],
            row,
            float(score),
            dense_rank.get(row),
            lexical_rank.get(row),
            float(similarity),
        )
        for row, score, similarity in zip(rows.tolist(), fused, similarities, strict=True)
    ]


def fuse(
    dense_scores: Scores,
    dense_rows: Rows,
    lexical_scores: Scores,
    lexical_rows: Rows,
    dense_weight: float,
) -> tuple[Rows, Scores]:
    """Return the rows of both sides and the weighted mean of their scaled scores, best first; ties by row."""
    rows = np.union1d(dense_rows, lexical_rows).astype(np.int64)
    fused = np.zeros(len(rows), np.float32)
    for scores, side, weight in (
        (between(dense_scores), dense_rows, dense_weight),
        (
            lexical_scores / max(lexical_scores.max(initial=0.0), 1e-9),
            lexical_rows,
            1 - dense_weight,
        ),
    ):
        fused[np.searchsorted(rows, side)] += weight * scores
    order = np.argsort(-fused, kind="stable")
    return rows[order], fused[order]


def between(scores: Scores) -> Scores:
    """Return scores mapped linearly so that the lowest is 0 and the highest 1; all 1 where they are equal."""
    if not len(scores):
        return scores
    low, high = scores.min(), scores.max()
    return (scores - low) / (high - low) if high > low else np.ones_like(scores)
