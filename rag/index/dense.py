"""Exact search for the nearest vectors by inner product, with FAISS."""

import os

import faiss
import numpy as np

from rag.types import Rows, Scores, Vectors

PARALLEL_PRODUCTS = 2_000_000  # with fewer vector products a second thread costs more than it saves


class FlatIndex:
    """Compares a vector with every row; needs no training, so only the vectors are stored."""

    def __init__(self, *parts: Vectors) -> None:
        """Take the rows of (n, dimension) arrays, one after another."""
        self._index = faiss.IndexFlatIP(parts[0].shape[1])
        for part in parts:
            self._index.add(np.ascontiguousarray(part))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def search(self, vectors: Vectors, k: int, rows: "Rows | None" = None) -> tuple[Scores, Rows]:
        """Return (n, k) inner products and their rows, best first; of `rows` only, if given."""
        searched = len(self) if rows is None else len(rows)
        k = min(k, searched)
        if k == 0:
            return np.empty((len(vectors), 0), np.float32), np.empty((len(vectors), 0), np.int64)
        parallel = len(vectors) * searched > PARALLEL_PRODUCTS
        faiss.omp_set_num_threads(os.cpu_count() or 1 if parallel else 1)
        questions = np.ascontiguousarray(vectors)
        if rows is None:
            scores, found = self._index.search(questions, k)
        else:
            allowed = np.zeros(len(self), np.bool_)
            allowed[rows] = True
            bits = np.packbits(allowed, bitorder="little")
            selector = faiss.IDSelectorBitmap(bits)  # type: ignore[call-arg, arg-type]
            chosen = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
            scores, found = self._index.search(questions, k, params=chosen)
        return scores, found
