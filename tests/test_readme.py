"""The documentation agrees with the program: transcripts, snippets, commands, links, tables."""

import re
import shlex
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import takewhile
from pathlib import Path

import pytest

from benchmarks.tables import README as README_OF_BENCHMARKS
from benchmarks.tables import filled
from lab.site import running_site
from rag import build
from rag.cli import main
from rag.cli.arguments import make_parser

ROOT = Path(__file__).parents[1]
README = ROOT / "README.md"
GUIDES = [README, *sorted(ROOT.glob("docs/*.md"))]
PAGES = [
    *GUIDES,
    *(ROOT / name for name in ("CHANGELOG.md", "CONTRIBUTING.md", "index/README.md")),
    *(ROOT / name for name in ("benchmarks/README.md", "benchmarks/peers/README.md")),
    ROOT / "rag" / "weights" / "README.md",
]
TEXTS = {page.relative_to(ROOT).as_posix(): page.read_text(encoding="utf-8") for page in PAGES}
TRANSCRIPTS = re.findall(
    r'```console\n\$ rag ask "([^"\n]+)"\n(.*?)```', TEXTS["README.md"], re.DOTALL
)
DRAFT = r"```console\n\$ cat draft\.md\n(.*?)\$ rag check draft\.md\n(.*?)```"
((CHECKED, VERDICTS),) = re.findall(DRAFT, TEXTS["README.md"], re.DOTALL)
SNIPPETS = {
    name: found
    for name, text in TEXTS.items()
    if (found := re.findall(r"```python\n(.*?)```", text, re.DOTALL))
}
ADDRESS = "http://127.0.0.1:7860"  # of the server in the documentation
WIDTH = 130
SHELL = frozenset("< > | ||".split())  # what follows is the shell's
PLACEHOLDERS = {"P": "0.5"}  # the others stay unchanged


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    shutil.copytree(ROOT / "corpus", tmp_path / "corpus")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    return tmp_path


@pytest.fixture
def site(folder: Path) -> Iterator[str]:
    build("corpus")
    with running_site(folder / "index", folder / "corpus") as address:
        yield address


def commands(text: str) -> list[list[str]]:
    """Return the arguments of every `rag` command line in a page."""
    blocks = "".join(re.findall(r"```(?:sh|console)\n(.*?)```", text, re.DOTALL))
    prose = re.sub(r"^```.*?^```", "", text, flags=re.DOTALL | re.MULTILINE)
    lines = re.findall(r"^(?:\$ |\.venv/bin/)?rag (.+)$", blocks, re.MULTILINE)
    lines += re.findall(r"`rag ([^`]+)`", prose)
    split = (
        takewhile(lambda word: word not in SHELL, shlex.split(line, comments=True))
        for line in lines
    )
    return [[PLACEHOLDERS.get(word, word) for word in words] for words in split]


COMMANDS = [
    (page.name, words)
    for page in GUIDES
    for words in commands(TEXTS[page.relative_to(ROOT).as_posix()])
]


def anchors(text: str) -> set[str]:
    """Return the anchors of the headings of a page, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_readme_shows_an_answer_and_a_refusal() -> None:
    assert len(TRANSCRIPTS) == 2


def test_the_transcripts_are_what_the_program_prints(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["build"]) == 0
    for question, shown in TRANSCRIPTS:
        capsys.readouterr()
        assert main(["ask", question]) == 0
        assert capsys.readouterr().out == shown
    (folder / "draft.md").write_text(CHECKED)
    assert main(["check", "draft.md"]) == 0
    assert capsys.readouterr().out == VERDICTS


def test_the_python_snippet_prints_quotes_from_the_corpus(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (snippet,) = SNIPPETS["README.md"]
    exec(compile(snippet, "README.md", "exec"), {})
    lines = capsys.readouterr().out.splitlines()
    assert lines
    assert any("DeepSeek moment" in line and ".md" in line for line in lines)


@pytest.mark.parametrize("page", sorted(SNIPPETS.keys() - {"README.md", "docs/adapters.md"}))
def test_every_python_snippet_of_a_page_runs_and_prints_something(
    page: str, site: str, capsys: pytest.CaptureFixture[str]
) -> None:
    names: dict[str, object] = {}  # shared: a snippet may use the names of an earlier one
    for snippet in SNIPPETS[page]:
        code = compile(snippet.replace(ADDRESS, site), page, "exec")
        with ThreadPoolExecutor(1) as thread:  # the browser tests leave a loop running in this one
            thread.submit(exec, code, names).result()
        printed = capsys.readouterr().out.strip()
        assert printed, snippet
        assert not printed.endswith("[]"), snippet


def test_rest_and_mcp_are_among_the_snippets_that_run() -> None:
    assert [ADDRESS in snippet for snippet in SNIPPETS["docs/deployment.md"]] == [True, False, True]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command[1])[:60])
def test_the_program_accepts_every_command_line_in_the_documentation(
    command: tuple[str, list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    page, words = command
    try:
        make_parser().parse_args(words if len(words) > 1 else [*words, "--help"])
    except SystemExit as end:
        assert end.code == 0, f"{page}: rag {shlex.join(words)}: {capsys.readouterr().err}"


def test_command_lines_are_found_in_blocks_and_in_prose() -> None:
    text = "`rag build` or:\n\n```sh\nrag serve --port 1  # here\n```\n\n`rag ask -`\n"
    assert commands(text) == [["serve", "--port", "1"], ["build"], ["ask", "-"]]
    assert ("README.md", ["search", "…"]) in COMMANDS
    assert ("evaluation.md", ["eval", "OTHERS", "--threshold", "0.5"]) in COMMANDS


@pytest.mark.parametrize("name", TEXTS)
def test_every_link_in_the_documentation_leads_to_a_file_and_to_a_heading(name: str) -> None:
    page = ROOT / name
    for link in re.findall(r"\]\((?!https?:)([^)]+)\)", TEXTS[name]):
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        assert target.exists(), f"{name} links to {link}"
        if anchor:
            assert anchor in anchors(target.read_text(encoding="utf-8")), f"{name} links to {link}"


@pytest.mark.parametrize("name", TEXTS)
def test_no_line_of_the_documentation_is_too_long_except_in_tables(name: str) -> None:
    lines = enumerate(TEXTS[name].splitlines(), 1)
    assert [n for n, line in lines if len(line) > WIDTH and not line.startswith("|")] == []


def test_the_benchmark_tables_hold_the_newest_results() -> None:
    written = README_OF_BENCHMARKS.read_text(encoding="utf-8")
    assert filled(written) == written
