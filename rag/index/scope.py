"""What is in a scope: the documents that may answer, and the rows of their passages."""

import json
from collections.abc import Iterator
from pathlib import PurePosixPath

import numpy as np

from rag.errors import EmptyScope, UnknownDocument
from rag.index.documents import DocumentTable
from rag.scope import Scope
from rag.types import DocumentSummary, Rows

UNKNOWN = "SELECT value FROM json_each(?) WHERE value NOT IN (SELECT id FROM files)"
EXCLUDED = "SELECT row FROM files WHERE id IN (SELECT value FROM json_each(?))"
FILES = """
SELECT files.id, files.modified, files.row, documents.first, documents.passages
FROM files JOIN documents ON files.row = documents.row
"""
NAMED = f"{FILES} WHERE files.id IN (SELECT value FROM json_each(?))"  # noqa: S608  ours


def rows_in(documents: DocumentTable, scope: Scope) -> Rows:
    """Return the rows in a scope, ascending; raises UnknownDocument, EmptyScope."""
    firsts, counts = np.array(sorted(_allowed(documents, scope).values()), np.int64).T
    ends = counts.cumsum()
    rows: Rows = np.arange(ends[-1]) + np.repeat(firsts - (ends - counts), counts)
    return rows


def summaries_in(documents: DocumentTable, scope: Scope) -> list[DocumentSummary]:
    """Return the summaries of the documents in a scope; raises UnknownDocument, EmptyScope."""
    if not scope:
        return documents.summaries()
    ids = documents.ids()
    allowed = {ids[row] for row in _allowed(documents, scope)}
    return [summary for summary in documents.summaries() if summary.id in allowed]


def _allowed(documents: DocumentTable, scope: Scope) -> dict[int, tuple[int, int]]:
    """Return the first passage and their number for the row of every document in the scope."""
    for (name,) in documents.select(UNKNOWN, json.dumps(scope.documents + scope.without)):
        raise UnknownDocument(f"No document {name} in the index. List the documents: rag documents")
    excluded = {row for (row,) in documents.select(EXCLUDED, json.dumps(scope.without))}
    found = {
        row: (first, count) for row, first, count in _files(documents, scope) if row not in excluded
    }
    if not found:
        raise EmptyScope("No document is in this scope. List the documents: rag documents")
    return found


def _files(documents: DocumentTable, scope: Scope) -> Iterator[tuple[int, int, int]]:
    """Yield the document's row, its first passage and their number for every file in the scope."""
    named = set(scope.documents)
    folders = {PurePosixPath(folder.strip("/")) for folder in scope.folders}
    types = {f".{suffix.lower().lstrip('.')}" for suffix in scope.types}
    since = scope.since.isoformat() if scope.since else ""
    until = scope.until.isoformat() if scope.until else ""
    only_named = named and not folders
    listed = documents.select(NAMED, json.dumps(scope.documents)) if only_named else None
    for name, modified, row, first, count in listed or documents.select(FILES):
        path, day = PurePosixPath(name), modified[:10]
        placed = name in named or not folders.isdisjoint((path, *path.parents))
        if (
            (placed or not (named or folders))
            and (path.suffix.lower() in types or not types)
            and (day >= since and (day <= until or not until))
            and (day or not (since or until))
        ):
            yield row, first, count
