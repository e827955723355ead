"""What the current generation already holds, so that nothing is parsed or embedded twice."""

from contextlib import suppress
from dataclasses import replace

import numpy as np

from rag import load
from rag.config import BuildConfig
from rag.errors import IndexDamaged
from rag.index.documents import title_of
from rag.index.draft import Draft
from rag.index.opened import Index, stored_vectors
from rag.index.passages import Keys
from rag.index.writing import Writing
from rag.protocols import Encoder
from rag.types import Document, Passage, Vectors


class Known:
    """The current generation: documents by the sha256 of their file, vectors by passage key."""

    def __init__(self, writer: Writing, config: BuildConfig, encoder: Encoder) -> None:
        self._index = writer.previous
        manifest = writer.manifest
        same_encoder = manifest is not None and manifest.encoder == encoder.identity
        same_lengths = manifest is not None and (
            (manifest.config.passage_tokens, manifest.config.heading_tokens)
            == (config.passage_tokens, config.heading_tokens)
        )
        self._same_passages = same_encoder and same_lengths
        same_parser = manifest is not None and manifest.parser == load.VERSION
        self._documents = (
            self._index.documents.rows_by_sha256() if self._index and same_parser else {}
        )
        keys, self._vectors = _vectors(writer, self._index) if same_encoder else _none()
        self._dates = self._index.documents.dates() if self._index else {}
        self._vector_rows = {key.tobytes(): row for row, key in enumerate(keys)}

    def holds(self, sha: str) -> bool:
        """Return whether the text of the file with this sha256 is known."""
        return sha in self._documents

    def modified(self, loaded: load.Loaded) -> str:
        """Return the date of a file: that of its present content, not of a later touch."""
        sha, modified = self._dates.get(loaded.file.id, ("", ""))
        return modified if sha == loaded.sha256 else loaded.modified

    def vector(self, key: bytes) -> "Vectors | None":
        """Return the (dimension,) vector of the passage with this key, if it is known."""
        row = self._vector_rows.get(key)
        return None if row is None else self._vectors[row]

    def document(
        self, sha: str, document_id: str, modified: str
    ) -> tuple[Document, list[Passage] | None]:
        """Return a file's known text as a document with its present name and date.

        The passages come with it, unless they would be cut differently now.
        """
        if self._index is None:
            raise KeyError(sha)
        old, _, rows = self._index.documents.at(self._documents[sha])
        # a title that is no heading is the old name of the file
        headings = {heading.text.casefold() for heading in old.headings}
        title = title_of(old.title if old.title.casefold() in headings else "", document_id)
        document = replace(old, id=document_id, also=(), title=title, modified=modified)
        if not self._same_passages:
            return document, None
        passages = self._index.passages[rows.start : rows.stop]
        return document, [replace(passage, document=document) for passage in passages]

    def removed(self, draft: Draft) -> tuple[str, ...]:
        """Return the ids of documents whose text was in the index and is not in the draft."""
        if self._index is None:
            return ()
        contents = self._index.documents.sha256_by_id()
        gone = contents.keys() - set(draft.ids) - {name for name, _ in draft.copies}
        return tuple(sorted(name for name in gone if contents[name] not in draft.contents))


def _vectors(writer: Writing, index: Index | None) -> tuple[Keys, Vectors]:
    """Return the keys and vectors of the current generation, even if its format is older."""
    if index:
        return index.keys, index.vectors
    if writer.manifest:
        with suppress(IndexDamaged):
            return stored_vectors(writer.index, writer.manifest)
    return _none()


def _none() -> tuple[Keys, Vectors]:
    return np.empty((0, 32), np.uint8), np.empty((0, 0), np.float32)
