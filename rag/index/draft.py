"""The generation being written: its tables, filled in the order of their rows."""

import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rag.index.documents import DocumentWriter, words_sha256
from rag.index.generation import DOCUMENTS, KEYS, LEXICAL, PASSAGES
from rag.index.lexical import LexicalWriter
from rag.index.passages import PASSAGE
from rag.types import Document, Passage

ROW = struct.Struct("<iiqq")  # the layout of PASSAGE


class Draft:
    """The tables of the generation being written, without its vectors."""

    def __init__(self, generation: Path) -> None:
        self._generation = generation
        self._documents = DocumentWriter(generation / DOCUMENTS)
        self._lexical = LexicalWriter(generation / LEXICAL)
        # in the format on disk: a tuple for each row would take ten times the memory
        self._rows = bytearray()
        self._keys = bytearray()
        self.ids: list[str] = []
        self.contents: dict[str, int] = {}
        self.copies: list[tuple[str, str]] = []
        self.left_out: list[tuple[str, str]] = []
        self.parsed = 0
        self._by_words: dict[bytes, int] = {}

    def holds_content(self, document_id: str, sha: str, modified: str) -> bool:
        """Return whether a file with the same bytes was added; if so, add this as its copy."""
        if sha not in self.contents:
            return False
        self._add_copy(document_id, sha, modified, self.contents[sha])
        return True

    def holds_text(self, document: Document) -> bool:
        """Return whether a document with the same words was added; if so, add this as its copy."""
        row = self._by_words.setdefault(words_sha256(document.text), len(self.ids))
        if row == len(self.ids):
            return False
        self._add_copy(document.id, document.sha256, document.modified, row)
        return True

    def _add_copy(self, document_id: str, sha: str, modified: str, row: int) -> None:
        self._documents.add_file(document_id, sha, modified, row)
        self.copies.append((document_id, self.ids[row]))
        self.contents.setdefault(sha, row)

    def add(self, document: Document, passages: Sequence[Passage]) -> None:
        """Write a document and its passages."""
        paths = dict.fromkeys(passage.heading for passage in passages)
        numbers = {path: number for number, path in enumerate(paths)}
        self._documents.add(document, tuple(paths), self.passages, len(passages))
        for passage in passages:
            self._lexical.add(passage.embedded)
            heading = numbers[passage.heading]
            self._rows += ROW.pack(len(self.ids), heading, passage.start, passage.end)
            self._keys += passage.key
        self.left_out += [(document.id, part) for part in document.left_out]
        self.contents[document.sha256] = len(self.ids)
        self.ids.append(document.id)

    def close(self) -> None:
        """Finish the tables on disk."""
        # first, because its threads keep writing until then, even to a folder that is deleted
        self._lexical.close()
        self._documents.close()
        np.save(self._generation / PASSAGES, np.frombuffer(self._rows, PASSAGE))
        np.save(self._generation / KEYS, np.frombuffer(self._keys, np.uint8).reshape(-1, 32))

    @property
    def passages(self) -> int:
        """The number of passages added."""
        return len(self._keys) // 32
