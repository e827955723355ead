"""Evaluation: files of questions, metrics checked by hand, and why an answer was lost."""

import json
import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import astuple, replace
from hashlib import sha256
from math import log2
from pathlib import Path

import pytest

from lab.encoder import FakeEncoder
from rag import AskConfig, BuildConfig, Pipeline, build
from rag.errors import QuestionError
from rag.evaluate import (
    Expected,
    compare,
    evaluate,
    make_questions,
    metrics,
    read_questions,
    summarise,
)
from rag.evaluate.gold import find_gold
from rag.evaluate.questions import as_fields
from rag.evaluate.quoting import measure_quoting
from rag.types import Citation, Document
from rag.web.report import report_page
from tests.conftest import write

SHORT = BuildConfig(passage_tokens=16)
LOG3 = log2(3)  # the discount of rank 2
MOONS = Expected(
    "How many moons has Mars?", ("two small moons", "two"), documents=("mars.md",), kind="number"
)


@pytest.fixture
def pipeline(index: Path, encoder: FakeEncoder) -> Pipeline:
    return Pipeline.open(index, encoder=encoder)


# Files


def test_questions_are_read_from_json_lines_and_csv_alike(tmp_path: Path) -> None:
    lines = (
        '{"question": " Who? ", "answer": "Ida", "document": "a.md", "kind": "name"}\n\n'
        '{"question": "Both?", "answers": ["one", "two"], "quotes": "one and two", '
        '"without": ["b.md"]}\n'
        '{"question": "Nothing?"}\n'
    )
    table = "question,answer,quotes,document,kind,without\nWho?,Ida,,a.md,name,\n"
    table += "Both?,one|two,one and two,,,b.md\nNothing?,,,,,\n"
    write(tmp_path, {"q.jsonl": lines, "q.csv": table})
    expected = [
        Expected("Who?", ("Ida",), documents=("a.md",), kind="name"),
        Expected("Both?", ("one", "two"), ("one and two",), without=("b.md",)),
        Expected("Nothing?"),
    ]
    assert read_questions(tmp_path / "q.jsonl") == read_questions(tmp_path / "q.csv") == expected
    assert [item.answerable for item in expected] == [True, False, False]
    write(tmp_path, {"again.jsonl": "\n".join(json.dumps(as_fields(item)) for item in expected)})
    assert read_questions(tmp_path / "again.jsonl") == expected


def test_squad_and_beir_files_are_read_without_conversion(tmp_path: Path) -> None:
    qas = [
        {"question": "Who?", "answers": [{"text": "Ida"}, {"text": "Ida"}, {"text": "she"}]},
        {"question": "Why?", "answers": [], "is_impossible": True},
    ]
    squad = {"data": [{"title": "Boats", "paragraphs": [{"context": "x", "qas": qas}]}]}
    queries = '{"_id": "1", "text": "Who?"}\n{"_id": "2", "text": "Why?"}\n'
    judged = "query-id\tcorpus-id\tscore\n1\ta\t2\n1\tb\t1\n1\tc\t0\n"
    write(
        tmp_path,
        {"s.json": json.dumps(squad), "beir/queries.jsonl": queries, "beir/qrels/test.tsv": judged},
    )
    assert read_questions(tmp_path / "s.json") == [
        Expected("Who?", ("Ida", "she"), kind="Boats"),
        Expected("Why?", kind="Boats"),
    ]
    assert read_questions(tmp_path / "beir") == [
        Expected("Who?", documents=("a", "b"), grades=(2, 1))
    ]


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("q.jsonl", '{"question": "Who?"}\n{"question": ', "line 2"),
        ("q.jsonl", '{"answer": "x"}', "question"),
        ("q.jsonl", '{"question": " "}', "line 1: the question is empty"),
        ("q.jsonl", "", "holds no questions"),
        ("q.csv", "a,b\n1,2\n", "no column is named question; it has the columns a, b"),
        (
            "q.csv",
            "question;answers\nWho?;Ida\n",
            "it has the columns question;answers. Separate columns with commas",
        ),
        ("q.csv", "", "it is empty"),
        ("q.json", "[]", "it is not in SQuAD's format"),
        ("q.json", '{"foo": 1}', "it is not in SQuAD's format"),
        ("none.jsonl", None, "There is no"),
    ],
)
def test_a_file_without_valid_questions_is_refused_with_the_reason(
    name: str, text: str | None, said: str, tmp_path: Path
) -> None:
    if text is not None:
        write(tmp_path, {name: text})
    with pytest.raises(QuestionError, match=said):
        read_questions(tmp_path / name)


