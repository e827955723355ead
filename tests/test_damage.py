"""A damaged, hostile or foreign index is refused: no wrong quote, no code executed."""

import os
import pickle
import random
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import numpy as np
import pytest

from lab.encoder import FakeEncoder
from rag import BuildConfig, build
from rag.errors import IndexDamaged, IndexMissing
from rag.index import open_index
from rag.index.manifest import commit, read_manifest
from rag.index.opened import verify
from tests.conftest import CORPUS, write
from tests.test_store import seal

FLIPS, CUTS = 6, 3  # for each file


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("built")
    build(
        write(folder / "corpus", CORPUS),
        folder / "index",
        BuildConfig(passage_tokens=16),
        encoder=FakeEncoder(),
    )
    return folder / "index"


@pytest.fixture
def index(built: Path, tmp_path: Path) -> Path:
    shutil.copytree(built, tmp_path / "index")
    return tmp_path / "index"


def refusal(index: Path) -> str:
    """Return the message that refuses an index; it always says what to do."""
    with pytest.raises((IndexDamaged, IndexMissing)) as caught:
        open_index(index)
    message = str(caught.value)
    assert f"rag build PATH --index {index}" in message
    assert "\n" not in message
    return message


def faults(data: bytes, chance: random.Random) -> list[bytes | None]:
    """Return a file's bytes with bits flipped, cut short, emptied, lengthened; None: removed."""
    found: list[bytes | None] = [None, data + b"\0"]
    if data:
        found += [b"", *(data[: chance.randrange(len(data))] for _ in range(CUTS))]
    for _ in range(FLIPS if data else 0):
        turned = bytearray(data)
        for _ in range(chance.choice([1, 1, 2, 8])):
            turned[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
        found.append(bytes(turned))
    return [fault for fault in found if fault != data]


def test_any_fault_in_any_file_is_refused_and_the_file_is_named(index: Path) -> None:
    chance = random.Random(8)
    manifest = read_manifest(index)
    assert len(manifest.files) == 14
    for name in manifest.files:
        path = index / name
        whole = path.read_bytes()
        for fault in faults(whole, chance):
            path.unlink(missing_ok=True)
            if fault is not None:
                path.write_bytes(fault)
            reason = "is missing" if fault is None else "is damaged: its checksum does not match"
            assert refusal(index).startswith(f"{path} {reason}. Rebuild it")
        path.write_bytes(whole)
    assert verify(index).manifest == manifest


def test_any_fault_in_the_manifest_is_refused(index: Path) -> None:
    chance = random.Random(9)
    path = index / "manifest.json"
    whole = path.read_bytes()
    for fault in [fault for _ in range(12) for fault in faults(whole, chance)]:
        path.unlink(missing_ok=True)
        if fault is None:
            assert refusal(index).startswith(f"No index in {index}. Build one")
            continue
        path.write_bytes(fault)
        message = refusal(index)
        assert message.startswith((f"{path} is damaged", f"The index in {index} has format"))
    path.write_bytes(whole)
    assert len(verify(index).passages) == 7


@pytest.mark.parametrize(
    "text", ["[]", "null", "7", '"x"', "{}", "[" * 100_000, '{"format": 2, "checksum": 1}']
)
def test_a_malformed_manifest_is_refused(text: str, index: Path) -> None:
    (index / "manifest.json").write_text(text)
    assert str(index) in refusal(index)


def test_a_manifest_or_table_that_is_a_folder_is_refused(index: Path) -> None:
    table = index / "segments/000001/vectors.npy"
    table.unlink()
    table.mkdir()
    assert refusal(index).startswith(f"{table} is missing")
    (index / "manifest.json").unlink()
    (index / "manifest.json").mkdir()
    assert refusal(index).startswith(f"{index}/manifest.json is damaged: ")


def test_another_format_version_is_refused_with_both_numbers(index: Path) -> None:
    commit(index / "gen-000001", replace(read_manifest(index), format=99))
    assert refusal(index).startswith(
        f"The index in {index} has format 99; this version reads format 8. Rebuild it: "
    )


def test_a_file_from_another_generation_is_refused(
    corpus: Path, index: Path, encoder: FakeEncoder
) -> None:
    old = index.parent / "old"
    shutil.copytree(index, old)
    (corpus / "tea.txt").write_text("Rooibos is steeped at 100 degrees. It is red.\n")
    build(corpus, index, BuildConfig(passage_tokens=16), encoder=encoder)
    current = index / "segments/000002"
    for name in (
        "documents.sqlite",
        "passages.npy",
        "keys.npy",
        "vectors.npy",
        "signs.npy",
        "lexical/meta.json",
    ):
        whole = (current / name).read_bytes()
        (current / name).write_bytes((old / "segments/000001" / name).read_bytes())
        assert refusal(index).startswith(f"{current / name} is damaged")
        (current / name).write_bytes(whole)
    verify(index)
    (index / "gen-000002").rename(index / "gen-000001")
    current.rename(index / "segments/000001")
    (index / "manifest.json").write_bytes((old / "manifest.json").read_bytes())
    assert refusal(index).startswith(f"{index}/segments/000001/")


# Faults under correct checksums


class Bomb:
    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[[str], None], tuple[str]]:
        return os.mkdir, (str(self.path),)


