"""Exact search, checked against products computed by hand."""

import numpy as np
import pytest

from rag.index.dense import FlatIndex
from rag.types import Rows, Scores, Vectors

AXES: Vectors = np.array([[1, 0, 0], [0, 1, 0], [0.6, 0.8, 0], [0, 0, -1]], np.float32)


def searched(questions: list[list[float]], k: int) -> tuple[Scores, Rows]:
    return FlatIndex(AXES).search(np.array(questions, np.float32), k)


def test_rows_come_back_by_inner_product_best_first() -> None:
    scores, rows = searched([[1, 0, 0], [0, 0.8, 0.6]], 3)
    assert rows.tolist() == [[0, 2, 1], [1, 2, 0]]
    np.testing.assert_allclose(scores, [[1, 0.6, 0], [0.8, 0.64, 0]], atol=1e-6)
    assert scores.dtype == np.float32
    assert rows.dtype == np.int64


def test_a_k_above_the_number_of_rows_returns_each_row_once() -> None:
    scores, rows = searched([[0, 0, 1]], 10)
    assert scores.shape == (1, 4)
    assert sorted(rows[0].tolist()) == [0, 1, 2, 3]
    assert rows[0, -1] == 3


@pytest.mark.parametrize("k", [0, 5])
def test_an_empty_index_finds_nothing(k: int) -> None:
    scores, rows = FlatIndex(np.empty((0, 3), np.float32)).search(AXES, k)
    assert scores.shape == rows.shape == (4, 0)


def test_search_is_exact_over_many_rows_and_on_several_threads() -> None:
    random = np.random.default_rng(7)
    vectors = random.normal(size=(30_000, 16)).astype(np.float32)
    questions = random.normal(size=(80, 16)).astype(
        np.float32
    )  # 2.4 million products: above the parallel limit
    scores, rows = FlatIndex(vectors).search(questions, 5)
    products = questions @ vectors.T
    expected = np.argsort(-products, axis=1, kind="stable")[:, :5]
    assert (rows == expected).mean() > 0.999  # equal products may come in either order
    np.testing.assert_allclose(scores, np.take_along_axis(products, expected, 1), rtol=1e-4)


def test_len_is_the_number_of_rows() -> None:
    assert len(FlatIndex(AXES)) == 4
