"""Change an existing index: rebuild it, add files, remove documents, free space.

Every change is a build of the whole index with the same settings; known texts cost nothing.
"""

import os
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from rag import load
from rag.config import BuildConfig
from rag.errors import CorpusError, UnknownDocument
from rag.index.address import normal
from rag.index.joined import forms_of
from rag.index.listed import LISTED
from rag.index.manifest import MANIFEST, Manifest, Remembered, read_manifest, remembered
from rag.index.report import BuildReport
from rag.index.seen import SEEN
from rag.index.stored import Store
from rag.index.vectors import LOGS
from rag.index.verified import VERIFIED
from rag.index.writing import Writing, writing
from rag.indexing import Plan, build, build_next
from rag.progress import OnProgress, Progress
from rag.protocols import Encoder
from rag.upkeep.status import size_of
from rag.uploads import UPLOADS, sweep


def silent(_: Progress) -> None:
    """Report nothing."""


def rebuild(
    index: Path,
    paths: Sequence[Path] = (),
    *,
    model: str | None = None,
    store: str | None = None,
    keep: int | None = None,
    excluded: Iterable[str] | None = None,
    encoder: Encoder | None = None,
    workers: str = "",
    progress: OnProgress = silent,
) -> BuildReport:
    """Build the next generation, with `workers` at an address if there is one.

    Paths, the encoder's name, the store, the number of revisions to keep and the excluded ids
    default to those of the current generation. With paths, a missing or unreadable index is built
    from new; without, IndexMissing or IndexDamaged is raised.
    """
    if paths and not (index / MANIFEST).exists():
        config = _changed(BuildConfig(), model, store, keep)
        return build(
            paths,
            index,
            config,
            excluded=excluded or (),
            encoder=encoder,
            workers=workers,
            progress=progress,
        )
    with _writing(index, readable=not paths) as writer:
        before = writer.manifest or remembered(index)
        config = _changed(before.config, model, store, keep)
        roots = tuple(paths) or tuple(map(Path, before.paths))
        if excluded is None:
            excluded = _left_out(index, before, roots) if paths else before.excluded
        left_out = tuple(sorted(set(excluded)))
        plan = Plan(roots, config, left_out, workers)
        return _build(writer, plan, encoder, progress)


def _changed(
    config: BuildConfig, model: str | None, store: str | None, keep: int | None
) -> BuildConfig:
    config = replace(config, encoder=model) if model else config
    config = config if keep is None else replace(config, keep=keep)
    return config if store is None else replace(config, store=normal(store))


def add(
    paths: Sequence[Path],
    index: Path,
    *,
    encoder: Encoder | None = None,
    workers: str = "",
    progress: OnProgress = silent,
) -> BuildReport:
    """Add folders or files to the index, also removed ones; make a new index if there is none.

    If there are `workers` at an address, they parse and embed. Raises CorpusError if a path does
    not exist.
    """
    missing = next((path for path in paths if not _exists(path)), None)
    if missing is not None:
        raise CorpusError(f"No folder or file {missing}. Name one that exists: rag add PATH")
    if not index.is_file() and not (index / MANIFEST).exists():
        outside = load.outside(paths, [index / UPLOADS])
        return build(outside, index, encoder=encoder, workers=workers, progress=progress)
    with _writing(index) as writer:
        manifest = writer.built
        added = [load.real(path) for path in paths]
        old = [Path(path) for path in manifest.paths]
        further = load.outside(added, [*old, index / UPLOADS])
        new = (*load.outside(old, further), *further)
        left_out = _left_out(index, manifest, new, added)
        plan = Plan(new, manifest.config, left_out, workers, may_be_empty=not further)
        return _build(writer, plan, encoder, progress)


def remove(
    document_ids: Sequence[str],
    index: Path,
    *,
    gone: Collection[str] = (),
    purge: bool = False,
    encoder: Encoder | None = None,
    progress: OnProgress = silent,
) -> BuildReport:
    """Remove documents from the index and exclude them from later builds; keep their files.

    So are files that could not be read. Ids in `gone` are not excluded: their files no longer
    exist, and one that comes back is read again. With `purge`, none of their revisions is kept, nor
    those of documents that are already removed. Raises UnknownDocument.
    """
    with _writing(index) as writer:
        manifest = writer.built
        known = {*writer.opened.documents.sha256_by_id(), *dict(manifest.unreadable)}
        known |= set(writer.opened.revisions.ids()) if purge else set()
        document_ids = [next(iter(forms_of(name) & known), name) for name in document_ids]
        unknown = next((name for name in document_ids if name not in known), None)
        if unknown is not None:
            raise UnknownDocument(
                f"No document {unknown} in {index}. "
                f"List the documents: rag documents --index {index}"
            )
        left_out = tuple(sorted({*manifest.excluded, *document_ids} - set(gone)))
        roots = tuple(map(Path, manifest.paths))
        purged = tuple(document_ids) if purge else ()
        plan = Plan(roots, manifest.config, left_out, purged=purged, may_be_empty=True)
        built = _build(writer, plan, encoder, progress)
        unread = [name for name, _ in manifest.unreadable if name in document_ids]
        return replace(built, removed=(*built.removed, *unread))


@contextmanager
def _writing(index: Path, *, readable: bool = True) -> Iterator[Writing]:
    """Lock an index for a change; raise IndexMissing or IndexDamaged if it must be `readable`."""
    if readable and not (index / MANIFEST).exists():
        read_manifest(index)  # raises before the folder is created
    with writing(index) as writer:
        if readable and writer.manifest is None:
            read_manifest(index)
        yield writer


def _build(
    writer: Writing, plan: Plan, encoder: Encoder | None, progress: OnProgress
) -> BuildReport:
    return build_next(writer, plan, plan.files(writer.index), encoder, progress)


def _left_out(
    index: Path, manifest: Manifest | Remembered, roots: Sequence[Path], added: Sequence[Path] = ()
) -> tuple[str, ...]:
    """Return the ids, under these roots, of files that were excluded and are not added now.

    A file that is away, say on a disk that is not there, stays excluded.
    """
    uploads = index / UPLOADS, f"{UPLOADS}/"
    before, now = (
        [*load.prefixed(paths, [load.real(index / UPLOADS)]), uploads]
        for paths in (map(Path, manifest.paths), roots)
    )
    places = {name: load.place_of(name, before) for name in manifest.excluded}
    kept = (
        name
        for name, place in places.items()
        if not (place and any(load.real(place).is_relative_to(path) for path in added))
    )
    return tuple(sorted(load.carried(kept, before, now)))


def collect(index: Path) -> int:
    """Delete old generations and what interrupted builds left; return the bytes freed."""
    before = size_of(index)
    with _writing(index) as writer:
        manifest = writer.built
        Store(index, manifest.config.store, manifest.dimension).sweep(manifest)
        for pattern in (LOGS, f"{VERIFIED}.*", f"{SEEN}.*", f"{LISTED}.*"):
            for left in index.glob(pattern):
                left.unlink()
    sweep(index)
    return before - size_of(index)


def _exists(path: Path) -> bool:
    return os.path.exists(path)  # noqa: PTH110  Path.exists raises for some paths
