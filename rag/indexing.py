"""Build an index: parse and embed only what is new; keep the old generation until the commit."""

import logging
import os
import time
from collections.abc import Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from rag import load
from rag.building import working
from rag.config import DEFAULT_ENCODER, BuildConfig
from rag.embed import load_encoder
from rag.errors import CorpusError, IndexDamaged
from rag.index import Draft
from rag.index.address import normal
from rag.index.copies import write_copies
from rag.index.filling import Filling
from rag.index.keeping import Files, keep_revisions
from rag.index.known import Known
from rag.index.listed import listings, write_listings
from rag.index.manifest import FORMAT, Manifest, checksums
from rag.index.report import BuildReport, nothing_changed, report_of
from rag.index.seen import Seen
from rag.index.segment import SegmentWriter
from rag.index.stored import Store
from rag.index.unchanged import Compared, compared
from rag.index.vectors import Lookup, VectorLog
from rag.index.waiting import Waiting
from rag.index.writing import Writing, writing
from rag.models import PACKAGED_SHA256
from rag.progress import OnProgress, Progress
from rag.protocols import Encoder
from rag.uploads import INCOMING, TRASH, UPLOADS

LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Plan:
    """The paths and settings of the next generation, and the ids of the documents it leaves out.

    `workers` is the address of those who make it, "" for this machine. Of `purged` documents no
    earlier revision is kept. Paths without any file are an error unless they `may_be_empty`.
    """

    roots: tuple[Path, ...]
    config: BuildConfig
    excluded: tuple[str, ...] = ()
    workers: str = ""
    purged: tuple[str, ...] = ()
    may_be_empty: bool = False

    @property
    def places(self) -> tuple[str, ...]:
        """The paths, absolute and without links."""
        return tuple(root.resolve().as_posix() for root in self.roots)

    def files(self, index: Path) -> list[load.File]:
        """Return the files to index; raises CorpusError if the paths hold no file."""
        if os.path.realpath(index) in map(os.path.realpath, self.roots):
            raise CorpusError(
                f"The index {index} would be among its own documents. Name another folder: "
                f"rag build {index} --index {index / 'index'}"
            )
        found = files_of(self.roots, index)
        if not (found or self.may_be_empty):
            raise CorpusError(
                f"No files in {_names(self.roots)}. "
                f"Put documents there ({', '.join(filter(None, load.SUFFIXES))}) and try again"
            )
        left_out = frozenset(self.excluded)
        return [file for file in found if file.id not in left_out]


def build(
    paths: str | Path | Iterable[str | Path],
    index: str | Path = "index",
    config: BuildConfig | None = None,
    *,
    excluded: Iterable[str] = (),
    encoder: Encoder | None = None,
    workers: str = "",
    progress: OnProgress = lambda _: None,
) -> BuildReport:
    """Index the documents under these paths as the next generation, and return a report.

    Documents whose id is in `excluded` are left out. The old generation stays current until the new
    one is complete. `workers` is the address of a Dask scheduler whose workers parse and embed, ""
    for this machine alone. Raises CorpusError, EncoderError, IndexBusy, StoreError, WorkersError.
    """
    roots = [Path(path) for path in ([paths] if isinstance(paths, str | Path) else paths)]
    config = config or BuildConfig()
    config = replace(config, store=normal(config.store))
    plan = Plan(tuple(roots), config, tuple(sorted(set(excluded))), workers)
    files = plan.files(Path(index))
    with writing(Path(index)) as writer:
        return build_next(writer, plan, files, encoder, progress)