# Metrics


@pytest.mark.parametrize(
    ("found", "answers", "exact", "f1"),
    [
        ("The Eiffel Tower!", ["eiffel tower"], 1.0, 1.0),
        ("in the tower", ["Eiffel Tower"], 0.0, 0.5),
        ("an apple, a pear", ["pear apple"], 0.0, 1.0),
        ("1,000", ["1000"], 1.0, 1.0),
        ("", ["x"], 0.0, 0.0),
        ("red red blue", ["red blue blue", "green"], 0.0, 2 / 3),
    ],
)
def test_exact_match_and_f1_follow_squad(
    found: str, answers: list[str], exact: float, f1: float
) -> None:
    assert metrics.word_scores(found, answers) == pytest.approx((exact, f1))


def test_retrieval_metrics_follow_trec_eval() -> None:
    found = metrics.retrieval(
        {"1": ["a", "b", "c"], "2": ["x", "y"]}, {"1": {"b": 1}, "2": {"x": 1, "z": 1}}
    )
    assert found["R@1"] == pytest.approx((0 + 0.5) / 2)
    assert found["R@5"] == pytest.approx((1 + 0.5) / 2)
    assert found["RR"] == pytest.approx((0.5 + 1) / 2)
    ideal = 1 + 1 / LOG3  # two relevant documents first: 1 / log2(2) + 1 / log2(3)
    assert found["nDCG@10"] == pytest.approx((1 / LOG3 + 1 / ideal) / 2)
    assert metrics.retrieval({"1": ["a"]}, {"1": {}}) == {}


def test_refusals_are_measured_by_confidence() -> None:
    confidences, right = [0.9, 0.8, 0.3, 0.1], [True, False, True, False]
    answerable = [True, True, True, False]
    assert metrics.auroc(confidences, answerable) == 1.0
    assert metrics.auroc([0.5], [True]) is None
    assert metrics.risk_at_coverage(confidences, right) == [
        (0.25, 0.0), (0.5, 0.5), (0.75, pytest.approx(1 / 3)), (1.0, 0.5),
    ]  # fmt: skip
    bins = metrics.calibration(confidences, right)
    assert sorted(bins) == [(0.1, 0.0, 1), (0.3, 1.0, 1), (0.8, 0.0, 1), (0.9, 1.0, 1)]
    assert metrics.calibration_error(bins) == pytest.approx((0.1 + 0.7 + 0.8 + 0.1) / 4)
    assert metrics.best_threshold(confidences, right, answerable, 0.5) == pytest.approx((0.2, 0.75))
    assert metrics.best_threshold(confidences, right, answerable, 0.25) == (0.25, 0.75)


def test_overlap_counts_characters() -> None:
    assert metrics.overlap([(0, 10), (5, 15)], [(10, 30)]) == pytest.approx((1 / 3, 0.25))
    assert metrics.overlap([], [(0, 1)]) == (0.0, 0.0)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        (
            "q.jsonl",
            '{"question": "Who?", "anwser": "Ida"}',
            "line 1: nothing is expected, and anwser is not among the",
        ),
        (
            "q.csv",
            "question,Answer\nWho?,Ida\n",
            "line 2: nothing is expected, and Answer is not among the fields",
        ),
        ("q.jsonl", '{"question": null}', "line 1: the question is empty or not text"),
        ("q.csv", f"question,answer\nWho?,{'x' * 140_000}\n", "field larger than field limit"),
        ("q.jsonl", "[" * 100_000, "line 1: "),
    ],
)
def test_a_misspelt_field_or_an_unreadable_line_is_reported(
    tmp_path: Path, name: str, content: str, message: str
) -> None:
    write(tmp_path, {name: content})
    with pytest.raises(QuestionError, match=re.escape(message)):
        read_questions(tmp_path / name)


def test_a_file_not_in_utf8_is_refused_and_extra_columns_are_ignored(
    tmp_path: Path,
) -> None:
    (tmp_path / "q.csv").write_bytes("question,answer\nWo?,Köln\n".encode("cp1252"))
    with pytest.raises(QuestionError, match="not UTF-8"):
        read_questions(tmp_path / "q.csv")
    write(tmp_path, {"q.csv": "id,question,answer,note\n7,Who?,Ida,easy\n8,Why?,,hard\n"})
    assert read_questions(tmp_path / "q.csv") == [Expected("Who?", ("Ida",)), Expected("Why?")]


