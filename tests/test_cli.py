"""The command line: what each command prints, as text and as JSON; an error is one line."""

import io
import json
import re
from contextlib import ExitStack
from dataclasses import asdict, astuple, replace
from pathlib import Path
from typing import Literal

import pytest

from lab.encoder import FakeEncoder
from rag import BuildConfig, Pipeline, build
from rag.cli import main
from rag.evaluate import read_questions
from rag.evaluate.feedback import FILE, Feedback, Place, keep_feedback
from rag.index import open_index
from rag.index.manifest import commit, read_manifest
from rag.index.writing import writing
from rag.types import Answer
from tests.conftest import CORPUS, write

ROOT = Path(__file__).parents[1]
COMMANDS = (
    "eval feedback build ask search check documents show verify add remove status gc serve".split()
)
HEAVY = "numpy faiss tantivy openvino gradio torch sentence_transformers pypdfium2".split()
QUESTION = "How many moons has Mars?"
Output = pytest.CaptureFixture[str]


pytestmark = pytest.mark.usefixtures("_fake_encoder")


def run(capsys: Output, *arguments: str | Path) -> str:
    """Run a command that must succeed without warnings, and return its standard output."""
    assert main([str(argument) for argument in arguments]) == 0
    printed = capsys.readouterr()
    assert printed.err == ""
    return printed.out


def fail(capsys: Output, *arguments: str | Path) -> str:
    """Run a command that must fail, and return its one line of standard error without `rag: `."""
    assert main([str(argument) for argument in arguments]) == 1
    printed = capsys.readouterr()
    assert printed.out == ""
    (line,) = printed.err.splitlines()
    assert line.startswith("rag: ")
    return line.removeprefix("rag: ")


# Output


def test_build_reports_what_it_did(corpus: Path, tmp_path: Path, capsys: Output) -> None:
    write(corpus, {"bad\x1b[31m.xyz": "x"})
    first, *rest = run(capsys, "build", corpus, "--index", tmp_path / "i").splitlines()
    assert re.fullmatch(
        r"gen-000001: 3 documents, 5 passages in \d+\.\d s \(3 files parsed, 5 passages embedded, "
        r"0 reused\)",
        first,
    )
    reason = "files ending in .xyz are not read"
    assert rest == [f"not read: bad[31m.xyz: {reason}"]
    (corpus / "tea.txt").unlink()
    (corpus / "bad\x1b[31m.xyz").unlink()
    assert run(capsys, "build", "--index", tmp_path / "i").splitlines()[1:] == ["removed: tea.txt"]
    report = json.loads(run(capsys, "build", "--index", tmp_path / "i", "--json"))
    assert report.pop("seconds") >= 0
    assert report == {
        "generation": "gen-000002",
        "documents": 2,
        "passages": 4,
        "parsed": 0,
        "embedded": 0,
        "reused": 4,
        "removed": [],
        "copies": [],
        "unreadable": [],
        "left_out": [],
        "changed": False,
    }


@pytest.mark.parametrize("paths", [False, True])
def test_build_keeps_every_setting_that_is_not_given(
    corpus: Path, tmp_path: Path, encoder: FakeEncoder, capsys: Output, paths: bool
) -> None:
    settings = BuildConfig("some-model", 20, 10, 2**20, 5.0, 2**29, keep=3)
    same = [a for a, b in zip(astuple(settings), astuple(BuildConfig()), strict=True) if a == b]
    assert same == [""]  # a store needs its client: tests/engines
    build(corpus, tmp_path / "i", settings, excluded=["tea.txt"], encoder=encoder)
    run(capsys, "build", "--index", tmp_path / "i", *([corpus] if paths else []))
    manifest = read_manifest(tmp_path / "i")
    assert manifest.config == settings
    assert manifest.excluded == ("tea.txt",)
    assert manifest.paths == (corpus.as_posix(),)
    run(capsys, "build", "--index", tmp_path / "i", "--encoder", "another")
    assert read_manifest(tmp_path / "i").config == replace(settings, encoder="another")


