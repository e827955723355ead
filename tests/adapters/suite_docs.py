"""The snippets of docs/adapters.md run, and print what they found."""

import re
import shutil
from pathlib import Path

import pytest

from rag import build

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "adapters.md").read_text(encoding="utf-8")
SNIPPETS = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)


def test_there_is_a_snippet_for_each_framework() -> None:
    assert len(SNIPPETS) == 3


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_a_snippet_prints_what_it_found(
    snippet: str,
    tmp_path_factory: pytest.TempPathFactory,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    folder = tmp_path_factory.getbasetemp() / "docs"
    if not folder.exists():
        shutil.copytree(ROOT / "corpus", folder / "corpus")
        build(folder / "corpus", folder / "index")
    monkeypatch.chdir(folder)
    exec(compile(snippet, "docs/adapters.md", "exec"), {})
    assert capsys.readouterr().out.strip()
