"""What the current generation already holds, so that nothing is parsed or embedded twice.

What is made of a segment gets new checksums, so its files are compared with their own first. A
segment that is taken over whole keeps its checksums, which are compared when it is opened.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from rag import load
from rag.building import title_of
from rag.config import BuildConfig
from rag.errors import IndexDamaged
from rag.index.documents import Entry
from rag.index.draft import Draft
from rag.index.joined import Stacked
from rag.index.manifest import Segment
from rag.index.opened import Index, stored_vectors
from rag.index.passages import Keys
from rag.index.verified import check_segment
from rag.index.writing import Writing
from rag.protocols import Encoder
from rag.types import Document, Passage, Vectors


class Group(NamedTuple):
    """Files to index one after another, which made a `segment` before, if they are all known.

    `before` has its documents. The files made so many `passages`, 0 if that is not known.
    """

    files: Sequence[load.File]
    passages: int
    segment: Segment | None = None
    before: Sequence[Entry] = ()


class Known:
    """The current generation: documents by the sha256 of their file, vectors by passage key.

    Everything raises IndexDamaged if what it needs differs from its checksum.
    """

    def __init__(
        self, writer: Writing, index: Index | None, config: BuildConfig, encoder: Encoder
    ) -> None:
        self._writer = writer
        self._index = index
        manifest = writer.manifest
        self._same_encoder = manifest is not None and manifest.encoder == encoder.identity
        same_lengths = manifest is not None and (
            (manifest.config.passage_tokens, manifest.config.heading_tokens)
            == (config.passage_tokens, config.heading_tokens)
        )
        self._same_passages = self._same_encoder and same_lengths
        same_parser = manifest is not None and manifest.parser == load.version()
        self._entries = index.documents.entries if index and same_parser else []
        self._rows = {entry.sha256: row for row, entry in enumerate(self._entries)}
        self._dates = index.documents.dates() if index else {}
        self._checked: set[int] = set()

    def holds(self, sha: str) -> bool:
        """Return whether the text of the file with this sha256 is known."""
        return sha in self._rows

    def modified(self, document_id: str, sha: str, modified: str) -> str:
        """Return the date of a file: that of its present content, not of a later touch."""
        before, date = self._dates.get(document_id, ("", ""))
        return date if before == sha else modified

    def vector(self, key: bytes) -> "Vectors | None":
        """Return the (dimension,) vector of the passage with this key, if it is known."""
        row = self._vectors.row(key)
        if row is None:
            return None
        if self._index is not None:
            self._check(self._index.vectors.part(row))
        return self._stored[1][row]

    def document(
        self, sha: str, document_id: str, modified: str
    ) -> tuple[Document, list[Passage] | None]:
        """Return a file's known text as a document with its present name and date.

        The passages come with it, unless they would be cut differently now.
        """
        if self._index is None:
            raise KeyError(sha)
        row = self._rows[sha]
        self._check(self._index.documents.part(row))
        old, _, rows = self._index.documents.at(row)
        # a title that is no heading is the old name of the file
        headings = {heading.text.casefold() for heading in old.headings}
        title = title_of(old.title if old.title.casefold() in headings else "", document_id)
        document = replace(old, id=document_id, also=(), title=title, modified=modified)
        if not self._same_passages:
            return document, None
        passages = self._index.passages[rows.start : rows.stop]
        return document, [replace(passage, document=document) for passage in passages]

    def groups(self, files: Sequence[load.File], contents: Mapping[str, str]) -> list[Group]:
        """Return the files, sorted by id, in groups: those of each segment with nothing new in it.

        `contents` has the sha256 of those that can be read, by id.
        """
        if self._index is None or not (self._entries and self._same_passages):
            return [Group(files, 0)]
        segments = self._index.manifest.segments
        firsts = [segment.first for segment in segments[1:]]
        parts: list[list[load.File]] = [[] for _ in segments]
        for file in files:
            parts[bisect_right(firsts, file.id)].append(file)
        groups: list[Group] = []
        start = 0
        for segment, part in zip(segments, parts, strict=True):
            before = self._entries[start : start + segment.documents]
            start += segment.documents
            if all(contents.get(file.id, "") in self._words for file in part):
                groups.append(Group(part, segment.passages, segment, before))
            elif groups and groups[-1].segment is None:
                last = groups.pop()
                groups.append(Group([*last.files, *part], last.passages + segment.passages))
            else:
                groups.append(Group(part, segment.passages))
        return groups

    def entries(self, group: Group, contents: Mapping[str, str]) -> list[Entry]:
        """Return what identifies each file of a group of known ones."""
        shas = [(file, contents[file.id]) for file in group.files if file.id in contents]
        return [
            Entry(
                file.id,
                sha,
                self.modified(file.id, sha, "") or load.modified_at(file),
                self._words[sha],
            )
            for file, sha in shas
        ]

    def files(self, segment: Segment) -> dict[str, tuple[int, str]]:
        """Return the files of a segment with their size and sha256."""
        files = self._writer.built.files.items()
        return {name: found for name, found in files if name.startswith(f"{segment.folder}/")}

    def removed(self, draft: Draft) -> tuple[str, ...]:
        """Return the ids of documents whose text was in the index and is not in the draft."""
        kept = {*draft.documents, *(copy.id for copy in draft.copies)}
        gone = ((name, sha) for name, (sha, _) in self._dates.items() if name not in kept)
        return tuple(sorted(name for name, sha in gone if sha not in draft.contents))

    def shas(self, names: Collection[str]) -> set[str]:
        """Return the sha256 of the files of these ids, and of the documents with their text."""
        documents = self._index.documents if self._index else None
        texts = {documents[name].sha256 for name in names if documents and name in documents}
        return texts | {self._dates[name][0] for name in names if name in self._dates}

    def moved(self, now: Mapping[str, str]) -> dict[str, str]:
        """Return the new id of each file whose old one is gone and whose text one new id has."""
        new: dict[str, list[str]] = {}
        for name, sha in now.items():
            if name not in self._dates:
                new.setdefault(sha, []).append(name)
        if not new or self._index is None:
            return {}
        documents = self._index.documents
        gone = ((name, row) for name, _, row in documents.files() if name not in now)
        texts = ((name, new.get(documents.entries[row].sha256, [])) for name, row in gone)
        return {name: found[0] for name, found in texts if len(found) == 1}

    def replaced(self, now: Mapping[str, str]) -> Iterator[Document]:
        """Yield the documents, as they were, that are gone or have another sha256 `now`, by id."""
        if self._index is None:
            return
        documents = self._index.documents
        for name, modified, row in documents.files():
            if now.get(name) != documents.entries[row].sha256:
                self._check(documents.part(row))
                yield replace(documents.at(row).document, id=name, modified=modified)

    @cached_property
    def _words(self) -> dict[str, bytes]:
        """The sha256 of the words of each known file, by its own; "": of one that is refused."""
        words = {entry.sha256: entry.words for entry in self._entries}
        names = {entry.id: entry.words for entry in self._entries}
        copies = self._index.documents.copied if self._index else ()
        return words | {copy.sha256: names[copy.document] for copy in copies} | {"": b""}

    @cached_property
    def _vectors(self) -> "_Keys":
        return _Keys(self._stored[0])

    @cached_property
    def _stored(self) -> tuple[Keys, Stacked]:
        """The keys and vectors of the current generation, even if its format is an earlier one."""
        if self._index and self._same_encoder:
            return self._index.keys, self._index.vectors
        if self._writer.manifest and self._same_encoder:
            with suppress(IndexDamaged):
                return stored_vectors(self._writer.index, self._writer.manifest)
        return np.empty((0, 32), np.uint8), Stacked([], 0)

    def _check(self, number: int) -> None:
        """Compare the files of a segment with their checksums, once."""
        if number not in self._checked:
            manifest = self._writer.built
            check_segment(self._writer.index, manifest, manifest.segments[number])
            self._checked.add(number)


class _Keys:
    """The row of each key, in a few bytes for each."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        beginnings = np.ascontiguousarray(keys[:, :8]).view(np.uint64).ravel()
        self._order = beginnings.argsort(kind="stable")
        self._beginnings = beginnings[self._order]

    def row(self, key: bytes) -> int | None:
        """Return the first row with this key, or None."""
        beginning = np.frombuffer(key[:8], np.uint64)[0]
        start = self._beginnings.searchsorted(beginning)
        end = self._beginnings.searchsorted(beginning, "right")
        rows = (int(row) for row in self._order[start:end])
        return next((row for row in rows if self._keys[row].tobytes() == key), None)
