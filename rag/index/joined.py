"""The tables of several segments as one, in the order of their rows."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from itertools import pairwise
from threading import Lock
from typing import Any
from unicodedata import normalize

import numpy as np
import numpy.typing as npt
from cachetools import LRUCache

from rag.errors import UnknownDocument
from rag.index.copies import Copy
from rag.index.documents import DocumentPart, Entry, Stored
from rag.index.manifest import Segment
from rag.index.terms import plain
from rag.said import Said
from rag.types import Document, DocumentSummary, Rows, Vectors

KEPT_CHARACTERS = 50_000_000  # text that stays in memory after use


class DocumentTable:
    """The documents of a generation; safe to use from several threads."""

    def __init__(
        self, segments: Sequence[Segment], tables: Sequence[DocumentPart], copies: Sequence[Copy]
    ) -> None:
        self._tables = tables
        self._firsts = [segment.first for segment in segments]
        self.starts = starts([segment.documents for segment in segments])
        self._rows = starts([segment.passages for segment in segments])
        self._copies = copies
        self._lock = Lock()
        self._kept: LRUCache[int, Stored] = LRUCache(KEPT_CHARACTERS, getsizeof=_size)
        self._copied = {copy.id: copy.document for copy in copies}
        self._also: dict[str, list[str]] = {}
        for copy in copies:
            self._also.setdefault(copy.document, []).append(copy.id)

    def __len__(self) -> int:
        return int(self.starts[-1])

    def __iter__(self) -> Iterator[Document]:
        return (self.at(row).document for row in range(len(self)))

    def __getitem__(self, document_id: str) -> Document:
        """Return the document with the text of the file of this id; raises UnknownDocument."""
        return self.stored(document_id).document

    def __contains__(self, document_id: str) -> bool:
        """Return whether there is a file of this id."""
        try:
            self.row(document_id)
        except UnknownDocument:
            return False
        return True

    def stored(self, document_id: str) -> Stored:
        """Return the same, with the data of its passages; raises UnknownDocument."""
        return self.at(self.row(document_id))

    def row(self, document_id: str) -> int:
        """Return the row of the document with the text of a file; raises UnknownDocument.

        Its id may be typed with letters and their marks as one character or as several.
        """
        for typed in forms_of(document_id):
            name = self._copied.get(typed, typed)
            number = max(0, bisect_right(self._firsts, name) - 1)
            row = self._tables[number].row(name) if self._tables else None
            if row is not None:
                return int(self.starts[number]) + row
        raise UnknownDocument(Said("document_unknown", name=document_id))

    def at(self, row: int) -> Stored:
        """Return the document in this row, with the data of its passages."""
        with self._lock:
            if row in self._kept:
                return self._kept[row]
        stored = self._read(row)
        with self._lock:
            self._kept[row] = stored
        return stored

    def part(self, row: int) -> int:
        """Return the number of the segment with the document in this row."""
        return int(self.starts.searchsorted(row, "right")) - 1

    def _read(self, row: int) -> Stored:
        number = self.part(row)
        document, paths, rows = self._tables[number].at(row - int(self.starts[number]))
        first = int(self._rows[number])
        if also := self._also.get(document.id):
            document = replace(document, also=tuple(also))
        return Stored(document, paths, range(first + rows.start, first + rows.stop))

    def summaries(self) -> list[DocumentSummary]:
        """Return a summary of every document, sorted by id, without reading the texts."""
        return [
            replace(one, also=tuple(self._also[one.id])) if one.id in self._also else one
            for table in self._tables
            for one in table.summaries()
        ]

    @cached_property
    def entries(self) -> list[Entry]:
        """What identifies each document, in the order of their rows."""
        return [entry for table in self._tables for entry in table.entries()]

    @cached_property
    def places(self) -> Rows:
        """The first passage of each document and their number, (documents, 2)."""
        found = [
            (int(first) + place, count)
            for table, first in zip(self._tables, self._rows[:-1], strict=True)
            for place, count in table.places()
        ]
        return np.array(found, np.int64).reshape(-1, 2)

    @cached_property
    def names(self) -> str:
        """The distinct ids and titles as they are searched, in small plain letters, one a line."""
        found = {copy.id for copy in self._copies}.union(*(one.names() for one in self._tables))
        return plain("\n".join(found))

    def ids(self) -> list[str]:
        """Return the ids of all documents in the order of their rows."""
        return [entry.id for entry in self.entries]

    def files(self) -> Iterator[tuple[str, str, int]]:
        """Yield the id and date of every file, and the row of the document with its text."""
        yield from ((one.id, one.modified, row) for row, one in enumerate(self.entries))
        rows = {one.id: row for row, one in enumerate(self.entries)} if self._copies else {}
        yield from ((copy.id, copy.modified, rows[copy.document]) for copy in self._copies)

    def file(self, document_id: str) -> tuple[str, str, int]:
        """Return the same of one file; raises UnknownDocument."""
        row = self.row(document_id)
        return document_id, self._copy_dates.get(document_id, self.entries[row].modified), row

    @cached_property
    def _copy_dates(self) -> dict[str, str]:
        """The date of each file with the text of another, by its id."""
        return {copy.id: copy.modified for copy in self._copies}

    def dates(self) -> dict[str, tuple[str, str]]:
        """Return the sha256 and the date of every file, by id."""
        own = {entry.id: (entry.sha256, entry.modified) for entry in self.entries}
        return own | {copy.id: (copy.sha256, copy.modified) for copy in self._copies}

    def sha256_by_id(self) -> dict[str, str]:
        """Return the sha256 of every file, by id."""
        own = dict(pair for table in self._tables for pair in table.contents())
        return own | {copy.id: copy.sha256 for copy in self._copies}

    def copies(self) -> tuple[tuple[str, str], ...]:
        """Return the id of each file with the text of another, and of the document that has it."""
        return tuple((copy.id, copy.document) for copy in self._copies)

    @property
    def copied(self) -> Sequence[Copy]:
        """The files with the text of another."""
        return self._copies


def forms_of(name: str) -> set[str]:
    """Return the id or folder as it is typed, and with each letter and its marks as one.

    Bytes of a command line that are not UTF-8 are replaced, as in ids.
    """
    try:
        plain = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    except UnicodeEncodeError:
        plain = name.encode("utf-8", "replace").decode()
    return {plain, normalize("NFC", plain)}


class Stacked:
    """Arrays of the same width, one after another, read as one without a copy of them."""

    def __init__(self, parts: Sequence[npt.NDArray[Any]], width: int) -> None:
        self.parts = parts
        self._starts = starts([len(part) for part in parts])
        self._bounds: list[int] = self._starts.tolist()
        self.shape = (int(self._starts[-1]), width)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, rows: "int | slice | Sequence[int] | Rows") -> Vectors:
        """Return a copy of one row, or of several in the order asked for."""
        if isinstance(rows, int):
            number = self.part(rows)
            return np.array(self.parts[number][rows - self._bounds[number]], np.float32)
        if isinstance(rows, slice):
            rows = range(*rows.indices(len(self)))
        wanted = np.asarray(rows, np.int64)
        order = wanted.argsort(kind="stable")
        ordered = wanted[order]
        found = np.empty((len(wanted), self.shape[1]), np.float32)
        edges = ordered.searchsorted(self._starts).tolist()
        for number, (start, end) in enumerate(pairwise(edges)):
            if start < end:
                here = ordered[start:end] - self._bounds[number]
                found[order[start:end]] = self.parts[number][here]
        return found

    def part(self, row: int) -> int:
        """Return the number of the array with this row."""
        return bisect_right(self._bounds, row) - 1

    def __array__(
        self, dtype: npt.DTypeLike | None = None, copy: bool | None = None
    ) -> npt.NDArray[Any]:
        """Return all rows in memory."""
        whole = self[:]
        return whole if dtype is None else whole.astype(dtype, copy=bool(copy))


def starts(counts: Sequence[int]) -> Rows:
    """Return the row at which each part begins, and the row after the last one."""
    return np.cumsum([0, *counts], dtype=np.int64)


def _size(stored: Stored) -> int:
    return min(len(stored.document.text), KEPT_CHARACTERS)  # the cache refuses larger ones
