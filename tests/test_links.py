"""Looping links, pipes, devices, unreadable files: each is listed, and the build goes on."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.encoder import FakeEncoder
from rag import build, upkeep
from rag.errors import CorpusError
from rag.index import open_index
from rag.load import walk
from tests.conftest import CORPUS, write

NOWHERE = "a link that leads nowhere"
REASONS = {
    "loop": NOWHERE,
    "loop.txt": NOWHERE,
    "a.md": NOWHERE,
    "b.md": NOWHERE,
    "loop.zip": NOWHERE,
    "space/up": "a link to a folder, which is not followed",
    "zero.txt": "a link that leads out of the folder",
    "pipe.txt": "not a regular file",
    "pipe.zip": "not a regular file",
    "locked.txt": "cannot be opened: Permission denied",
    "shut": "cannot be opened: Permission denied",
}


@pytest.fixture
def hostile(corpus: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The small corpus, and everything that could break a walk."""
    for name, leads in (
        ("loop", "loop"),
        ("loop.txt", "loop.txt"),
        ("loop.zip", "loop.zip"),
        ("a.md", "b.md"),
        ("b.md", "a.md"),
    ):
        (corpus / name).symlink_to(leads)
    (corpus / "space" / "up").symlink_to("..")
    (corpus / "zero.txt").symlink_to("/dev/zero")
    os.mkfifo(corpus / "pipe.txt")
    os.mkfifo(corpus / "pipe.zip")
    write(corpus, {"locked.txt": "x", "shut/x.txt": "x", "went/x.txt": "x"})
    scan, opened = os.scandir, Path.open

    def scandir(folder: Path) -> "Iterator[os.DirEntry[str]]":
        if str(folder).endswith("shut"):
            raise PermissionError(13, "Permission denied")
        if str(folder).endswith("went"):
            raise FileNotFoundError(2, "No such file or directory")
        return scan(folder)

    def guarded(path: Path, *mode: str, **settings: str) -> object:
        if path.name == "locked.txt":
            raise PermissionError(13, "Permission denied")
        return opened(path, *mode, **settings)  # type: ignore[call-overload]

    monkeypatch.setattr(os, "scandir", scandir)
    monkeypatch.setattr(Path, "open", guarded)
    return corpus


def test_build_add_remove_status_and_watch_work_on_a_corpus_of_loops_and_pipes(
    hostile: Path, tmp_path: Path, encoder: FakeEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = tmp_path / "i"
    assert dict(build(hostile, index, encoder=encoder).unreadable) == REASONS
    more = write(tmp_path / "more", {"soup.txt": "Soup is hot.\n"})
    report = upkeep.add([more / "soup.txt"], index, encoder=encoder)
    assert dict(report.unreadable) == REASONS
    assert upkeep.remove(["tea.txt"], index, encoder=encoder).documents == 3
    status = upkeep.status(index)
    assert status.is_current
    assert dict(status.unreadable) == REASONS
    assert upkeep.add([hostile / "tea.txt"], index, encoder=encoder).documents == 4
    monkeypatch.setattr("rag.indexing.load_encoder", lambda name: encoder)
    times = iter([1])
    monkeypatch.setattr(
        "time.sleep", lambda _: [write(hostile, {"new.txt": "Rice is dry.\n"}) for _ in times]
    )
    assert next(upkeep.watch(index)).documents == 5
    assert sorted(open_index(index).documents.ids()) == sorted([*CORPUS, "new.txt", "soup.txt"])


def test_a_path_that_is_a_loop_is_refused(
    index: Path, tmp_path: Path, encoder: FakeEncoder
) -> None:
    (tmp_path / "loop").symlink_to("loop")
    for take in (upkeep.add, build):
        with pytest.raises(CorpusError, match="No folder or file .*loop"):
            take([tmp_path / "loop"], index, encoder=encoder)


def test_a_loop_among_the_files_of_an_index_or_its_corpus_breaks_nothing(
    corpus: Path, index: Path, encoder: FakeEncoder
) -> None:
    write(index, {"uploads/x.md": "Soup is hot.\n"})
    for name, leads in (("loop", "loop"), ("up", "..")):
        (index / "uploads" / name).symlink_to(leads)
    report = upkeep.rebuild(index, encoder=encoder)
    assert dict(report.unreadable) == {
        "uploads/loop": NOWHERE,
        "uploads/up": "a link that leads out of the folder",
    }
    assert upkeep.status(index).bytes_on_disk > 10_000
    assert upkeep.collect(index) == 0
    corpus.rename(corpus.with_name("elsewhere"))
    corpus.symlink_to(corpus.name)
    assert set(upkeep.status(index).gone) == set(CORPUS)


def test_nested_folders_are_walked_at_any_depth(tmp_path: Path) -> None:
    folder = os.open(tmp_path, os.O_RDONLY)
    for _ in range(1500):
        os.mkdir("d", dir_fd=folder)
        inner = os.open("d", os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = inner
    os.close(os.open("deep.txt", os.O_CREAT | os.O_WRONLY, dir_fd=folder))
    os.close(folder)
    try:
        assert [file.id.count("/") for file in walk([tmp_path])] == [1500]
    finally:
        subprocess.run(
            ["rm", "-r", tmp_path / "d"], check=True
        )  # pytest's own clean-up is recursive
