"""Search for the nearest vectors by inner product: exact, or in a large index by signs first.

Vectors are in half precision. The sign of each coordinate, one bit, says most of where a vector
points: of a million vectors, those whose signs differ least are found in a few milliseconds, and
the best of them are compared exactly. Unlike a graph or clusters this needs no training, a scope
misses nothing more, and the signs of a segment stay true whatever the others hold.
"""

from collections.abc import Sequence

import faiss
import numpy as np
import numpy.typing as npt

from rag.index.joined import Stacked
from rag.protocols import DenseSearch
from rag.types import Rows, Scores, Vectors

EXACT = 150_000  # passages above which signs are loaded and looked at first
LIKELY = 4  # times as many rows have signs near the question's as are then compared exactly
COMPARED = 2000  # rows that are compared exactly, or k if that is more
SAMPLE = 4096  # rows by which signs are judged
MIXED = 0.05  # a coordinate says something if at least this share of its signs is the rarer one

Signs = npt.NDArray[np.uint8]


def dense_search(vectors: Stacked, signs: "Signs | None" = None) -> DenseSearch:
    """Return the search for these vectors, (n, dimension): exact without their signs.

    It is also exact if most coordinates have one sign only, as those of some encoders do.
    """
    if signs is not None and _are_mixed(signs):
        return SignIndex(vectors, signs)
    return FlatIndex(vectors.shape[1], vectors.parts)


def signs_of(vectors: npt.NDArray[np.floating]) -> Signs:
    """Return one bit for each coordinate of (n, dimension) vectors: whether it is above 0."""
    return np.packbits(vectors > 0, axis=1)


class FlatIndex:
    """Compares a vector with every row."""

    def __init__(self, dimension: int, parts: Sequence[npt.NDArray[np.float16]]) -> None:
        """Take the rows of arrays in half precision, one after another."""
        kind = faiss.ScalarQuantizer.QT_fp16
        self._index = faiss.IndexScalarQuantizer(dimension, kind, faiss.METRIC_INNER_PRODUCT)
        for part in parts:
            if len(part):
                self._index.add_sa_codes(np.ascontiguousarray(part).view(np.uint8))

    def __len__(self) -> int:
        return int(self._index.ntotal)

    def search(self, vectors: Vectors, k: int, rows: "Rows | None" = None) -> tuple[Scores, Rows]:
        """Return (n, k) inner products and their rows, best first; of `rows` only, if given."""
        k = min(k, len(self) if rows is None else len(rows))
        if k == 0:
            return np.empty((len(vectors), 0), np.float32), np.empty((len(vectors), 0), np.int64)
        faiss.omp_set_num_threads(1)  # a question at a time: more threads would wait for each other
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


class SignIndex:
    """Compares signs with every row, and vectors with the rows whose signs are nearest."""

    def __init__(self, vectors: Stacked, signs: Signs) -> None:
        self._vectors = vectors
        self._signs = signs

    def __len__(self) -> int:
        return len(self._signs)

    def search(self, vectors: Vectors, k: int, rows: "Rows | None" = None) -> tuple[Scores, Rows]:
        """Return (n, k) inner products and their rows, best first; of `rows` only, if given."""
        k = min(k, len(self) if rows is None else len(rows))
        scores = np.empty((len(vectors), k), np.float32)
        found = np.empty((len(vectors), k), np.int64)
        for number, vector in enumerate(vectors):
            likely = self._likely(vector, max(k, COMPARED), rows)
            products = self._vectors[likely] @ vector
            best = np.argsort(-products, kind="stable")[:k]
            scores[number], found[number] = products[best], likely[best]
        return scores, found

    def _likely(self, vector: Vectors, count: int, rows: "Rows | None") -> Rows:
        """Return the rows whose signs promise the highest products, ascending."""
        searched = len(self) if rows is None else len(rows)
        if searched <= count:
            return np.arange(searched) if rows is None else rows
        signs = self._signs if rows is None else self._signs[rows]
        near = min(LIKELY * count, searched)
        faiss.omp_set_num_threads(1)
        # counting, since the best of so many are slow to keep in order
        _, (nearest,) = faiss.knn_hamming(signs_of(vector[None]), signs, near, "mc")
        positive = np.unpackbits(signs[nearest], axis=1, count=len(vector))
        promise = positive.astype(np.float32) @ vector
        likely: Rows = np.sort(nearest[np.argpartition(-promise, count - 1)[:count]])
        return likely if rows is None else rows[likely]


def _are_mixed(signs: Signs) -> bool:
    """Return whether nine in ten coordinates have both signs."""
    sample = np.unpackbits(signs[:: max(1, len(signs) // SAMPLE)], axis=1)
    shares = sample.mean(0)
    mixed = (shares > MIXED) & (shares < 1 - MIXED)
    return bool(mixed.mean() > 0.9)
