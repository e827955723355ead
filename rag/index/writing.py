"""Write the next generation of an index: one writer at a time, a new folder, one commit."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import cached_property
from itertools import count
from pathlib import Path

from filelock import FileLock, Timeout

from rag.errors import IndexBusy, IndexDamaged, IndexMissing
from rag.index.generation import REVISION_FILES, generations, segment_folder, segment_numbers
from rag.index.limits import enough_files
from rag.index.manifest import Manifest, commit, read_manifest
from rag.index.opened import Index, open_generation
from rag.said import Said

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
        used = {segment.number for segment in manifest.segments} if manifest else set()
        self._segments = count(1 + max(used | set(segment_numbers(folder.parent)), default=0))
        self.begun: list[Path] = []

    def begin(self) -> None:
        """Make the folder of the next generation."""
        self.folder.mkdir(exist_ok=True)

    def next_segment(self) -> int:
        """Return the number of a new segment, which is deleted unless a commit names it."""
        number = next(self._segments)
        self.begun.append(self.index / segment_folder(number))
        return number

    @property
    def built(self) -> Manifest:
        """The manifest, which must exist; raises IndexMissing or IndexDamaged."""
        return self.manifest or read_manifest(self.index)

    @cached_property
    def opened(self) -> Index:
        """The current generation; raises IndexMissing or IndexDamaged."""
        return open_generation(self.index, self.built)

    @property
    def previous(self) -> Index | None:
        """The current generation, or None if there is none that can be opened."""
        with suppress(IndexMissing, IndexDamaged):
            return self.opened
        return None

    def commit(self, manifest: Manifest, written: Sequence[Path]) -> None:
        """Make the new generation current, with the folders of segments written for it."""
        commit(self.folder, manifest, written)
        self.manifest = manifest


@contextmanager
def writing(index: Path) -> Iterator[Writing]:
    """Lock the index and yield its next generation; raises IndexBusy, TooManyFiles.

    When the block ends, every generation except the current one is deleted.
    """
    if index.is_file():
        raise IndexMissing(
            f"{index} is a file: no index can be written there. Name a folder: --index DIR"
        )
    index.mkdir(parents=True, exist_ok=True)
    with locked(index):
        manifest = _current(index)
        numbers = [*generations(index).values(), manifest.number if manifest else 0]
        folder = index / f"gen-{1 + max(numbers):06d}"
        with enough_files():
            yield from _cleaned_up(index, Writing(folder, manifest))


@contextmanager
def locked(index: Path) -> Iterator[None]:
    """Keep all other processes from writing the index; raises IndexBusy."""
    lock = FileLock(index / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise IndexBusy(Said("building", folder=index)) from error
    try:
        yield
    finally:
        lock.release()


def _cleaned_up(index: Path, writer: Writing) -> Iterator[Writing]:
    """Yield the writer, then delete what the current generation lacks, also after an error."""
    ended = False
    try:
        yield writer
        ended = True
    finally:
        # an error may come before or after the commit: read which generation is current
        current = writer.manifest if ended else _current(index)
        # without a readable manifest any older generation may be the current one
        names = [index / name for name in generations(index)]
        segments = [index / segment_folder(number) for number in segment_numbers(index)]
        old = [*names, *segments] if current else [writer.folder, *writer.begun]
        kept = [index / current.generation] if current else []
        kept += [index / segment.folder for segment in current.segments] if current else []
        for folder in set(old) - set(kept):
            # on Windows a reader may keep it open: then the next build deletes it
            shutil.rmtree(folder, ignore_errors=True)
        if current:
            _delete_revisions(index, current)


def _delete_revisions(index: Path, current: Manifest) -> None:
    """Delete the texts of revisions that are no longer kept."""
    for path in (index / REVISION_FILES).glob("*"):
        if f"{REVISION_FILES}/{path.name}" not in current.files:
            with suppress(OSError):
                path.unlink()


def _current(index: Path) -> Manifest | None:
    try:
        return read_manifest(index)
    except (IndexMissing, IndexDamaged):
        return None
