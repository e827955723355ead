"""Dense search, checked against products computed by hand and against every product."""

from collections.abc import Callable

import numpy as np
import pytest

from rag.index.dense import FlatIndex, SignIndex, dense_search, signs_of
from rag.index.joined import Stacked
from rag.protocols import DenseSearch
from rag.types import Rows, Scores, Vectors

AXES: Vectors = np.array([[1, 0, 0], [0, 1, 0], [0.5, 0.75, 0], [0, 0, -1]], np.float32)


def flat(vectors: Vectors) -> DenseSearch:
    return FlatIndex(vectors.shape[1], [vectors.astype(np.float16)])


def by_signs(vectors: Vectors) -> DenseSearch:
    """Return the search over two segments, the first of five rows."""
    half = vectors.astype(np.float16)
    return SignIndex(Stacked([half[:5], half[5:]], vectors.shape[1]), signs_of(half))


both = pytest.mark.parametrize("make", [flat, by_signs])


@both
def test_rows_come_back_by_inner_product_best_first(make: Callable[[Vectors], DenseSearch]) -> None:
    scores, rows = make(AXES).search(np.array([[1, 0, 0], [0, 0.75, 0.5]], np.float32), 3)
    assert rows.tolist() == [[0, 2, 1], [1, 2, 0]]
    np.testing.assert_allclose(scores, [[1, 0.5, 0], [0.75, 0.5625, 0]], atol=1e-6)
    assert scores.dtype == np.float32
    assert rows.dtype == np.int64


@both
def test_a_k_above_the_number_of_rows_returns_each_row_once(
    make: Callable[[Vectors], DenseSearch],
) -> None:
    scores, rows = make(AXES).search(np.array([[0, 0, 1]], np.float32), 10)
    assert scores.shape == (1, 4)
    assert sorted(rows[0].tolist()) == [0, 1, 2, 3]
    assert rows[0, -1] == 3


@both
@pytest.mark.parametrize("k", [0, 5])
def test_an_empty_index_finds_nothing(k: int, make: Callable[[Vectors], DenseSearch]) -> None:
    scores, rows = make(np.empty((0, 3), np.float32)).search(AXES, k)
    assert scores.shape == rows.shape == (4, 0)


def made(rows: int, dimension: int) -> Vectors:
    """Return unit vectors around some centres, exact in half precision."""
    chance = np.random.default_rng(7)
    centres = chance.normal(size=(1 + rows // 50, dimension))
    vectors = centres[chance.integers(0, len(centres), rows)]
    vectors = vectors + chance.normal(size=(rows, dimension))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors.astype(np.float16).astype(np.float32)


def best(questions: Vectors, vectors: Vectors, k: int) -> tuple[Scores, Rows]:
    products = questions @ vectors.T
    rows = np.argsort(-products, axis=1, kind="stable")[:, :k]
    return np.take_along_axis(products, rows, 1), rows


def test_flat_search_is_exact_over_many_rows() -> None:
    vectors = made(30_000, 16)
    questions = made(80, 16)
    scores, rows = flat(vectors).search(questions, 5)
    expected_scores, expected = best(questions, vectors, 5)
    assert (rows == expected).mean() > 0.999  # equal products may come in either order
    np.testing.assert_allclose(scores, expected_scores, rtol=1e-4)


@pytest.mark.parametrize("share", [1, 2])
def test_search_by_signs_finds_nearly_all_that_an_exact_one_does(share: int) -> None:
    vectors, k = made(40_000, 128), 50
    questions = vectors[::1000] + 0.5 * made(40, 128)
    rows = np.arange(0, len(vectors), share)
    scores, found = by_signs(vectors).search(questions, k, rows if share > 1 else None)
    _, expected = best(questions, vectors[rows], k)
    both = [len(set(f) & set(rows[e])) for f, e in zip(found.tolist(), expected, strict=True)]
    assert np.mean(both) / k >= 0.98
    np.testing.assert_array_equal(found[:, 0], rows[expected[:, 0]])
    for question, row, score in zip(questions, found, scores, strict=True):
        np.testing.assert_allclose(score, vectors[row] @ question, rtol=1e-5)
        assert len(set(row.tolist())) == k


def test_vectors_whose_signs_say_little_are_searched_exactly() -> None:
    vectors = made(6000, 64)
    shifted = (vectors + 1).astype(np.float16)  # as with encoders of one narrow cone
    for part, kind in ((vectors.astype(np.float16), SignIndex), (shifted, FlatIndex)):
        stacked = Stacked([part], 64)
        assert isinstance(dense_search(stacked, signs_of(part)), kind)
        assert isinstance(dense_search(stacked), FlatIndex)


def test_len_is_the_number_of_rows() -> None:
    assert len(FlatIndex(3, [AXES.astype(np.float16)])) == 4