def test_answers_may_be_numbers_or_in_hugging_face_form_and_lone_surrogates_are_replaced(
    tmp_path: Path,
) -> None:
    lines = (
        '{"id": "1", "question": "How many?", "answers": {"text": ["two", "2"], '
        '"answer_start": [3, 9]}}',
        '{"question": "How many\\ud83d?", "answers": [2]}',
    )
    write(tmp_path, {"q.jsonl": "\n".join(lines)})
    assert read_questions(tmp_path / "q.jsonl") == [
        Expected("How many?", ("two", "2")),
        Expected("How many??", ("2",)),
    ]


# Judging


def test_an_answer_that_holds_an_expected_answer_is_right(pipeline: Pipeline) -> None:
    (judged,) = evaluate(pipeline, [MOONS])
    assert (judged.right, judged.answerable, judged.rank, judged.relevant) == (
        True,
        True,
        0,
        ("gold",),
    )
    assert (judged.refused, judged.lost) == (False, "")
    assert any("two small moons" in quote for quote in judged.quotes)


def test_each_way_to_lose_an_answer_is_named(pipeline: Pipeline) -> None:
    def lost(expected: Expected, **settings: float) -> str:
        config = replace(pipeline.config, **settings)  # type: ignore[arg-type]
        asking = Pipeline(pipeline.index, pipeline.encoder, pipeline.reader, config)
        (judged,) = evaluate(asking, [expected])
        assert judged.well == (not judged.lost)
        return judged.lost

    assert (
        lost(replace(MOONS, answers=("zebra",), documents=()))
        == "not retrieved: not among the 7 nearest passages"
    )
    assert lost(MOONS, threshold=1.1) == "refused, though passage 1 holds it"
    assert lost(replace(MOONS, answers=("rolled by hand",), documents=()), read=1).startswith(
        "not ranked: passage "
    )
    assert lost(Expected(MOONS.question), threshold=0.0) == "answered, though it should be refused"
    assert lost(Expected(MOONS.question), threshold=1.1) == ""
    assert (
        lost(replace(MOONS, documents=("tea.txt",)))
        == "not written: tea.txt does not hold what is expected"
    )
    assert (
        lost(replace(MOONS, documents=("no.md", "none")))
        == "not indexed: no document is named no.md or none"
    )
    assert lost(replace(MOONS, answers=("rolled by hand",), documents=()), quotes=1).startswith(
        "not read: passage "
    )


def test_a_refusal_scores_zero_even_when_its_quote_is_right(pipeline: Pipeline) -> None:
    refusing = Pipeline(pipeline.index, pipeline.encoder, pipeline.reader, AskConfig(threshold=1.1))
    (judged,) = evaluate(refusing, [replace(MOONS, quotes=("It has two small moons.",))])
    assert judged.right
    assert (judged.exact, judged.f1, judged.precision, judged.recall, judged.sentence_f1) == (
        0,
        0,
        0,
        0,
        0,
    )


def test_a_question_that_cannot_be_asked_is_lost_and_the_others_are_asked(
    pipeline: Pipeline,
) -> None:
    unasked, refused, asked = evaluate(
        pipeline, [replace(MOONS, question="???"), Expected("!!!"), MOONS]
    )
    assert unasked.lost == "nothing was retrieved: The question is empty. Type a question"
    assert (refused.lost, refused.well) == ("", True)
    assert asked.right


def test_answers_match_whole_words_and_quotes_match_across_line_breaks() -> None:
    text = (
        "The 1,200 houses of the network often\nstand empty. 茶は緑です。 “Anna’s cafe\u0301” is."
    )
    document = Document("town.md", "", "", text)

    def matches(
        answers: Sequence[str] = (), quotes: Sequence[str] = (), documents: Sequence[str] = ()
    ) -> bool:
        expected = Expected("?", tuple(answers), tuple(quotes), tuple(documents))
        return find_gold(expected, [document]).is_in(document, 0, len(text))

    assert [matches(answers=(word,)) for word in ("two", "ten", "2", "200")] == [
        False,
        False,
        False,
        True,
    ]
    assert matches(answers=("Network OFTEN stand",))
    assert matches(answers=("緑",))
    assert matches(quotes=("of the network often stand empty",))
    assert matches(quotes=("OF THE network",))
    assert matches(answers=("Anna's cafe\u0301",), quotes=())
    assert matches(quotes=('"Anna\'s caf\u00e9"',))
    assert not matches(answers=("network",), documents=("village.md",))
    gold = find_gold(Expected("?", quotes=("often stand empty.",)), [document])
    assert [gold.is_in(document, *place) for place in ((0, 32), (0, 33))] == [
        False,
        True,
    ]  # the quote starts at 32


