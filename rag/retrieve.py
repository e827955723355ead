"""Find the passages that may answer a question: dense and lexical search, fused.

The scores of each search are scaled to at most 1, then averaged with a fixed weight. This beats
reciprocal ranks in most published comparisons and in ours (benchmarks/README.md). Similarities are
scaled from the lowest to the highest candidate. BM25 already has a meaningful zero, so its scores
are divided by the highest.
"""

from concurrent.futures import ThreadPoolExecutor

import numpy as np

from rag.config import AskConfig
from rag.errors import QuestionError
from rag.index import Index
from rag.protocols import Encoder
from rag.said import Said
from rag.scope import Scope
from rag.trace import Trace
from rag.types import Hit, Rows, Scores, Vectors

EVERYTHING = Scope()
OWN = 4096  # passages of a place that are left out of what is similar to it


def retrieve(
    index: Index,
    encoder: Encoder,
    question: str,
    config: AskConfig,
    k: int,
    scope: Scope = EVERYTHING,
    trace: Trace | None = None,
) -> list[Hit]:
    """Return the k best passages of a scope for a question, best first.

    Words are searched for while the question is encoded and compared. Raises UnknownDocument,
    EmptyScope.
    """
    trace = trace or Trace()
    with trace.step(Said("step_scope")):
        allowed = index.rows(scope)

    def words() -> tuple[Scores, Rows]:
        with trace.step(Said("step_words")):
            return index.lexical.search(question, config.candidates, allowed)

    with ThreadPoolExecutor(1) as beside:
        lexical = beside.submit(words)
        with trace.step(Said("step_vector")):
            vector = encoder.encode_questions([question])
        with trace.step(Said("step_meaning")):
            dense = index.dense.search(vector, config.candidates, allowed)
    dense_scores, dense_rows = (side[0] for side in dense)
    lexical_scores, lexical_rows = lexical.result()
    with trace.step(Said("step_passages")):
        rows, fused = fuse(
            dense_scores, dense_rows, lexical_scores, lexical_rows, config.dense_weight
        )
        return _hits(index, rows[:k], fused[:k], vector[0], dense_rows, lexical_rows)


def similar(index: Index, document_id: str, start: int, end: int, k: int) -> list[Hit]:
    """Return the k passages most similar to a place in a document, without those of that place.

    They are compared with the stored vectors of its passages: nothing is embedded. Raises
    UnknownDocument, QuestionError if no passage is there.
    """
    rows = index.documents.stored(document_id).rows
    lengths = {
        row: min(end, passage.end) - max(start, passage.start)
        for row, passage in zip(rows, index.passages[rows.start : rows.stop], strict=True)
    }
    there = [row for row, length in lengths.items() if length > 0]
    if not there:
        raise QuestionError(Said("no_passage", name=document_id, start=start, end=end))
    shares = np.array([lengths[row] for row in there], np.float32)
    vector = shares @ index.vectors[there]
    vector /= max(float(np.linalg.norm(vector)), 1e-9)
    scores, found = (side[0] for side in index.dense.search(vector[None], k + min(len(there), OWN)))
    own = frozenset(there)
    ranked = [one for one in zip(found.tolist(), scores.tolist(), strict=True) if one[0] not in own]
    return [
        Hit(index.passages[row], row, score, rank, None, score)
        for rank, (row, score) in enumerate(ranked[:k])
    ]


def _hits(
    index: Index,
    rows: Rows,
    fused: Scores,
    vector: Vectors,
    dense_rows: Rows,
    lexical_rows: Rows,
) -> list[Hit]:
    dense_rank = {int(row): rank for rank, row in enumerate(dense_rows)}
    lexical_rank = {int(row): rank for rank, row in enumerate(lexical_rows)}
    similarities = index.vectors[rows] @ vector
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
    """Return the rows of both searches and the weighted means of their scaled scores.

    Best first; equal scores by row.
    """
    rows = np.union1d(dense_rows, lexical_rows).astype(np.int64)
    fused = np.zeros(len(rows), np.float32)
    lexical_scaled = lexical_scores / max(lexical_scores.max(initial=0.0), 1e-9)
    fused[np.searchsorted(rows, dense_rows)] += dense_weight * between(dense_scores)
    fused[np.searchsorted(rows, lexical_rows)] += (1 - dense_weight) * lexical_scaled
    order = np.argsort(-fused, kind="stable")
    return rows[order], fused[order]


def between(scores: Scores) -> Scores:
    """Return scores scaled linearly from 0 (lowest) to 1 (highest); all 1 if they are equal."""
    if not len(scores):
        return scores
    low, high = scores.min(), scores.max()
    return (scores - low) / (high - low) if high > low else np.ones_like(scores)
