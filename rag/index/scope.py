"""The rows in a scope: the passages of the documents that may answer."""

import json

import numpy as np

from rag.errors import EmptyScope, UnknownDocument
from rag.index.documents import DocumentTable
from rag.types import Rows, Scope

IN_SCOPE = """
SELECT DISTINCT documents.first, documents.passages
FROM files JOIN documents ON files.row = documents.row
WHERE (:documents = '[]' OR files.id IN (SELECT value FROM json_each(:documents)))
AND (:folders = '[]' OR EXISTS (SELECT 1 FROM json_each(:folders) WHERE files.id = value
    OR substr(files.id, 1, length(value) + 1) = value || '/'))
AND (:types = '[]' OR EXISTS (SELECT 1 FROM json_each(:types)
    WHERE substr(lower(files.id), -length(value) - 1) = '.' || value))
AND (:since = '' OR documents.modified >= :since)
AND (:until = '' OR substr(documents.modified, 1, 10) BETWEEN '0' AND :until)
AND documents.row NOT IN (SELECT row FROM files WHERE id IN (SELECT value FROM json_each(:without)))
ORDER BY documents.first
"""
UNKNOWN = "SELECT value FROM json_each(?) WHERE value NOT IN (SELECT id FROM files)"


def rows_in(documents: DocumentTable, scope: Scope) -> Rows:
    """Return the rows in a scope, ascending; raises UnknownDocument, EmptyScope."""
    named = json.dumps(scope.documents)
    for (name,) in documents.select(UNKNOWN, named):
        raise UnknownDocument(f"No document {name} in the index. List the documents: rag documents")
    values = {
        "documents": named,
        "folders": json.dumps([folder.strip("/") for folder in scope.folders]),
        "types": json.dumps([suffix.lower().lstrip(".") for suffix in scope.types]),
        "since": scope.since.isoformat() if scope.since else "",
        "until": scope.until.isoformat() if scope.until else "",
        "without": json.dumps(scope.without),
    }
    found = np.array(documents.select(IN_SCOPE, values), np.int64).reshape(-1, 2)
    if not len(found):
        raise EmptyScope("No document is in this scope. List the documents: rag documents")
    firsts, counts = found.T
    ends = counts.cumsum()
    rows: Rows = np.arange(ends[-1]) + np.repeat(firsts - (ends - counts), counts)
    return rows
