"""Workers of a scheduler build what this machine would build; one that ends costs its batch."""

import os
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from zlib import crc32

import dask
import numpy as np
import pytest
from distributed import LocalCluster

from lab.encoder import FakeEncoder
from rag import BuildConfig, WorkersError, build
from rag.building import Maker, Source, there
from rag.building.spread import Spread, connected
from rag.building.versions import versions
from rag.embed import PackagedEncoder
from rag.index.opened import verify
from rag.index.vectors import LOGS
from rag.types import Vectors
from rag.upkeep import rebuild
from tests.conftest import write
from tests.spread.crashing import ALWAYS, ONCE

CONFIG = BuildConfig(passage_tokens=24)
WRITTEN = 1_700_000_000  # seconds since 1970
DOCUMENTS = 30


class HashedEncoder(FakeEncoder):
    """Gives each text a vector of its own, whatever was embedded before."""

    def _vectors(self, texts: Sequence[str]) -> Vectors:
        rows = [np.random.default_rng(crc32(one.encode())).normal(size=256) for one in texts]
        vectors = np.array(rows, np.float32).reshape(-1, self.dimension)
        normalised: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return normalised


@pytest.fixture(scope="module")
def threads() -> Iterator[LocalCluster]:
    """Two workers in this process."""
    with LocalCluster(
        n_workers=2, threads_per_worker=1, processes=False, dashboard_address=None,
        protocol="tcp",
    ) as cluster:  # fmt: skip
        yield cluster


@pytest.fixture(autouse=True)
def encoder(monkeypatch: pytest.MonkeyPatch) -> HashedEncoder:
    """An encoder that the workers in this process have, too."""
    encoder = HashedEncoder()
    monkeypatch.setattr("rag.building.there.load_encoder", lambda _: encoder)
    monkeypatch.setattr("rag.index.waiting.EMBED_AT_ONCE", 8)
    monkeypatch.setattr("rag.building.spread.LOOKED", 0.1)
    return encoder


@pytest.fixture
def corpus(tmp_path: Path) -> Path:
    files = {
        f"d{n:03}.md": f"# D{n}\n\nSoup {n} is hot.\n\nRice {n} is raw. " * (1 + n % 3)
        for n in range(DOCUMENTS)
    }
    return written(tmp_path / "corpus", files)


def written(folder: Path, files: Mapping[str, str | bytes]) -> Path:
    """Write files, all with the same date."""
    write(folder, files)
    for path in folder.iterdir():
        os.utime(path, (WRITTEN, WRITTEN))
    return folder


def add_others(corpus: Path) -> None:
    """Add copies, an archive, and files that cannot be read."""
    first = (corpus / "d007.md").read_bytes()
    with zipfile.ZipFile(corpus / "more.zip", "w") as archive:
        archive.writestr(zipfile.ZipInfo("in/side.txt"), "Salt is white.")
    files: dict[str, str | bytes] = {"copy.md": first, "same.txt": "Tea  is\nhot."}
    files |= {"tea.txt": "Tea is hot.", "bad.pdf": b"%PDF-", "no.bin": b"\0"}
    written(corpus, files)


def contents(index: Path) -> dict[str, object]:
    """Return what an index holds: checksums of its files, except those that tantivy names."""
    manifest = verify(index).manifest
    files = {name: one for name, one in manifest.files.items() if "/lexical/" not in name}
    return {**files, "unreadable": manifest.unreadable, "segments": manifest.segments}


def same(one: Path, other: Path) -> bool:
    return contents(one) == contents(other)


def address(cluster: LocalCluster) -> str:
    found: str = cluster.scheduler_address
    return found


