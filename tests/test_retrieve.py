"""Dense and lexical search fused, checked against scores computed by hand."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from lab.encoder import FakeEncoder
from rag import AskConfig, BuildConfig, build
from rag.errors import QuestionError
from rag.index import Index, open_index
from rag.index.lexical import LexicalIndex
from rag.retrieve import between, fuse, retrieve, similar
from rag.types import Hit, Rows, Scores
from tests.conftest import write

NOTHING: tuple[Scores, Rows] = (np.empty(0, np.float32), np.empty(0, np.int64))


def side(**scores: float) -> tuple[Scores, Rows]:
    """Return scores and rows of one side, best first: side(r3=.5) is row 3 with score .5."""
    return np.array(list(scores.values()), np.float32), np.array(
        [int(name[1:]) for name in scores], np.int64
    )


def fused(
    dense: tuple[Scores, Rows], lexical: tuple[Scores, Rows], weight: float
) -> dict[int, float]:
    rows, scores = fuse(*dense, *lexical, weight)
    assert rows.dtype == np.int64
    assert scores.dtype == np.float32
    return {row: round(score, 6) for row, score in zip(rows.tolist(), scores.tolist(), strict=True)}


def found(
    index: Index, encoder: FakeEncoder, question: str, config: AskConfig | None = None, k: int = 10
) -> list[Hit]:
    return retrieve(index, encoder, question, config or AskConfig(), k)


def texts(hits: Sequence[Hit]) -> list[str]:
    return [hit.passage.text for hit in hits]


# Scores


@pytest.mark.parametrize(
    ("scores", "expected"),
    [
        ([0.9, 0.5, 0.1], [1, 0.5, 0]),
        ([-0.2, -0.6], [1, 0]),
        ([0.75, 0.7, 0.6, 0.55], [1, 0.75, 0.25, 0]),
        ([0.3, 0.3], [1, 1]),
        ([0.0], [1]),
        ([], []),
    ],
)
def test_similarities_are_scaled_between_the_lowest_and_the_highest(
    scores: list[float], expected: list[float]
) -> None:
    found = between(np.array(scores, np.float32))
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert found.dtype == np.float32


def test_fused_scores_are_the_weighted_mean_of_both_sides() -> None:
    dense = side(r2=0.9, r0=0.5, r5=0.1)  # scaled: 1, .5, 0
    lexical = side(r5=8.0, r2=4.0, r7=2.0)  # of the highest: 1, .5, .25
    assert fused(dense, lexical, 0.5) == {2: 0.75, 5: 0.5, 0: 0.25, 7: 0.125}
    assert list(fused(dense, lexical, 0.5)) == [2, 5, 0, 7]
    assert fused(dense, lexical, 0.25) == {5: 0.75, 2: 0.625, 7: 0.1875, 0: 0.125}
    assert fused(dense, lexical, 1.0) == {2: 1.0, 0: 0.5, 5: 0.0, 7: 0.0}
    assert fused(dense, lexical, 0.0) == {5: 1.0, 2: 0.5, 7: 0.25, 0: 0.0}


def test_ties_are_ordered_by_row() -> None:
    assert list(fused(side(r9=0.4, r3=0.4, r6=0.4), NOTHING, 0.5)) == [3, 6, 9]
    many = {f"r{row}": float(row % 2) for row in range(300, 0, -1)}
    assert list(fused(side(**many), NOTHING, 0.5)) == [*range(1, 301, 2), *range(2, 301, 2)]
    assert list(fused(side(r8=0.9, r1=0.1), side(r4=3.0, r1=0.0), 0.5)) == [4, 8, 1]


def test_a_side_without_candidates_adds_nothing() -> None:
    assert fused(side(r1=0.9, r0=0.1), NOTHING, 0.5) == {1: 0.5, 0: 0.0}
    assert fused(NOTHING, side(r4=2.0, r2=1.0), 0.25) == {4: 0.75, 2: 0.375}
    assert fused(NOTHING, NOTHING, 0.5) == {}


def test_lexical_scores_of_zero_cause_no_division_by_zero() -> None:
    assert fused(NOTHING, side(r4=0.0), 0.5) == {4: 0.0}


def test_the_scale_of_a_side_does_not_change_the_fused_scores() -> None:
    dense, lexical = side(r2=0.9, r0=0.5, r5=0.1), side(r5=8.0, r2=4.0)
    stretched = (dense[0] * 3 + 7, dense[1]), (lexical[0] * 100, lexical[1])
    assert fused(*stretched, 0.4) == pytest.approx(fused(dense, lexical, 0.4), abs=1e-5)


# Hits


@pytest.fixture
def opened(index: Path) -> Index:
    return open_index(index)


def test_a_hit_carries_its_rank_on_each_side_and_its_similarity(
    opened: Index, encoder: FakeEncoder
) -> None:
    question = "Which moon is the smaller moon?"
    vector = encoder.encode_questions([question])
    by_vector = opened.dense.search(vector, 1000)[1][0].tolist()
    by_words = opened.lexical.search(question, 1000)[1].tolist()
    hits = found(opened, encoder, question, k=1000)
    assert len(hits) == len(opened.passages) == len(by_vector)
    for hit in hits:
        row = next(row for row, passage in enumerate(opened.passages) if passage == hit.passage)
        assert hit.dense_rank == by_vector.index(row)
        assert hit.lexical_rank == (by_words.index(row) if row in by_words else None)
        assert hit.similarity == pytest.approx(float(opened.vectors[row] @ vector[0]), abs=1e-6)
    assert any(hit.lexical_rank is None for hit in hits)
    assert texts(hits[:1]) == ["Phobos is the larger moon. Deimos is the smaller moon."]
    assert (hits[0].dense_rank, hits[0].lexical_rank) == (0, 0)
    assert hits[0].score == pytest.approx(1.0)


def test_a_passage_outside_the_candidates_of_a_side_has_no_rank_there_but_a_similarity(
    opened: Index, encoder: FakeEncoder
) -> None:
    question = "is the planet rolled by hand"
    one = found(opened, encoder, question, AskConfig(candidates=1))
    assert 1 <= len(one) <= 2
    assert {hit.dense_rank for hit in one} <= {0, None}
    (vector,) = encoder.encode_questions([question])
    (embedded,) = encoder.encode([one[-1].passage.embedded])
    half = embedded.astype(np.float16).astype(np.float32)  # as vectors are stored
    assert one[-1].similarity == pytest.approx(float(half @ vector), abs=1e-6)


def test_at_most_k_passages_are_returned_best_first(opened: Index, encoder: FakeEncoder) -> None:
    hits = found(opened, encoder, "ice and tea", k=1000)
    scores = [hit.score for hit in hits]
    assert scores == sorted(scores, reverse=True)
    assert all(0 <= score <= 1 + 1e-6 for score in scores)
    for k in (0, 1, 3):
        assert found(opened, encoder, "ice and tea", k=k) == hits[:k]


def test_the_question_is_embedded_once_as_a_question(opened: Index, encoder: FakeEncoder) -> None:
    before = len(encoder.encoded)
    found(opened, encoder, "ice and tea")
    assert encoder.questions == ["ice and tea"]
    assert len(encoder.encoded) == before


def test_words_that_are_only_in_the_heading_find_the_passage(
    tmp_path: Path, encoder: FakeEncoder
) -> None:
    files = {
        "a.md": "# Opening hours\n\nFrom nine to five.\n",
        "b.md": "# Prices\n\nFrom nine to five.\n",
        "c.md": "# Names\n\nFrom Ada to Zoe.\n",
    }
    build(write(tmp_path / "corpus", files), tmp_path / "index", BuildConfig(), encoder=encoder)
    index = open_index(tmp_path / "index")
    for weight in (0.0, 0.5, 1.0):  # by words alone, by both, by vectors alone
        config = AskConfig(dense_weight=weight)
        assert found(index, encoder, "opening hours", config)[0].passage.document.id == "a.md"
        assert found(index, encoder, "the prices", config)[0].passage.document.id == "b.md"


def test_a_question_that_shares_no_word_is_searched_by_its_vector_alone(
    opened: Index, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(LexicalIndex, "search", lambda *_: NOTHING)
    hits = found(opened, encoder, "oolong by hand", AskConfig(dense_weight=0.4))
    assert texts(hits[:1]) == ["Oolong is rolled by hand."]
    assert hits[0].score == pytest.approx(0.4)
    assert {hit.lexical_rank for hit in hits} == {None}


# What is similar to a place


def test_what_is_similar_to_a_place_is_found_by_its_stored_vectors(
    opened: Index, encoder: FakeEncoder
) -> None:
    text = opened.documents["space/mars.md"].text
    start = text.index("Phobos")
    encoder.encoded.clear()
    hits = similar(opened, "space/mars.md", start, start + 3, 3)
    assert encoder.encoded == encoder.questions == []
    rows = {hit.row: hit.similarity for hit in hits}
    (own,) = {row for row, passage in enumerate(opened.passages) if "Phobos" in passage.text}
    vectors = np.array([opened.vectors[row] for row in range(len(opened.passages))])
    products = vectors @ opened.vectors[own]
    best = [row for row in np.argsort(-products, kind="stable").tolist() if row != own][:3]
    assert list(rows) == best
    assert [hit.similarity for hit in hits] == pytest.approx(products[best].tolist(), abs=1e-3)


def test_a_place_over_several_passages_counts_each_by_its_length(opened: Index) -> None:
    document = opened.documents["space/mars.md"]
    whole = similar(opened, document.id, 0, len(document.text), 100)
    assert {hit.passage.document.id for hit in whole} == set(opened.documents.ids()) - {document.id}
    for start, end in ((0, 0), (len(document.text), len(document.text) + 9)):
        with pytest.raises(QuestionError, match="has no passage from character"):
            similar(opened, document.id, start, end, 3)
