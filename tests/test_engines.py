"""Stores: their addresses; and the contract, where only it sees the client of Milvus."""

import os
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.engines import figures
from benchmarks.kills import RIGHT, summed
from benchmarks.lines import Lines
from lab.encoder import FakeEncoder
from rag import BuildConfig, build
from rag.cli import main
from rag.errors import StoreError
from rag.index import Index, open_index
from rag.index.address import Address, normal
from rag.index.connection import token_of

ROOT = Path(__file__).parents[1]
CLIENT = Path(sys.prefix) / "milvus"  # `make test` installs it there


def test_the_suite_of_stores_passes() -> None:
    path = os.pathsep.join((str(ROOT), str(CLIENT)))
    suite = "tests/engines/suite_store.py"
    command = ["-m", "pytest", "-c", "tests/engines/pytest.ini", "--rootdir", ".", "-v", suite]
    done = subprocess.run(
        [sys.executable, *command],
        cwd=ROOT, env={**os.environ, "PYTHONPATH": path, "GRPC_VERBOSITY": "NONE"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    ended = re.findall(r"suite_store\.py::\S+ (\w+)", done.stdout)
    assert len(ended) >= 13, done.stdout[-3000:] + done.stderr[-3000:]
    assert set(ended) == {"PASSED"}, done.stdout[-3000:]


@pytest.mark.parametrize(
    ("store", "address"),
    [
        ("milvus://h/a", Address("http://h:19530", "a")),
        ("milvus://10.0.0.1:99/a_1?index=hnsw", Address("http://10.0.0.1:99", "a_1", "HNSW")),
        ("milvus://h/a?tls=1&token_file=/t", Address("https://h:19530", "a", "FLAT", "/t")),
        ("milvus://[::1]:9/a", Address("http://[::1]:9", "a")),
        ("/x/y.db?index=FLAT", Address("/x/y.db", "footnote")),
    ],
)
def test_a_store_names_an_engine_a_collection_and_how_it_is_searched(
    store: str, address: Address
) -> None:
    assert Address.of(store) == address
    assert normal(store) == store


@pytest.mark.parametrize(
    ("store", "why"),
    [
        ("vectors", "a file must end in .db"),
        ("milvus://h", "a name has letters, digits and _"),
        ("milvus://h/a-b", "a name has letters, digits and _"),
        ("redis://h/a", "a name has letters"),
        ("milvus://h:x/a", "its host or port is wrong"),
        ("milvus://h/a?index=IVF", "index must be one of FLAT, HNSW"),
        ("milvus://h/a?nlist=3", "it has the unknown option nlist"),
        ("milvus://h/a?tls", "tls must be 0 or 1"),
        ("y.db?token_file=t", "the option token_file is for a server"),
        ("milvus://h/a?token=me:secret", "it has the unknown option token"),
        ("milvus://me:se/cret@h/a?password=secret", "it has the unknown option password"),
        ("me:secret@h:1/a", "a file must end in .db"),
        ("milvus://me:secret@h/a", "name a file with the token: [?]token_file=PATH"),
    ],
)
def test_what_is_no_store_is_refused_with_the_reason_and_without_a_password(
    store: str, why: str
) -> None:
    with pytest.raises(StoreError, match=why) as raised:
        normal(store)
    assert str(raised.value).endswith("A store is milvus://HOST:PORT/NAME, the path of a file "
                                      "that ends in .db, or local")  # fmt: skip
    assert "secret" not in str(raised.value)


def test_files_are_recorded_with_their_whole_paths(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    assert normal("s.db") == "/s.db"
    recorded = normal("milvus://h/a?tls=1&token_file=t%26o/k")
    assert recorded == "milvus://h/a?tls=1&token_file=/t%26o/k"
    assert Address.of(recorded).token_file == "/t&o/k"
    assert normal("local") == normal("") == ""


def test_a_benchmark_that_was_interrupted_goes_on_after_its_last_whole_line(tmp_path: Path) -> None:
    for values in (
        {"engine": "a", "questions": 20, "same ten passages": 20, "same answer and citations": 19},
        {"engine": "a", "recall@10": 0.5},
    ):
        Lines("engines", tmp_path).add(**values)
    with (tmp_path / "engines.jsonl").open("a") as file:
        file.write('{"engine": "a", "questions": 2')
    lines = Lines("engines", tmp_path)
    lines.add(**{"engine": "a", "questions": 20, "same ten passages": 10,
                 "same answer and citations": 20})  # fmt: skip
    assert len((tmp_path / "engines.jsonl").read_text().splitlines()) == 3
    assert figures(lines) == {
        "a": {"questions": 40, "same ten passages": 0.75, "same answer and citations": 0.975,
              "recall@10": 0.5}
    }  # fmt: skip
    for number in range(2):
        happened = {"during questions": 1, "wrong after it": number}
        Lines("kills", tmp_path).add(kill=number, happened=happened, searches={RIGHT: 3},
                                     messages={"No": 1})  # fmt: skip
    found, messages = summed(Lines("kills", tmp_path))
    assert (found["kills"], found["wrong after it"], found[f"searches: {RIGHT}"]) == (2, 1, 6)
    assert messages == {"No": 2}


def test_a_missing_client_is_named_before_anything_is_changed(
    corpus: Path, index: Path, encoder: FakeEncoder, capsys: pytest.CaptureFixture[str]
) -> None:
    before, encoder.encoded = (index / "manifest.json").read_bytes(), []
    with pytest.raises(StoreError, match=r"needs pymilvus: pip install 'footnote-rag\[milvus\]'"):
        build(corpus, index, BuildConfig(store="milvus://127.0.0.1:9/a"), encoder=encoder)
    assert (index / "manifest.json").read_bytes() == before
    assert open_index(index).manifest.config.store == ""
    assert encoder.encoded == []
    assert main(["build", str(corpus), "--index", str(index), "--store", "x"]) == 1
    assert "x is not a store" in capsys.readouterr().err


def test_a_store_given_in_python_is_recorded_like_one_of_the_command_line(
    corpus: Path, tmp_path: Path, encoder: FakeEncoder
) -> None:
    build(corpus, tmp_path / "index", BuildConfig(store="local"), encoder=encoder)
    assert open_index(tmp_path / "index").manifest.config.store == ""


def test_a_token_that_cannot_be_read_is_an_error_at_once(tmp_path: Path) -> None:
    (tmp_path / "bytes").write_bytes(b"\xff")
    for name in ("nowhere", "bytes"):
        address = Address.of(f"milvus://h/a?token_file={tmp_path / name}")
        with pytest.raises(StoreError, match=rf"token of http://h:19530.* from .*/{name}: "):
            token_of(address)
    assert token_of(Address.of("milvus://h/a")) == ""


def test_an_index_with_a_store_opens_without_its_client_and_only_a_search_needs_it(
    index: Path,
) -> None:
    manifest = open_index(index).manifest
    config = replace(manifest.config, store="milvus://127.0.0.1:9/a")
    opened = Index(index, replace(manifest, config=config))
    assert opened.documents["tea.txt"].text.startswith("Green tea")
    with pytest.raises(StoreError, match="needs pymilvus"):
        _ = opened.dense