def build_next(
    writer: Writing,
    plan: Plan,
    files: Sequence[load.File],
    encoder: Encoder | None,
    progress: OnProgress,
) -> BuildReport:
    """Write the next generation of an index from these files, and make it current.

    If it would be the same as the current one, write nothing.
    """
    started = time.monotonic()
    built_with = writer.manifest.encoder if writer.manifest else ""
    if encoder is None and (plan.config.encoder, built_with) != (DEFAULT_ENCODER, PACKAGED_SHA256):
        encoder = load_encoder(plan.config.encoder)
    seen = Seen(writer.index, plan.config)
    found = compared(
        writer,
        files,
        seen,
        config=plan.config,
        encoder=encoder.identity if encoder else PACKAGED_SHA256,  # without loading it
        paths=plan.places,
        excluded=plan.excluded,
    )
    if found.index and found.is_same and not plan.purged:
        manifest = found.index.manifest
        Store(writer.index, plan.config.store, manifest.dimension).fill(manifest, progress)
        seen.write()
        write_listings(writer.index)
        return nothing_changed(found.index, time.monotonic() - started)
    encoder = encoder or load_encoder(plan.config.encoder)
    try:
        return _next(writer, plan, files, found, seen, encoder, progress, started)
    except IndexDamaged as error:
        LOG.warning("nothing is reused: %s", error)
        nothing = Compared(None, {}, {})
        return _next(writer, plan, files, nothing, seen, encoder, progress, started)


def _next(
    writer: Writing,
    plan: Plan,
    files: Sequence[load.File],
    found: Compared,
    seen: Seen,
    encoder: Encoder,
    progress: OnProgress,
    started: float,
) -> BuildReport:
    writer.begin()
    index = writer.index
    store = Store(index, plan.config.store, encoder.dimension)  # before hours of work
    with working(plan.workers, encoder, plan.config) as workers, VectorLog(index, encoder) as log:
        known = Known(writer, found.index, plan.config, encoder)
        lookups = known.vector, log.vector
        begin = partial(_segment, writer, encoder.dimension, lookups)
        with closing(Draft(index, begin)) as draft:
            waiting = Waiting(draft, workers, lookups, log)
            filling = Filling(known, seen, draft, waiting, workers, progress, len(files))
            unreadable = tuple(filling.add(files, found))
            draft.end()
        if files and not (draft.documents or plan.excluded):
            raise CorpusError(
                f"None of the {len(files):,} files in {_names(plan.roots)} could be read: "
                f"{load.reasons(unreadable)}"
            )
        progress(Progress("writing", 0, 1))
        write_copies(writer.folder, draft.copies)
        kept = keep_revisions(writer, known, draft, plan.config.keep, plan.purged)
        manifest = _manifest(writer, draft, plan, encoder, unreadable, kept)
        store.hold(manifest, writer.manifest, progress)
        writer.commit(manifest, draft.written)
        seen.write()
        write_listings(index)
        log.clear()
        progress(Progress("writing", 1, 1))
    LOG.info("%s: %d documents, %d passages", writer.folder, len(draft.documents), draft.passages)
    return report_of(manifest, draft, known.removed(draft), time.monotonic() - started)


def _segment(writer: Writing, dimension: int, lookups: Sequence[Lookup]) -> SegmentWriter:
    return SegmentWriter(writer.index, writer.next_segment(), dimension, lookups)


def files_of(roots: Iterable[Path], index: Path) -> list[load.File]:
    """Return the files under these paths, and the uploads of the index, with ids `uploads/NAME`."""
    apart = [index, index / INCOMING, index / TRASH]
    return load.walk(roots, {UPLOADS: index / UPLOADS}, apart, listings(index))


def _manifest(
    writer: Writing,
    draft: Draft,
    plan: Plan,
    encoder: Encoder,
    unreadable: tuple[tuple[str, str], ...],
    kept: Files,
) -> Manifest:
    return Manifest(
        format=FORMAT,
        generation=writer.folder.name,
        parser=load.version(),
        config=plan.config,
        encoder=encoder.identity,
        dimension=encoder.dimension,
        paths=plan.places,
        excluded=plan.excluded,
        unreadable=unreadable,
        documents=len(draft.documents),
        passages=draft.passages,
        segments=tuple(draft.segments),
        files=draft.files | kept | checksums(writer.folder, writer.index),
    )


def _names(roots: Sequence[Path]) -> str:
    return load.few([f"{root}/" if root.is_dir() else str(root) for root in roots])
