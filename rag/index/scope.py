"""What is in a scope: the documents that may answer, and the rows of their passages."""

from collections.abc import Iterator
from pathlib import PurePosixPath

import numpy as np

from rag.errors import EmptyScope
from rag.index.joined import DocumentTable, forms_of
from rag.said import Said
from rag.scope import Scope
from rag.types import DocumentSummary, Rows


def rows_in(documents: DocumentTable, scope: Scope) -> Rows:
    """Return the rows in a scope, ascending; raises UnknownDocument, EmptyScope."""
    firsts, counts = documents.places[_allowed(documents, scope)].T
    ends = counts.cumsum()
    rows: Rows = np.arange(ends[-1]) + np.repeat(firsts - (ends - counts), counts)
    return rows


def summaries_in(documents: DocumentTable, scope: Scope) -> list[DocumentSummary]:
    """Return the summaries of the documents in a scope; raises UnknownDocument, EmptyScope."""
    summaries = documents.summaries()
    return [summaries[row] for row in _allowed(documents, scope)] if scope else summaries


def _allowed(documents: DocumentTable, scope: Scope) -> list[int]:
    """Return the row of every document in the scope, ascending."""
    excluded = {documents.row(name) for name in scope.without}
    found = sorted(set(_files(documents, scope)) - excluded)
    if not found:
        raise EmptyScope(Said("scope_empty"))
    return found


def _files(documents: DocumentTable, scope: Scope) -> Iterator[int]:
    """Yield the document's row for every file in the scope; raises UnknownDocument."""
    listed = [documents.file(name) for name in scope.documents]
    named = {form for name in scope.documents for form in forms_of(name)}
    typed = {form for folder in scope.folders for form in forms_of(folder)}
    folders = {str(PurePosixPath(folder.strip("/"))) for folder in typed}
    within = tuple(f"{folder}/" for folder in folders)
    anywhere = "." in folders or not (named or folders)
    types = {f".{suffix.lower().lstrip('.')}" for suffix in scope.types}
    since = scope.since.isoformat() if scope.since else ""
    until = scope.until.isoformat() if scope.until else ""
    for name, modified, row in listed if named and not folders else documents.files():
        path, day = _plain(name), modified[:10]
        if (
            (anywhere or name in named or path in folders or path.startswith(within))
            and (not types or _suffix(path) in types)
            and (day >= since and (day <= until or not until))
            and (day or not (since or until))
        ):
            yield row


def _plain(name: str) -> str:
    """Return an id without empty parts and dots, which names in archives may have."""
    return str(PurePosixPath(name)) if "//" in name or "/." in name else name


def _suffix(path: str) -> str:
    """Return the ending of the last name in a path, in lower case."""
    name = path.rpartition("/")[2]
    dot = name.rfind(".")
    return name[dot:].lower() if 0 < dot < len(name) - 1 else ""
