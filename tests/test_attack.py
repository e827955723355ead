"""The whole server under attack: hostile values at every address, watched from outside."""

import json
import sys
from pathlib import Path

import pytest

from tests.conftest import CORPUS, write
from tests.test_doors import SECRET
from tests.test_silence import rag, watched


def test_hostile_requests_break_nothing_read_no_outside_file_and_reach_no_other_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(
        tmp_path, {"secret.md": SECRET, **{f"corpus/{name}": text for name, text in CORPUS.items()}}
    )
    index, corpus, temporary = (
        str(tmp_path / "index"),
        str(tmp_path / "corpus"),
        tmp_path / "temporary",
    )
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    watched(rag("build", corpus, "--index", index), tmp_path)
    before = {
        path: path.read_bytes() for path in (tmp_path / "corpus").rglob("*") if path.is_file()
    }
    driver = [sys.executable, "-m", "tests.attack", index]
    output, outside, home = watched(
        rag("serve", "--index", index, "--port", "7862"), tmp_path, driver
    )
    found = json.loads(output)
    assert (found["wrong"], found["answers"], outside, home) == ([], True, set(), [])
    assert found["sent"] > 3_000
    assert {
        path: path.read_bytes() for path in (tmp_path / "corpus").rglob("*") if path.is_file()
    } == before
    copies = [
        path
        for path in tmp_path.rglob("*")
        if path.is_file() and SECRET.encode() in path.read_bytes()
    ]
    assert copies == [tmp_path / "secret.md"]
    assert [path for path in temporary.rglob("*") if path.is_file()] == []