@pytest.mark.parametrize("name", ["vectors.npy", "keys.npy", "signs.npy", "passages.npy"])
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_nothing_is_unpickled(name: str, size: int, index: Path, tmp_path: Path) -> None:
    path = index / "segments/000001" / name
    rows = np.empty(size, object)
    rows[:] = [Bomb(tmp_path / "exploded")] * size
    np.save(path, rows, allow_pickle=True)
    seal(index)
    assert refusal(index).startswith(f"{index}/gen-000001 cannot be opened: ")
    path.write_bytes(pickle.dumps(Bomb(tmp_path / "exploded")))
    seal(index)
    assert refusal(index).startswith(f"{index}/gen-000001 cannot be opened: ")
    assert not (tmp_path / "exploded").exists()
    pickle.loads(path.read_bytes())
    assert (tmp_path / "exploded").exists()  # the bomb works


@pytest.mark.parametrize("body", [0, 64])
@pytest.mark.parametrize(
    "shape", [(10**12, 256), (10**30, 256), (7, 10**25), (-7, 256), (7, 256), (2**62, 2**62), ()]
)
def test_a_table_whose_header_does_not_match_its_size_is_refused(
    shape: tuple[int, ...], body: int, index: Path
) -> None:
    with (index / "segments/000001/vectors.npy").open("wb") as file:
        np.lib.format.write_array_header_1_0(
            file, {"descr": "<f2", "fortran_order": False, "shape": shape}
        )
        file.write(b"\0" * body)
    seal(index)
    assert refusal(index).startswith(f"{index}/gen-000001 cannot be opened: ")


@pytest.mark.parametrize(
    ("name", "change", "reason"),
    [
        (
            "vectors.npy",
            lambda a: a.astype(np.float64),
            "float64 (7, 256) instead of float16 (7, 256)",
        ),
        ("vectors.npy", lambda a: a.astype(">f2"), ">f2 (7, 256) instead of float16 (7, 256)"),
        ("vectors.npy", lambda a: a[:, :128], "float16 (7, 128) instead of float16 (7, 256)"),
        ("vectors.npy", lambda a: a[:6], "float16 (6, 256) instead of float16 (7, 256)"),
        ("vectors.npy", np.ravel, "float16 (1792,) instead of float16 (7, 256)"),
        ("keys.npy", lambda a: a[:, :31], "uint8 (7, 31) instead of uint8 (7, 32)"),
        ("keys.npy", lambda a: a.astype(np.int16), "int16 (7, 32) instead of uint8 (7, 32)"),
        ("signs.npy", lambda a: a[:, :31], "uint8 (7, 31) instead of uint8 (7, 32)"),
        ("passages.npy", lambda a: a["start"], "int64 (7,) instead of "),
        ("passages.npy", lambda a: a[:0], "(0,) instead of "),
    ],
)
def test_a_table_of_another_type_or_shape_is_refused(
    name: str, change: Callable[[np.ndarray], np.ndarray], reason: str, index: Path
) -> None:
    path = index / "segments/000001" / name
    np.save(path, change(np.load(path)))
    seal(index)
    assert f"{name} holds " in refusal(index)
    assert reason in refusal(index)


