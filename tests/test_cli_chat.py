"""The terminal as people use it: words without quotes, a conversation, styles, help, completion."""

import io
import re
import shlex
import subprocess
from pathlib import Path

import pytest

import rag
from rag import Answer, Citation, Pipeline, errors
from rag.cli import main
from rag.cli.arguments import make_parser
from rag.cli.completion import SHELLS
from rag.cli.examples import EXAMPLES
from rag.cli.printing import answer_text
from rag.cli.styled import Style, styles
from tests.test_program import COMMANDS

QUESTION = "How many moons has Mars?"
Output = pytest.CaptureFixture[str]


pytestmark = pytest.mark.usefixtures("_fake_encoder")


def printed(capsys: Output, *arguments: str | Path) -> tuple[int, str, str]:
    code = main([str(argument) for argument in arguments])
    found = capsys.readouterr()
    return code, found.out, found.err


def test_a_question_needs_no_quotes_around_its_words(index: Path, capsys: Output) -> None:
    for command in ("ask", "search"):
        whole = printed(capsys, command, QUESTION, "--index", index)
        assert printed(capsys, command, *QUESTION.split(), "--index", index) == whole
        assert whole[0] == 0


def test_quiet_prints_only_quotes_and_ends_with_1_for_a_refusal(
    index: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = ("--quiet", "--index", index)
    code, out, err = printed(capsys, "ask", QUESTION, *where)
    assert (code, err) == (0, "")
    assert "It has two small moons." in out
    assert not re.search(r"[“”\[·]", out)
    assert printed(capsys, "ask", "Who is the mayor?", *where) == (1, "", "")
    for lines, expected in ((QUESTION, 0), (f"{QUESTION}\nWho is the mayor?\n{QUESTION}", 1)):
        monkeypatch.setattr("sys.stdin", io.StringIO(lines))
        assert printed(capsys, "ask", "-", *where)[0] == expected


def test_questions_from_standard_input_are_answered_as_text(
    index: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(f"{QUESTION}\n?\nWho is the mayor?\n"))
    code, out, err = printed(capsys, "ask", "-", "--index", index)
    assert code == 1
    assert err == "rag: ?: The question is empty. Type a question\n"
    first, second = out.rstrip().split("\n\n› ")
    assert first.startswith(f"› {QUESTION}\n")
    assert "[1] space/mars.md" in first
    assert second.startswith("Who is the mayor?\nThe documents do not answer this.")


def test_a_conversation_answers_each_line_and_passes_the_earlier_questions_on(
    index: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    histories: list[tuple[str, ...]] = []

    def ask(self: object, question: str, history: list[str], scope: object) -> Answer:
        histories.append(tuple(history))
        if question == "?":
            raise errors.QuestionError("The question is empty")
        return Answer(question, f"You said {question}", "talk", 0.0)

    monkeypatch.setattr("rag.pipeline.Pipeline.ask", ask)
    monkeypatch.setattr("sys.stdin", io.StringIO("one\n\n?\ntwo\n"))
    code, out, err = printed(capsys, "chat", "--index", index)
    assert (code, err) == (0, "rag: The question is empty\n")
    assert out.startswith("Ask 3 documents. Ctrl-D ends the conversation.")
    assert re.findall("You said (.*)", out) == ["one", "two"]
    assert histories == [(), ("one",), ("one",)]
    assert "\x1b" not in out  # no terminal


def test_a_conversation_about_nothing_is_refused_at_once(index: Path, capsys: Output) -> None:
    code, out, err = printed(capsys, "chat", "--type", "pdf", "--index", index)
    assert (code, out) == (1, "")
    assert "No document is in this scope" in err


def test_in_a_terminal_the_words_that_answer_are_bold_and_places_open_files(
    index: Path, corpus: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.cli.chat.styles", lambda stream: True)
    monkeypatch.setattr("sys.stdin", io.StringIO(QUESTION))
    _, out, _ = printed(capsys, "chat", "--index", index)
    mars = (corpus / "space" / "mars.md").resolve().as_uri()
    assert f"\x1b]8;;{mars}\x1b\\[1] space/mars.md\x1b]8;;" in out
    bold = re.findall(r"\x1b\[1m(.*?)\x1b\[22m", out, re.DOTALL)
    (citation,) = Pipeline.open(index).ask(QUESTION).citations
    text = Pipeline.open(index).documents[citation.document_id].text
    assert bold == [text[start:end] for start, end in citation.marks] != []
    styled = re.sub(r"\x1b\[\d+m|\x1b\]8;;.*?\x1b\\", "", out)
    _, plain, _ = printed(capsys, "ask", QUESTION, "--index", index)
    assert plain.strip() in styled


def test_no_document_can_start_a_style_of_its_own() -> None:
    quote = "a\x02b\x1b[1mc\x03 d\x1b]8;;http://evil.example\x1b\\e"
    citation = Citation(1, "x\x1b[1m", "t", None, "", 0, len(quote), quote, quote, ((1, 4),))
    shown = answer_text(
        Answer("?", quote, "span", 1.0, (citation,)), style=Style(lambda _: "file:///x")
    )
    assert shown.count("\x1b") == 2 + 2 * 2  # bold on and off, and a link in four parts
    assert "\x1b]8;;http" not in shown
    assert not re.search("[\x02\x03]", shown)


def test_styles_are_for_terminals_and_can_be_turned_off(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    assert styles(Terminal())
    assert not styles(io.StringIO())
    monkeypatch.setenv("TERM", "dumb")
    assert not styles(Terminal())
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("NO_COLOR", "1")
    assert not styles(Terminal())


# Help, completion, errors


def test_every_command_has_examples_that_the_program_accepts() -> None:
    assert set(EXAMPLES) == COMMANDS
    for name, lines in EXAMPLES.items():
        for line in lines:
            program, *words = shlex.split(re.split(r" [<>|]", line)[0])
            assert (program, words[0]) == ("rag", name)
            assert make_parser().parse_args(words).run


def test_the_help_of_a_command_shows_its_examples(capsys: Output) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["ask", "--help"])
    assert "examples:\n  rag ask what is kimi k2\n" in capsys.readouterr().out


@pytest.mark.parametrize("shell", SHELLS)
def test_completion_covers_every_command_under_both_names(shell: str, capsys: Output) -> None:
    code, out, _ = printed(capsys, "completion", shell)
    assert code == 0
    assert all(re.search(rf"\b{command}\b", out) for command in COMMANDS)
    assert "footnote-rag" in out


def test_bash_completes_a_command_and_an_option(tmp_path: Path, capsys: Output) -> None:
    _, out, _ = printed(capsys, "completion", "bash")
    script = tmp_path / "completion"
    script.write_text(out)
    for program in ("rag", "footnote-rag"):
        for words, wanted in ((["doc"], "documents"), (["ask", "--qui"], "--quiet")):
            line = [program, *words]
            code = f"""
            source {script}
            COMP_WORDS=({shlex.join(line)}); COMP_CWORD={len(words)}
            $(complete -p {program} | grep -oP '(?<=-F )\\S+') {program} {words[-1]} {line[-2]}
            printf '%s\\n' "${{COMPREPLY[@]}}"
            """
            done = subprocess.run(["bash", "-c", code], capture_output=True, text=True, check=True)
            assert wanted in done.stdout.split()


@pytest.mark.parametrize(
    "arguments",
    [
        ["search", "x", "-k", "many"],
        ["search", "x", "-k", "0"],
        ["ask", "x", "--threshold", "high"],
        ["ask", "x", "--since", "July"],
        ["serve", "--port", "http"],
        ["eval", "--seed", "x"],
        ["eval", "--fail-under", "x"],
    ],
)
def test_an_error_of_an_argument_names_no_function(arguments: list[str], capsys: Output) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    said = capsys.readouterr().err.splitlines()[-1]
    assert arguments[-1] in said
    assert not re.search(r"_\w+ value|invalid \w+ value|<function", said)


def test_every_error_can_be_imported_from_the_package() -> None:
    named = {
        name
        for name, value in vars(errors).items()
        if isinstance(value, type) and issubclass(value, errors.RagError)
    }
    assert named <= set(rag.__all__)
    assert all(getattr(rag, name) is getattr(errors, name) for name in named)


def test_a_missing_index_ends_a_conversation_with_what_to_do(
    tmp_path: Path, capsys: Output
) -> None:
    code, _, err = printed(capsys, "chat", "--index", tmp_path / "none")
    assert (code, "rag build" in err) == (1, True)
