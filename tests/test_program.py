"""`rag` as a program: what it loads, how it exits, and whether its help matches the README."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from lab.encoder import FakeEncoder
from rag import __version__
from rag.cli import main
from rag.index.folders import LexicalWriter
from tests.conftest import write

ROOT = Path(__file__).parents[1]
COMMANDS = set(
    "eval feedback build add remove status gc ask chat search check documents show verify serve "
    "mcp keys completion publish diff".split()
)
HEAVY = (
    "numpy faiss tantivy openvino gradio torch sentence_transformers pypdfium2 tokenizers "
    "tqdm sqlite3 fsspec"
).split()
LOADED = f"import sys; print([name for name in {HEAVY} if name in sys.modules])"
HELP = "import rag.cli\ntry:\n    rag.cli.main(['--help'])\nexcept SystemExit:\n    pass\n"


def python(*arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "COLUMNS": "100", **settings}
    run = [sys.executable, *arguments]
    return subprocess.run(
        run, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("code", ["import rag\n", HELP])
def test_nothing_heavy_is_loaded_before_a_command_needs_it(code: str) -> None:
    done = python("-c", code + LOADED)
    assert (done.returncode, done.stderr, done.stdout.splitlines()[-1]) == (0, "", "[]")


def test_the_help_lists_every_command_and_so_does_the_readme() -> None:
    done = python("-m", "rag", "--help")
    assert (done.returncode, done.stderr) == (0, "")
    assert set(re.findall(r"^ {4}(\w+)(?: |$)", done.stdout, re.MULTILINE)) == COMMANDS
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert set(re.findall(r"^(?:\.venv/bin/|\$ )rag (\w+)", readme, re.MULTILINE)) == COMMANDS


def test_every_option_in_the_documentation_exists(
    capsys: pytest.CaptureFixture[str],
) -> None:
    pages = [ROOT / "README.md", *ROOT.glob("docs/*.md"), *ROOT.glob("rag/**/*.py")]
    text = "\n".join(page.read_text(encoding="utf-8") for page in pages)
    used = {
        (name, option)
        for name, rest in re.findall(r"\brag (\w+)([^`\n\"]*)", text)
        for option in options(rest)
    }
    assert {("build", "--encoder"), ("serve", "--public"), ("build", "--index")} <= used
    for name, option in used:
        with pytest.raises(SystemExit, match="0"):
            main([name, "--help"])
        assert option in options(capsys.readouterr().out), f"rag {name} {option}"


def options(text: str) -> list[str]:
    return re.findall(r"(?<!\S)--[a-z]+", text)


def test_the_version_is_the_version_of_the_package(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == f"rag {__version__}\n"


@pytest.mark.parametrize(
    "arguments", [[], ["fly"], ["ask"], ["search", "x", "-k", "0"], ["search", "x", "-k", "many"]]
)
def test_wrong_arguments_exit_with_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main(arguments)
    assert capsys.readouterr().err.splitlines()[-1].startswith("rag")


def test_an_interrupted_build_exits_with_130_and_leaves_the_index_unchanged(
    corpus: Path, index: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    class Interrupted(FakeEncoder):
        def count_tokens(self, texts: Sequence[str]) -> list[int]:
            if "It is 25." in texts:
                raise KeyboardInterrupt
            return super().count_tokens(texts)

    before = (index / "manifest.json").read_bytes()
    write(corpus, {f"new{number:02d}.txt": f"It is {number}." for number in range(30)})
    monkeypatch.setattr("rag.indexing.load_encoder", lambda name: Interrupted())
    close = LexicalWriter.close
    closed: list[None] = []  # else its threads keep writing into the removed folder
    monkeypatch.setattr(LexicalWriter, "close", lambda writer: closed.append(close(writer)))
    assert main(["build", "--index", str(index)]) == 130
    assert capsys.readouterr().err == "rag: interrupted; the index is whole\n"
    assert (index / "manifest.json").read_bytes() == before
    assert [path.name for path in index.glob("gen-*")] == ["gen-000001"]
    assert len(closed) == 1


def test_serving_on_a_port_in_use_prints_one_line(
    index: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["serve", "--index", str(index), "--port", str(port)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(f"rag: Cannot listen on 127.0.0.1:{port}: ")
    assert line.endswith(f". Choose another port: rag serve --port {port + 1}")


@pytest.mark.parametrize("arguments", [["documents"], ["verify", "--json"], ["show", "tea.txt"]])
def test_a_closed_output_pipe_is_not_an_error(arguments: list[str], index: Path) -> None:
    command = [sys.executable, "-m", "rag", *arguments, "--index", str(index)]
    settings = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, cwd=ROOT, env=settings, stdout=pipe, stderr=pipe) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.close()
        assert process.stderr.read() == b""
    assert process.returncode == 0
