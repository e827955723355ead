"""A text against the documents: what each sentence gets, from which place, and what is left out."""

import io
import json
import random
from pathlib import Path

import numpy as np
import pytest

from lab.claims import Labelled, Stated
from lab.statements import false_statements, statement
from rag import Pipeline, Scope, build
from rag.checking import CheckedText, Verdict, decided, document_of
from rag.checking.claims import claims_of
from rag.checking.evidence import (
    CONTRADICTED,
    FIGURES,
    SUPPORTED,
    evidence,
    probabilities,
    replaced,
)
from rag.checking.facts import facts_of
from rag.checking.slots import slot_of
from rag.cli import main
from rag.embed import PackagedEncoder
from rag.errors import EmptyScope
from rag.types import Document, Passage, Span
from tests.conftest import write
from training.claims import fit

FILES = {
    "hall.md": (
        "# The Kell hall\n\nThe Kell hall was built by Ada Berg in 1912. It has 1,500 seats and a "
        "wooden roof. Dogs are not allowed in the hall.\n\n"
        "## Tickets\n\nA ticket costs 12 crowns. Children under six pay nothing.\n"
    ),
    "mill.txt": (
        "The tide mill of Orm grinds rye twice a day. It was closed in May because of a burst "
        "dam.\n"
    ),
}
DRAFT = (
    "# Our evening\n\nHello everybody,\n\nThe Kell hall was built in 1912. It has 1.5k seats. "
    "The Kell hall was built in 1921. Will dogs come along? Dogs are allowed in the hall. "
    "The mayor of Tvedestrand collects old stamps.\n"
)
Output = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory, packaged: PackagedEncoder) -> Path:
    folder = tmp_path_factory.mktemp("checked")
    build(write(folder / "corpus", FILES), folder / "index", encoder=packaged)
    return folder / "index"


@pytest.fixture(scope="module")
def pipeline(index: Path, packaged: PackagedEncoder) -> Pipeline:
    return Pipeline.open(index, encoder=packaged)


@pytest.fixture(scope="module")
def checked(pipeline: Pipeline) -> CheckedText:
    return pipeline.check(DRAFT)


# What is a claim


def test_what_states_nothing_is_left_out_and_counted() -> None:
    claims, left_out = claims_of(document_of(DRAFT))
    assert [claim.text for claim in claims] == [
        "The Kell hall was built in 1912.",
        "It has 1.5k seats.",
        "The Kell hall was built in 1921.",
        "Dogs are allowed in the hall.",
        "The mayor of Tvedestrand collects old stamps.",
    ]
    assert left_out == {"heading": 1, "greeting": 1, "question": 1}
    assert claims_of(document_of("Three things:\n\n- red\n- pale green\n"))[1] == {"fragment": 3}


@pytest.mark.parametrize(
    "text",
    [
        "Berlin is in France.", "Pets are not allowed.", "He died in 1907.", "It costs $5.",
        "Sales doubled!", "The kiln is (dark) blue.", "办公室在巴黎。", "오사카에 있다.",
    ],
)  # fmt: skip
def test_a_short_sentence_with_its_full_stop_states_something(text: str) -> None:
    claims, left_out = claims_of(document_of(text))
    assert ([claim.text for claim in claims], left_out) == ([text], {})
    assert claims_of(document_of("In summary.\n\nAnd so on."))[0] == []
    assert claims_of(document_of(""))[0] == []
    assert claims_of(document_of("The hall \ud800 was built in 1912."))[0][0].start == 0


def test_a_claim_that_leans_on_the_sentence_before_is_searched_with_it() -> None:
    claims, _ = claims_of(document_of(DRAFT))
    assert claims[1].asked == "The Kell hall was built in 1912. It has 1.5k seats."
    assert claims[2].asked == claims[2].text


# What a claim states


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        ("It has 1,500 seats.", "There are 1.5k seats."),
        ("It opened on 12 March 2024.", "opened: 2024-03-12"),
        ("It has three doors.", "3 doors"),
        ("The halls were built.", "building a hall: it was built"),
        ("English-language films", "films in the English language"),
    ],
)
def test_a_word_is_found_in_another_form(claim: str, said: str) -> None:
    facts, other = facts_of(claim), facts_of(said)
    assert [
        word.text for word in facts.words if not other.holds(word) and word.kind != "word"
    ] == []


@pytest.mark.parametrize(
    ("claim", "said", "is_held"),
    [
        ("12 °C", "at −12 °C", False),
        ("-12 °C", "at −12 °C", True),
        ("a loss of 1,500 euros", "a profit of -1,500 euros", False),
        ("a profit of -1.5k euros", "a profit of −1,500 euros", False),
        ("pages 10 and 21", "pages 5–10, 2020–21", True),
        ("12 seats", "- 12 seats", True),
    ],
)
def test_a_number_is_another_with_another_sign(claim: str, said: str, *, is_held: bool) -> None:
    other = facts_of(said)
    figures = [word for word in facts_of(claim).words if word.is_figure]
    assert all(other.holds(word) for word in figures) is is_held


