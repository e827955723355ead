"""What an index holds, and how its files have changed since it was built."""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rag.index import open_index
from rag.index.manifest import Manifest, read_manifest
from rag.index.seen import Seen, survey
from rag.indexing import files_of


@dataclass(frozen=True, slots=True)
class Status:
    """What an index holds, and the ids that have changed since; `renamed` pairs old and new ids.

    `revisions` counts the earlier ones that are kept.
    """

    generation: str
    documents: int
    passages: int
    encoder: str
    paths: tuple[str, ...]
    excluded: tuple[str, ...]
    unreadable: tuple[tuple[str, str], ...]
    bytes_on_disk: int
    revisions: int
    new: tuple[str, ...]
    changed: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]
    gone: tuple[str, ...]

    @property
    def is_current(self) -> bool:
        """Return whether a build would change nothing."""
        return not (self.new or self.changed or self.renamed or self.gone)


def status(index: Path) -> Status:
    """Return what the index holds and what has changed since; this reads the files that changed."""
    opened = open_index(index)
    manifest = opened.manifest
    indexed = opened.documents.sha256_by_id()
    left_out, unread = set(manifest.excluded), dict(manifest.unreadable)
    files = [file for file in files_of(roots_of(manifest), index) if file.id not in left_out]
    now, _ = survey(files, unread, Seen(index, manifest.config), manifest.config)
    new = {name: sha for name, sha in now.items() if name not in indexed}
    gone = {name: sha for name, sha in indexed.items() if name not in now}
    moved = {sha: name for name, sha in new.items()}
    renamed = tuple((name, moved[sha]) for name, sha in sorted(gone.items()) if sha in moved)
    old_names, new_names = {old for old, _ in renamed}, {name for _, name in renamed}
    return Status(
        generation=manifest.generation,
        documents=manifest.documents,
        passages=manifest.passages,
        encoder=manifest.config.encoder,
        paths=manifest.paths,
        excluded=manifest.excluded,
        unreadable=manifest.unreadable,
        bytes_on_disk=size_of(index),
        revisions=len(opened.revisions),
        new=tuple(sorted(new.keys() - new_names)),
        changed=tuple(sorted(name for name, sha in indexed.items() if now.get(name, sha) != sha)),
        renamed=renamed,
        gone=tuple(sorted(gone.keys() - old_names)),
    )


def signature(index: Path) -> frozenset[tuple[str, int, int]]:
    """Return a value that changes when a file comes, goes or is written; this reads no file."""
    found = set()
    for file in files_of(roots_of(read_manifest(index)), index):
        try:
            stat = file.path.stat()
        except OSError:
            continue  # it has just gone, or is a broken link
        found.add((file.id, stat.st_size, stat.st_mtime_ns))
    return frozenset(found)


def roots_of(manifest: Manifest) -> list[Path]:
    """Return the paths of a manifest that still exist."""
    exists = os.path.exists  # Path.exists raises for some paths
    return [Path(path) for path in manifest.paths if exists(path)]


def size_of(folder: Path) -> int:
    """Return the bytes of the files in a folder; skip files that go while they are counted."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += Path(place, name).lstat().st_size
    return total
