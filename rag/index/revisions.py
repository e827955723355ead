"""Earlier revisions of documents: which a generation keeps, and the text of each.

A text is one file, named by the sha256 of its document and written once. The manifest names it, so
it is committed, verified and deleted like every other file of the index.
"""

import json
from collections.abc import Iterable
from dataclasses import astuple, dataclass
from operator import attrgetter
from pathlib import Path

from rag.errors import IndexDamaged, UnknownDocument
from rag.index.columns import COLUMNS, as_document
from rag.index.generation import REVISIONS, revision_file
from rag.index.manifest import Manifest, rebuild_hint
from rag.said import Said
from rag.types import Document

NAMED = frozenset({"id", "title", "modified"})  # what the list has: files of the same bytes differ


@dataclass(frozen=True, slots=True)
class Revision:
    """A revision of a document, and the last generation in which it was the current one."""

    id: str
    title: str
    sha256: str
    modified: str
    generation: str


class Revisions:
    """The earlier revisions that a generation keeps; safe to use from several threads."""

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self._folder = folder
        self._listed: dict[str, list[Revision]] = {}
        for revision in read_revisions(folder, manifest):
            self._listed.setdefault(revision.id, []).append(revision)

    def __len__(self) -> int:
        return sum(map(len, self._listed.values()))

    def of(self, document_id: str) -> list[Revision]:
        """Return the revisions of a document, the newest first; none for an unknown one."""
        return list(self._listed.get(document_id, ()))

    def ids(self) -> list[str]:
        """Return the ids of all documents with revisions, those of removed ones too."""
        return sorted(self._listed)

    def document(self, document_id: str, revision: str) -> Document:
        """Return the document as it was in a revision, named by its sha256 or the start of that.

        Raises UnknownDocument if it is not kept, IndexDamaged.
        """
        kept = self.of(document_id)
        found = next((one for one in kept if revision and one.sha256.startswith(revision)), None)
        if found is None:
            raise UnknownDocument(Said("revision_unknown", name=document_id, revision=revision))
        path = self._folder / revision_file(found.sha256)
        try:
            return _document(found, json.loads(path.read_bytes()))
        except FileNotFoundError as error:  # a later build has deleted it
            fault = Said("revision_unknown", name=document_id, revision=revision)
            raise UnknownDocument(fault) from error
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise IndexDamaged(f"{path} is damaged. {rebuild_hint(self._folder)}") from error


def read_revisions(folder: Path, manifest: Manifest) -> list[Revision]:
    """Return the list of a generation: sorted by id, the revisions of a document newest first."""
    name = f"{manifest.generation}/{REVISIONS}"
    if name not in manifest.files:
        return []
    return [Revision(*map(str, fields)) for fields in json.loads((folder / name).read_bytes())]


def write_revisions(generation: Path, revisions: Iterable[Revision]) -> None:
    """Write the list into the folder of a generation."""
    ordered = map(astuple, sorted(revisions, key=attrgetter("id")))
    (generation / REVISIONS).write_text(json.dumps(list(ordered)), encoding="utf-8")


def content_of(document: Document) -> bytes:
    """Return what the file of a revision holds."""
    fields = {
        name: column.write(getattr(document, name))
        for name, column in COLUMNS.items()
        if name not in NAMED
    }
    return json.dumps({**fields, "text": document.text}).encode()


def _document(revision: Revision, fields: dict[str, object]) -> Document:
    named = {"id": revision.id, "title": revision.title, "modified": revision.modified}
    values = {**fields, **named, "text": str(fields["text"]).encode()}
    return as_document([values[name] for name in COLUMNS], ())
