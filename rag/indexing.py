"""Build an index: parse and embed only what is new; keep the old generation until the commit."""

import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

from rag import load
from rag.config import DEFAULT_ENCODER, BuildConfig
from rag.embed import load_encoder
from rag.errors import CorpusError
from rag.index import Draft
from rag.index.documents import title_of
from rag.index.generation import VECTORS
from rag.index.known import Known
from rag.index.manifest import FORMAT, Manifest, checksums
from rag.index.report import BuildReport, nothing_changed, report_of
from rag.index.seen import Seen
from rag.index.unchanged import unchanged
from rag.index.vectors import VectorLog, VectorWriter
from rag.index.writing import Writing, writing
from rag.models import PACKAGED_SHA256
from rag.progress import OnProgress, Progress
from rag.protocols import Encoder
from rag.split import split
from rag.types import Document, Passage
from rag.uploads import INCOMING, TRASH, UPLOADS

LOG = logging.getLogger(__name__)
ADDED_TOKENS = 16  # room for the encoder's special tokens and document prompt


@dataclass(frozen=True, slots=True)
class Plan:
    """The paths and settings of the next generation, and the ids of the documents it leaves out."""

    roots: tuple[Path, ...]
    config: BuildConfig
    excluded: tuple[str, ...] = ()

    @property
    def places(self) -> tuple[str, ...]:
        """The paths, absolute and without links."""
        return tuple(root.resolve().as_posix() for root in self.roots)

    def files(self, index: Path) -> list[load.File]:
        """Return the files to index; raises CorpusError if the paths hold no file."""
        found = files_of(self.roots, index)
        if not found:
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
    progress: OnProgress = lambda _: None,
) -> BuildReport:
    """Index the documents under these paths as the next generation, and return a report.

    Documents whose id is in `excluded` are left out. The old generation stays current until the new
    one is complete. Raises CorpusError, EncoderError, IndexBusy.
    """
    roots = [Path(path) for path in ([paths] if isinstance(paths, str | Path) else paths)]
    plan = Plan(tuple(roots), config or BuildConfig(), tuple(sorted(set(excluded))))
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
    seen = Seen(writer.index)
    same = unchanged(
        writer,
        files,
        seen,
        config=plan.config,
        encoder=encoder.identity if encoder else PACKAGED_SHA256,  # without loading it
        paths=plan.places,
        excluded=plan.excluded,
    )
    if same:
        seen.write()
        return nothing_changed(same, time.monotonic() - started)
    encoder = encoder or load_encoder(plan.config.encoder)
    return _next(writer, plan, files, seen, encoder, progress, started)


def _next(
    writer: Writing,
    plan: Plan,
    files: Sequence[load.File],
    seen: Seen,
    encoder: Encoder,
    progress: OnProgress,
    started: float,
) -> BuildReport:
    index, generation = writer.index, writer.folder
    writer.begin()
    with VectorLog(index, encoder) as log:
        known = Known(writer, plan.config, encoder)
        vectors = VectorWriter(generation / VECTORS, encoder, (known.vector, log.vector), log)
        with closing(Draft(generation)) as draft, closing(vectors):
            failed = _read_all(files, known, seen, draft, vectors, plan.config, encoder, progress)
            unreadable = tuple(failed)
            vectors.finish(progress)
        if files and not draft.ids:
            raise CorpusError(
                f"None of the {len(files):,} files in {_names(plan.roots)} could be read: "
                f"{load.reasons(unreadable)}"
            )
        progress(Progress("writing", 0, 1))
        manifest = _manifest(generation, draft, plan, encoder, unreadable)
        writer.commit(manifest)
        seen.write()
        log.clear()
        progress(Progress("writing", 1, 1))
    LOG.info("%s: %d documents, %d passages", generation, len(draft.ids), draft.passages)
    return report_of(
        manifest, draft, vectors.embedded, known.removed(draft), time.monotonic() - started
    )


def files_of(roots: Iterable[Path], index: Path) -> list[load.File]:
    """Return the files under these paths, and the uploads of the index, with ids `uploads/NAME`."""
    return load.walk(roots, {UPLOADS: index / UPLOADS}, [index, index / INCOMING, index / TRASH])


def _manifest(
    generation: Path,
    draft: Draft,
    plan: Plan,
    encoder: Encoder,
    unreadable: tuple[tuple[str, str], ...],
) -> Manifest:
    return Manifest(
        format=FORMAT,
        generation=generation.name,
        parser=load.VERSION,
        config=plan.config,
        encoder=encoder.identity,
        dimension=encoder.dimension,
        paths=plan.places,
        excluded=plan.excluded,
        unreadable=unreadable,
        documents=len(draft.ids),
        passages=draft.passages,
        files=checksums(generation),
    )


def _read_all(
    files: Sequence[load.File],
    known: Known,
    seen: Seen,
    draft: Draft,
    vectors: VectorWriter,
    config: BuildConfig,
    encoder: Encoder,
    progress: OnProgress,
) -> Iterator[tuple[str, str]]:
    """Add every document to the draft; yield the id and reason of each file that fails."""
    room = max(1, encoder.max_tokens - config.heading_tokens - ADDED_TOKENS)
    limits = config.file_bytes, config.parse_seconds, config.parse_bytes
    with closing(load.read_ahead(files, seen.sha256, known.holds, *limits)) as read:
        for number, loaded in enumerate(read):
            progress(Progress("reading", number, len(files), loaded.file.id))
            if loaded.reason:
                LOG.warning("%s cannot be read: %s", loaded.file.id, loaded.reason)
                yield loaded.file.id, loaded.reason
                continue
            seen.add(loaded.file, loaded.state, loaded.sha256)
            draft.parsed += loaded.parsed is not None
            modified = known.modified(loaded)
            if draft.holds_content(loaded.file.id, loaded.sha256, modified):
                continue
            document, passages = _document(loaded, modified, known)
            if draft.holds_text(document):
                continue
            if passages is None:
                passages = split(
                    document,
                    encoder.count_tokens,
                    min(config.passage_tokens, room),
                    config.heading_tokens,
                )
            draft.add(document, passages)
            vectors.add(passages)
    progress(Progress("reading", len(files), len(files)))


def _document(
    loaded: load.Loaded, modified: str, known: Known
) -> tuple[Document, list[Passage] | None]:
    """Return a file's document, and its passages if they are known."""
    parsed = loaded.parsed
    if parsed is None:
        return known.document(loaded.sha256, loaded.file.id, modified)
    title = title_of(parsed.title, loaded.file.id)
    places = parsed.page_starts, parsed.headings, parsed.unit, parsed.page_numbers
    document = Document(loaded.file.id, title, loaded.sha256, parsed.text, *places)
    return replace(document, modified=modified, tables=parsed.tables), None


def _names(roots: Sequence[Path]) -> str:
    return load.few([f"{root}/" if root.is_dir() else str(root) for root in roots])
