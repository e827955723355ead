"""The disk is read once: one reading of the manifest, one opening, one check of each file."""

import json
import os
import shutil
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest

from lab.encoder import FakeEncoder
from rag import BuildConfig, Pipeline, build, upkeep
from rag.cli import main
from rag.errors import IndexDamaged, IndexOutdated
from rag.index import manifest, open_index, opened
from rag.index.manifest import checksums, commit, read_manifest
from rag.index.opened import verify
from rag.index.records import SETTLED
from rag.index.verified import VERIFIED
from tests.conftest import write


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """The numbers of manifests read, generations opened and files hashed."""
    seen: Counter[str] = Counter()

    def counted(name: str, place: Callable[..., object]) -> Callable[..., object]:
        def call(*given: object, **named: object) -> object:
            seen[name] += 1
            return place(*given, **named)

        return call

    monkeypatch.setattr(manifest, "_manifest", counted("manifest", manifest._manifest))
    monkeypatch.setattr(opened, "Index", counted("opened", opened.Index))
    monkeypatch.setattr("rag.index.verified.file_sha256", counted("hashed", manifest.file_sha256))
    return seen


@pytest.fixture(autouse=True)
def _fake(encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.indexing.load_encoder", lambda name: encoder)
    monkeypatch.setattr("rag.pipeline.load_encoder", lambda name: encoder)


def settle(index: Path) -> None:
    """Make the files of an index so old that a new write must change their time."""
    before = time.time_ns() - 2 * SETTLED
    for path in (*index.glob("gen-*/**/*"), *index.glob("segments/**/*")):
        os.utime(path, ns=(before, before))


def change_a_byte_unseen(index: Path, name: str) -> None:
    """Change the last byte of a file that matched its checksum, as a failing disk would."""
    settle(index)
    open_index(index)
    path = index / "segments/000001" / name
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    settle(index)
    seen = json.loads((index / VERIFIED).read_bytes())
    status = path.stat()
    seen[f"segments/000001/{name}"][1:] = [status.st_size, status.st_mtime_ns, status.st_ctime_ns]
    (index / VERIFIED).write_text(json.dumps(seen))


FIRST = ["ask", "search", "documents", "show", "status"]


@pytest.mark.parametrize("command", FIRST)
def test_a_command_reads_the_manifest_once_and_opens_the_index_once(
    command: str, index: Path, counts: Counter[str]
) -> None:
    more = {"ask": ["Is tea green?"], "search": ["tea"], "show": ["tea.txt"]}.get(command, [])
    assert main([command, *more, "--index", str(index)]) == 0
    assert (counts["manifest"], counts["opened"]) == (1, 1)


def test_removing_and_then_asking_reads_each_generation_once(
    index: Path, counts: Counter[str]
) -> None:
    settle(index)
    assert main(["remove", "tea.txt", "--index", str(index)]) == 0
    assert (counts["manifest"], counts["opened"]) == (1, 1)
    files = len(read_manifest(index).files)
    hashed = counts["hashed"]
    settle(index)
    assert main(["ask", "Is tea green?", "--index", str(index)]) == 0
    assert counts["opened"] == 2
    assert counts["hashed"] <= hashed + files
    again = counts["hashed"]
    assert main(["ask", "Is tea green?", "--index", str(index)]) == 0
    assert counts["hashed"] == again


def test_only_asking_fills_the_dense_index(index: Path, encoder: FakeEncoder) -> None:
    current = open_index(index)
    assert current._dense is None
    pipeline = Pipeline.open(current, encoder=encoder)
    assert current._dense is None
    pipeline.ask("Is tea green?")
    assert current._dense is current.dense is current.dense


def test_a_file_is_checked_again_after_it_is_rewritten(index: Path, counts: Counter[str]) -> None:
    settle(index)
    open_index(index)
    counts.clear()
    open_index(index)
    assert counts["hashed"] == 0
    path = index / "segments/000001/vectors.npy"
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    with pytest.raises(IndexDamaged, match=r"vectors\.npy is damaged: its checksum does not match"):
        open_index(index)
    assert counts["hashed"] == 1


def test_verify_checks_every_file_even_those_found_whole_before(index: Path) -> None:
    change_a_byte_unseen(index, "keys.npy")
    open_index(index)
    with pytest.raises(IndexDamaged, match=r"keys\.npy is damaged"):
        verify(index)
    with pytest.raises(IndexDamaged, match=r"keys\.npy is damaged"):  # known to all from now on
        open_index(index)


def test_a_build_reuses_nothing_damaged_even_if_it_matched_before(
    corpus: Path, index: Path, encoder: FakeEncoder
) -> None:
    change_a_byte_unseen(index, "vectors.npy")
    write(corpus, {"new.txt": "Soup."})
    report = upkeep.rebuild(index, encoder=encoder)
    assert (report.reused, report.embedded) == (0, report.passages)


def test_a_build_repairs_what_was_found_damaged_even_if_no_file_changed(
    index: Path, encoder: FakeEncoder
) -> None:
    change_a_byte_unseen(index, "vectors.npy")
    with pytest.raises(IndexDamaged):
        verify(index)
    assert upkeep.rebuild(index, encoder=encoder).changed
    verify(index)


def test_the_list_of_matching_files_is_written_through_no_link_and_leaves_no_other_file(
    index: Path, tmp_path: Path
) -> None:
    settle(index)
    (tmp_path / "victim").write_text("mine")
    name = f"{VERIFIED}.{os.getpid()}.{threading.get_ident()}"
    (index / name).symlink_to(tmp_path / "victim")
    open_index(index)
    assert (tmp_path / "victim").read_text() == "mine"
    (index / VERIFIED).unlink(missing_ok=True)
    (index / VERIFIED).mkdir()
    open_index(index)
    assert sorted(path.name for path in index.glob(f"{VERIFIED}*")) == [VERIFIED]


def test_a_file_that_was_just_written_is_checked_again(index: Path, counts: Counter[str]) -> None:
    settle(index)
    path = index / "segments/000001/keys.npy"
    os.utime(path)
    open_index(index)
    counts.clear()
    open_index(index)
    assert counts["hashed"] == 1


@pytest.mark.parametrize("content", [b"", b"[", b"[]", b"7", b"[" * 100_000, b'{"a": 1}', b"\xff"])
def test_a_damaged_record_of_checked_files_is_ignored_and_replaced(
    content: bytes, index: Path, counts: Counter[str]
) -> None:
    settle(index)
    (index / VERIFIED).write_bytes(content)
    open_index(index)
    assert counts["hashed"] == len(read_manifest(index).files)
    counts.clear()
    open_index(index)
    assert counts["hashed"] == 0


# An earlier format


def test_an_index_of_the_previous_format_is_rebuilt_without_embedding(
    corpus: Path, tmp_path: Path, encoder: FakeEncoder
) -> None:
    settings = BuildConfig("some-model", 20)
    build(corpus, tmp_path / "i", settings, excluded=["tea.txt"], encoder=encoder)
    before = read_manifest(tmp_path / "i")
    earlier = tmp_path / "i" / before.generation
    shutil.rmtree(earlier)
    (tmp_path / "i" / "segments" / "000001").rename(earlier)
    (earlier / "documents.sqlite").write_bytes(b"only the earlier version could read this")
    doubled(earlier)
    fields = asdict(replace(before, format=3, files=checksums(earlier, earlier)))
    fields["sources"] = fields.pop("paths")
    del fields["segments"]
    sealed = {**fields, "checksum": manifest._digest(fields)}
    (tmp_path / "i" / "manifest.json").write_text(json.dumps(sealed))
    with pytest.raises(
        IndexOutdated,
        match="has format 3; this version reads format 8. Update it .*: rag build",
    ):
        open_index(tmp_path / "i")
    write(corpus, {"new.md": "Rye bread is dark."})
    encoder.encoded.clear()
    report = upkeep.rebuild(tmp_path / "i", encoder=encoder)
    assert encoder.encoded == ["Rye bread is dark."]
    after = read_manifest(tmp_path / "i")
    assert (after.format, after.config, after.excluded) == (8, settings, ("tea.txt",))
    assert report.reused == before.passages
    verify(tmp_path / "i")


def doubled(folder: Path) -> None:
    """Store vectors as the formats before 7 did, in single precision and without signs."""
    np.save(folder / "vectors.npy", np.load(folder / "vectors.npy").astype(np.float32))
    (folder / "signs.npy").unlink()


def test_the_vectors_of_segments_are_taken_over_by_a_later_format(
    index: Path, encoder: FakeEncoder
) -> None:
    before = read_manifest(index)
    whole = open_index(index).vectors[:]
    doubled(index / "segments" / "000001")
    files = checksums(index / "segments", index) | checksums(index / before.generation, index)
    commit(index / before.generation, replace(before, format=6, files=files))
    with pytest.raises(IndexOutdated, match="has format 6; this version reads format 8"):
        open_index(index)
    encoder.encoded.clear()
    report = upkeep.rebuild(index, encoder=encoder)
    assert (report.embedded, report.parsed, encoder.encoded) == (0, 3, [])
    assert verify(index).manifest.format == 8
    np.testing.assert_array_equal(open_index(index).vectors[:], whole)
