"""A build that dies at any moment leaves a whole index: the old or the new generation."""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lab.encoder import FakeEncoder
from rag import BuildConfig, build
from rag.errors import IndexMissing
from rag.index import open_index
from rag.index.manifest import read_manifest
from rag.index.opened import verify
from rag.index.verified import VERIFIED
from tests.conftest import CORPUS, write

ROOT = Path(__file__).parents[1]
OLD = CORPUS
NEW = {
    "tea.txt": "Rooibos is steeped at 100 degrees.\n",
    "space/mars.md": CORPUS["space/mars.md"],
    "new.md": "# New\n\nA.\n",
}


@dataclass(frozen=True)
class Builder:
    """Runs builds that die."""

    process: subprocess.Popen[str]

    def __call__(
        self, corpus: Path, index: Path, step: int = 0, seconds: float = 0
    ) -> tuple[int, int]:
        """Return a build's exit status (negative: the signal) and its number of file operations."""
        asked = {"corpus": str(corpus), "index": str(index), "step": step, "seconds": seconds}
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        return answer["status"], answer["touched"]


@pytest.fixture(scope="module")
def builder() -> Iterator[Builder]:
    command = [sys.executable, "-m", "tests.crashing"]
    settings = {**os.environ, "OMP_NUM_THREADS": "1"}
    pipe = subprocess.PIPE
    with subprocess.Popen(
        command, cwd=ROOT, text=True, env=settings, stdin=pipe, stdout=pipe
    ) as process:
        yield Builder(process)
        process.communicate()


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.index.draft.PASSAGES", 2)  # a segment for each document


@pytest.fixture
def old(tmp_path: Path) -> Path:
    return write(tmp_path / "old", OLD)


@pytest.fixture
def new(tmp_path: Path) -> Path:
    return write(tmp_path / "new", NEW)


def texts(index: Path) -> dict[str, str]:
    """Verify an index, and return the texts of its documents by id."""
    return {document.id: document.text for document in verify(index).documents}


def leftovers(index: Path) -> list[Path]:
    """Return the generations and segments that are not of the current generation."""
    manifest = read_manifest(index)
    kept = [index / manifest.generation, *(index / part.folder for part in manifest.segments)]
    return sorted({*index.glob("gen-*"), *index.glob("segments/*")} - set(kept))


def built(corpus: Path, index: Path) -> None:
    build(corpus, index, BuildConfig(passage_tokens=16), encoder=FakeEncoder())


def test_a_build_that_exits_before_any_file_operation_leaves_a_whole_index(
    builder: Builder, old: Path, new: Path, tmp_path: Path
) -> None:
    index = tmp_path / "index"
    counts = []
    for corpus in (old, new, old):
        (index / VERIFIED).unlink(missing_ok=True)
        status, touches = builder(corpus, index)
        assert status == 0
        counts.append(touches)
    assert counts[1] == counts[2]
    assert touches > 40
    seen: dict[Path, list[bool]] = {old: [], new: []}
    for step in range(1, touches + 1):
        before = texts(index)
        corpus, after = (new, NEW) if before == OLD else (old, OLD)
        (index / VERIFIED).unlink(missing_ok=True)  # so that each build makes the same operations
        assert builder(corpus, index, step)[0] == 9
        found_now = texts(index)
        assert found_now in (before, after)
        seen[corpus].append(found_now == after)
    for way in seen.values():
        assert way == sorted(way)  # the old generation before the commit, the new one after
        assert {*way} == {False, True}
    built(new, index)
    assert texts(index) == NEW
    assert leftovers(index) == []


def test_a_first_build_that_exits_before_any_file_operation_leaves_no_index_or_a_whole_one(
    builder: Builder, old: Path, tmp_path: Path
) -> None:
    status, touches = builder(old, tmp_path / "measured")
    assert status == 0
    missing, steps = 0, range(2 - touches % 2, touches + 1, 2)
    for step in steps:
        index = tmp_path / f"index{step}"
        assert builder(old, index, step)[0] == 9
        try:
            assert texts(index) == OLD
        except IndexMissing:
            missing += 1
    assert 0 < missing < len(steps)
    for step in steps[::6]:
        built(old, tmp_path / f"index{step}")
        assert texts(tmp_path / f"index{step}") == OLD
        assert leftovers(tmp_path / f"index{step}") == []


@pytest.mark.parametrize(("first", "times"), [(False, 15), (True, 10)])
def test_a_build_killed_at_any_moment_leaves_a_whole_index_and_the_next_build_works(
    first: bool, times: int, builder: Builder, old: Path, new: Path, tmp_path: Path
) -> None:
    chance = random.Random(9)
    started = time.perf_counter()
    builder(old, tmp_path / "measured")
    seconds = time.perf_counter() - started
    statuses = set()
    for number in range(times):
        index = tmp_path / (f"index{number}" if first else "index")
        before = {} if first else OLD
        if not first:
            built(old, index)
        statuses.add(builder(new, index, seconds=chance.uniform(0.001, seconds))[0])
        assert found(index) in (before, NEW)
        built(new, index)
        assert texts(index) == NEW
        assert leftovers(index) == []
    assert -9 in statuses


def found(index: Path) -> dict[str, str]:
    try:
        open_index(index)
    except IndexMissing:
        return {}
    return texts(index)
