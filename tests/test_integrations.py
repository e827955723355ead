"""The examples of docs/integrations.md that are not Python: curl lines and JSON."""

import json
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.site import running_site
from rag import build
from rag.cli.arguments import make_parser

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "integrations.md").read_text(encoding="utf-8")
CURL = [line for line in PAGE.splitlines() if line.startswith("curl ")]
OBJECTS = re.findall(r"```json\n(.*?)```", PAGE, re.DOTALL)
ADDRESS = "http://127.0.0.1:7860"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("integrations")
    shutil.copytree(ROOT / "corpus", folder / "corpus")
    build(folder / "corpus", folder / "index")
    with running_site(folder / "index", folder / "corpus") as address:
        yield address


@pytest.mark.parametrize("line", CURL)
def test_a_curl_line_gets_an_answer(site: str, line: str) -> None:
    command = [*shlex.split(line.replace(ADDRESS, site)), "--fail-with-body"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    if '"stream"' in line:
        assert done.stdout.startswith("event: citation\ndata: {")
    else:
        assert json.loads(done.stdout)


def test_there_are_curl_lines_for_every_operation() -> None:
    assert len(CURL) == 8


def test_the_entry_of_an_assistant_names_a_command_that_exists() -> None:
    problem, entry = (json.loads(text) for text in OBJECTS)
    server = entry["mcpServers"]["footnote"]
    assert make_parser().parse_args(server["args"]).run
    assert f"{server['command']} = " in (ROOT / "pyproject.toml").read_text()
    assert problem["error"].keys() == {"message", "type", "code", "param"}
