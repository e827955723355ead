"""The folders of generations: the files in one, the right to write the next, what no longer counts."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from rag.errors import IndexBusy, IndexDamaged, IndexMissing
from rag.index.manifest import read_manifest

LOCK = ".lock"
DOCUMENTS = "documents.sqlite"
PASSAGES = "passages.npy"
KEYS = "keys.npy"
VECTORS = "vectors.npy"
LEXICAL = "lexical"


@contextmanager
def writing(folder: Path) -> Iterator[Path]:
    """Hold the right to write an index and give an empty folder for the next generation; raises IndexBusy.

    When the block ends, every generation but the one that counts is removed.
    """
    if folder.is_file():
        raise IndexMissing(
            f"{folder} is a file, no index can be written there. Name a folder: --index DIR"
        )
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise IndexBusy(
            f"Another build is writing {folder}. Wait for it to end, then try again"
        ) from error
    try:
        names = {path.name for path in _generations(folder)} | {_current(folder) or "gen-0"}
        generation = folder / f"gen-{1 + max(int(name[4:]) for name in names):06d}"
        generation.mkdir()
        yield generation
    finally:
        current = _current(folder)
        stale = (
            _generations(folder) if current else [generation]
        )  # else any may be the one that counts
        for path in stale:
            if path.name != current:
                shutil.rmtree(
                    path, ignore_errors=True
                )  # on Windows a reader may hold it: the next build clears it
        lock.release()


def _generations(folder: Path) -> list[Path]:
    return [path for path in folder.glob("gen-*") if path.name[4:].isdigit()]


def _current(folder: Path) -> str | None:
    try:
        return read_manifest(folder).generation
    except (IndexMissing, IndexDamaged):
        return None
