"""The life of an index after its first build: files added, removed and followed, what changed since, space freed.

Every change is a build of the whole from the same sources with the same settings: what is known costs nothing.
"""

import os
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from rag import load
from rag.errors import CorpusError, IndexMissing, LoadError, UnknownDocument
from rag.index import open_index
from rag.index.generation import writing
from rag.index.manifest import Manifest, read_manifest
from rag.index.vectors import LOGS
from rag.indexing import BuildReport, Tell, build, sources_of
from rag.types import Encoder, Progress
from rag.uploads import UPLOADS, sweep

POLL_SECONDS = 2.0


@dataclass(frozen=True, slots=True)
class Status:
    """What an index holds and how its sources differ from it now; ids, and for `renamed` old and new ids."""

    generation: str
    documents: int
    passages: int
    encoder: str
    sources: tuple[str, ...]
    excluded: tuple[str, ...]
    unreadable: tuple[tuple[str, str], ...]
    bytes_on_disk: int
    new: tuple[str, ...]
    changed: tuple[str, ...]
    renamed: tuple[tuple[str, str], ...]
    gone: tuple[str, ...]

    @property
    def is_current(self) -> bool:
        """Tell whether a build would change nothing."""
        return not (self.new or self.changed or self.renamed or self.gone)


def _silent(_: Progress) -> None:
    pass


def rebuild(
    index: Path,
    *,
    excluded: Iterable[str] | None = None,
    encoder: Encoder | None = None,
    progress: Tell = _silent,
) -> BuildReport:
    """Build the next generation from the same sources; what is `excluded` (None: as before) is left out."""
    manifest = read_manifest(index)
    left_out = manifest.excluded if excluded is None else excluded
    return build(
        manifest.sources,
        index,
        manifest.config,
        excluded=left_out,
        encoder=encoder,
        progress=progress,
    )


def add(
    paths: Sequence[Path], index: Path, *, encoder: Encoder | None = None, progress: Tell = _silent
) -> BuildReport:
    """Take folders or files into the index, also those that were removed from it; the first ones make a new index.

    Raises CorpusError for a path that does not exist.
    """
    missing = next((path for path in paths if not os.path.exists(path)), None)  # noqa: PTH110  which never raises
    if missing is not None:
        raise CorpusError(f"No folder or file {missing}. Name one that exists: rag add PATH")
    try:
        manifest = read_manifest(index)
    except IndexMissing:
        return build(_outside(paths, [index / UPLOADS]), index, encoder=encoder, progress=progress)
    added = [_real(path) for path in paths]
    old = [Path(source) for source in manifest.sources]
    new = [*old, *_outside(added, [*old, index / UPLOADS])]
    left_out = {
        (_real(source.path), source.member)
        for source in sources_of(_roots(manifest), index)
        if source.id in manifest.excluded
        and not any(_real(source.path).is_relative_to(path) for path in added)
    }
    kept = [
        source.id
        for source in sources_of(new, index)
        if (_real(source.path), source.member) in left_out
    ]
    return build(new, index, manifest.config, excluded=kept, encoder=encoder, progress=progress)


def remove(
    document_ids: Sequence[str],
    index: Path,
    *,
    gone: Collection[str] = (),
    encoder: Encoder | None = None,
    progress: Tell = _silent,
) -> BuildReport:
    """Take documents out of the index and keep them out; their files stay. Raises UnknownDocument.

    Those whose file is `gone` need not be kept out: if it comes back it is read again.
    """
    manifest = read_manifest(index)
    held = open_index(index).documents.sha256_by_id()
    unknown = next((name for name in document_ids if name not in held), None)
    if unknown is not None:
        raise UnknownDocument(
            f"No document {unknown} in {index}. See what there is: rag documents --index {index}"
        )
    excluded = {*manifest.excluded, *document_ids} - set(gone)
    return rebuild(index, excluded=excluded, encoder=encoder, progress=progress)


def status(index: Path) -> Status:
    """Return what the index holds and what has changed since; every file of its sources is read for that."""
    opened = open_index(index)
    manifest = opened.manifest
    held = opened.documents.sha256_by_id()
    now = dict(_contents(index, manifest, held))
    new = {name: sha for name, sha in now.items() if name not in held}
    gone = {name: sha for name, sha in held.items() if name not in now}
    moved = {sha: name for name, sha in new.items()}
    renamed = tuple((name, moved[sha]) for name, sha in sorted(gone.items()) if sha in moved)
    olds, news = {old for old, _ in renamed}, {name for _, name in renamed}
    return Status(
        generation=manifest.generation,
        documents=manifest.documents,
        passages=manifest.passages,
        encoder=manifest.config.encoder,
        sources=manifest.sources,
        excluded=manifest.excluded,
        unreadable=manifest.unreadable,
        bytes_on_disk=_size(index),
        new=tuple(sorted(new.keys() - news)),
        changed=tuple(sorted(name for name in held if name in now and now[name] != held[name])),
        renamed=renamed,
        gone=tuple(sorted(gone.keys() - olds)),
    )


def collect(index: Path) -> int:
    """Remove what builds that were cut off left behind, and generations that no longer count; return bytes freed."""
    read_manifest(index)
    before = _size(index)
    with writing(index):
        for log in index.glob(LOGS):
            log.unlink()
    sweep(index)
    return before - _size(index)


def watch(
    index: Path, *, progress: Tell = _silent, seconds: float = POLL_SECONDS
) -> Iterator[BuildReport]:
    """Follow the sources for ever: yield a report for each rebuild, made once they have changed and come to rest."""
    built = before = _signature(index)
    while True:
        time.sleep(seconds)
        now = _signature(index)
        if now == before != built:
            yield rebuild(index, progress=progress)
            built = now
        before = now


def _signature(index: Path) -> frozenset[tuple[str, int, int]]:
    """Return what tells that a file came, went or was written, without reading any."""
    found = set()
    for source in sources_of(_roots(read_manifest(index)), index):
        try:
            known = source.path.stat()
        except OSError:
            continue  # it went while we looked, or leads nowhere
        found.add((source.id, known.st_size, known.st_mtime_ns))
    return frozenset(found)


def _contents(index: Path, manifest: Manifest, held: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield id and sha256 of every file that a build would read, those it could not read before left out."""
    ids, unread = set(held), {name for name, _ in manifest.unreadable}
    config = manifest.config
    with load.ParserProcess(config.parse_seconds, config.parse_bytes) as process:
        for source in sources_of(_roots(manifest), index):
            if source.id in manifest.excluded or (source.id in unread and source.id not in ids):
                continue
            try:
                yield (
                    source.id,
                    load.content_sha256(
                        source, load.read_bytes(source, config.file_bytes, process)
                    ),
                )
            except LoadError:
                continue


def _roots(manifest: Manifest) -> list[Path]:
    """Return the sources that are still there."""
    return [Path(source) for source in manifest.sources if os.path.exists(source)]  # noqa: PTH110  which never raises


def _outside(paths: Iterable[Path], folders: Sequence[Path]) -> list[Path]:
    """Return the paths that lie in none of the folders."""
    places = [_real(folder) for folder in folders]
    return [
        path for path in paths if not any(_real(path).is_relative_to(place) for place in places)
    ]


def _real(path: Path) -> Path:
    """Return a path with its links followed as far as they lead: unlike resolve, it raises for none that is a loop."""
    return Path(os.path.realpath(path))


def _size(folder: Path) -> int:
    """Return the bytes of the files in a folder, those left out that go while they are counted."""
    total = 0
    for place, _, names in os.walk(folder):
        for name in names:
            with suppress(OSError):
                total += Path(place, name).lstat().st_size
    return total
