"""The projection of the map: similar passages stay together, however few vectors there are."""

import re
from pathlib import Path

import numpy as np
import pytest

from lab.encoder import FakeEncoder
from rag import BuildConfig, Pipeline, build
from rag.web import map as corpus_map
from rag.web.map import EDGE, HIGH, WIDE, map_html, projection
from tests.conftest import write


def test_two_groups_are_apart_along_the_first_axis_and_inside_the_page() -> None:
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


def test_a_map_with_too_many_passages_shows_an_even_sample_and_says_so(
    tmp_path: Path, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {f"{n}.md": f"Document {n} is about {n} things." for n in range(25)}
    build(write(tmp_path / "d", files), tmp_path / "i", BuildConfig(), encoder=encoder)
    pipeline = Pipeline.open(tmp_path / "i", encoder=encoder)
    view = projection(pipeline.index.vectors)
    whole = map_html(pipeline, view, "")
    assert (whole.count('target="source"'), "Showing" in whole) == (25, False)
    monkeypatch.setattr(corpus_map, "MAX_POINTS", 10)
    thinned = map_html(pipeline, view, "")
    assert thinned.count('target="source"') == 9
    assert "Showing 9 of 25" in thinned
    ids = [passage.document.id for passage in pipeline.index.passages]
    assert [name for name in ids if f"/source/{name}?" in thinned] == ids[::3]
    lit = map_html(pipeline, view, "Document 24")
    assert lit.count('class="found"') == 10  # what was found is always shown
    assert ("Rings mark" in lit, "Rings mark" in whole) == (True, False)


def test_a_found_passage_keeps_the_colour_of_its_document(
    tmp_path: Path, encoder: FakeEncoder
) -> None:
    build(
        write(tmp_path / "d", {f"{n}.md": f"Document {n} is here." for n in range(4)}),
        tmp_path / "i",
        encoder=encoder,
    )
    pipeline = Pipeline.open(tmp_path / "i", encoder=encoder)
    drawn = map_html(pipeline, projection(pipeline.index.vectors), "Document 2")
    for name in pipeline.documents.ids():
        fills = re.findall(
            rf'/source/{name}\?[^>]*><title>[^<]*</title>\s*<circle class="\w+"\s+fill="([^"]+)"',
            drawn,
        )
        assert (len(fills), len(set(fills))) == (2, 1)


def test_a_found_passage_is_drawn_at_its_point_and_only_the_question_is_encoded(
    tmp_path: Path, encoder: FakeEncoder
) -> None:
    files = {f"{n}.md": f"Document {n} is here." for n in range(4)}
    build(write(tmp_path / "d", files), tmp_path / "i", encoder=encoder)
    pipeline = Pipeline.open(tmp_path / "i", encoder=encoder)
    encoder.encoded.clear()
    drawn = map_html(pipeline, projection(pipeline.index.vectors), "Document 2")
    assert encoder.encoded == []
    assert set(encoder.questions) == {"Document 2"}
    for name in pipeline.documents.ids():
        circle = rf'/source/{name}\?[^>]*><title>[^<]*</title>\s*<circle [^>]* (cx="\d+" cy="\d+")'
        point, found = re.findall(circle, drawn)
        assert point == found