def test_an_excluded_document_is_not_quoted(pipeline: Pipeline) -> None:
    (judged,) = evaluate(pipeline, [replace(MOONS, without=("space/mars.md",))])
    assert not judged.answerable
    assert "space/mars.md" not in judged.places


def test_documents_are_ranked_when_only_documents_are_expected(pipeline: Pipeline) -> None:
    (judged,) = evaluate(pipeline, [Expected("ice moons Mars", documents=("mars", "lost.md"))])
    assert judged.ranked[0] == "space/mars.md"
    assert (judged.relevant, judged.grades) == (("space/mars.md", "lost.md"), (1, 1))
    assert summarise([judged], 0.5)["retrieval"] == pytest.approx(
        {"R@1": 0.5, "R@5": 0.5, "R@20": 0.5, "RR": 1.0, "nDCG@10": 1 / (1 + 1 / LOG3)}
    )


def test_a_document_is_ranked_even_below_many_passages_of_another(
    tmp_path: Path, encoder: FakeEncoder
) -> None:
    long = "\n\n".join(f"The tall tower of number {n} is a tall tower." for n in range(80))
    files = {
        "long.md": long,
        "short.md": "A tower is mentioned here among very many other things of this kind.",
    }
    build(write(tmp_path / "d", files), tmp_path / "i", SHORT, encoder=encoder)
    pipeline = Pipeline.open(tmp_path / "i", encoder=encoder)
    question = "Where is the tall tower?"
    assert {hit.passage.document.id for hit in pipeline.search(question, 50)} == {"long.md"}
    (judged,) = evaluate(pipeline, [Expected(question, documents=("short", "long"), grades=(3, 1))])
    assert judged.ranked == ("long.md", "short.md")
    assert summarise([judged], 0.5)["retrieval"] == pytest.approx(
        {"R@1": 0.5, "R@5": 1.0, "R@20": 1.0, "RR": 1.0, "nDCG@10": (1 + 3 / LOG3) / (3 + 1 / LOG3)}
    )


def test_excluding_a_long_document_leaves_the_others_to_search(
    tmp_path: Path, encoder: FakeEncoder
) -> None:
    long = "\n\n".join(f"The tall tower of number {n} is a tall tower." for n in range(80))
    files = {
        "long.md": long,
        "short.md": "A tower is mentioned here among very many other things of this kind.",
    }
    build(write(tmp_path / "d", files), tmp_path / "i", SHORT, encoder=encoder)
    pipeline = Pipeline.open(tmp_path / "i", encoder=encoder)
    (judged,) = evaluate(
        pipeline, [Expected("Where is the tall tower?", ("here",), without=("long.md",))]
    )
    assert judged.nearest[0].startswith("short.md: A tower is mentioned")
    assert len(judged.nearest) == 1


def test_expected_quotes_are_measured_in_characters(pipeline: Pipeline) -> None:
    text = pipeline.documents["space/mars.md"].text
    sentence = "It has two small moons."
    assert sentence in text
    (judged,) = evaluate(pipeline, [Expected(MOONS.question, quotes=(sentence,))])
    assert judged.recall == 1.0
    assert judged.precision
    assert judged.right


