"""Write the next generation of an index: one writer at a time, a new folder, one commit."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cached_property
from pathlib import Path

from filelock import FileLock, Timeout

from rag.errors import IndexBusy, IndexDamaged, IndexMissing
from rag.index.generation import generations
from rag.index.manifest import Manifest, commit, read_manifest
from rag.index.opened import Index, open_generation

LOCK = ".lock"


class Writing:
    """The next generation of an index, whose only writer is the caller.

    `folder` is its folder, which `begin` makes. `manifest` is the manifest of the current
    generation, or None if there is none that can be read.
    """

    def __init__(self, folder: Path, manifest: Manifest | None) -> None:
        self.folder = folder
        self.index = folder.parent
        self.manifest = manifest

    def begin(self) -> None:
        """Make the folder of the next generation."""
        self.folder.mkdir()

    @property
    def built(self) -> Manifest:
        """The manifest, which must exist; raises IndexMissing or IndexDamaged."""
        return self.manifest or read_manifest(self.index)

    @cached_property
    def opened(self) -> Index:
        """The current generation; raises IndexMissing or IndexDamaged."""
        # a build gives what it takes over new checksums: never to something damaged
        return open_generation(self.index, self.built, recheck=True)

    @property
    def previous(self) -> Index | None:
        """The current generation, or None if there is none that can be opened."""
        with suppress(IndexMissing, IndexDamaged):
            return self.opened
        return None

    def commit(self, manifest: Manifest) -> None:
        """Make the new generation current."""
        commit(self.folder, manifest)
        self.manifest = manifest


@contextmanager
def writing(index: Path) -> Iterator[Writing]:
    """Lock the index and yield its next generation; raises IndexBusy.

    When the block ends, every generation except the current one is deleted.
    """
    if index.is_file():
        raise IndexMissing(
            f"{index} is a file: no index can be written there. Name a folder: --index DIR"
        )
    index.mkdir(parents=True, exist_ok=True)
    lock = FileLock(index / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise IndexBusy(
            f"Another build is writing {index}. Wait for it to end, then try again"
        ) from error
    try:
        manifest = _current(index)
        numbers = [*generations(index).values(), manifest.number if manifest else 0]
        folder = index / f"gen-{1 + max(numbers):06d}"
        yield from _cleaned_up(index, Writing(folder, manifest))
    finally:
        lock.release()


def _cleaned_up(index: Path, writer: Writing) -> Iterator[Writing]:
    """Yield the writer, then delete every generation that is not current, also after an error."""
    ended = False
    try:
        yield writer
        ended = True
    finally:
        # an error may come before or after the commit: read which generation is current
        current = writer.manifest if ended else _current(index)
        # without a readable manifest any older generation may be the current one
        old = generations(index) if current else [writer.folder.name]
        for name in old:
            if current is None or name != current.generation:
                # on Windows a reader may keep it open: then the next build deletes it
                shutil.rmtree(index / name, ignore_errors=True)


def _current(index: Path) -> Manifest | None:
    try:
        return read_manifest(index)
    except (IndexMissing, IndexDamaged):
        return None
