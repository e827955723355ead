"""A store answers as the files of the index do; a generation is whole in it, or not served."""

import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import grpc
import numpy as np
import pytest
from pymilvus import MilvusClient
from pymilvus.exceptions import MilvusException

from lab.encoder import FakeEncoder
from rag import BuildConfig, Pipeline, build
from rag.embed import PackagedEncoder
from rag.errors import StoreError
from rag.index import Index, open_index
from rag.index.address import Address
from rag.index.milvus import Milvus, Part
from rag.index.mirror import Mirror
from rag.index.published import Published
from rag.index.publishing import publish
from rag.index.remote import remote
from rag.index.stored import PUBLISHED, parts_of
from rag.scope import Scope
from rag.types import Rows, Vectors
from rag.upkeep import collect, rebuild
from tests.conftest import write
from tests.engines.conftest import TOWNS, built, town

QUESTIONS = [
    question.format(f"Town{number}")
    for number in range(0, TOWNS, 4)
    for question in ("When was the mill of {} built?", "How many metres long is {}'s bridge?")
]


def scopes(count: int) -> Iterator["Rows | None"]:
    """Yield rows to search among: all, none, one, runs, every third, all but a few."""
    yield from (None, np.arange(0), np.array([7]), np.arange(5, 60), np.arange(0, count, 3))
    yield np.delete(np.arange(count), [3, 50, 51, 70])
    yield np.arange(count)


@pytest.fixture
def folder(tmp_path: Path, encoder: PackagedEncoder) -> Path:
    """A folder with an index of the towns in a file of its own."""
    built(tmp_path, str(tmp_path / "own.db"), encoder)
    return tmp_path


def names_of(*generations: Index | Pipeline) -> set[str]:
    """Return the names of the partitions of generations."""
    indexes = [one.index if isinstance(one, Pipeline) else one for one in generations]
    return {part.name for one in indexes for part in parts_of(one.manifest)}


def engine_of(folder: Path, index: str = "index") -> Milvus:
    return Milvus(Address.of(open_index(folder / index).manifest.config.store))


# The contract


