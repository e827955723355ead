"""The documents of a generation in one SQLite file: text, pages and headings, read on demand."""

import errno
import json
import re
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import NamedTuple

from cachetools import LRUCache

from rag.errors import UnknownDocument
from rag.index.columns import COLUMNS, as_document, as_row, declarations
from rag.types import Document, DocumentSummary

KEPT_CHARACTERS = 50_000_000  # text that stays in memory after use
WORDS_AT_ONCE = 2**20  # characters that are split into words at a time
WHITE_SPACE = re.compile(r"\s")

SCHEMA = f"""
CREATE TABLE documents (
    row INTEGER PRIMARY KEY, first INTEGER NOT NULL, passages INTEGER NOT NULL,
    characters INTEGER NOT NULL, pages INTEGER NOT NULL, contexts TEXT NOT NULL, {declarations()}
);
CREATE TABLE files (
    id TEXT PRIMARY KEY, sha256 TEXT NOT NULL, modified TEXT NOT NULL, row INTEGER NOT NULL
);
CREATE INDEX by_row ON files (row);
CREATE INDEX by_sha256 ON documents (sha256);
"""
PLACES, NAMES = ", ".join("?" * (6 + len(COLUMNS))), ", ".join(COLUMNS)
INSERT = f"INSERT INTO documents VALUES ({PLACES})"  # noqa: S608  the names are ours
SELECT = f"SELECT first, passages, contexts, {NAMES} FROM documents WHERE row = ?"  # noqa: S608
COPIES = """
SELECT files.id, documents.id FROM files JOIN documents ON files.row = documents.row
WHERE files.id != documents.id ORDER BY files.id
"""


class Stored(NamedTuple):
    """A document, the heading paths that its passages refer to by number, and their rows."""

    document: Document
    heading_paths: tuple[str, ...]
    rows: range


class DocumentWriter:
    """Writes documents in the order of their rows, and the ids of the files with their text."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = sqlite3.connect(path, check_same_thread=False)
        with self._writing():
            self._connection.executescript(
                "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + SCHEMA
            )
        self._rows = 0

    def add(
        self, document: Document, heading_paths: tuple[str, ...], first: int, passages: int
    ) -> None:
        """Add the next row; its passages begin at passage row `first`."""
        counts = first, passages, len(document.text), len(document.page_starts)
        fields = (self._rows, *counts, json.dumps(heading_paths), *as_row(document))
        with self._writing():
            self._connection.execute(INSERT, fields)
        self.add_file(document.id, document.sha256, document.modified, self._rows)
        self._rows += 1

    def add_file(self, document_id: str, sha256: str, modified: str, row: int) -> None:
        """Add a file with the same text as the document in this row."""
        with self._writing():
            self._connection.execute(
                "INSERT INTO files VALUES (?, ?, ?, ?)", (document_id, sha256, modified, row)
            )

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


class DocumentTable:
    """The documents of a finished generation; safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        self._connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
        self._lock = Lock()
        self._kept: LRUCache[int, Stored] = LRUCache(KEPT_CHARACTERS, getsizeof=_size)
        self._count: int = self.select("SELECT count(*) FROM documents")[0][0]

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Document]:
        return (self.at(row).document for row in range(len(self)))

    def __getitem__(self, document_id: str) -> Document:
        """Return the document with the text of the file of this id; raises UnknownDocument."""
        return self.stored(document_id).document

    def stored(self, document_id: str) -> Stored:
        """Return the same, with the data of its passages; raises UnknownDocument."""
        rows = self.select("SELECT row FROM files WHERE id = ?", document_id)
        if not rows:
            raise UnknownDocument(
                f"No document {document_id} in the index. List the documents: rag documents"
            )
        return self.at(rows[0][0])

    def at(self, row: int) -> Stored:
        """Return the document in this row, with the data of its passages."""
        with self._lock:
            if row in self._kept:
                return self._kept[row]
        stored = self._read(row)
        with self._lock:
            self._kept[row] = stored
        return stored

    def summaries(self) -> list[DocumentSummary]:
        """Return a summary of every document, sorted by id, without reading the texts."""
        also: dict[int, list[str]] = {}
        for name, row in self.select("SELECT id, row FROM files ORDER BY id"):
            also.setdefault(row, []).append(name)
        rows = self.select(
            "SELECT row, id, title, characters, pages, unit, modified FROM documents ORDER BY id"
        )
        return [
            DocumentSummary(
                id=name,
                title=title,
                characters=characters,
                pages=pages,
                unit=unit,
                also=_others(also[row], name),
                modified=modified,
            )
            for row, name, title, characters, pages, unit, modified in rows
        ]

    def rows_by_sha256(self) -> dict[str, int]:
        """Return the row of each document by the sha256 of its file."""
        return dict(self.select("SELECT sha256, row FROM documents"))

    def ids(self) -> list[str]:
        """Return the ids of all documents in the order of their rows."""
        return [row[0] for row in self.select("SELECT id FROM documents ORDER BY row")]

    def sha256_by_id(self) -> dict[str, str]:
        """Return the sha256 of every file, by id."""
        return dict(self.select("SELECT id, sha256 FROM files"))

    def dates(self) -> dict[str, tuple[str, str]]:
        """Return the sha256 and the date of every file, by id."""
        found = self.select("SELECT id, sha256, modified FROM files")
        return {name: (sha, modified) for name, sha, modified in found}

    def copies(self) -> tuple[tuple[str, str], ...]:
        """Return the id of each file with the text of another, and of the document that has it."""
        return tuple(self.select(COPIES))

    def select(self, query: str, *values: object) -> list[tuple]:  # type: ignore[type-arg]
        """Return the rows of an SQL query; its values come in order, or by name in one dict."""
        named = values[0] if values and isinstance(values[0], dict) else values
        with self._lock:
            return self._connection.execute(query, named).fetchall()

    def _read(self, row: int) -> Stored:
        ((first, passages, paths, *values),) = self.select(SELECT, row)
        files = self.select("SELECT id FROM files WHERE row = ? ORDER BY id", row)
        document = as_document(values, _others([name for (name,) in files], values[0]))
        return Stored(document, tuple(json.loads(paths)), range(first, first + passages))


def _others(names: Sequence[str], name: str) -> tuple[str, ...]:
    return tuple(other for other in names if other != name)


def _size(stored: Stored) -> int:
    return min(len(stored.document.text), KEPT_CHARACTERS)  # the cache refuses larger ones


def title_of(parsed_title: str, document_id: str) -> str:
    """Return the title of a document: the one in the file, or the file's name."""
    return parsed_title or PurePosixPath(document_id).name


def words_sha256(text: str) -> bytes:
    """Return the sha256 of a text's words: the same for texts that differ only in white space."""
    digest, start, before = sha256(), 0, False
    while start < len(text):
        space = WHITE_SPACE.search(text, start + WORDS_AT_ONCE)
        end = space.start() if space else len(text)
        if words := " ".join(text[start:end].split()):
            digest.update((f" {words}" if before else words).encode())
            before = True
        start = end
    return digest.digest()
