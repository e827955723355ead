"""The documents of a segment in one SQLite file: text, pages and headings, read on demand."""

import errno
import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from threading import Lock
from typing import NamedTuple

from rag.index.columns import COLUMNS, as_document, as_row, declarations
from rag.index.limits import enough_files
from rag.types import Document, DocumentSummary

SCHEMA = f"""
CREATE TABLE documents (
    row INTEGER PRIMARY KEY, first INTEGER NOT NULL, passages INTEGER NOT NULL,
    characters INTEGER NOT NULL, pages INTEGER NOT NULL, contexts TEXT NOT NULL,
    words BLOB NOT NULL, {declarations()}
);
"""
PLACES, NAMES = ", ".join("?" * (7 + len(COLUMNS))), ", ".join(COLUMNS)
INSERT = f"INSERT INTO documents VALUES ({PLACES})"  # noqa: S608  the names are ours
SELECT = f"SELECT first, passages, contexts, {NAMES} FROM documents WHERE row = ?"  # noqa: S608


class Stored(NamedTuple):
    """A document, the heading paths that its passages refer to by number, and their rows."""

    document: Document
    heading_paths: tuple[str, ...]
    rows: range


class Entry(NamedTuple):
    """What identifies a document: its id, the sha256 and date of its file, and of its words.

    `left_out` are the parts of it that could not be read.
    """

    id: str
    sha256: str
    modified: str
    words: bytes
    left_out: tuple[str, ...] = ()


class DocumentWriter:
    """Writes documents in the order of their rows."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with enough_files():
            self._connection = sqlite3.connect(path, check_same_thread=False)
        with self._writing():
            self._connection.executescript(
                "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + SCHEMA
            )
        self._rows = 0

    def add(
        self,
        document: Document,
        heading_paths: tuple[str, ...],
        first: int,
        passages: int,
        words: bytes = b"",
    ) -> None:
        """Add the next row; its passages begin at passage row `first`, `words` is their sha256."""
        counts = first, passages, len(document.text), len(document.page_starts)
        fields = (self._rows, *counts, json.dumps(heading_paths), words, *as_row(document))
        with self._writing():
            self._connection.execute(INSERT, fields)
        self._rows += 1

    def close(self) -> None:
        """Write everything to disk."""
        try:
            with self._writing():
                self._connection.commit()
        finally:
            self._connection.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:  # how SQLite reports a full disk
            number = errno.ENOSPC if error.sqlite_errorcode == sqlite3.SQLITE_FULL else errno.EIO
            raise OSError(number, f"cannot be written ({error})", str(self._path)) from error


class DocumentPart:
    """The documents of a finished segment; safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        self._connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
        self._lock = Lock()
        self._count: int = self.select("SELECT count(*) FROM documents")[0][0]

    def __len__(self) -> int:
        return self._count

    def row(self, document_id: str) -> int | None:
        """Return the row of the document with this id, or None."""
        found = self.select("SELECT row FROM documents WHERE id = ?", document_id)
        return found[0][0] if found else None

    def at(self, row: int) -> Stored:
        """Return the document in this row, with the data of its passages."""
        ((first, passages, paths, *values),) = self.select(SELECT, row)
        document = as_document(values, ())
        return Stored(document, tuple(json.loads(paths)), range(first, first + passages))

    def summaries(self) -> list[DocumentSummary]:
        """Return a summary of every document, without reading the texts."""
        rows = self.select(
            "SELECT id, title, characters, pages, unit, modified, left_out "
            "FROM documents ORDER BY row"
        )
        return [
            DocumentSummary(
                id=name,
                title=title,
                characters=characters,
                pages=pages,
                unit=unit,
                modified=modified,
                left_out=_parts(left_out),
            )
            for name, title, characters, pages, unit, modified, left_out in rows
        ]

    def entries(self) -> list[Entry]:
        """Return what identifies each document, in the order of their rows."""
        found = self.select(
            "SELECT id, sha256, modified, words, left_out FROM documents ORDER BY row"
        )
        return [
            Entry(name, sha, modified, words, _parts(left_out))
            for name, sha, modified, words, left_out in found
        ]

    def names(self) -> set[str]:
        """Return the ids and titles of all documents."""
        return {name for pair in self.select("SELECT id, title FROM documents") for name in pair}

    def contents(self) -> list[tuple[str, str]]:
        """Return the id and the sha256 of each document, in the order of their rows."""
        return self.select("SELECT id, sha256 FROM documents ORDER BY row")

    def places(self) -> list[tuple[int, int]]:
        """Return the first passage of each document and their number, in the order of rows."""
        return self.select("SELECT first, passages FROM documents ORDER BY row")

    def select(self, query: str, *values: object) -> list[tuple]:  # type: ignore[type-arg]
        """Return the rows of an SQL query; its values come in order, or by name in one dict."""
        named = values[0] if values and isinstance(values[0], dict) else values
        with self._lock:
            return self._connection.execute(query, named).fetchall()


@lru_cache(maxsize=1024)  # almost all documents have the same: none
def _parts(left_out: str) -> tuple[str, ...]:
    return tuple(json.loads(left_out))