def test_a_store_finds_the_rows_that_the_files_find(
    local: Pipeline, stored: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors = local.encoder.encode_questions(QUESTIONS[:3])
    assert len(parts_of(stored.index.manifest)) > 3
    for listed, runs in ((10_000, 64), (10_000, 0), (30, 0)):  # ranges, one list, many lists
        monkeypatch.setattr("rag.index.remote.LISTED", listed)
        monkeypatch.setattr("rag.index.remote.RUNS", runs)
        for rows in scopes(len(local.index.passages)):
            for k in (0, 1, 20, 200):
                scores, found = local.index.dense.search(vectors, k, rows)
                stored_scores, stored_found = stored.index.dense.search(vectors, k, rows)
                np.testing.assert_array_equal(stored_found, found)
                np.testing.assert_allclose(stored_scores, scores, atol=1e-5)


@pytest.mark.parametrize("scope", [Scope(), Scope(documents=("t04.md", "t16.md"))])
def test_answers_and_citations_are_those_of_the_files(
    local: Pipeline, stored: Pipeline, scope: Scope
) -> None:
    answered = 0
    for question in QUESTIONS:
        expected, found = local.ask(question, scope=scope), stored.ask(question, scope=scope)
        assert found.citations == expected.citations
        assert abs(found.confidence - expected.confidence) < 1e-4
        for citation in found.citations:
            text = stored.documents[citation.document_id].text
            assert text[citation.start : citation.end] == citation.quote
        answered += bool(found)
    assert answered > (1 if scope else 7)


# Generations


def test_a_change_takes_over_the_partitions_of_what_did_not_change(
    folder: Path, encoder: PackagedEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    write_part = Milvus.write

    def noted(engine: Milvus, part: Part, vectors: Vectors) -> None:
        written.append(part.name)
        write_part(engine, part, vectors)

    monkeypatch.setattr(Milvus, "write", noted)
    before = Pipeline.open(folder / "index", encoder=encoder)
    old = parts_of(before.index.manifest)
    write(folder / "towns", {"t17.md": town(17).replace("1619", "1999")})
    assert rebuild(folder / "index", encoder=encoder).embedded == 1
    after = Pipeline.open(folder / "index", encoder=encoder)
    new = parts_of(after.index.manifest)
    assert [part.name for part in new if part not in old] == written
    assert len(written) == 1
    question = "When was the mill of Town17 built?"
    assert "1619" in before.ask(question).text  # the generation before answers, too
    assert "1999" in after.ask(question).text
    assert engine_of(folder).parts() == {part.name for part in (*old, *new)}
    assert not rebuild(folder / "index", encoder=encoder).changed
    assert "1619" in before.ask(question).text
    write(folder / "towns", {"t17.md": town(17)})
    rebuild(folder / "index", encoder=encoder)
    assert engine_of(folder).parts() == names_of(after, open_index(folder / "index"))
    assert "1999" in after.ask(question).text


def test_builds_keep_what_servers_of_a_published_index_search_until_they_have_two_others(
    server: str, tmp_path: Path, encoder: PackagedEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    built(tmp_path, f"{server}/published", encoder)
    index, url = tmp_path / "index", f"file://{tmp_path}/there"
    made: list[Index] = []

    def change() -> None:
        made.append(open_index(index))
        text = town(17).replace("1619", f"{2000 + len(made)}")
        write(tmp_path / "towns", {"t17.md": text})
        rebuild(index, encoder=encoder)

    publish(index, url)
    Mirror(url, tmp_path / "cache").update()
    serving = Pipeline.open(Mirror(url, tmp_path / "cache").folder, encoder=encoder)
    for _ in range(3):
        change()
    collect(index)
    assert "1619" in serving.ask("When was the mill of Town17 built?").text
    with monkeypatch.context() as patch:
        patch.setattr(Published, "commit", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            publish(index, url)
    publish(index, url)
    change()
    publish(index, url)
    change()
    change()
    published, now = (made[3], made[4]), open_index(index)
    assert engine_of(tmp_path).parts() == names_of(*published, made[5], now)
    with pytest.raises(StoreError, match="does not hold this generation"):
        serving.ask("When was the mill of Town17 built?")
    (index / PUBLISHED).write_text("{")
    with pytest.raises(StoreError, match=r"published.json is damaged.*Delete it and publish at"):
        collect(index)
    assert engine_of(tmp_path).parts() == names_of(*published, made[5], now)


@pytest.mark.parametrize("options", ["", "?index=FLAT"])
def test_a_build_that_dies_leaves_the_generation_before_and_loses_no_vector(
    folder: Path, encoder: PackagedEncoder, monkeypatch: pytest.MonkeyPatch, options: str
) -> None:
    store = f"{folder / 'own.db'}{options}"
    before = Pipeline.open(folder / "index", encoder=encoder)
    whole = engine_of(folder).parts()
    write(folder / "towns", {f"u{number}.md": town(number + 60) for number in range(6)})
    with monkeypatch.context() as patch:
        patch.setattr(Milvus, "flush", lambda _: (_ for _ in ()).throw(StoreError("it died")))
        with pytest.raises(StoreError, match="it died"):
            rebuild(folder / "index", store=store, encoder=encoder)
    assert engine_of(folder).parts() > whole  # half of a generation is there, but no manifest
    again = Pipeline.open(folder / "index", encoder=encoder)
    assert again.index.manifest == before.index.manifest
    assert "1500" in again.ask("When was the mill of Town0 built?").text
    assert rebuild(folder / "index", encoder=encoder).embedded == 0
    current = open_index(folder / "index").manifest
    collect(folder / "index")
    assert engine_of(folder).parts() == {part.name for part in parts_of(current)}


def test_what_is_missing_in_the_engine_is_an_error_until_a_build_fills_it(
    folder: Path, encoder: PackagedEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = parts_of(open_index(folder / "index").manifest)[2]
    engine_of(folder).drop(part.name)
    question = "When was the mill of Town16 built?"
    with pytest.raises(StoreError, match=r"does not hold this generation.*rag build --index DIR"):
        Pipeline.open(folder / "index", encoder=encoder).ask(question)
    assert not rebuild(folder / "index", encoder=encoder).changed
    assert "1612" in Pipeline.open(folder / "index", encoder=encoder).ask(question).text
    # a partition that lacks rows is written again, too
    monkeypatch.setattr("rag.index.milvus.BATCH", 10)
    engine = engine_of(folder)
    engine.drop(part.name)
    engine.write(part._replace(rows=10), np.zeros((10, encoder.dimension), np.float32))
    assert not rebuild(folder / "index", encoder=encoder).changed
    assert engine.count([part.name]) == part.rows


def test_a_batch_that_may_have_come_through_is_written_once(
    folder: Path, encoder: PackagedEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    insert = MilvusClient.insert

    def broken(client: MilvusClient, *args: object, **named: object) -> None:
        insert(client, *args, **named)
        raise MilvusException(message="the connection broke")

    monkeypatch.setattr(MilvusClient, "insert", broken)
    monkeypatch.setattr("rag.index.stored.PATIENCE", 9.0)
    monkeypatch.setattr(Address, "is_file", False)  # files are not tried again
    write(folder / "towns", {"u.md": town(90)})
    assert rebuild(folder / "index", encoder=encoder).embedded > 0
    again = Pipeline.open(folder / "index", encoder=encoder)
    assert "2130" in again.ask("When was the mill of Town90 built?").text


def test_an_index_goes_to_a_store_and_back_without_embedding_anything(
    folder: Path, encoder: PackagedEncoder
) -> None:
    for store in ("local", str(folder / "other.db")):
        report = rebuild(folder / "index", store=store, encoder=encoder)
        assert (report.changed, report.embedded) == (True, 0)
        found = Pipeline.open(folder / "index", encoder=encoder)
        assert found.index.manifest.config.store == store.replace("local", "")
        assert "1500" in found.ask("When was the mill of Town0 built?").text


# Errors


def test_a_collection_belongs_to_one_index(
    folder: Path, encoder: PackagedEncoder, tmp_path: Path
) -> None:
    store = open_index(folder / "index").manifest.config.store
    other = FakeEncoder()
    config = BuildConfig(store=store)
    with pytest.raises(StoreError, match="numbers, not of 256. Choose another name"):
        build(folder / "towns", tmp_path / "wide", config, encoder=other)
    with pytest.raises(StoreError, match="belongs to another index.*Choose another name"):
        build(folder / "towns", tmp_path / "taken", config, encoder=encoder)
    strange = str(tmp_path / "strange.db")
    MilvusClient(strange).create_collection("footnote", dimension=encoder.dimension)
    with pytest.raises(StoreError, match="was not made by this program. Choose another name"):
        build(folder / "towns", tmp_path / "third", BuildConfig(store=strange), encoder=encoder)
    manifest = open_index(folder / "index").manifest
    assert engine_of(folder).count([one.name for one in parts_of(manifest)]) == manifest.passages


def test_a_collection_that_exists_is_not_searched_in_another_way(
    folder: Path, encoder: PackagedEncoder
) -> None:
    manifest, parts = open_index(folder / "index").manifest, engine_of(folder).parts()
    fault = r"searched with FLAT, not with HNSW.*index=HNSW.*Choose another name"
    with pytest.raises(StoreError, match=fault):
        rebuild(folder / "index", store=f"{folder / 'own.db'}?index=HNSW", encoder=encoder)
    assert open_index(folder / "index").manifest == manifest
    assert engine_of(folder).parts() == parts
    rebuild(folder / "index", store=f"{folder / 'new.db'}?index=HNSW", encoder=encoder)
    assert "1500" in Pipeline.open(folder / "index", encoder=encoder).ask(QUESTIONS[0]).text


def test_a_copy_of_an_index_reads_its_collection_and_never_writes_to_it(
    folder: Path, encoder: PackagedEncoder
) -> None:
    copy = folder / "copy"
    shutil.copytree(folder / "index", copy)
    parts = engine_of(folder).parts()
    assert "1500" in Pipeline.open(copy, encoder=encoder).ask(QUESTIONS[0]).text
    fault = "belongs to another index, maybe the one that this folder is a copy of"
    for change in (rebuild, collect, rebuild):  # asking again changes nothing
        with pytest.raises(StoreError, match=fault):
            change(copy)
    assert engine_of(folder).parts() == parts
    rebuild(copy, store=str(folder / "second.db"), encoder=encoder)
    assert "1500" in Pipeline.open(copy, encoder=encoder).ask(QUESTIONS[0]).text
    # the original is still the owner, also under another name
    moved = (folder / "index").rename(folder / "moved")
    write(folder / "towns", {"u.md": town(90)})
    assert rebuild(moved, encoder=encoder).embedded > 0
    assert engine_of(folder, "moved").parts() > parts


def test_questions_do_not_wait_one_behind_another_for_a_silent_engine(
    local: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, asked = [0.0], list[float]()

    def silent(*_: object) -> MilvusClient:
        asked.append(clock[0])
        clock[0] += 10.0
        raise StoreError("It does not answer")

    monkeypatch.setattr("rag.index.milvus.connected", silent)
    monkeypatch.setattr("rag.index.milvus.time", SimpleNamespace(monotonic=lambda: clock[0]))
    config = replace(local.index.manifest.config, store="milvus://10.0.0.1/towns")
    search = remote(replace(local.index.manifest, config=config))
    vectors = local.encoder.encode_questions(QUESTIONS[:1])
    for seconds in (0.0, 0.1, 4.0, 6.0, 0.1):
        clock[0] += seconds
        with pytest.raises(StoreError, match="It does not answer"):
            search.search(vectors, 3)
    assert asked == [0.0, 20.1]


def test_a_silent_engine_is_named_with_what_to_do(
    local: Pipeline, monkeypatch: pytest.MonkeyPatch
) -> None:
    nobody = "milvus://127.0.0.1:9/towns"
    manifest = local.index.manifest
    monkeypatch.setattr("rag.index.milvus.PAUSE", -1.0)  # a pause would fail
    search = remote(replace(manifest, config=replace(manifest.config, store=nobody)))
    vectors = local.encoder.encode_questions(QUESTIONS[:1])
    fault = r"no connection to Milvus at http://127\.0\.0\.1:9: .*refused\. Start it.*local"
    with pytest.raises(StoreError, match=fault):
        search.search(vectors, 3)
    with pytest.raises(StoreError, match="token of .* cannot be read"):  # without a second try
        rebuild(local.index.folder, store=f"{nobody}?token_file=gone", encoder=local.encoder)
    monkeypatch.setattr("rag.index.stored.PATIENCE", 0.0)
    with pytest.raises(StoreError, match="no connection to Milvus"):
        rebuild(local.index.folder, store=nobody, encoder=local.encoder)
    assert open_index(local.index.folder).manifest == manifest


def test_a_connection_that_is_refused_says_why_in_the_words_of_the_engine_without_the_token(
    tmp_path: Path,
) -> None:
    class Refusing(grpc.GenericRpcHandler):  # type: ignore[misc]
        def service(self, _: object) -> object:
            def refuse(_: object, context: grpc.ServicerContext) -> None:
                context.abort(grpc.StatusCode.UNAUTHENTICATED, "root:secret is\nnot the token.")

            return grpc.unary_unary_rpc_method_handler(refuse)

    (tmp_path / "token").write_text("root:secret\n")
    engine = grpc.server(ThreadPoolExecutor(1), [Refusing()])
    place = f"milvus://127.0.0.1:{engine.add_insecure_port('127.0.0.1:0')}/a"
    engine.start()
    for options, why in (
        (f"token_file={tmp_path}/token", r"… is not the token\. Start it, check .*token_file="),
        ("tls=1", r".*Tls handshake failed.* Start it, check \?tls=1"),
    ):
        with pytest.raises(StoreError, match=f"no connection to Milvus at .*: {why}") as raised:
            Milvus(Address.of(f"{place}?{options}")).parts()
        assert "secret" not in str(raised.value)
    engine.stop(grace=0)
