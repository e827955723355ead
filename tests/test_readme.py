"""The README: its transcripts, snippet and commands; the links and tables of all documentation."""

import re
import shutil
from pathlib import Path

import pytest

from benchmarks.tables import README as README_OF_BENCHMARKS
from benchmarks.tables import filled
from rag.cli import main

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TRANSCRIPTS = re.findall(r'```console\n\$ rag ask "([^"\n]+)"\n(.*?)```', README, re.DOTALL)
SNIPPETS = re.findall(r"```python\n(.*?)```", README, re.DOTALL)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(ROOT / "corpus", tmp_path / "corpus")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path


def test_the_readme_shows_an_answer_and_a_refusal() -> None:
    assert len(TRANSCRIPTS) == 2
    assert len(SNIPPETS) == 1


def test_the_transcripts_are_what_the_program_prints(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["build"]) == 0
    for question, shown in TRANSCRIPTS:
        capsys.readouterr()
        assert main(["ask", question]) == 0
        assert capsys.readouterr().out == shown


def test_the_python_snippet_prints_quotes_from_the_corpus(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    exec(compile(SNIPPETS[0], "README.md", "exec"), {})
    lines = capsys.readouterr().out.splitlines()
    assert lines
    assert any("DeepSeek moment" in line and ".md" in line for line in lines)


def test_every_file_that_the_documentation_links_to_exists() -> None:
    for page in [
        ROOT / "README.md",
        ROOT / "CONTRIBUTING.md",
        ROOT / "index" / "README.md",
        *ROOT.glob("docs/*.md"),
    ]:
        for link in re.findall(r"\]\((?!https?:)([^)#]+)", page.read_text(encoding="utf-8")):
            assert (page.parent / link).exists(), f"{page.name} links to {link}"


def test_every_command_in_the_readme_exists(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in re.findall(r"^\.venv/bin/rag (\w+)", README, re.MULTILINE):
        with pytest.raises(SystemExit, match="0"):
            main([name, "--help"])
        assert f"rag {name}" in capsys.readouterr().out


def test_the_benchmark_tables_hold_the_newest_results() -> None:
    written = README_OF_BENCHMARKS.read_text(encoding="utf-8")
    assert filled(written) == written
