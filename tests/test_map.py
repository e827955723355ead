"""The projection of the map: what is alike stays together, and no set of vectors is too small for it."""

import numpy as np
import pytest

from rag.web.map import EDGE, HIGH, WIDE, projection


def test_two_groups_lie_apart_along_the_first_axis_and_inside_the_page() -> None:
    chance = np.random.default_rng(1)
    centres = np.eye(2, 8)[[0] * 20 + [1] * 20] * 5
    vectors = (centres + chance.normal(0, 0.1, (40, 8))).astype(np.float32)
    places = projection(vectors).places(vectors)
    assert abs(places[:20, 0].mean() - places[20:, 0].mean()) > 0.8 * (WIDE - 2 * EDGE)
    assert places[:20, 0].std() < 20
    assert places.min() >= EDGE - 1
    assert (places <= [WIDE - EDGE + 1, HIGH - EDGE + 1]).all()


@pytest.mark.parametrize("count", [0, 1, 2])
def test_few_vectors_have_finite_places(count: int) -> None:
    vectors = np.eye(3, 8, dtype=np.float32)[:count]
    places = projection(vectors).places(np.eye(3, 8, dtype=np.float32))
    assert places.shape == (3, 2)
    assert np.isfinite(places).all()
