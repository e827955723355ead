"""The benchmark of peers: scores, jobs in processes, and the file of results."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from safetensors import safe_open

from benchmarks.peers import run
from benchmarks.peers.environments import python_of
from benchmarks.peers.processes import PeerFailed, Ran, run_job
from benchmarks.peers.protocol import (
    Answered,
    Found,
    Given,
    Job,
    answered_from,
    peak_memory,
    read_job,
    write_job,
)
from benchmarks.peers.score import figures, placed, quotes
from benchmarks.peers.sets import Asked, Questions, evenly, thinned
from benchmarks.peers.weights import export_reader
from lab.lines import write_lines
from rag.index import Index, open_index

TEXTS = {
    "a.txt": "Tea is green. Tea is hot.",  # sentences at 0–13 and 14–25
    "b.txt": "Mars has two moons.",
}
SENTENCES: dict[str, tuple[tuple[int, int], ...]] = {
    "a.txt": ((0, 13), (14, 25)),
    "b.txt": ((0, 19),),
}
WHOLE = [Found(name, text, 0, len(text)) for name, text in TEXTS.items()]


@pytest.fixture
def empty(index: Path) -> Index:
    return open_index(index)


def words(asked: Sequence[Asked], answers: Sequence[Answered], index: Index) -> dict[str, float]:
    return figures(Questions("words", "words", TEXTS, asked), answers, index)


def test_words_are_judged_by_the_gold_document_and_a_refusal_shows_nothing(empty: Index) -> None:
    asked = [
        Asked("What colour is tea?", "a.txt", ("green",)),
        Asked("How many moons has Mars?", "b.txt", ("two moons", "two")),
        Asked("How many moons has Venus?", "b.txt"),
    ]
    answers = [
        Answered(
            WHOLE,
            [Found("a.txt", "Tea is hot.", 14, 25), Found("a.txt", "Tea is  green.")],
            "the green",
        ),
        Answered(WHOLE, [Found("b.txt", "two", 9, 12)], "two", refused=True),
        Answered(WHOLE, refused=True),
    ]
    found = words(asked, answers, empty)
    assert (found["passage@1"], found["passage@5"]) == (0.5, 1.0)
    assert (found["document@1"], found["document@5"]) == (0.5, 1.0)
    assert (found["EM"], found["F1"]) == (0.5, 0.5)
    assert (found["first quote"], found["any quote"]) == (0.0, 0.5)
    assert (found["answerable refused"], found["others refused"]) == (0.5, 1.0)
    assert (found["questions"], found["quotes"], found["characters"]) == (3, 2, 25)


def test_a_peer_that_gives_no_words_has_no_em(empty: Index) -> None:
    found = words(
        [Asked("What colour is tea?", "a.txt", ("green",))], [Answered(WHOLE, WHOLE[:1])], empty
    )
    assert "EM" not in found
    assert "others refused" not in found
    assert found["first quote"] == 1.0


def test_quotes_that_are_off_or_have_no_place_or_several_or_are_absent_are_counted() -> None:
    given = [
        Found("a.txt", "Tea is green.", 0, 13),
        Found("a.txt", "Tea is green.", 1, 14),  # off
        Found("a.txt", "Tea is green.", 0, 12),  # off
        Found("c.txt", "Tea", 0, 3),  # off: no such document
        Found("a.txt", "green"),
        Found("a.txt", "Tea"),  # is there twice
        Found("a.txt", "tea is green"),  # not the exact letters
    ]
    found = quotes([(Asked("", "a.txt"), Answered([], given))], TEXTS)
    assert {
        name: found[name]
        for name in ("quotes", "off", "no place", "not in the document", "several places")
    } == {
        "quotes": 7,
        "off": 3,
        "no place": 3,
        "not in the document": 1,
        "several places": 1,
    }


def test_a_text_without_a_place_gets_the_first_place_where_it_is_found() -> None:
    assert placed(Found("a.txt", "Tea"), TEXTS) == ("a.txt", 0, 3)
    assert placed(Found("a.txt", "hot", 21, 24), TEXTS) == ("a.txt", 21, 24)
    assert placed(Found("a.txt", "cold"), TEXTS) == ("", 0, 4)


def test_characters_are_counted_against_the_gold_spans(empty: Index) -> None:
    text = empty.documents["tea.txt"].text  # 37 characters to the first line's end
    asked = [Asked("How hot is green tea?", "tea.txt", (text[:10],), ((0, 10),))]
    given = Answered([Found("tea.txt", text[:20], 0, 20)], [Found("tea.txt", text[5:15], 5, 15)])
    found = figures(Questions("c", "characters", {"tea.txt": text}, asked), [given], empty)
    assert (found["recall@5"], found["precision@5"], found["IoU@5"]) == (1.0, 0.5, 0.5)
    assert found["quotes recall"] == found["quotes precision"] == 0.5
    assert found["quotes IoU"] == pytest.approx(5 / 15)


def test_sentences_of_other_documents_count_against_a_peer(empty: Index) -> None:
    asked = [Asked("What is tea?", "a.txt", (), ((0, 13), (14, 25))), Asked("Who?", "b.txt")]
    given = Answered([], [Found("a.txt", "green", 7, 12), Found("b.txt", "moons")])
    found = figures(
        Questions("s", "sentences", TEXTS, asked, SENTENCES),
        [given, Answered([], refused=True)],
        empty,
    )
    assert found["sentence F1"] == pytest.approx(2 * 1 / (2 + 2))
    assert (found["answerable refused"], found["others refused"]) == (0.0, 1.0)


def test_questions_are_taken_at_even_distances() -> None:
    assert evenly(range(10), 4) == [0, 2, 5, 7]
    assert evenly(range(3), 4) == [0, 1, 2]


def test_a_set_is_thinned_to_its_first_documents_and_both_kinds_of_questions() -> None:
    asked = [Asked(str(n), "a.txt", ("x",) if n % 2 else ()) for n in range(8)] + [
        Asked("m", "b.txt", ("x",))
    ]
    cut = thinned(Questions("w", "words", TEXTS, asked), 2, 1)
    assert list(cut.texts) == ["a.txt"]
    assert [question.text for question in cut.asked] == ["1", "5", "0", "4"]


def test_a_job_is_read_back_as_it_was_written(tmp_path: Path) -> None:
    job = Job(tmp_path, tmp_path / "index", "reader", True, "encoder", "reader")
    write_job(tmp_path, job)
    assert read_job(tmp_path) == job
    job.files.mkdir()
    (job.files / "a.txt").write_bytes(b"one\r\ntwo")
    write_lines(
        tmp_path / "passages.jsonl",
        [{"document": "a", "start": 0, "end": 3, "text": "a\u2028b", "heading": ""}],
    )
    write_lines(tmp_path / "questions.jsonl", [{"question": "Who?"}])
    assert job.documents() == {"a.txt": "one\r\ntwo"}
    assert job.passages() == [Given("a", 0, 3, "a\u2028b", "")]
    assert job.questions() == ["Who?"]


def test_an_answer_is_read_back_as_it_was_written() -> None:
    answered = Answered([Found("a", "x", 0, 1)], [Found("a", "x")], "x")
    line = json.loads(json.dumps({"passages": [{"document": "a", "text": "x", "start": 0,
    "end": 1}],
                                  "quotes": [{"document": "a", "text": "x", "start": None,
                                  "end": None}],
                                  "words": "x", "refused": False}))  # fmt: skip
    assert answered_from(line) == answered
    assert peak_memory() > 10


@pytest.fixture
def work(tmp_path: Path) -> Path:
    (tmp_path / "documents").mkdir()
    for name, text in TEXTS.items():
        (tmp_path / "documents" / name).write_text(text, encoding="utf-8")
    write_lines(tmp_path / "passages.jsonl", [])
    write_lines(tmp_path / "questions.jsonl", [{"question": "How many moons has Mars?"}] * 2)
    write_job(tmp_path, Job(tmp_path, tmp_path / "index", "", False, "", ""))
    return tmp_path


def test_footnote_runs_a_job_in_its_own_processes(work: Path) -> None:
    ran = run_job(python_of(""), "footnote", work, 120)
    assert [answer.passages[0].document for answer in ran.answers] == ["b.txt", "b.txt"]
    assert ran.cold > ran.milliseconds[0] / 1000
    assert ran.build_seconds > 0
    assert set(ran.versions) == {"footnote-rag", "openvino", "faiss-cpu", "tantivy"}


def test_a_peer_that_fails_or_takes_too_long_raises_the_reason(work: Path) -> None:
    with pytest.raises(PeerFailed, match=r"build: .*No module named"):
        run_job(python_of(""), "nobody", work, 120)
    with pytest.raises(PeerFailed, match="build: over 0 s"):
        run_job(python_of(""), "footnote", work, 0.01)


def test_the_first_question_counts_as_the_cold_start_only() -> None:
    costs = Ran([], [900.0, 10.0, 20.0, 30.0], 1.0, 2.5, 100.4, 200.6, {}).costs()
    assert costs["median, ms"] == 20.0
    assert costs["95 %, ms"] == pytest.approx(29.0)
    assert (costs["cold start, s"], costs["building, MiB"], costs["asking, MiB"]) == (2.5, 100, 201)


def test_rows_are_added_to_the_newest_results(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("benchmarks.record.RESULTS", tmp_path)
    run.record("squad", run.Row("plain"), {"F1": 0.1}, "faiss-cpu 1")
    (today,) = tmp_path.glob("*-peers.json")
    today.rename(tmp_path / "2020-01-01-peers.json")
    run.record("squad", run.Row("footnote"), {"F1": 0.2}, "footnote-rag 1")
    run.record("clapnq", run.Row("plain"), {"failed": "build: no memory"}, "")
    assert (
        list(run.record("squad", run.Row("langchain"), {}, "")["squad"])[-1]
        == "plain, as documented"
    )
    results = run.record("squad", run.Row("plain"), {"F1": 0.3}, "faiss-cpu 2")
    day = {"measured": today.name[:10]}
    assert results == {
        "squad": {
            "footnote": {"F1": 0.2, **day},
            "langchain, as documented": day,
            "plain, as documented": {"F1": 0.3, **day},
        },
        "clapnq": {"plain, as documented": {"failed": "build: no memory", **day}},
        "versions": {"plain": "faiss-cpu 2", "footnote": "footnote-rag 1"},
    }
    assert json.loads(today.read_text())["results"] == results


def test_every_peer_has_pinned_requirements_and_a_torch_without_cuda() -> None:
    for row in run.ROWS:
        if row.environment:
            pinned = (
                (Path(run.__file__).parent / "environments" / f"{row.environment}.txt")
                .read_text()
                .splitlines()
            )
            assert all("==" in line for line in pinned)
            assert "torch==2.13.0" in pinned


def test_the_exported_reader_has_our_tensors_under_the_names_of_bert(tmp_path: Path) -> None:
    folder = export_reader(tmp_path / "reader")
    with safe_open(folder / "model.safetensors", "np") as whole:
        names = set(whole.keys())
        head = whole.get_tensor("qa_outputs.weight")
        words = whole.get_tensor("bert.embeddings.word_embeddings.weight")
    assert head.shape == (2, 384)
    assert head.dtype == np.float32
    assert words.shape == (30522, 384)
    assert not any("head" in name for name in names)
    assert json.loads((folder / "tokenizer.json").read_text())["truncation"] is None
