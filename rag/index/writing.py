"""The right to write the next generation of an index: what counts now, the new folder, the step that makes it count."""

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
    """The next generation of an index while it is written; nobody else writes one meanwhile.

    `folder` is its new, empty folder. `manifest` is that of the generation that counts, None where there is none or it
    cannot be read.
    """

    def __init__(self, folder: Path, manifest: Manifest | None) -> None:
        self.folder = folder
        self.manifest = manifest

    @property
    def built(self) -> Manifest:
        """The manifest, where there has to be one; raises IndexMissing or IndexDamaged."""
        return self.manifest or read_manifest(self.folder.parent)

    @cached_property
    def opened(self) -> Index:
        """The generation that counts; raises IndexMissing or IndexDamaged."""
        return open_generation(self.folder.parent, self.built)

    @property
    def previous(self) -> Index | None:
        """The generation that counts, None where there is none that can be trusted and read."""
        with suppress(IndexMissing, IndexDamaged):
            return self.opened
        return None

    def commit(self, manifest: Manifest) -> None:
        """Make what was written the generation that counts."""
        commit(self.folder, manifest)
        self.manifest = manifest


@contextmanager
def writing(index: Path) -> Iterator[Writing]:
    """Hold the right to write the next generation; raises IndexBusy.

    When the block ends, every generation but the one that counts is removed.
    """
    if index.is_file():
        raise IndexMissing(
            f"{index} is a file, no index can be written there. Name a folder: --index DIR"
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
        folder.mkdir()
        yield from _cleared_away(index, Writing(folder, manifest))
    finally:
        lock.release()


def _cleared_away(index: Path, held: Writing) -> Iterator[Writing]:
    """Yield what is written; remove what does not count once that is done, or was cut off."""
    ended = False
    try:
        yield held
        ended = True
    finally:
        counts = held.manifest if ended else _current(index)  # cut off on either side of a commit
        stale = generations(index) if counts else [held.folder.name]  # else any may count
        for name in stale:
            if counts is None or name != counts.generation:
                # on Windows a reader may hold it: the next build clears it away
                shutil.rmtree(index / name, ignore_errors=True)


def _current(index: Path) -> Manifest | None:
    try:
        return read_manifest(index)
    except (IndexMissing, IndexDamaged):
        return None