@pytest.mark.parametrize("data", [b"", b"SQLite format 3\0" + b"\xff" * 4000, b"x" * 100])
@pytest.mark.parametrize("name", ["documents.sqlite", "lexical/meta.json", "vectors.npy"])
def test_a_file_of_noise_is_refused(name: str, data: bytes, index: Path) -> None:
    (index / "segments/000001" / name).write_bytes(data)
    seal(index)
    assert refusal(index).startswith(f"{index}/gen-000001 cannot be opened: ")


def test_verify_finds_text_altered_in_the_database(index: Path) -> None:
    with sqlite3.connect(index / "segments/000001/documents.sqlite") as database:
        database.execute(
            "UPDATE documents SET text = CAST(replace(CAST(text AS TEXT), '80', "
            "'90') AS BLOB) WHERE id = 'tea.txt'"
        )
    seal(index)
    with pytest.raises(
        IndexDamaged, match=r"Passage \d in .* is not what was embedded from tea\.txt"
    ):
        verify(index)


@pytest.mark.parametrize(
    "name", ["../secret", "/{outside}/secret", "segments/../../secret", "link"]
)
def test_a_file_name_that_points_outside_the_index_is_refused(
    name: str, index: Path, tmp_path: Path
) -> None:
    secret = tmp_path / "secret"
    secret.write_text("top")
    generation = index / "gen-000001"
    (index / "link").symlink_to(secret)
    name = name.replace("/{outside}", str(tmp_path))
    manifest = read_manifest(index)
    files = {**manifest.files, name: (3, sha256(b"top").hexdigest())}
    commit(generation, replace(manifest, files=files))
    assert f"{Path(name).name} points outside the index" in refusal(index)


@pytest.mark.parametrize(
    "generation", ["../elsewhere", "{outside}/elsewhere", "..", "gen-1/../../x", "gen-x"]
)
def test_a_generation_outside_the_index_is_refused(
    generation: str, index: Path, tmp_path: Path
) -> None:
    shutil.copytree(index / "gen-000001", tmp_path / "elsewhere")
    name = generation.replace("{outside}", str(tmp_path))
    commit(index / "gen-000001", replace(read_manifest(index), generation=name))
    assert refusal(index).startswith(
        f"{index}/manifest.json is damaged: {name} is not the name of a generation"
    )


@pytest.mark.parametrize("name", ["gen-000001", "segments", "segments/000001"])
def test_a_folder_that_links_outside_the_index_is_refused(
    name: str, index: Path, tmp_path: Path
) -> None:
    (index / name).rename(tmp_path / "elsewhere")
    (index / name).symlink_to(tmp_path / "elsewhere")
    assert "points outside the index" in refusal(index)


def test_a_table_without_a_checksum_is_refused(index: Path) -> None:
    manifest = read_manifest(index)
    for name in ("documents.sqlite", "passages.npy", "keys.npy", "vectors.npy"):
        named = manifest.files.items()
        files = {other: entry for other, entry in named if not other.endswith(name)}
        commit(index / "gen-000001", replace(manifest, files=files))
        assert refusal(index).startswith(
            f"{index}/segments/000001/{name} is damaged: its checksum does not match"
        )
