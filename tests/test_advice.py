"""Advice, curves and the gate: each sentence follows from the numbers of a run."""

import argparse
from dataclasses import replace

import pytest

from rag.cli.gate import bar, shortfalls
from rag.evaluate import Judged, advise, curves, kinds, summarise

ONE = Judged(
    "?", "", True, False, True, 0.8, 0, ("gold",), ("gold",), (1,), None, None, None, None, None,
    1.0, "", ("quote",), ("a.md",), ("quote",), (), first=True,
)  # fmt: skip
THRESHOLD = 0.4


def answered(confidence: float, *, kind: str = "", right: bool = True) -> Judged:
    """Return an answerable question, refused below the threshold."""
    refused = confidence < THRESHOLD
    lost = "" if right and not refused else "refused, though" if refused else "not read: passage 1"
    return replace(
        ONE, kind=kind, right=right, first=right, confidence=confidence, refused=refused, lost=lost
    )


def unanswerable(confidence: float, kind: str = kinds.NUMBER) -> Judged:
    """Return a question to refuse."""
    return replace(
        ONE, kind=kind, answerable=False, right=False, first=False, confidence=confidence,
        refused=confidence < THRESHOLD, rank=None, ranked=(), relevant=(), grades=(), expected=(),
    )  # fmt: skip


REFUSED = [unanswerable(0.1, "far")] * 12


def test_a_kind_that_is_answered_too_often_is_named_with_the_threshold_that_refuses_it() -> None:
    run = [
        *[answered(0.9)] * 40, *[answered(0.5)] * 2,
        *[unanswerable(0.52)] * 8, *[unanswerable(0.95)] * 4, *[unanswerable(0.2)] * 18,
    ]  # fmt: skip
    assert advise(run, THRESHOLD)[0] == (
        "Near misses about another number are answered too often (12 of 30). Raise the threshold "
        "to .55: it refuses 8 more of them, and 2 answerable questions that are answered right now"
    )


def test_no_threshold_is_named_if_it_loses_more_than_it_refuses() -> None:
    run = [*[answered(0.5)] * 30, *[unanswerable(0.9)] * 12]
    assert advise(run, THRESHOLD)[0] == (
        "Near misses about another number are answered too often (12 of 12). "
        "A higher threshold would lose more right answers than it would refuse"
    )


def test_a_kind_that_is_mostly_refused_or_has_few_questions_is_not_named() -> None:
    mostly = [*[unanswerable(0.9)] * 3, *[unanswerable(0.1)] * 7]
    few = [unanswerable(0.9, kinds.DATE)] * 9
    run = [*[answered(0.8)] * 50, *mostly, *few]
    assert not any("Near misses" in sentence for sentence in advise(run, THRESHOLD))
    often = [*run, unanswerable(0.9, kinds.DATE)]
    assert any("another date" in sentence for sentence in advise(often, THRESHOLD))


def test_a_threshold_with_more_outcomes_as_wanted_is_named_unless_a_kind_names_one() -> None:
    run = [*[answered(0.3)] * 10, *[answered(0.8)] * 20, *REFUSED]
    said = "With a threshold of .20, 10 more of the 42 outcomes would be as wanted (32 are now)"
    assert said in advise(run, THRESHOLD)
    better = [*[answered(0.8)] * 20, *REFUSED]
    assert not any("outcomes" in sentence for sentence in advise(better, THRESHOLD))
    raised = advise([*[answered(0.8)] * 20, *[unanswerable(0.5)] * 12], THRESHOLD)
    assert sum("threshold" in sentence for sentence in raised) == 1


@pytest.mark.parametrize(
    ("right", "said"),
    [
        (28, "Questions with a typo are answered as well as others "
             "(28 of 30; as they are: 29 of 30)"),
        (15, "Questions with a typo are answered less often than others "
             "(15 of 30; as they are: 29 of 30)"),
        (26, ""),
    ],
)  # fmt: skip
def test_a_way_of_asking_is_compared_with_the_questions_as_they_are(right: int, said: str) -> None:
    def asked(kind: str, count: int) -> list[Judged]:
        wrong = [answered(0.8, kind=kind, right=False)] * (30 - count)
        return [*[answered(0.8, kind=kind)] * count, *wrong]

    run = [*asked(kinds.AS_IS, 29), *asked(kinds.TYPO, right), *REFUSED]
    assert [line for line in advise(run, THRESHOLD) if "typo" in line] == [said] * bool(said)
    assert not any("typo" in line for line in advise([*run[:39], *REFUSED], THRESHOLD))


