"""The projection of the map: similar passages stay together, however few vectors there are."""

import re
from pathlib import Path

import numpy as np
import pytest

from lab.encoder import FakeEncoder
from rag import BuildConfig, Pipeline, build
from rag.web import map as corpus_map
from rag.web.clusters import cluster_names, clusters
from rag.web.map import COLOURS, EDGE, HIGH, WIDE, drawing, map_html, projection
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
    whole = map_html(pipeline, drawing(pipeline.index), "")
    assert (whole.count('target="source"'), "Showing" in whole) == (25, False)
    monkeypatch.setattr(corpus_map, "MAX_POINTS", 10)
    thinned = map_html(pipeline, drawing(pipeline.index), "")
    assert thinned.count('target="source"') == 9
    assert "Showing 9 of 25" in thinned
    ids = [passage.document.id for passage in pipeline.index.passages]
    assert [name for name in ids if f"/source/{name}?" in thinned] == ids[::3]
    lit = map_html(pipeline, drawing(pipeline.index), "Document 24")
    assert lit.count('class="found"') == 10  # what was found is always shown
    assert ("Rings mark" in lit, "Rings mark" in whole) == (True, False)


def test_a_found_passage_keeps_its_colour(tmp_path: Path, encoder: FakeEncoder) -> None:
    build(
        write(tmp_path / "d", {f"{n}.md": f"Document {n} is here." for n in range(4)}),
        tmp_path / "i",
        encoder=encoder,
    )
    pipeline = Pipeline.open(tmp_path / "i", encoder=encoder)
    drawn = map_html(pipeline, drawing(pipeline.index), "Document 2")
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
    drawn = map_html(pipeline, drawing(pipeline.index), "Document 2")
    assert encoder.encoded == []
    assert set(encoder.questions) == {"Document 2"}
    for name in pipeline.documents.ids():
        circle = rf'/source/{name}\?[^>]*><title>[^<]*</title>\s*<circle [^>]* (cx="\d+" cy="\d+")'
        point, found = re.findall(circle, drawn)
        assert point == found


def test_groups_are_those_of_the_vectors_and_named_by_the_words_that_set_them_apart() -> None:
    chance = np.random.default_rng(2)
    true = np.arange(40) % 2
    vectors = np.eye(2, 8)[true] + chance.normal(0, 0.05, (40, 8))
    vectors = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)
    labels = clusters(vectors)
    assert len(set(zip(true.tolist(), labels.tolist(), strict=True))) == len(set(labels.tolist()))
    assert (labels == clusters(vectors)).all()
    groups = (np.arange(40) % 4).astype(np.int64)
    texts = [f"{('Robots', 'Green', 'Kettle', 'Market')[n]} with others" for n in groups]
    assert cluster_names(groups, texts) == ["Robots", "Green", "Kettle", "Market"]


@pytest.mark.parametrize("count", [0, 1, 5])
def test_few_passages_are_one_group_or_none(count: int) -> None:
    labels = clusters(np.eye(8, dtype=np.float32)[:count])
    assert set(labels.tolist()) <= {0}
    assert len(cluster_names(labels, ["word"] * count)) == 1


def test_no_two_colours_of_the_map_look_alike_to_people_who_see_no_red_or_green() -> None:
    # Machado, Oliveira and Fernandes (2009), complete deuteranopia and protanopia, in linear RGB
    blind = np.array(
        [
            [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413],
             [-0.011820, 0.042940, 0.968881]],
            [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216],
             [-0.003882, -0.048116, 1.051998]],
        ]
    )  # fmt: skip
    colours = np.array([[int(c[n : n + 2], 16) / 255 for n in (1, 3, 5)] for c in COLOURS])
    for seen in ((colours**2.2) @ matrix.T for matrix in blind):
        apart = np.linalg.norm(seen[:, None] - seen[None], axis=2) + np.eye(len(COLOURS))
        assert apart.min() > 0.08
