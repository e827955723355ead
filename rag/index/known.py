"""What the last generation of an index already holds, so that nothing known is parsed or embedded again."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from rag import load
from rag.config import BuildConfig
from rag.errors import IndexDamaged, IndexMissing
from rag.index import Draft, Index, open_index
from rag.index.documents import title_of
from rag.types import Document, Encoder, Passage, Vectors


class Known:
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
        self._documents = (
            self.index.documents.rows_by_sha256() if self.index and same_parser else {}
        )
        keys = self.index.keys if self.index and same_encoder else np.empty((0, 32), np.uint8)
        self._vector_rows = {key.tobytes(): row for row, key in enumerate(keys)}

    def holds(self, sha: str) -> bool:
        """Tell whether the text of a file of this sha256 is known."""
        return sha in self._documents

    def vector(self, key: bytes) -> "Vectors | None":
        """Return the (dimension,) vector of a passage by its key, where it is known."""
        row = self._vector_rows.get(key)
        return None if row is None or self.index is None else self.index.vectors[row]

    def document(self, sha: str, document_id: str) -> tuple[Document, list[Passage] | None]:
        """Return the known text of a file under its new id, with its passages if they would be cut the same."""
        if self.index is None:
            raise KeyError(sha)
        row = self._documents[sha]
        old, _ = self.index.documents.at(row)
        titled = any(
            heading.text.casefold() == old.title.casefold() for heading in old.headings
        )  # not by its file
        document = replace(
            old, id=document_id, also=(), title=title_of(old.title if titled else "", document_id)
        )
        if not self.same_passages:
            return document, None
        first, last = np.searchsorted(self.index.passages.rows["document"], [row, row + 1])
        return document, [
            replace(passage, document=document) for passage in self.index.passages[first:last]
        ]

    def removed(self, draft: Draft) -> tuple[str, ...]:
        """Return the ids of documents that were in the index and whose content is no longer."""
        if self.index is None:
            return ()
        contents = self.index.documents.sha256_by_id()
        gone = contents.keys() - set(draft.ids) - {name for name, _ in draft.copies}
        return tuple(sorted(name for name in gone if contents[name] not in draft.contents))