def test_all_quotes_are_measured_against_every_place_of_the_expected_ones() -> None:
    def cited(document: Document, quote: str) -> Citation:
        start = document.text.index(quote)
        return Citation(1, document.id, "", None, "", start, start + len(quote), quote, quote)

    one = Document("one", "", "", "Tea is hot. Ice is cold. Tea is hot.")
    two = Document("two", "", "", "Ice is cold. Snow is white.")

    def measured(
        citations: list[Citation], *expected: str, holding: str = "one two"
    ) -> tuple[float, ...]:
        gold = find_gold(
            Expected("?", quotes=expected, documents=tuple(holding.split())), [one, two]
        )
        return astuple(measure_quoting(citations, gold, [one, two]))

    exact = [cited(one, "Tea is hot."), cited(two, "Ice is cold.")]
    longer = [cited(one, "Tea is hot. Ice is cold.")]
    assert measured(exact, "Tea is hot.", "Ice is cold.") == (1, 1, 1)
    assert measured(exact, "Tea is hot.", holding="one") == pytest.approx((11 / 23, 1, 2 / 3))
    assert measured(longer, "Ice is cold.") == pytest.approx((12 / 24, 1, 2 / 3))
    assert measured([cited(one, "Ice is cold.")], "Ice is cold.", "Rain is wet.") == pytest.approx(
        (1, 0.5, 2 / 3)
    )
    assert measured([cited(two, "Snow is white.")], "Ice is cold.", "Rain is wet.") == (0, 0, 0)
    assert measured([], "Ice is cold.") == (0, 0, 0)


def test_two_runs_are_compared_question_by_question(pipeline: Pipeline) -> None:
    questions = [
        MOONS,
        Expected("Where is ice?", ("northern plains",)),
        Expected("Who is the mayor?"),
    ]
    first = evaluate(pipeline, questions)
    worse = [
        replace(item, right=False, exact=0.0 if item.exact is not None else None) for item in first
    ]
    same = {difference.measure: difference for difference in compare(first, first)}
    assert all((d.low, d.high) == (0, 0) for d in same.values())
    changed = {difference.measure: difference for difference in compare(first, worse)}
    assert changed["right quote found"].second == 0.0
    assert changed["right quote found"].high < 0
    assert changed["right quote found"].questions == 2
    assert compare(first, []) == []
    twice = evaluate(pipeline, [MOONS, Expected(MOONS.question), MOONS])
    assert all((d.first, d.low, d.high) == (d.second, 0, 0) for d in compare(twice, twice))
    assert compare(twice, twice)[0].questions == 3
    pair = evaluate(pipeline, [replace(MOONS, kind=""), Expected(MOONS.question)])
    assert all((d.low, d.high) == (0, 0) for d in compare(pair, pair[::-1]))


def test_the_interval_of_a_difference_is_the_interval_of_its_mean(pipeline: Pipeline) -> None:
    (one,) = evaluate(pipeline, [MOONS])
    first = [replace(one, question=f"{n}?") for n in range(80)]
    second = [replace(item, right=n % 4 > 0) for n, item in enumerate(first)]  # a quarter is lost
    (found,) = (d for d in compare(first, second) if d.measure == "right quote found")
    error = 1.96 * (0.25 * 0.75 / 80) ** 0.5
    assert (found.first, found.second) == (1.0, 0.75)
    assert (found.low, found.high) == pytest.approx((-0.25 - error, -0.25 + error), abs=0.02)


def test_the_report_plots_the_share_found_at_each_depth(pipeline: Pipeline) -> None:
    (one,) = evaluate(pipeline, [MOONS])
    both = [one, replace(one, question="Where?", rank=3)]
    page = report_page(both, summarise(both, 0.5))
    drawn = page[page.index('aria-label="Found among') :]
    heights = [
        float(point.split(",")[1]) for point in re.findall(r'points="([^"]+)"', drawn)[0].split()
    ]
    top, bottom = 8.0, heights[0] * 2 - 8.0  # half of the questions at depth 1
    assert heights == [heights[0]] * 3 + [top] * 4
    assert f"V{bottom:.0f}H" in drawn


def test_the_report_draws_larger_dots_for_more_questions(pipeline: Pipeline) -> None:
    (one,) = evaluate(pipeline, [MOONS])
    run = [
        replace(one, question=f"{n}?", confidence=0.15 if n else 0.95, right=n == 2)
        for n in range(10)
    ]
    dots = re.findall(
        r'<circle cx="[\d.]+" cy="([\d.]+)" r="([\d.]+)"', report_page(run, summarise(run, 0.5))
    )
    heights, radii = zip(*((float(y), float(r)) for y, r in sorted(dots)), strict=True)
    assert radii == (9.6, 4.5)  # 2 + 8 √.9, 2 + 8 √.1
    assert heights[0] < heights[1]


