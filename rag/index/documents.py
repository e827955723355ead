"""The documents of a generation in one SQLite file: text, pages and headings, read when asked for."""

import errno
import json
import re
import sqlite3
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import astuple
from hashlib import sha256
from pathlib import Path, PurePosixPath
from threading import Lock

from rag.errors import UnknownDocument
from rag.types import Document, DocumentSummary, Heading

KEPT_CHARACTERS = 50_000_000  # text held in memory after use
WORDS_AT_ONCE = 2**20  # characters whose words are in memory as such
WHITE_SPACE = re.compile(r"\s")

SCHEMA = """
CREATE TABLE documents (
    row INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, title TEXT NOT NULL, sha256 TEXT NOT NULL, characters INTEGER,
    pages INTEGER, text BLOB NOT NULL, page_starts TEXT NOT NULL, headings TEXT NOT NULL, contexts TEXT NOT NULL,
    unit TEXT NOT NULL, page_numbers TEXT NOT NULL
);
CREATE TABLE copies (id TEXT PRIMARY KEY, sha256 TEXT NOT NULL, row INTEGER NOT NULL);
CREATE INDEX by_row ON copies (row);
CREATE INDEX by_sha256 ON documents (sha256);
"""
Stored = tuple[Document, tuple[str, ...]]


class DocumentWriter:
    """Writes documents in the order of their rows, with the heading paths that their passages name by number."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection = sqlite3.connect(path, check_same_thread=False)
        with self._writing():
            self._connection.executescript(
                "PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + SCHEMA
            )
        self._rows = 0

    def add(self, document: Document, contexts: tuple[str, ...]) -> None:
        """Add the next row."""
        fields = (
            self._rows,
            document.id,
            document.title,
            document.sha256,
            len(document.text),
            len(document.page_starts),
            document.text.encode(),
            str(
                list(document.page_starts)
            ),  # which is JSON, and takes a tenth of the memory that json.dumps takes
            json.dumps([astuple(heading) for heading in document.headings]),
            json.dumps(contexts),
            document.unit,
            str(list(document.page_numbers)),
        )
        with self._writing():
            self._connection.execute(
                "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", fields
            )
        self._rows += 1

    def add_copy(self, document_id: str, sha256: str, row: int) -> None:
        """Add a file that holds the same text as the document of this row."""
        with self._writing():
            self._connection.execute(
                "INSERT INTO copies VALUES (?, ?, ?)", (document_id, sha256, row)
            )

    def close(self) -> None:
        """Write everything down."""
        try:
            with self._writing():
                self._connection.commit()
        finally:
            self._connection.close()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.OperationalError as error:  # a full disk, in its words
            number = errno.ENOSPC if error.sqlite_errorcode == sqlite3.SQLITE_FULL else errno.EIO
            raise OSError(number, f"cannot be written ({error})", str(self._path)) from error


class DocumentTable:
    """The documents of a finished generation; safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        self._connection = sqlite3.connect(uri, uri=True, check_same_thread=False)
        self._lock = Lock()
        self._kept: OrderedDict[int, Stored] = OrderedDict()
        self._kept_characters = 0
        self._count: int = self._select("SELECT count(*) FROM documents")[0][0]

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[Document]:
        return (self.at(row)[0] for row in range(len(self)))

    def __getitem__(self, document_id: str) -> Document:
        """Return the document of this id, or the one that a file of this id is a copy of; raises UnknownDocument."""
        rows = self._select("SELECT row FROM documents WHERE id = ?", document_id)
        rows = rows or self._select("SELECT row FROM copies WHERE id = ?", document_id)
        if not rows:
            raise UnknownDocument(
                f"No document {document_id} in the index. See what there is: rag documents"
            )
        return self.at(rows[0][0])[0]

    def at(self, row: int) -> Stored:
        """Return the document of this row and the heading paths of its passages."""
        with self._lock:
            if row in self._kept:
                self._kept.move_to_end(row)
                return self._kept[row]
        stored = self._read(row)
        with self._lock:
            if row not in self._kept:
                self._kept[row] = stored
                self._kept_characters += len(stored[0].text)
            while self._kept_characters > KEPT_CHARACTERS and len(self._kept) > 1:
                self._kept_characters -= len(self._kept.popitem(last=False)[1][0].text)
        return stored

    def summaries(self) -> list[DocumentSummary]:
        """Return what there is, by id, without reading the texts."""
        copies: dict[int, list[str]] = {}
        for name, row in self._select("SELECT id, row FROM copies ORDER BY id"):
            copies.setdefault(row, []).append(name)
        rows = self._select(
            "SELECT row, id, title, characters, pages, unit FROM documents ORDER BY id"
        )
        return [
            DocumentSummary(name, title, characters, pages, unit, tuple(copies.get(row, ())))
            for row, name, title, characters, pages, unit in rows
        ]

    def rows_by_sha256(self) -> dict[str, int]:
        """Return the row of each distinct file content."""
        return dict(self._select("SELECT sha256, row FROM documents"))

    def ids(self) -> list[str]:
        """Return the id of every document, by row."""
        return [row[0] for row in self._select("SELECT id FROM documents ORDER BY row")]

    def sha256_by_id(self) -> dict[str, str]:
        """Return the sha256 of every file by its id, copies included."""
        return dict(
            self._select("SELECT id, sha256 FROM documents UNION ALL SELECT id, sha256 FROM copies")
        )

    def _read(self, row: int) -> Stored:
        query = (
            "SELECT id, title, sha256, text, page_starts, headings, contexts, unit, page_numbers "
        )
        query += "FROM documents WHERE row = ?"
        ((document_id, title, sha, text, pages, headings, contexts, unit, numbers),) = self._select(
            query, row
        )
        copies = self._select("SELECT id FROM copies WHERE row = ? ORDER BY id", row)
        document = Document(
            document_id,
            title,
            sha,
            text.decode(),
            tuple(json.loads(pages)),
            tuple(Heading(*heading) for heading in json.loads(headings)),
            unit,
            tuple(json.loads(numbers)),
            tuple(copy for (copy,) in copies),
        )
        return document, tuple(json.loads(contexts))

    def _select(self, query: str, *values: object) -> list[tuple]:  # type: ignore[type-arg]
        with self._lock:
            return self._connection.execute(query, values).fetchall()


def title_of(parsed_title: str, document_id: str) -> str:
    """Return the title a document has: the one in the file, or else the file's name."""
    return parsed_title or PurePosixPath(document_id).name


def words_sha256(text: str) -> bytes:
    """Return what texts have in common that differ in white space alone."""
    digest, start, before = sha256(), 0, False
    while start < len(text):
        space = WHITE_SPACE.search(text, start + WORDS_AT_ONCE)
        end = space.start() if space else len(text)
        if words := " ".join(text[start:end].split()):
            digest.update((f" {words}" if before else words).encode())
            before = True
        start = end
    return digest.digest()
