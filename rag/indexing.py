"""Documents to an index: only what is new is parsed and embedded, and what was there stays until the commit."""

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path

import numpy as np

from rag import load
from rag.config import BuildConfig
from rag.documents import DocumentTable, title_of
from rag.embed import embed, load_encoder
from rag.errors import CorpusError, IndexDamaged, IndexMissing, LoadError
from rag.manifest import FORMAT, Manifest, checksums, commit
from rag.split import split
from rag.store import DOCUMENTS, VECTORS, Draft, Index, PassageTable, open_index, writing
from rag.types import Document, Encoder, Passage, Progress

EMBED_AT_ONCE = 2048  # passages whose text is in memory together
ADDED_TOKENS = 16  # room for an encoder's special tokens and its prompt for documents


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did. Reused passages kept their vector; `removed` documents are no longer in the index."""

    generation: str
    documents: int
    passages: int
    parsed: int
    embedded: int
    reused: int
    removed: tuple[str, ...]
    unreadable: tuple[tuple[str, str], ...]
    seconds: float


Tell = Callable[[Progress], None]


def build(
    paths: str | Path | Iterable[str | Path],
    index: str | Path = "index",
    config: BuildConfig | None = None,
    *,
    excluded: Iterable[str] = (),
    encoder: Encoder | None = None,
    progress: Tell = lambda _: None,
) -> BuildReport:
    """Index the documents under these paths as the next generation of the index, and report what was done.

    Documents whose id is in `excluded` are left out. Raises CorpusError, EncoderError, IndexBusy; the index that was
    there stays the current one until the new one is whole.
    """
    started = time.monotonic()
    config = config or BuildConfig()
    roots = [Path(path) for path in ([paths] if isinstance(paths, str | Path) else paths)]
    left_out = tuple(sorted(set(excluded)))
    wanted = [source for source in _sources(roots) if source.id not in left_out]
    encoder = encoder or load_encoder(config.encoder)
    with writing(Path(index)) as generation:
        known = _Known(Path(index), config, encoder)
        with closing(Draft(generation)) as draft:
            unreadable = tuple(_read_all(wanted, known, draft, config, encoder, progress))
        if wanted and not draft.ids:
            reasons = "; ".join(f"{name}: {reason}" for name, reason in unreadable[:3])
            raise CorpusError(f"None of the {len(wanted)} files in {_names(roots)} could be read: {reasons}")
        embedded = _embed_new(generation, draft, known, encoder, progress)
        progress(Progress("writing", 0, 1))
        manifest = _manifest(generation, draft, config, encoder, roots, left_out, unreadable)
        commit(generation, manifest)
        progress(Progress("writing", 1, 1))
    return _report(manifest, draft, embedded, known.removed(draft), time.monotonic() - started)


def _sources(roots: Sequence[Path]) -> list[load.Source]:
    sources = load.walk(roots)
    if not sources:
        raise CorpusError(
            f"No files in {_names(roots)}. Put documents there ({', '.join(load.SUFFIXES)}) and try again"
        )
    return sources


def _manifest(
    generation: Path,
    draft: Draft,
    config: BuildConfig,
    encoder: Encoder,
    roots: Sequence[Path],
    left_out: tuple[str, ...],
    unreadable: tuple[tuple[str, str], ...],
) -> Manifest:
    return Manifest(
        format=FORMAT,
        generation=generation.name,
        parser=load.VERSION,
        config=config,
        encoder=encoder.identity,
        dimension=encoder.dimension,
        sources=tuple(root.resolve().as_posix() for root in roots),
        excluded=left_out,
        unreadable=unreadable,
        documents=len(draft.ids),
        passages=len(draft.keys),
        files=checksums(generation),
    )


def _report(manifest: Manifest, draft: Draft, embedded: int, removed: tuple[str, ...], seconds: float) -> BuildReport:
    return BuildReport(
        generation=manifest.generation,
        documents=manifest.documents,
        passages=manifest.passages,
        parsed=draft.parsed,
        embedded=embedded,
        reused=manifest.passages - embedded,
        removed=removed,
        unreadable=manifest.unreadable,
        seconds=seconds,
    )


class _Known:
    """What the last generation already holds: documents by the sha256 of their file, vectors by passage key."""

    def __init__(self, folder: Path, config: BuildConfig, encoder: Encoder) -> None:
        try:
            self.index: Index | None = open_index(folder)
        except (IndexMissing, IndexDamaged):
            self.index = None  # nothing can be taken over from an index that cannot be trusted
        manifest = self.index.manifest if self.index else None
        same_encoder = manifest is not None and manifest.encoder == encoder.identity
        same_lengths = manifest is not None and (
            (manifest.config.passage_tokens, manifest.config.heading_tokens)
            == (config.passage_tokens, config.heading_tokens)
        )
        self.same_passages = same_encoder and same_lengths
        same_parser = manifest is not None and manifest.parser == load.VERSION
        self._documents = self.index.documents.rows_by_sha256() if self.index and same_parser else {}
        keys = self.index.keys if self.index and same_encoder else np.empty((0, 32), np.uint8)
        self.vector_rows = {key.tobytes(): row for row, key in enumerate(keys)}

    def document(self, sha: str, document_id: str) -> tuple[Document, list[Passage] | None] | None:
        """Return the known text of a file under its new id, with its passages if they would be cut the same."""
        row = self._documents.get(sha)
        if row is None or self.index is None:
            return None
        old, _ = self.index.documents.at(row)
        titled = any(heading.text.casefold() == old.title.casefold() for heading in old.headings)  # not by its file
        document = replace(old, id=document_id, title=title_of(old.title if titled else "", document_id))
        if not self.same_passages:
            return document, None
        first, last = np.searchsorted(self.index.passages.rows["document"], [row, row + 1])
        return document, [replace(passage, document=document) for passage in self.index.passages[first:last]]

    def removed(self, draft: "Draft") -> tuple[str, ...]:
        """Return the ids of documents that were in the index and whose content is no longer."""
        if self.index is None:
            return ()
        gone = set(self.index.documents.ids()) - set(draft.ids)
        contents = self.index.documents.sha256_by_id()
        return tuple(sorted(name for name in gone if contents[name] not in draft.contents))


def _read_all(
    sources: Sequence[load.Source], known: _Known, draft: Draft, config: BuildConfig, encoder: Encoder, tell: Tell
) -> Iterator[tuple[str, str]]:
    """Add every document to the draft; yield id and reason of each file that cannot be read."""
    with load.ParserProcess(config.parse_seconds, config.parse_bytes) as process:
        for number, source in enumerate(sources):
            tell(Progress("reading", number, len(sources), source.id))
            try:
                document, passages = _document(source, known, draft, config, process)
            except LoadError as error:
                yield source.id, str(error)
                continue
            if passages is None:
                room = max(1, encoder.max_tokens - config.heading_tokens - ADDED_TOKENS)
                passages = split(
                    document, encoder.count_tokens, min(config.passage_tokens, room), config.heading_tokens
                )
            draft.add(document, passages)
        tell(Progress("reading", len(sources), len(sources)))


def _document(
    source: load.Source, known: _Known, draft: Draft, config: BuildConfig, process: load.ParserProcess
) -> tuple[Document, list[Passage] | None]:
    data = load.read_bytes(source, config.file_bytes)
    sha = sha256(source.suffix.encode() + b"\n" + data).hexdigest()
    found = known.document(sha, source.id)
    if found:
        return found
    parsed = load.parse(data, source.suffix, process)
    draft.parsed += 1
    title = title_of(parsed.title, source.id)
    return Document(source.id, title, sha, parsed.text, parsed.page_starts, parsed.headings), None


def _embed_new(generation: Path, draft: Draft, known: _Known, encoder: Encoder, tell: Tell) -> int:
    """Write the vectors of all passages, embedding each unknown text once; return how many texts that were."""
    first_row: dict[bytes, int] = {}
    for row, key in enumerate(draft.keys):
        if key not in known.vector_rows:
            first_row.setdefault(key, row)
    fresh = list(first_row.values())
    shape = (len(draft.keys), encoder.dimension)
    vectors = np.lib.format.open_memmap(generation / VECTORS, "w+", np.float32, shape) if shape[0] else np.empty(shape)
    passages = PassageTable(draft.rows, DocumentTable(generation / DOCUMENTS))
    done = 0

    def advance(count: int) -> None:
        nonlocal done
        done += count
        tell(Progress("embedding", done, len(fresh)))

    advance(0)
    for start in range(0, len(fresh), EMBED_AT_ONCE):
        rows = fresh[start : start + EMBED_AT_ONCE]
        vectors[rows] = embed(encoder, [passages[row].embedded for row in rows], advance)
    for row, key in enumerate(draft.keys):
        if key in first_row and first_row[key] != row:
            vectors[row] = vectors[first_row[key]]
        elif known.index and key in known.vector_rows:
            vectors[row] = known.index.vectors[known.vector_rows[key]]
    if isinstance(vectors, np.memmap):
        vectors.flush()
    else:
        np.save(generation / VECTORS, vectors.astype(np.float32))
    return len(fresh)


def _names(roots: Sequence[Path]) -> str:
    return ", ".join(f"{root}/" if root.is_dir() else str(root) for root in roots)