def test_a_text_is_negative_if_it_says_not() -> None:
    assert facts_of("Dogs aren't allowed.").is_negative
    assert facts_of("No dogs are allowed.").is_negative
    assert not facts_of("Dogs are allowed, notably.").is_negative


def test_what_is_in_the_place_of_a_word_is_found() -> None:
    pairs = replaced(
        facts_of("The hall was built by Ada Berg in 1912."),
        facts_of("The hall was built by Ole Lind in 1934."),
    )
    assert [(mine.text, other.text) for mine, other in pairs] == [
        ("Ada", "Ole"),
        ("Berg", "Lind"),
        ("1912", "1934"),
    ]


@pytest.mark.parametrize(
    ("claim", "said", "question"),
    [
        ("The hall was built in 1912.", "It was built late.", "The hall was built in what year?"),
        ("The hall has 900 seats.", "It has 1,500 seats.", "The hall has how many seats?"),
        ("The hall was built by Ada Berg.", "It was built by Ole.", "The hall was built by what?"),
    ],
)
def test_what_a_sentence_lacks_becomes_a_question(claim: str, said: str, question: str) -> None:
    slot = slot_of(facts_of(claim), facts_of(f"{said} The hall."))
    assert slot is not None
    assert slot.question == question


def test_a_sentence_that_has_all_words_leaves_nothing_to_ask() -> None:
    facts = facts_of("The hall was built in 1912.")
    assert slot_of(facts, facts) is None


# Verdicts


NOTHING = dict.fromkeys({*SUPPORTED, FIGURES} - {"constant"}, 0.0)
ALL = NOTHING | {"similarity": 1.0, "rest": 1.0, "answers": 1.0}


def test_a_claim_of_which_nothing_is_there_is_missing() -> None:
    assert set(SUPPORTED) == set(CONTRADICTED)
    supported, contradicted = probabilities(NOTHING)
    verdict, confidence = decided(NOTHING)
    assert verdict == "missing"
    assert confidence == pytest.approx(1 - supported - contradicted)
    assert decided(ALL) == ("supported", probabilities(ALL)[0])


def test_a_claim_with_a_figure_that_is_nowhere_is_never_supported() -> None:
    verdict, confidence = decided(ALL | {FIGURES: 1.0})
    assert verdict == "missing"
    assert confidence == pytest.approx(1 - probabilities(ALL)[1])


@pytest.mark.parametrize(
    ("claim", "said", "count"),
    [
        ("It cost 2.2 billion yuan.", "It cost 16.2 billion yuan, or 2.2 billion dollars.", 1),
        ("It cost 2.2 billion dollars.", "It cost 16.2 billion yuan, or 2.2 billion dollars.", 0),
        ("It has 40 chairs.", "It has 40 seats and 2 doors.", 0),
        ("It has 2 seats and 40 doors.", "It has 40 seats and 2 doors.", 2),
    ],
)
def test_a_figure_that_is_of_something_else_counts_as_missing(
    claim: str, said: str, count: int
) -> None:
    document = Document("a.txt", "", "2" * 64, said)
    span = Span(Passage(document, 0, 0, len(said), ""), 0, len(said), 1.0)
    found = evidence(facts_of(claim), span, None, lambda stems: np.ones(len(stems), np.float32))
    assert found[FIGURES] == count


def test_every_sentence_gets_its_verdict(checked: CheckedText) -> None:
    assert [(one.sentence, one.verdict) for one in checked.sentences] == [
        ("The Kell hall was built in 1912.", "supported"),
        ("It has 1.5k seats.", "supported"),
        ("The Kell hall was built in 1921.", "contradicted"),
        ("Dogs are allowed in the hall.", "contradicted"),
        ("The mayor of Tvedestrand collects old stamps.", "missing"),
    ]
    assert checked.count("contradicted") == 2


def test_every_citation_is_a_slice_of_its_document_and_every_sentence_of_the_text(
    checked: CheckedText, pipeline: Pipeline
) -> None:
    assert any(one.citation for one in checked.sentences)
    for one in checked.sentences:
        assert checked.text[one.start : one.end] == one.sentence
        assert (one.citation is None) == (one.verdict == "missing")
        assert 0 <= one.confidence <= 1
        if one.citation:
            document = pipeline.documents[one.citation.document_id]
            quote = document.text[one.citation.start : one.citation.end]
            assert quote == one.citation.quote != ""