def test_workers_build_the_same_index_and_embed_no_text_twice(
    corpus: Path, tmp_path: Path, encoder: HashedEncoder, threads: LocalCluster,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    here, there = tmp_path / "here", tmp_path / "there"
    add_others(corpus)
    monkeypatch.setattr("rag.index.draft.PASSAGES", 20)
    for version in (0, 1):
        expected = build(corpus, here, CONFIG, encoder=encoder)
        encoder.encoded.clear()
        with monkeypatch.context() as patch:
            patch.setattr("rag.building.ahead.BATCH_BYTES", (2**22, 500)[version])
            report = build(corpus, there, CONFIG, encoder=encoder, workers=address(threads))
        assert same(here, there)
        assert (report.copies, report.left_out) == (expected.copies, expected.left_out)
        assert report.embedded == expected.embedded == len(encoder.encoded) > 0
        assert len(set(encoder.encoded)) == len(encoder.encoded)
        assert {name for name, _ in report.unreadable} == {"bad.pdf", "no.bin"}
        written(corpus, {"d021.md": "Soup 21 is cold.", "d100.md": "Ice is cold."})
    assert report.embedded == 2


def test_a_worker_keeps_its_encoder_for_builds_that_make_the_same(
    corpus: Path, tmp_path: Path, encoder: HashedEncoder, threads: LocalCluster,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    loaded: list[str] = []

    def load(name: str) -> HashedEncoder:
        loaded.append(name)
        return encoder

    monkeypatch.setattr("rag.building.there.load_encoder", load)
    there._made.cache_clear()
    for keep in (0, 1):
        config = replace(CONFIG, keep=keep)
        build(corpus, tmp_path / f"{keep}", config, encoder=encoder, workers=address(threads))
    assert loaded == [encoder.name]


def test_a_build_that_ends_half_way_keeps_the_batches_that_are_done(
    corpus: Path, tmp_path: Path, encoder: HashedEncoder, threads: LocalCluster,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    embed = Maker.vectors

    def failing(maker: Maker, texts: Sequence[str]) -> Vectors:
        if any("21" in text for text in texts):
            raise WorkersError("it died")
        return embed(maker, texts)

    with monkeypatch.context() as patch:
        patch.setattr(Maker, "vectors", failing)
        with pytest.raises(WorkersError, match="it died"):
            build(corpus, tmp_path / "i", CONFIG, encoder=encoder, workers=address(threads))
    (log,) = (tmp_path / "i").glob(LOGS)
    kept = log.stat().st_size // (32 + 256 * 4 + 4)
    report = build(corpus, tmp_path / "i", CONFIG, encoder=encoder, workers=address(threads))
    clean = build(corpus, tmp_path / "clean", CONFIG, encoder=encoder)
    assert 8 <= kept == clean.embedded - report.embedded
    assert same(tmp_path / "i", tmp_path / "clean")


def test_a_worker_that_ends_costs_its_batch_and_a_file_that_ends_each_is_reported(
    corpus: Path, tmp_path: Path
) -> None:
    """In processes, with the packaged encoder."""
    written(corpus, {"d003.md": f"{ONCE}{tmp_path / 'ended'}", "d020.md": ALWAYS})
    settings = {
        "distributed.scheduler.allowed-failures": 0,  # so that few workers have to start
        "distributed.deploy.lost-worker-timeout": "1h",  # on a busy machine they start slowly
    }
    with (
        dask.config.set(settings),
        LocalCluster(
            n_workers=2, threads_per_worker=1, dashboard_address=None,
            preload=["tests.spread.crashing"],
        ) as cluster,
    ):  # fmt: skip
        there = build(corpus, tmp_path / "there", CONFIG, workers=address(cluster))
    ((name, reason),) = there.unreadable
    assert (name, reason[:32]) == ("d020.md", "ended its worker again and again")
    assert (tmp_path / "ended").exists()
    (corpus / "d020.md").write_bytes(b"")
    build(corpus, tmp_path / "here", CONFIG, encoder=PackagedEncoder())
    found = {name: contents(tmp_path / name) for name in ("here", "there")}
    for one in found.values():
        del one["unreadable"]
    assert found["here"] == found["there"]


def test_a_scheduler_that_ends_is_an_error_that_says_so_wherever_it_is_noticed(
    encoder: HashedEncoder,
) -> None:
    with (
        LocalCluster(
            n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None,
            protocol="tcp",
        ) as cluster,
        connected(address(cluster)) as client,
    ):  # fmt: skip
        maker = Maker(encoder, CONFIG, 1)
        workers = Spread(client, maker)
        assert len(workers.vectors(["Soup is hot."], lambda _: None)()) == 1
        cluster.close()
        client.close()  # as Dask does ten seconds after it has lost the scheduler
        source = Source("a.txt", ".txt", "", "", b"Tea is hot.")
        for work in (
            lambda: workers.vectors(["Salt is white."], lambda _: None),
            lambda: workers.documents([source]),
            lambda: workers.blocks,
        ):
            with pytest.raises(WorkersError, match="scheduler at tcp://.* has ended. Build again"):
                work()
        maker.close()


@pytest.mark.parametrize("name", ["lxml", "the code of footnote-rag"])
def test_a_worker_of_another_version_is_refused_before_anything_is_made(
    name: str, corpus: Path, tmp_path: Path, encoder: HashedEncoder, threads: LocalCluster,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    changed = tuple({**dict(versions()), name: "other"}.items())
    monkeypatch.setattr("rag.building.spread.versions", lambda: changed)
    has = f"has {name} {dict(versions())[name]}, not other. Install the same there"
    with pytest.raises(WorkersError, match=f"The worker tcp://.* {has}"):
        build(corpus, tmp_path / "i", CONFIG, encoder=encoder, workers=address(threads))
    assert encoder.encoded == []


def test_a_worker_with_other_weights_is_refused(
    corpus: Path, tmp_path: Path, threads: LocalCluster
) -> None:
    other = HashedEncoder("another")
    with pytest.raises(WorkersError, match=r"other weights of fake \(sha256 fake…, not another"):
        build(corpus, tmp_path / "i", CONFIG, encoder=other, workers=address(threads))
    assert other.encoded == []


def test_without_workers_or_a_scheduler_a_build_ends_with_what_to_do(
    corpus: Path, tmp_path: Path, encoder: HashedEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.building.spread.CONNECTING", 0.2)
    build(corpus, tmp_path / "i", CONFIG, encoder=encoder)
    before = verify(tmp_path / "i").manifest
    write(corpus, {"new.md": "Ink is blue."})
    with LocalCluster(
        n_workers=0, processes=False, dashboard_address=None, protocol="tcp"
    ) as cluster:
        place = address(cluster)
        with pytest.raises(WorkersError, match=f"no workers. .*: dask worker {place}"):
            rebuild(tmp_path / "i", encoder=encoder, workers=place)
    with pytest.raises(WorkersError, match="No scheduler answers at tcp://127.0.0.1:9"):
        rebuild(tmp_path / "i", encoder=encoder, workers="tcp://127.0.0.1:9")
    assert verify(tmp_path / "i").manifest == before
