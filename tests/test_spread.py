"""Builds on several machines: the suite, where only it sees Dask; and what is said without it."""

import os
import re
import subprocess
import sys
from importlib.metadata import packages_distributions
from pathlib import Path
from threading import Thread

import pytest

from lab.encoder import FakeEncoder
from rag import BuildConfig, WorkersError, build
from rag.building import there
from rag.building.turns import Turns
from rag.building.versions import LIBRARIES, difference, versions
from rag.cli import main
from rag.index.manifest import read_manifest
from rag.load import Parsers
from tests.test_architecture import HOMES

ROOT = Path(__file__).parents[1]
DASK = Path(sys.prefix) / "dask"  # `make test` installs it there


def test_the_suite_of_builds_on_several_machines_passes() -> None:
    path = os.pathsep.join((str(ROOT), str(DASK)))
    suite = "tests/spread/suite_spread.py"
    command = ["-m", "pytest", "-c", "tests/spread/pytest.ini", "--rootdir", ".", "-v", suite]
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": path},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    ended = re.findall(r"suite_spread\.py::.* (PASSED|FAILED|ERROR|SKIPPED)", done.stdout)
    assert len(ended) >= 7, done.stdout[-3000:] + done.stderr[-3000:]
    assert set(ended) == {"PASSED"}, done.stdout[-3000:]


@pytest.mark.parametrize(
    ("address", "error"),
    [
        ("tcp://127.0.0.1:9", r"needs Dask: pip install 'footnote-rag\[dask\]'"),
        ("127.0.0.1:9", "is no scheduler. Write tcp://HOST:PORT or tls://HOST:PORT"),
        ("tcp://me:secret@127.0.0.1:9", "is no scheduler"),
    ],
)
def test_without_dask_or_an_address_a_build_ends_before_anything_is_changed(
    address: str,
    error: str,
    corpus: Path,
    index: Path,
    encoder: FakeEncoder,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before, encoder.encoded = read_manifest(index), []
    (corpus / "new.txt").write_text("Soup is hot.")
    with pytest.raises(WorkersError, match=error):
        build(corpus, index, encoder=encoder, workers=address)
    assert (read_manifest(index), encoder.encoded) == (before, [])
    for command in ("build", "add"):
        assert main([command, str(corpus), "--index", str(index), "--workers", address]) == 1
        assert re.search(error, capsys.readouterr().err)


def test_versions_are_those_of_every_library_that_makes_texts_and_vectors() -> None:
    names = packages_distributions()
    apart = {"rapidocr", "huggingface_hub"}  # its version is the parsers'; it only downloads
    makers = {"load", "embed", "models", "split"}
    used = {names[one][0] for one, homes in HOMES.items() if homes & makers and one not in apart}
    assert {name.lower() for name in used} == {*LIBRARIES} - {"numpy"}
    assert dict(versions()).keys() >= {"footnote-rag", "Python", "the parsers", *LIBRARIES}
    assert difference(versions()) == ""
    assert difference((("lxml", "1"),)).startswith("has lxml ")
    assert difference((("unheard", "1"),)) == "has unheard none, not 1"


def test_a_worker_ends_the_parsers_of_one_order_when_another_takes_its_place(
    encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed: list[int] = []
    monkeypatch.setattr("rag.building.there.load_encoder", lambda _: encoder)
    monkeypatch.setattr(Parsers, "close", lambda parsers: closed.append(parsers.count))
    there._made.cache_clear()
    ended: list[int] = []
    for tokens in (16, 24, 32):
        config = BuildConfig(passage_tokens=tokens)
        there.documents(there.Order(config, encoder.name, encoder.identity, versions()), [])
        ended.append(len(closed))
    there._made.cache_clear()
    assert [*ended, len(closed)] == [0, 1, 2, 3]


def test_what_is_alone_waits_for_what_runs_and_the_rest_waits_for_it() -> None:
    turns, order = Turns(lambda: lambda: None), list[str]()

    def alone() -> None:
        with turns.alone():
            order.append("alone")

    def beside() -> None:
        turns.begin()
        order.append("beside")

    turns.begin()
    first = Thread(target=alone)
    first.start()
    first.join(0.1)
    assert order == []
    turns.end()
    first.join()
    with turns.alone():
        second = Thread(target=beside)
        second.start()
        second.join(0.1)
        assert order == ["alone"]
    second.join()
    assert order == ["alone", "beside"]
    turns.stop()
    with pytest.raises(WorkersError, match="stopped"):
        turns.begin()


def test_what_waits_ends_with_the_error_once_all_workers_are_gone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def gone() -> None:
        raise WorkersError("All workers have ended")

    monkeypatch.setattr("rag.building.turns.LOOKED", 0.01)
    turns = Turns(lambda: gone)
    turns.begin()  # what never ends, since no worker is left to run it
    with pytest.raises(WorkersError, match="have ended"), turns.alone():
        pass