def test_build_without_paths_reports_a_damaged_index_and_does_not_change_it(
    index: Path, capsys: Output
) -> None:
    (index / "manifest.json").write_text("{")
    assert fail(capsys, "build", "--index", index).startswith(f"{index}/manifest.json is damaged")
    assert (index / "manifest.json").read_text() == "{"


def test_ask_prints_quotes_with_their_citations(
    index: Path, encoder: FakeEncoder, capsys: Output
) -> None:
    answer = Pipeline.open(index, encoder=encoder).ask(QUESTION)
    assert answer
    printed = run(capsys, "ask", QUESTION, "--index", index)
    for citation in answer.citations:
        assert f"“{' '.join(citation.quote.split())}” [{citation.number}]" in printed
    assert re.findall(r"^\[(\d)\] (\S+)", printed, re.MULTILINE) == [
        (str(c.number), c.document_id) for c in answer.citations
    ]
    assert json.loads(run(capsys, "ask", QUESTION, "--index", index, "--json")) == json.loads(
        json.dumps(asdict(answer))
    )


def test_ask_prints_the_time_of_each_step_beside_the_answer(
    index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ask", QUESTION, "--index", str(index), "--profile", "--json"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["question"] == QUESTION
    steps = [line.rsplit(maxsplit=2) for line in printed.err.splitlines()]
    assert {unit for _, _, unit in steps} == {"ms"}
    times = {name: float(milliseconds) for name, milliseconds, _ in steps}
    parts = {
        "understanding the question", "search by words", "question as a vector",
        "search by meaning", "choosing passages", "comparing sentences",
        "reading the best passages", "choosing quotes",
    }  # fmt: skip
    assert {"opening", "answering", *parts} <= times.keys()
    inside = sum(times[name] for name in parts - {"search by words"})  # it runs beside others
    assert 0 < inside <= times["answering"]


@pytest.mark.parametrize("kind", ["documents", "talk"])
def test_an_answer_without_quotes_is_printed_and_is_no_error(
    index: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch, kind: Literal["documents", "talk"]
) -> None:
    said = Answer("Hello", "Hello.\nAsk.", kind, 1.0, asked="Hello?", note="It is new.")
    monkeypatch.setattr(Pipeline, "ask", lambda *_, **__: said)
    assert run(capsys, "ask", "Hello", "--index", index) == (
        "Searched for: Hello?\n\nHello.\nAsk.\nIt is new.\n"
    )
    printed = json.loads(run(capsys, "ask", "Hello", "--index", index, "--json"))
    assert (printed["kind"], printed["asked"], printed["note"]) == (kind, "Hello?", "It is new.")


def test_a_refusal_comes_with_the_nearest_passages(index: Path, capsys: Output) -> None:
    question = "Who is the mayor of Tvedestrand?"
    printed = run(capsys, "ask", question, "--index", index)
    assert printed.startswith(
        "The documents do not answer this.\nThe documents do not mention Tvedestrand.\n"
        "Nearest passages:\n  · "
    )
    answer = json.loads(run(capsys, "ask", question, "--index", index, "--json"))
    assert (answer["kind"], answer["citations"], len(answer["nearest"])) == ("none", [], 3)


def test_ask_and_search_keep_to_a_scope(
    index: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    def documents(*arguments: str) -> set[str]:
        found = json.loads(run(capsys, *arguments, "--json", "--index", index))
        listed = found if isinstance(found, list) else found["citations"] or found["nearest"]
        return {item["document_id"] for item in listed}

    for command in ("ask", "search"):
        assert documents(command, "Is tea green?", "--type", "md") == {"space/mars.md"}
        assert documents(command, "Is tea green?", "--folder", "space") == {"space/mars.md"}
        assert documents(command, "Is tea green?", "--document", "tea.txt") == {"tea.txt"}
        assert "tea.txt" not in documents(command, "Is tea green?", "--without", "tea.txt")
        assert "tea.txt" in documents(command, "Is tea green?", "--since", "2000-01-01")
        said = fail(capsys, command, "Is tea green?", "--until", "2000-01-01", "--index", index)
        assert said == "No document is in this scope. List the documents: rag documents"
    listed = json.loads(run(capsys, "documents", "--type", "md", "--json", "--index", index))
    assert [item["id"] for item in listed["documents"]] == ["space/mars.md"]
    monkeypatch.setattr("sys.stdin", io.StringIO("Is tea green?\n"))
    line = json.loads(run(capsys, "ask", "-", "--json", "--type", "md", "--index", index))
    assert {item["document_id"] for item in line["nearest"]} == {"space/mars.md"}


def test_ask_completes_a_question_from_those_before(
    index: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = ("--after", "At what temperature is green tea steeped?", "--index", index)
    printed = run(capsys, "ask", "and black tea?", *before)
    assert printed.startswith("Searched for: At what temperature is black tea steeped?\n")
    assert "“Black tea is steeped at 95 degrees.” [1]" in printed
    monkeypatch.setattr("sys.stdin", io.StringIO("and black tea?\n"))
    answer = json.loads(run(capsys, "ask", "-", "--json", *before))
    assert answer["asked"] == "At what temperature is black tea steeped?"


def test_search_prints_the_nearest_passages_best_first(index: Path, capsys: Output) -> None:
    printed = run(capsys, "search", "green tea", "--index", index, "-k", "2")
    assert re.findall(r"^(\d)\. (\d\.\d{3})  (\S+)$", printed, re.MULTILINE)[0] == (
        "1",
        "1.000",
        "tea.txt",
    )
    hits = json.loads(run(capsys, "search", "green tea", "--index", index, "-k", "2", "--json"))
    assert len(hits) == 2
    for hit in hits:
        assert CORPUS[hit["document_id"]][hit["start"] : hit["end"]] == hit["text"]
    assert hits[0]["score"] >= hits[1]["score"]


def test_documents_lists_documents_and_unreadable_files(
    corpus: Path, tmp_path: Path, capsys: Output
) -> None:
    write(corpus, {"empty.txt": ""})
    run(capsys, "build", corpus, "--index", tmp_path / "i")
    characters = {name: len(text) for name, text in CORPUS.items()}
    lines = run(capsys, "documents", "--index", tmp_path / "i").splitlines()
    assert lines[1] == f"space/mars.md · Mars · {characters['space/mars.md']} characters"
    assert lines[3:] == ["not read: empty.txt: empty: zero bytes"]
    listed = json.loads(run(capsys, "documents", "--index", tmp_path / "i", "--json"))
    assert {item["id"]: item["characters"] for item in listed["documents"]} == characters
    assert listed["unreadable"] == [{"id": "empty.txt", "reason": "empty: zero bytes"}]


@pytest.mark.parametrize("name", list(CORPUS))
def test_show_prints_the_exact_bytes_of_the_stored_text(
    name: str, index: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main(["show", name, "--index", str(index)]) == 0
    assert capsysbinary.readouterr().out == CORPUS[name].encode()
    assert main(["show", name, "--index", str(index), "--json"]) == 0
    assert json.loads(capsysbinary.readouterr().out)["text"] == CORPUS[name]


def test_verify_reports_a_whole_index(index: Path, capsys: Output) -> None:
    files = len(read_manifest(index).files)
    assert run(capsys, "verify", "--index", index) == (
        f"gen-000001 is intact: 3 documents, 7 passages; {files} files match their checksums\n"
    )
    assert json.loads(run(capsys, "verify", "--index", index, "--json")) == {
        "ok": True,
        "generation": "gen-000001",
        "documents": 3,
        "passages": 7,
        "files": files,
    }


def test_questions_from_standard_input_are_answered_one_per_line(
    index: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = [QUESTION, "", "茶は何色ですか", "x" * 20_000, "How is green tea steeped?"]
    monkeypatch.setattr("sys.stdin", io.StringIO("\r\n".join(asked) + "\n"))
    assert main(["ask", "-", "--json", "--index", str(index)]) == 1
    printed = capsys.readouterr()
    answers = [json.loads(line) for line in printed.out.splitlines()]
    assert [answer["question"] for answer in answers] == asked
    assert answers[1] == {"question": "", "error": "The question is empty. Type a question"}
    assert (
        answers[3]["error"] == "The question has 20,000 characters; the limit is 4,000. Shorten it"
    )
    documents = open_index(index).documents
    quotes = [
        quote
        for number in (0, 2, 4)
        for quote in answers[number]["citations"] + answers[number]["nearest"]
    ]
    assert len(quotes) >= 3
    for quote in quotes:
        assert documents[quote["document_id"]].text[quote["start"] : quote["end"]] == quote["quote"]
    monkeypatch.setattr("sys.stdin", io.StringIO(QUESTION))
    assert json.loads(run(capsys, "ask", "-", "--json", "--index", index)) == answers[0]


def test_text_of_a_document_cannot_control_the_terminal(tmp_path: Path, capsys: Output) -> None:
    text = (
        "The red\x1b[31m boat\x9b2J has \u202eninety\x07 sails and two masts for the long way over "
        "the sea.\n"
    )
    corpus = write(tmp_path / "corpus", {"a\x1b]0;x\x07.txt": text})
    run(capsys, "build", corpus, "--index", tmp_path / "i")
    for command in (
        ["ask", "How many sails has the red boat?"],
        ["search", "red boat"],
        ["documents"],
    ):
        printed = run(capsys, *command, "--index", tmp_path / "i")
        assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]", printed)


# Errors


@pytest.mark.parametrize(
    "command", [["ask", "x"], ["search", "x"], ["documents"], ["show", "x"], ["verify"]]
)
def test_every_command_gives_advice_when_the_index_is_missing_or_damaged(
    command: list[str], index: Path, tmp_path: Path, capsys: Output
) -> None:
    nowhere = tmp_path / "nowhere"
    said = fail(capsys, *command, "--index", nowhere)
    assert said == f"No index in {nowhere}. Build one: rag build PATH --index {nowhere}"
    rebuild = f"Rebuild it: rag build PATH --index {index}"
    table = index / "segments/000001/keys.npy"
    whole = table.read_bytes()
    table.write_bytes(whole[:-1])
    said = fail(capsys, *command, "--index", index)
    assert said == f"{table} is damaged: its checksum does not match. {rebuild}"
    commit(index / "gen-000001", replace(read_manifest(index), format=99))
    said = fail(capsys, *command, "--index", index)
    assert said == f"The index in {index} has format 99; this version reads format 8. {rebuild}"


def test_an_index_path_that_is_a_file_is_refused_and_not_changed(
    capsys: Output, corpus: Path, tmp_path: Path
) -> None:
    (tmp_path / "notes").write_text("mine")
    assert "notes is a file" in fail(capsys, "ask", "Why?", "--index", tmp_path / "notes")
    assert "Name a folder" in fail(capsys, "build", corpus, "--index", tmp_path / "notes")
    assert (tmp_path / "notes").read_text() == "mine"


def test_errors_are_one_line_each(index: Path, tmp_path: Path, capsys: Output) -> None:
    where = ("--index", index)
    assert (
        fail(capsys, "show", "a\nb\x1b.md", *where)
        == "No document a b.md in the index. List the documents: rag documents"
    )
    assert fail(capsys, "ask", "  ", *where) == "The question is empty. Type a question"
    assert fail(capsys, "search", "?", *where) == "The question is empty. Type a question"
    assert "20,000 characters; the limit is 4,000" in fail(capsys, "ask", "x" * 20_000, *where)
    nowhere = tmp_path / "nowhere"
    assert (
        fail(capsys, "build", nowhere, *where)
        == f"No folder or file {nowhere}. Name one that exists: rag build PATH"
    )
    assert fail(capsys, "serve", "--host", "0.0.0.0", *where).endswith(
        "To allow that: rag serve --public"
    )


def test_an_encoder_other_than_the_one_of_the_index_is_refused(
    index: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.pipeline.load_encoder", lambda name: FakeEncoder("another identity"))
    said = fail(capsys, "ask", QUESTION, "--index", index)
    assert re.search(
        r"was built with \S+ \(fake…\), not with fake \(another iden…\)\. "
        r"Rebuild it: rag build --index",
        said,
    )


# Upkeep and evaluation


def test_add_remove_and_status_report_what_changed(
    corpus: Path, index: Path, tmp_path: Path, capsys: Output
) -> None:
    write(tmp_path, {"soup.txt": "Soup is hot.\n", "copy.txt": "Soup  is hot.\n"})
    printed = run(
        capsys, "add", tmp_path / "soup.txt", tmp_path / "copy.txt", "--index", index
    ).splitlines()
    assert "4 documents, 8 passages" in printed[0]
    assert printed[1:] == ["same text: soup.txt as copy.txt"]
    assert run(capsys, "remove", "tea.txt", "--index", index).splitlines()[1:] == [
        "removed: tea.txt",
        "same text: soup.txt as copy.txt",
    ]
    write(corpus, {"new.txt": "New."})
    (tmp_path / "copy.txt").unlink()
    status = run(capsys, "status", "--index", index)
    assert "gen-000003: 3 documents, 6 passages" in status
    assert [line.strip() for line in status.splitlines()[1:]] == [
        f"from: {corpus}", f"from: {tmp_path / 'soup.txt'}", f"from: {tmp_path / 'copy.txt'}",
        "kept out: tea.txt",
        "new: new.txt", "gone: copy.txt", "to index the changes: rag build",
    ]  # fmt: skip
    fields = json.loads(run(capsys, "status", "--index", index, "--json"))
    assert (fields["new"], fields["gone"], fields["renamed"]) == (["new.txt"], ["copy.txt"], [])
    run(capsys, "build", corpus, "--index", index)
    assert "no file has changed since" in run(capsys, "status", "--index", index)


def test_gc_frees_leftover_space(index: Path, capsys: Output) -> None:
    (index / "gen-000007").mkdir()
    (index / "gen-000007" / "x").write_bytes(b"x" * 2000)
    assert run(capsys, "gc", "--index", index) == "2,000 bytes freed\n"
    assert json.loads(run(capsys, "gc", "--index", index, "--json")) == {"freed": 0}


def test_watch_prints_a_report_for_each_change_and_ends_with_ctrl_c(
    corpus: Path, tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    polls = iter(range(9))

    def poll(seconds: float) -> None:
        number = next(polls)
        if number == 1:
            write(corpus, {"new.txt": "Soup is hot.\n"})
        if number == 5:
            raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", poll)
    assert main(["build", str(corpus), "--index", str(tmp_path / "i"), "--watch"]) == 130
    printed = capsys.readouterr()
    assert [line.split(":")[0] for line in printed.out.splitlines()] == ["gen-000001", "gen-000002"]
    assert "watching for changes (Ctrl-C stops it)" in printed.err
    assert "interrupted; the index is whole" in printed.err


def test_watch_says_once_why_it_cannot_build_and_goes_on(
    corpus: Path, tmp_path: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    index, polls, held = tmp_path / "i", iter(range(20)), ExitStack()

    def poll(seconds: float) -> None:
        number = next(polls)
        if number == 0:
            held.enter_context(writing(index))
        if number == 8:
            held.close()
            write(corpus, {"new.txt": "Soup is hot.\n"})
        if number == 12:
            raise KeyboardInterrupt

    monkeypatch.setattr("time.sleep", poll)
    assert main(["build", str(corpus), "--index", str(index), "--watch"]) == 130
    printed = capsys.readouterr()
    assert [line.split(":")[0] for line in printed.out.splitlines()] == ["gen-000001", "gen-000002"]
    assert printed.err.count("Another build is writing") == 1


def test_ask_and_eval_take_a_threshold(index: Path, tmp_path: Path, capsys: Output) -> None:
    def kind(*threshold: str) -> str:
        kind: str = json.loads(
            run(capsys, "ask", "How many moons has Mars?", *threshold, "--index", index, "--json")
        )["kind"]
        return kind

    assert (kind("--threshold", "0"), kind("--threshold", "1"), kind()) == ("span", "none", "span")
    questions = tmp_path / "q.jsonl"
    questions.write_text('{"question": "How many moons?"}')
    report = json.loads(
        run(capsys, "eval", questions, "--threshold", "1", "--index", index, "--json")
    )
    assert (report["summary"]["threshold"], report["summary"]["others refused"]) == (1.0, 1.0)
    with pytest.raises(SystemExit, match="2"):
        main(["ask", "Who?", "--threshold", "1.5"])
    assert "1.5 is not between 0 and 1" in capsys.readouterr().err


def test_eval_makes_asks_reports_and_compares_questions(
    index: Path, tmp_path: Path, capsys: Output
) -> None:
    questions, first, page = tmp_path / "q.jsonl", tmp_path / "run.json", tmp_path / "report.html"
    assert "There is no folder" in fail(
        capsys, "eval", "x", "--out", tmp_path / "none" / "run.json", "--index", index
    )
    assert f"{tmp_path} is a folder" in fail(
        capsys, "eval", "x", "--html", tmp_path, "--index", index
    )
    lines = (
        '{"question": "How many moons has Mars?", "answers": ["two"]}',
        '{"question": "Who is the mayor?"}',
    )
    questions.write_text("\n".join(lines))
    printed = run(capsys, "eval", questions, "--index", index, "--out", first, "--html", page)
    assert re.search(r"^questions +2$", printed, re.MULTILINE)
    assert page.read_text().startswith("<!doctype html>")
    kept = json.loads(first.read_text())
    assert len(kept["questions"]) == 2
    assert kept["run"]["index"] == f"{index} gen-000001"
    assert f"questions {questions}" in page.read_text()
    compared = json.loads(
        run(capsys, "eval", questions, "--index", index, "--compare", first, "--json")
    )["compared"]
    assert {item["measure"]: item["high"] for item in compared}["as wanted"] == 0
    printed = run(capsys, "eval", questions, "--index", index, "--compare", first)
    assert re.search(
        r"^as wanted +2 +(0\.\d{3}|1\.000) +\1   \+0\.000 \(\+0\.000 to \+0\.000\)$",
        printed,
        re.MULTILINE,
    )
    questions.write_text(
        "\n".join(
            json.dumps({"question": f"Who are you {n}?", "answers": ["x"]}) for n in range(23)
        )
    )
    printed = run(capsys, "eval", questions, "--index", index)
    assert printed.count("✗") == 20
    assert "… and 3 more failures" in printed
    questions.write_text('{"question": "Who is the baker?"}')
    assert "asked none of these" in fail(
        capsys, "eval", questions, "--index", index, "--compare", first
    )
    assert fail(capsys, "eval", questions, "--index", index, "--compare", page).startswith(
        f"{page} is not an earlier run"
    )
    assert fail(capsys, "eval", "--index", index).startswith(
        "Name a file of questions, or have them made: rag eval --generated"
    )
    made = tmp_path / "made.jsonl"
    assert main(["eval", "--make", "3", "--index", str(index), "--out", str(made)]) == 0
    printed_made = capsys.readouterr()
    assert printed_made.out == ""
    assert re.match(r"3 questions\. They repeat the words of their sentences", printed_made.err)


def test_eval_generates_questions_of_the_documents_or_of_a_file(
    index: Path, tmp_path: Path, capsys: Output
) -> None:
    questions, made, page = (tmp_path / name for name in ("q.jsonl", "made.jsonl", "report.html"))
    questions.write_text('{"question": "Which moon of Mars is larger?", "answers": ["Phobos"]}')
    where = ("--index", index)
    report = json.loads(run(capsys, "eval", questions, "--generated", *where, "--json"))
    kinds = report["summary"]["kinds"]
    assert kinds["as is"]["questions"] == kinds["typo"]["questions"] == 1
    assert "right quote found" not in kinds["out of the database"]
    assert report["run"]["questions"] == f"{questions} and generated with seed 7"
    assert len(report["curves"]["risk and coverage"]) == 21
    printed = run(capsys, "eval", questions, "--generated", *where, "--html", page)
    assert re.search(r"^to answer +questions +as wanted +first quote right", printed, re.MULTILINE)
    assert re.search(r"^to refuse +questions +refused +mean confidence$", printed, re.MULTILINE)
    assert re.search(r"^as is +1 +", printed, re.MULTILINE)
    assert all(f"\n{sentence}.\n" in printed for sentence in report["advice"])
    html = page.read_text()
    assert "<h2>Questions to answer, by kind</h2>" in html
    assert "<h2>Questions to refuse, by kind</h2>" in html
    command = ["eval", questions, "--make", "1", "--generated", *where, "--out", made]
    assert main(list(map(str, command))) == 0
    assert "Look through those without an answer" in capsys.readouterr().err
    again = json.loads(run(capsys, "eval", made, *where, "--json"))
    assert again["summary"]["kinds"].keys() == kinds.keys()
    assert "add --generated" in fail(capsys, "eval", questions, "--make", "1", *where)
    first = made.read_text()
    assert main([*map(str, command), "--seed", "8"]) == 0
    assert made.read_text() != first
    capsys.readouterr()
    own = json.loads(run(capsys, "eval", "--generated", *where, "--json"))
    assert own["summary"]["kinds"]["as is"]["questions"] > 1


def test_eval_fails_under_a_bar_with_a_line_for_each_measure(
    index: Path, tmp_path: Path, capsys: Output
) -> None:
    questions = tmp_path / "q.jsonl"
    questions.write_text('{"question": "How many moons has Mars?", "answers": ["two"]}')
    command = ["eval", str(questions), "--index", str(index)]
    assert main([*command, "--fail-under", "answered=.5", "--fail-under", "right=1"]) == 0
    assert capsys.readouterr().err == ""
    bars = ["--fail-under", "answered=.5", "--fail-under", "right=.9", "--fail-under", "refused=.9"]
    assert main([*command, "--threshold", "1", *bars, "--json"]) == 1
    printed = capsys.readouterr()
    lines = [
        "answered is 0.000; at least 0.5 is asked for",
        "right is 0.000; at least 0.9 is asked for",
        "refused is not measured by these questions; at least 0.9 is asked for",
    ]
    assert printed.err.splitlines() == [f"rag: {line}" for line in lines]
    assert json.loads(printed.out)["below"] == lines
    with pytest.raises(SystemExit, match="2"):
        main([*command, "--fail-under", "quality=.9"])
    assert "'quality' is no measure. Known are: as_wanted, answered," in capsys.readouterr().err


def test_feedback_is_listed_evaluated_exported_and_deleted(
    index: Path, tmp_path: Path, capsys: Output
) -> None:
    where, out = ("--index", index), tmp_path / "questions.jsonl"
    path = index / FILE
    assert (
        run(capsys, "feedback", *where)
        == "0 questions from feedback; 0 verdicts cannot be evaluated\n"
    )
    nothing = (
        f"{path} makes no questions (0 verdicts cannot be evaluated). "
        "Press a thumb under an answer, or point at the right place: rag serve"
    )
    assert fail(capsys, "eval", "--feedback", *where) == nothing
    assert fail(capsys, "feedback", "--out", out, *where) == nothing
    assert not out.exists()
    quote = "It has two small moons."
    start = CORPUS["space/mars.md"].index(quote)
    keep_feedback(
        index,
        Feedback(QUESTION, "here", (Place("space/mars.md", start, start + len(quote), quote),)),
    )
    keep_feedback(index, Feedback("Who\x1b[31m?", "wrong"))
    with path.open("ab") as file:
        file.write(b"no verdict\n")
    left_out = "1 verdicts cannot be evaluated, and 1 lines are damaged"
    assert run(capsys, "feedback", *where, "--out", out).splitlines() == [
        f"1 questions from feedback; {left_out}",
        f"{QUESTION} (pointed at)",
        "not evaluated: Who[31m? (called wrong, and the right place was not pointed at)",
    ]
    assert [(item.question, item.quotes) for item in read_questions(out)] == [(QUESTION, (quote,))]
    fields = json.loads(run(capsys, "feedback", *where, "--json"))
    assert (len(fields["questions"]), len(fields["left_out"]), fields["damaged"]) == (1, 1, 1)
    assert main(["eval", "--feedback", *map(str, where), "--json"]) == 0
    printed = capsys.readouterr()
    assert json.loads(printed.out)["summary"]["kinds"]["pointed at"]["as wanted"] == 1.0
    assert printed.err == f"{left_out}. See them: rag feedback --index {index}\n"
    assert main(["eval", str(out), "--feedback", *map(str, where), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["summary"]["questions"] == 2
    assert run(capsys, "feedback", "--delete", *where) == f"{path} is deleted\n"
    assert not path.exists()
    assert json.loads(run(capsys, "feedback", "--delete", *where, "--json")) == {"deleted": False}
