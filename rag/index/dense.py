"""Nearest vectors by inner product, exactly, through FAISS."""

import os

import faiss
import numpy as np

from rag.types import Rows, Scores, Vectors

PARALLEL_PRODUCTS = (
    2_000_000  # below this many vector products a second thread costs more than it brings
)


class FlatIndex:
    """Compares a question with every row; nothing is trained, so nothing but the vectors needs storing."""

    def __init__(self, vectors: Vectors) -> None:
        self._index = faiss.IndexFlatIP(vectors.shape[1])
        self._index.add(np.ascontiguousarray(vectors))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def search(self, questions: Vectors, k: int) -> tuple[Scores, Rows]:
        """Return (n, k) inner products and rows, best first; k is at most the number of rows."""
        k = min(k, len(self))
        if k == 0:
            return np.empty((len(questions), 0), np.float32), np.empty(
                (len(questions), 0), np.int64
            )
        parallel = len(questions) * len(self) > PARALLEL_PRODUCTS
        faiss.omp_set_num_threads(os.cpu_count() or 1 if parallel else 1)
        scores, rows = self._index.search(np.ascontiguousarray(questions), k)
        return scores, rows

    def similarities(self, question: Vectors, rows: Rows) -> Scores:
        """Return the inner products of one question, (dimension,), with these rows."""
        if not len(rows):
            return np.empty(0, np.float32)
        products: Scores = self._index.reconstruct_batch(rows) @ question
        return products
