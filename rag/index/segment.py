"""A segment being written: its tables, filled in the order of their rows."""

import struct
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from rag.index.documents import DocumentWriter
from rag.index.folders import LexicalWriter
from rag.index.generation import DOCUMENTS, KEYS, LEXICAL, PASSAGES, SIGNS, VECTORS, segment_folder
from rag.index.manifest import Segment
from rag.index.passages import PASSAGE
from rag.index.vectors import Lookup, VectorWriter
from rag.types import Document, Passage

ROW = struct.Struct("<iiqq")  # the layout of PASSAGE


class SegmentWriter:
    """Writes the documents of a segment with their passages, and the vectors that lookups know."""

    def __init__(self, index: Path, number: int, dimension: int, lookups: Sequence[Lookup]) -> None:
        self.folder = index / segment_folder(number)
        self.folder.mkdir(parents=True)
        self._number = number
        self._documents = DocumentWriter(self.folder / DOCUMENTS)
        self._lexical = LexicalWriter(self.folder / LEXICAL, number)
        self._vectors = VectorWriter(self.folder / VECTORS, dimension, lookups)
        # in the format on disk: a tuple for each row would take ten times the memory
        self._rows = bytearray()
        self._keys = bytearray()
        self._first = ""
        self._count = 0
        self._closed = False

    @property
    def passages(self) -> int:
        """The number of passages added."""
        return len(self._keys) // 32

    def add(self, document: Document, passages: Sequence[Passage], words: bytes) -> None:
        """Write a document, its passages, and the sha256 of its words."""
        paths = dict.fromkeys(passage.heading for passage in passages)
        numbers = {path: number for number, path in enumerate(paths)}
        self._documents.add(document, tuple(paths), self.passages, len(passages), words)
        for passage in passages:
            self._lexical.add(passage.embedded)
            heading = numbers[passage.heading]
            self._rows += ROW.pack(self._count, heading, passage.start, passage.end)
            key = passage.key
            self._keys += key
            self._vectors.add(key)
        self._first = self._first or document.id
        self._count += 1

    def finish(self) -> Segment:
        """Write everything to disk, and return the segment."""
        self._vectors.finish()
        self.close()
        np.save(self.folder / PASSAGES, np.frombuffer(self._rows, PASSAGE))
        np.save(self.folder / KEYS, np.frombuffer(self._keys, np.uint8).reshape(-1, 32))
        np.save(self.folder / SIGNS, self._vectors.signs)
        return Segment(self._number, self._first, self._count, self.passages)

    def close(self) -> None:
        """Close the tables on disk."""
        if self._closed:
            return
        self._closed = True
        # first, because its threads keep writing until then, even to a folder that is deleted
        self._lexical.close()
        self._documents.close()
        self._vectors.close()