def test_the_report_marks_the_threshold_on_the_curve_of_right_answers(pipeline: Pipeline) -> None:
    (one,) = evaluate(pipeline, [MOONS])
    run = [
        replace(one, question=f"{n}?", confidence=confidence, right=right)
        for n, (confidence, right) in enumerate(
            [(0.9, True), (0.8, True), (0.6, False), (0.2, False)]
        )
    ]
    page = report_page(run, summarise(run, 0.5))
    drawn = page[page.index('aria-label="Risk and coverage') :]
    points = re.findall(r'points="([^"]+)"', drawn)[0].split()
    heights = [float(point.split(",")[1]) for point in points]
    top, bottom = heights[0], 166.0
    assert [(bottom - height) / (bottom - top) for height in heights] == pytest.approx(
        [1, 1, 2 / 3, 1 / 2], abs=0.01
    )
    marked = re.findall(r'class="mark" cx="([\d.]+)" cy="([\d.]+)"', drawn)
    assert f"{marked[0][0]},{marked[0][1]}" == points[2]  # three are at or above .5
    assert ">0.50</text>" in drawn


def test_the_report_shows_advice_and_kinds_to_answer_apart_from_kinds_to_refuse(
    pipeline: Pipeline,
) -> None:
    questions = [replace(MOONS, kind="as is"), Expected("Who is the mayor?", kind="mine")]
    judged = evaluate(pipeline, questions)
    page = report_page(judged, summarise(judged, 0.5), advice=["Do <this>"])
    assert "<li>Do &lt;this&gt;.</li>" in page
    answer, refuse = page.index("Questions to answer"), page.index("Questions to refuse")
    assert answer < page.index("<td>as is</td>") < refuse < page.index("<td>mine</td>")
    assert "What the figures say" not in report_page(judged, summarise(judged, 0.5))


def test_the_report_is_one_page_that_loads_nothing(pipeline: Pipeline) -> None:
    questions = [
        MOONS,
        Expected("<script>alert(1)</script>?", ("x",)),
        Expected("Why?", kind="<b>"),
    ]
    judged = evaluate(pipeline, questions)
    page = report_page(judged, summarise(judged, 0.5), compare(judged, judged))
    assert "<script" not in page
    assert not re.search(r"https?://|src=|url\(|<b>", page)
    assert page.count("<svg") == 4
    refused = evaluate(
        Pipeline(pipeline.index, pipeline.encoder, pipeline.reader, AskConfig(threshold=1.1)),
        [MOONS],
    )
    refusal = report_page(refused, summarise(refused, 0.5))
    assert "<li>two small moons</li><li>two</li>" in refusal
    assert refusal.count("<strong>") == 1
    assert "<strong>space/mars.md" in refusal
    assert "&lt;script&gt;alert(1)&lt;/script&gt;?" in page
    lost = [
        replace(judged[0], right=False, lost=f"not retrieved: not among the {n} nearest")
        for n in (3, 4)
    ]
    page = report_page([*lost, *refused], summarise(refused, 0.5))
    assert "<p>2 not retrieved · 1 refused</p>" in page


def test_the_policy_of_the_report_allows_its_own_style_sheet(pipeline: Pipeline) -> None:
    judged = evaluate(pipeline, [MOONS])
    page = report_page(judged, summarise(judged, 0.5))
    (style,) = re.findall(r"<style>(.*?)</style>", page, re.DOTALL)
    named = b64encode(sha256(style.encode()).digest()).decode()
    assert f"style-src 'sha256-{named}';" in page


# Questions from the documents


def test_generated_questions_can_be_answered_by_their_documents(
    tmp_path: Path, encoder: FakeEncoder
) -> None:
    towns = {
        f"{n}.md": f"# Town {n}\n\nThe old {name} town on the river had {n}{n}5 houses in its "
        "first year. "
        f"The {name} castle was founded by the widow Ida{n} and her sons.\n"
        for n, name in enumerate(
            ("red", "blue", "green", "white", "black", "grey", "brown", "pink"), 1
        )
    }
    build(write(tmp_path / "towns", towns), tmp_path / "i", SHORT, encoder=encoder)
    pipeline = Pipeline.open(tmp_path / "i", AskConfig(threshold=0.0), encoder=encoder)
    made = make_questions(pipeline.index, 10)
    assert len({item.question for item in made}) == len(made) == 10
    assert {item.kind for item in made} == {"gap", "taken out", "heading"}
    for item in made:
        if item.kind == "gap":
            (document,) = item.documents
            assert item.answers[0] in pipeline.documents[document].text
            assert item.answers[0] not in item.question
        assert item.answerable == (item.kind != "taken out")
    assert make_questions(pipeline.index, 10) == made
    build(
        write(tmp_path / "town", {"all.md": "\n".join(towns.values())}),
        tmp_path / "one",
        SHORT,
        encoder=encoder,
    )
    alone = make_questions(Pipeline.open(tmp_path / "one", encoder=encoder).index, 10)
    assert {item.kind for item in alone} == {
        "gap",
        "heading",
    }  # without the only document there is nothing to ask
    assert read_back(tmp_path, made) == made


