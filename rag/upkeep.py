"""The life of an index after its first build: files added, removed and followed, what changed since, space freed.

Every change is a build of the whole from the same sources with the same settings: what is known costs nothing.
"""

import os
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from rag import load
from rag.config import BuildConfig
from rag.errors import CorpusError, LoadError, UnknownDocument
from rag.index import open_index
from rag.index.manifest import MANIFEST, Manifest, read_manifest
from rag.index.vectors import LOGS
from rag.index.writing import Writing, writing
from rag.indexing import BuildReport, Plan, Tell, build, build_next, sources_of
from rag.protocols import Encoder
from rag.types import Progress
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
    paths: Sequence[Path] = (),
    *,
    model: str | None = None,
    excluded: Iterable[str] | None = None,
    encoder: Encoder | None = None,
    progress: Tell = _silent,
) -> BuildReport:
    """Build the next generation. What is not given is as it was: paths, the encoder's name, documents left out.

    The paths make a new index where there is none that can be read; without any, IndexMissing or IndexDamaged is raised.
    """
    if paths and not (index / MANIFEST).exists():
        config = BuildConfig(encoder=model) if model else BuildConfig()
        left_out = excluded or ()
        return build(paths, index, config, excluded=left_out, encoder=encoder, progress=progress)
    with _held(index, readable=not paths) as held:
        manifest = held.manifest
        config = manifest.config if manifest else BuildConfig()
        config = replace(config, encoder=model) if model else config
        roots = tuple(paths) or tuple(map(Path, manifest.sources if manifest else ()))
        before = manifest.excluded if manifest else ()
        plan = Plan(roots, config, before if excluded is None else tuple(sorted(set(excluded))))
        return _build(held, plan, encoder, progress)


def add(
    paths: Sequence[Path],
    index: Path,
    *,
    encoder: Encoder | None = None,
    progress: Tell = _silent,
) -> BuildReport:
    """Take folders or files into the index, also those that were removed from it; the first ones make a new index.

    Raises CorpusError for a path that does not exist.
    """
    missing = next((path for path in paths if not os.path.exists(path)), None)  # noqa: PTH110  which never raises
    if missing is not None:
        raise CorpusError(f"No folder or file {missing}. Name one that exists: rag add PATH")
    if not index.is_file() and not (index / MANIFEST).exists():
        outside = _outside(paths, [index / UPLOADS])
        return build(outside, index, encoder=encoder, progress=progress)
    with _held(index) as held:
        manifest = held.built
        added = [_real(path) for path in paths]
        old = [Path(source) for source in manifest.sources]
        new = (*old, *_outside(added, [*old, index / UPLOADS]))
        plan = Plan(new, manifest.config, tuple(_still_left_out(index, manifest, new, added)))
        return _build(held, plan, encoder, progress)


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
    with _held(index) as held:
        manifest = held.built
        known = held.opened.documents.sha256_by_id()
        unknown = next((name for name in document_ids if name not in known), None)
        if unknown is not None:
            raise UnknownDocument(
                f"No document {unknown} in {index}. See what there is: rag documents --index {index}"
            )
        left_out = tuple(sorted({*manifest.excluded, *document_ids} - set(gone)))
        roots = tuple(map(Path, manifest.sources))
        return _build(held, Plan(roots, manifest.config, left_out), encoder, progress)


@contextmanager
def _held(index: Path, *, readable: bool = True) -> Iterator[Writing]:
    """Hold the right to change an index; if it has to be `readable`, IndexMissing or IndexDamaged is raised."""
    if readable and not (index / MANIFEST).exists():
        read_manifest(index)  # raises, before anything is made there
    with writing(index) as held:
        if readable and held.manifest is None:
            read_manifest(index)
        yield held


def _build(held: Writing, plan: Plan, encoder: Encoder | None, progress: Tell) -> BuildReport:
    return build_next(held, plan, plan.sources(held.folder.parent), encoder, progress)


def _still_left_out(
    index: Path, manifest: Manifest, roots: Sequence[Path], added: Sequence[Path]
) -> Iterator[str]:
    """Yield the ids, under these roots, of what was left out and is not added now."""
    before = {
        (_real(source.path), source.member)
        for source in sources_of(_roots(manifest), index)
        if source.id in manifest.excluded
        and not any(_real(source.path).is_relative_to(path) for path in added)
    }
    for source in sources_of(roots, index):
        if (_real(source.path), source.member) in before:
            yield source.id


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
    before = _size(index)
    with _held(index):
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
