"""An index that is open for reading: one generation whose tables agree row by row.

Row i of the passage table, of the vectors and of the lexical index is the same passage.
"""

import logging
from collections.abc import Hashable, Sequence
from functools import cached_property, partial
from pathlib import Path
from threading import Lock

import numpy as np
from cachetools import LRUCache, cached

from rag.errors import IndexDamaged, IndexOutdated, RagError
from rag.index.copies import read_copies
from rag.index.dense import EXACT, dense_search
from rag.index.documents import DocumentPart
from rag.index.generation import DOCUMENTS, KEYS, LEXICAL, PASSAGES, SIGNS, VECTORS
from rag.index.joined import DocumentTable, Stacked
from rag.index.lexical import LexicalIndex
from rag.index.limits import enough_files
from rag.index.manifest import (
    FORMAT,
    HALVED,
    SEGMENTED,
    Manifest,
    format_fault,
    place_of,
    read_manifest,
    rebuild_hint,
    update_hint,
)
from rag.index.passages import PASSAGE, Keys, PassageTable, load_array
from rag.index.remote import remote
from rag.index.revisions import Revision, Revisions
from rag.index.scope import rows_in, summaries_in
from rag.index.verified import check_files
from rag.protocols import DenseSearch, WordSearch
from rag.scope import Scope
from rag.types import Document, DocumentSummary, Rows

LOG = logging.getLogger(__name__)
SCOPES = 2**28  # bytes of the rows of scopes that stay in memory, 8 for each row
SCOPE = 2**18  # bytes that the smallest scope counts as, so that no more than 1,024 stay