def test_a_taken_out_question_excludes_every_document_that_holds_its_sentence(
    tmp_path: Path, encoder: FakeEncoder
) -> None:
    towns = {
        f"{n}.md": f"The old {name} town had {n}{n}5 houses\nin its first year."
        for n, name in enumerate("ABCDEFGH")
    }
    again = {
        f"{n} again.md": f"Something of its own.\n\n{' '.join(text.split())}"
        for n, text in enumerate(towns.values())
    }
    build(write(tmp_path / "towns", towns | again), tmp_path / "i", SHORT, encoder=encoder)
    made = make_questions(Pipeline.open(tmp_path / "i", encoder=encoder).index, 8)
    taken_out = [item.without for item in made if item.without]
    assert 0 < len(taken_out) < 4
    assert all(
        set(names) == {f"{names[0][0]}.md", f"{names[0][0]} again.md"} for names in taken_out
    )


def test_a_taken_out_question_excludes_every_document_that_holds_its_answer(
    tmp_path: Path, encoder: FakeEncoder
) -> None:
    files = {
        f"{n}.md": f"The old {name} town on the river was sold to the widow Berta{n} "
                   f"in spring." for n, name in
        enumerate("ABCDEFGH")
    }  # fmt: skip
    others = {
        f"{n} too.md": f"It was the widow Berta{n} who bought the town on the river."
        for n in range(8)
    }
    build(write(tmp_path / "towns", files | others), tmp_path / "i", SHORT, encoder=encoder)
    made = make_questions(Pipeline.open(tmp_path / "i", encoder=encoder).index, 8)
    assert all(len(item.without) == 2 for item in made if item.kind == "taken out")
    assert any(item.kind == "taken out" for item in made)


def test_whole_names_are_asked_for_and_a_repeated_name_expects_its_sentence(
    tmp_path: Path, encoder: FakeEncoder
) -> None:
    text = (
        "Bi Qi is a fellow of the old institute on the hill. "
        "The report was published on July 27 by the new team. "
        "The prize was given to the widow Ida at the end of spring. Later Ida sold it.\n"
    )
    build(write(tmp_path / "d", {"a.md": text}), tmp_path / "i", encoder=encoder)
    made = make_questions(Pipeline.open(tmp_path / "i", encoder=encoder).index, 9)
    assert [(item.question, item.answers, item.quotes) for item in made] == [
        (
            "The prize was given to the widow what at the end of spring?",
            (),
            ("The prize was given to the widow Ida at the end of spring.",),
        ),
    ]


def test_headings_are_asked_about_when_no_sentence_has_a_gap(
    tmp_path: Path, encoder: FakeEncoder
) -> None:
    sections = "".join(f"# 第{n}章\n\n这是第{n}章的内容。\n\n" for n in range(6))
    build(write(tmp_path / "d", {"a.md": sections}), tmp_path / "i", encoder=encoder)
    made = make_questions(Pipeline.open(tmp_path / "i", encoder=encoder).index, 50)
    assert sorted(item.question for item in made) == [
        f"What is said about 第{n}章?" for n in range(6)
    ]


def read_back(folder: Path, made: list[Expected]) -> list[Expected]:
    write(folder, {"made.jsonl": "".join(json.dumps(as_fields(item)) + "\n" for item in made)})
    return read_questions(folder / "made.jsonl")


def test_an_answer_from_a_document_that_the_search_did_not_find_is_judged(
    tmp_path: Path, encoder: FakeEncoder
) -> None:
    corpus = write(tmp_path / "rules", {"a.txt": "§ 5 Boats\nNo dogs on board.\n"})
    build(corpus, tmp_path / "i", encoder=encoder)
    asking = Pipeline.open(tmp_path / "i", encoder=encoder)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Pipeline, "search", lambda *_: [])
        (judged,) = evaluate(asking, [Expected("What does § 5 say?", ("No dogs on board",))])
    assert judged.quotes == ("§ 5 Boats\nNo dogs on board.",)
    assert judged.right