def test_a_quote_has_one_number_wherever_it_is_cited(checked: CheckedText) -> None:
    cited = [one.citation for one in checked.sentences if one.citation]
    assert [citation.number for citation in cited] == [1, 2, 1, 3]
    assert cited[0] == cited[2]


def test_a_contradiction_and_a_gap_are_explained(checked: CheckedText) -> None:
    notes = [one.note for one in checked.sentences]
    assert notes[2:] == [
        "The documents give 1912, not 1921.",
        "Only one of the two says “not”.",
        "The documents do not mention Tvedestrand.",
    ]


def test_only_documents_of_the_scope_support_a_claim(pipeline: Pipeline) -> None:
    said = "The Kell hall was built in 1912."
    (found,) = pipeline.check(said, Scope(documents=("mill.txt",))).sentences
    assert found.verdict == "missing"
    with pytest.raises(EmptyScope):
        pipeline.check(said, Scope(types=("pdf",)))


# The command


def checks(index: Path, *arguments: str | Path) -> int:
    return main(["check", "--index", str(index), *map(str, arguments)])


def test_the_command_prints_verdicts_quotes_and_counts(
    index: Path, tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "100")
    draft = write(tmp_path, {"draft.md": DRAFT}) / "draft.md"
    assert checks(index, draft) == 0
    printed = capsys.readouterr().out
    lines = printed.splitlines()
    assert lines[:2] == [
        "supported: The Kell hall was built in 1912.",
        "    “The Kell hall was built by Ada Berg in 1912.” [1]",
    ]
    assert (
        "5 sentences: 2 supported, 2 contradicted, 1 not in the documents. "
        "Left out: 1 heading, 1 greeting, 1 question."
    ) in " ".join(printed.split())
    assert lines[-3:] == ["[1] hall.md", "[2] hall.md", "[3] hall.md"]


def test_the_command_fails_on_what_is_asked_for(
    index: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts = {
        "The Kell hall was built in 1912.": (0, 0, 0),
        "The Kell hall was built in 1921.": (0, 1, 1),
        "The mayor of Tvedestrand collects old stamps.": (0, 0, 1),
    }
    for text, statuses in texts.items():
        for options, status in zip(
            ((), ("--fail-on", "contradicted"), ("--fail-on", "missing")), statuses, strict=True
        ):
            monkeypatch.setattr("sys.stdin", io.StringIO(text))
            assert checks(index, "-", *options) == status
    monkeypatch.setattr("sys.stdin", io.StringIO(DRAFT))
    capsys.readouterr()
    assert checks(index, "-", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["left_out"] == {"heading": 1, "greeting": 1, "question": 1}
    assert found["sentences"][0]["citation"]["document_id"] == "hall.md"
    assert found["sentences"][4]["citation"] is None


def test_a_text_that_cannot_be_read_is_refused_in_one_line(
    index: Path, tmp_path: Path, capsys: Output
) -> None:
    write(tmp_path, {"a.xyz": "x", "a.zip": "x", "empty.md": ""})
    for name, said in (
        ("a.xyz", ".xyz is not the format of a text"),
        ("a.zip", ".zip is not the format of a text"),
        ("empty.md", "cannot be read"),
        ("gone.md", "No such file or directory"),
    ):
        assert checks(index, tmp_path / name) == 1
        printed = capsys.readouterr()
        assert printed.out == ""
        assert said in printed.err
        assert len(printed.err.splitlines()) == 1


# Claims for the benchmark


def test_questions_become_statements() -> None:
    assert statement("When was the hall built?", "1912") == "The hall was built in 1912."
    assert statement("Who built the hall?", "Ada Berg") == "Ada Berg built the hall."
    assert statement("How did the hall burn?", "quickly") == ""


def test_false_statements_have_another_value_or_a_not() -> None:
    made = false_statements(
        "The hall was built in 1912.", "1912", "in 1912", {"number": ["1934"]}, random.Random(1)
    )
    assert made == {
        "number": "The hall was built in 1934.",
        "negation": "The hall was not built in 1912.",
    }


def test_the_constants_are_fitted_against_missing() -> None:
    rows: dict[Verdict, dict[str, float]] = {
        "missing": {"rest": 0.0, "negated": 0.0, FIGURES: 1.0},
        "supported": {"rest": 1.0, "negated": 0.0, FIGURES: 0.0},
        "contradicted": {"rest": 1.0, "negated": 1.0, FIGURES: 0.0},
    }
    found = [
        Labelled(Stated("", verdict, "", ""), row, is_of_document=True)
        for verdict, row in rows.items()
        for _ in range(5)
    ]
    weights = fit(found)
    assert set(weights) == {"supported", "contradicted"}
    assert set(weights["supported"]) == {"constant", "rest", "negated"}
    assert weights["supported"]["rest"] > 1
    assert weights["contradicted"]["negated"] > 1 > weights["supported"]["negated"]