def test_confidence_is_called_too_high_if_sure_answers_are_too_often_wrong() -> None:
    def said(right: int) -> list[str]:
        wrong = [answered(0.95, right=False)] * (20 - right)
        lines = advise([*[answered(0.95)] * right, *wrong, *REFUSED], THRESHOLD)
        return [line for line in lines if "confidence of" in line]

    assert said(18) == ["Of the 20 answers with a confidence of .90 or more, 18 are right"]
    assert said(17) == [
        "Of the 20 answers with a confidence of .90 or more, 17 are right: on these documents, "
        "confidence is too high. Check such quotes too"
    ]
    assert advise([*[answered(0.95)] * 9, *REFUSED], THRESHOLD) == []


def test_the_cause_of_most_lost_answers_is_named() -> None:
    def said(not_read: int, refused: int) -> list[str]:
        lost = [*[answered(0.8, right=False)] * not_read, *[answered(0.1)] * refused]
        lines = advise([*[answered(0.8)] * 40, *lost, *REFUSED], THRESHOLD)
        return [line for line in lines if line.startswith("Most")]

    assert said(8, 4) == [
        "Most lost answers have one cause (8 of 12): "
        "their passages were read and something else was quoted"
    ]
    assert said(6, 6) == []
    assert said(9, 0) == []


def test_too_few_questions_to_refuse_are_pointed_out() -> None:
    end = "questions should be refused: too few to judge refusals. Add some: rag eval --generated"
    assert advise([answered(0.8)] * 20, THRESHOLD) == [f"No {end}"]
    run = [*[answered(0.8)] * 20, *[unanswerable(0.1)] * 9]
    assert advise(run, THRESHOLD) == [f"Only 9 {end}"]
    assert advise([*run, unanswerable(0.1)], THRESHOLD) == []


# Curves


def test_the_curves_count_questions_to_refuse_among_the_wrong() -> None:
    run = [answered(0.82), answered(0.88), unanswerable(0.85), unanswerable(0.12)]
    found = curves(run)
    at = {row["threshold"]: row for row in found["risk and coverage"]}
    assert len(at) == 21
    assert at[0.0] == {
        "threshold": 0.0, "answered": 1.0, "right": 0.5, "answerable answered": 1.0,
        "others refused": 0.0,
    }  # fmt: skip
    assert at[0.5]["answered"] == 0.75
    assert at[0.5]["right"] == pytest.approx(2 / 3)
    assert at[0.85]["others refused"] == 0.5
    assert at[1.0]["right"] is None
    assert found["reliability"] == [
        {"confidence": pytest.approx(0.12), "right": 0.0, "questions": 1},
        {"confidence": pytest.approx(0.85), "right": pytest.approx(2 / 3), "questions": 3},
    ]
    error = (0.12 + 3 * (0.85 - 2 / 3)) / 4
    assert summarise(run, THRESHOLD)["calibration error"] == pytest.approx(error)


def test_an_answer_without_quotes_is_never_shown() -> None:
    row = curves([replace(answered(0.0, right=False), quotes=())])["risk and coverage"][0]
    assert (row["threshold"], row["answered"], row["right"]) == (0.0, 0.0, None)


# Kinds and the gate


def test_figures_of_a_kind_have_quotes_only_if_it_can_be_answered() -> None:
    run = [answered(0.8, kind="as is"), answered(0.1, kind="as is"), unanswerable(0.5)]
    found = summarise(run, THRESHOLD)["kinds"]
    assert found == {
        "as is": {
            "questions": 2, "as wanted": 0.5, "right quote found": 1.0, "first quote right": 1.0,
            "refused": 0.5, "mean confidence": pytest.approx(0.45),
        },
        kinds.NUMBER: {"questions": 1, "as wanted": 0.0, "refused": 0.0, "mean confidence": 0.5},
    }  # fmt: skip


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("quality=.5", "'quality' is no measure. Known are: as_wanted, answered, right, found, "),
        ("=.5", "'=.5' is no measure"),
        ("refused", "refused sets no value. Write it like refused=.7"),
        ("refused=much", "refused=much sets no value"),
        ("refused=7", "refused=7 sets no value"),
        ("refused=nan", "refused=nan sets no value"),
    ],
)
def test_an_unknown_measure_or_value_is_refused_with_those_known(text: str, message: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="(?s).") as raised:
        bar(text)
    assert str(raised.value).startswith(message)


def test_a_measure_below_its_bar_or_not_measured_falls_short() -> None:
    run = [*[answered(0.8)] * 4, answered(0.1)]
    summary = summarise(run, THRESHOLD)
    asked = [bar(text) for text in ("answered=.8", "answered=.81", "first_quote=1", "refused=.7")]
    assert list(shortfalls(summary, asked)) == [
        "answered is 0.800; at least 0.81 is asked for",
        "refused is not measured by these questions; at least 0.7 is asked for",
    ]
    mostly_refused = summarise([answered(0.8), *[answered(0.1)] * 9], THRESHOLD)
    assert list(shortfalls(mostly_refused, [bar("answered=.1")])) == []  # 1 - .9 is below .1
    (line,) = shortfalls(summary, [bar("calibration=.9")])
    assert line.startswith("calibration is 0.660;")
