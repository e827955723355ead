"""Constants are fitted on some kinds of text and judged on another."""

from collections.abc import Sequence

import numpy as np
import pytest

from lab.cases import Case
from lab.data import Question
from rag.read import Reading, check
from rag.read import fitted as models
from rag.types import Document, Passage, Span
from training import fit, pools, written
from training.changes import words_of
from training.pools import Example

TEXT = "The key is with Ida."


def example(number: int, kind: str, chance: np.random.Generator) -> Example:
    """Return a question that is answered if its margin is above 0."""
    names = {*models.RANK, *models.ANSWERED, *check.FEATURES} - {"constant"}
    margin = float(chance.normal(0, 3))
    features = {name: chance.normal(0, 0.1, 2) for name in names}
    features["margin"] = np.array([margin, margin - 5])
    passage = Passage(Document("", "", "", TEXT), 0, 0, len(TEXT), "")
    spans = [Span(passage, 0, len(TEXT), 0.0)] * 2
    answers = ("Ida",) if margin > 0 else ()
    question = Question(f"{kind} {number}", "Who has the key?", answers, "p", "")
    inside = bool(answers) or number % 2 == 0
    return Example(
        Case(question, TEXT, inside, []),
        Reading(question.text, spans, [], features),
        np.array([bool(answers), False]),
        f"{kind}-0",
    )


@pytest.fixture
def found() -> list[Example]:
    chance = np.random.default_rng(5)
    return [example(n, kind, chance) for kind in ("letters", "rules", "sheets") for n in range(60)]


def test_a_kind_of_text_is_judged_by_constants_of_the_others(
    found: list[Example], monkeypatch: pytest.MonkeyPatch
) -> None:
    kinds, fitted = [], fit.fitted

    def noted(read: Sequence[Example]) -> None:
        kinds.append({one.group for one in read})
        fitted(read)

    monkeypatch.setattr(fit, "fitted", noted)
    before = dict(models.RANK), dict(models.ANSWERED)
    rows = fit.left_out(found)
    assert kinds == [{"sheets-0"}, {"letters-0", "sheets-0"}, {"letters-0"}]  # never on rules
    assert before == (models.RANK, models.ANSWERED)
    assert [row[:2] for row in rows] == [["letters", 60], ["rules", 60], ["sheets", 60]]
    for _, _, mean, share, _, held in rows:
        assert float(mean) == pytest.approx(float(share), abs=0.15)
        assert float(held) > 0.9


def test_questions_of_unrelated_documents_have_a_word_of_their_own() -> None:
    families = written.families(held_out=True)
    first = families[0]
    others = [document for family in families[1:] for document in family]
    known = {word for one in others for word in words_of(f"{one.title} {one.text}")}
    dropped = 0
    for document in first:
        asked = list(written.asked_of(document))
        kept = list(pools._apart(document, families))
        assert kept == [one for one in asked if words_of(one.question) - known]
        dropped += len(asked) - len(kept)
        assert list(pools._apart(document, [first])) == [e for e in asked if words_of(e.question)]
    assert dropped