class Index:
    """One generation, open for reading; later builds do not change it.

    Safe to use from several threads.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self.folder = folder
        self.manifest = manifest
        segments = manifest.segments
        folders = [folder / segment.folder for segment in segments]
        tables = [DocumentPart(place / DOCUMENTS) for place in folders]
        copies = read_copies(folder / manifest.generation)
        self.documents = DocumentTable(segments, tables, copies)
        counts = [segment.passages for segment in segments]
        shapes = list(zip(folders, counts, strict=True))
        places = [load_array(place / PASSAGES, PASSAGE, (rows,)) for place, rows in shapes]
        self.passages = PassageTable(places, self.documents)
        self._shapes = shapes
        for table, width in ((KEYS, 32), (SIGNS, -(-manifest.dimension // 8))):
            for place, rows in shapes:
                load_array(place / table, np.uint8, (rows, width))
        large, width = manifest.passages > EXACT, manifest.dimension
        large = large and not manifest.config.store  # then an engine has the vectors
        # now, since a later build may delete the files
        self._signs = _table(SIGNS, shapes, -(-manifest.dimension // 8)) if large else None
        vectors = [load_array(place / VECTORS, np.float16, (n, width)) for place, n in shapes]
        self.vectors = Stacked(vectors, width)
        numbers = [segment.number for segment in segments]
        lexical = [place / LEXICAL for place in folders]
        self.lexical: WordSearch = LexicalIndex(list(zip(lexical, numbers, counts, strict=True)))
        lengths = [len(table) for table in tables], len(self.lexical), len(self.documents)
        documents = [segment.documents for segment in segments]
        if lengths != (documents, manifest.passages, manifest.documents):
            raise ValueError("its tables differ in length")
        self.revisions = Revisions(folder, manifest)
        self._dense: DenseSearch | None = None
        self._filling = Lock()
        kept: LRUCache[Hashable, Rows] = LRUCache(SCOPES, getsizeof=_size)
        self._rows = cached(kept, lock=Lock())(partial(rows_in, self.documents))

    @property
    def dense(self) -> DenseSearch:
        """The search over the vectors, filled or connected on first use; may raise StoreError."""
        with self._filling:
            if self._dense is None:
                if self.manifest.config.store:
                    self._dense = remote(self.manifest)
                else:
                    self._dense = dense_search(self.vectors, self._signs)
            return self._dense

    @cached_property
    def keys(self) -> Keys:
        """The keys of all passages, (n, 32), for builds; raises IndexDamaged if they are gone."""
        try:
            return _table(KEYS, self._shapes, 32)
        except FileNotFoundError as error:
            fault = f"{error.filename} is missing: a newer generation has replaced this one"
            raise IndexDamaged(f"{fault}. Try again") from error

    def versions(self, document_id: str) -> list[Revision]:
        """Return all revisions of a document, the newest first; raises UnknownDocument."""
        kept = self.revisions.of(document_id)
        if kept and document_id not in self.documents:
            return kept
        now, generation = self.documents[document_id], self.manifest.generation
        return [Revision(now.id, now.title, now.sha256, now.modified, generation), *kept]

    def document(self, document_id: str, revision: str = "") -> Document:
        """Return a document in a revision, named by its sha256 or the start of that; "": the last.

        Raises UnknownDocument.
        """
        revision = revision or self.versions(document_id)[0].sha256
        if document_id in self.documents:
            now = self.documents[document_id]
            if now.sha256.startswith(revision):
                return now
        return self.revisions.document(document_id, revision)

    def rows(self, scope: Scope) -> "Rows | None":
        """Return the rows in a scope, ascending, or None if it holds all of them.

        Raises UnknownDocument, EmptyScope.
        """
        return self._rows(scope) if scope else None

    def summaries(self, scope: Scope) -> list[DocumentSummary]:
        """Return the summaries of the documents in a scope, sorted by id.

        Raises UnknownDocument, EmptyScope.
        """
        return summaries_in(self.documents, scope)


def open_index(folder: Path, *, recheck: bool = False) -> Index:
    """Return the current generation; raises IndexMissing or IndexDamaged.

    A file that has not changed since its last check is not checked again, unless `recheck` is true.
    """
    place = place_of(folder)
    manifest = read_manifest(place)
    for _ in range(3):
        try:
            return open_generation(place, manifest, recheck=recheck)
        except IndexDamaged:
            before = place, manifest.generation
            place = place_of(folder)
            manifest = read_manifest(place)
            if (place, manifest.generation) == before:
                raise
            # a build committed and removed the older generation
    raise IndexDamaged(f"The index in {folder} changes faster than it can be opened. Try again")


def open_generation(folder: Path, manifest: Manifest, *, recheck: bool = False) -> Index:
    """Return the generation of a manifest; raises IndexDamaged."""
    if manifest.format != FORMAT:
        raise IndexOutdated(f"{format_fault(folder, manifest.format)}. {update_hint(folder)}")
    LOG.debug("opening %s/%s", folder, manifest.generation)
    try:
        with enough_files():
            check_files(folder, manifest, recheck=recheck)
            return Index(folder, manifest)
    except RagError:
        raise
    except Exception as error:  # on altered files a parser may raise anything
        fault = f"{folder}/{manifest.generation} cannot be opened: {error}"
        raise IndexDamaged(f"{fault}. {rebuild_hint(folder)}") from error


def stored_vectors(folder: Path, manifest: Manifest) -> tuple[Keys, Stacked]:
    """Return the keys and vectors of a generation in any readable format; raises IndexDamaged."""
    with enough_files():
        check_files(folder, manifest, recheck=True)
    parts = [(folder / segment.folder, segment.passages) for segment in manifest.segments]
    if manifest.format < SEGMENTED:
        parts = [(folder / manifest.generation, manifest.passages)]
    width = manifest.dimension
    kind = np.float32 if manifest.format < HALVED else np.float16
    try:
        with enough_files():
            keys = _table(KEYS, parts, 32)
            vectors = [load_array(place / VECTORS, kind, (rows, width)) for place, rows in parts]
    except (OSError, ValueError) as error:
        raise IndexDamaged(f"{folder}/{manifest.generation} cannot be read: {error}") from error
    return keys, Stacked(vectors, width)


def _table(name: str, segments: Sequence[tuple[Path, int]], width: int) -> Keys:
    """Return the bytes of a table of all segments in memory, (n, width)."""
    parts = [load_array(place / name, np.uint8, (rows, width)) for place, rows in segments]
    return np.concatenate([np.empty((0, width), np.uint8), *parts])


def _size(rows: Rows) -> int:
    return max(rows.nbytes, SCOPE)


def verify(folder: Path) -> Index:
    """Open the index, check all passages and revisions; raises IndexDamaged at the first fault."""
    index = open_index(folder, recheck=True)
    for row in range(len(index.passages)):
        if fault := _fault(index, row):
            raise IndexDamaged(f"Passage {row} in {folder} {fault}. {rebuild_hint(folder)}")
    for document_id in index.revisions.ids():
        for revision in index.revisions.of(document_id):
            index.revisions.document(document_id, revision.sha256)
    return index


def _fault(index: Index, row: int) -> str:
    """Return what is wrong with a passage, or ""."""
    try:
        passage = index.passages[row]
    except Exception as error:  # noqa: BLE001  on altered files a parser may raise anything
        return f"cannot be read: {error}"
    if not 0 <= passage.start < passage.end <= len(passage.document.text):
        return f"is outside {passage.document.id}"
    if passage.key != index.keys[row].tobytes():
        return f"is not what was embedded from {passage.document.id}"
    return ""
