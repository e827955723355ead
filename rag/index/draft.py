"""The generation being written: segments taken over from the current one, and new ones."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from rag.index.copies import Copy
from rag.index.documents import Entry
from rag.index.manifest import Segment, checksums
from rag.index.segment import SegmentWriter
from rag.types import Document, Passage

PASSAGES = 4096  # of a segment: a change costs at least this many
MORE = 32  # segments after which they double in length, so that there are never very many


class Draft:
    """The tables of the generation being written; `begin` starts the writer of a segment."""

    def __init__(self, index: Path, begin: Callable[[], SegmentWriter]) -> None:
        self._index = index
        self._begin = begin
        self._open: SegmentWriter | None = None
        self.documents: dict[str, str] = {}  # the sha256 of each, by id
        self.contents: dict[str, str] = {}  # the id of the document with the text of a sha256
        self.copies: list[Copy] = []
        self.segments: list[Segment] = []
        self.files: dict[str, tuple[int, str]] = {}
        self.written: list[Path] = []
        self.left_out: list[tuple[str, str]] = []
        self.parsed = 0
        self.embedded = 0
        self._by_words: dict[bytes, str] = {}

    @property
    def passages(self) -> int:
        """The number of passages in finished segments."""
        return sum(segment.passages for segment in self.segments)

    def revisions(self) -> dict[str, str]:
        """Return the sha256 of the document with the text of each file, by its id."""
        copied = {copy.id: self.documents[copy.document] for copy in self.copies}
        return self.documents | copied

    @property
    def length(self) -> int:
        """The number of passages that the next segment should have."""
        doublings: int = len(self.segments) // MORE
        return PASSAGES << doublings

    @property
    def is_short(self) -> bool:
        """Whether the open segment is too short to be one."""
        return self._open is not None and self._open.passages < self.length // 4

    def holds_content(self, document_id: str, sha: str, modified: str) -> bool:
        """Return whether a file with the same bytes was added; if so, add this as its copy."""
        if sha not in self.contents:
            return False
        self.copies.append(Copy(document_id, sha, modified, self.contents[sha]))
        return True

    def holds_words(self, document_id: str, sha: str, modified: str, words: bytes) -> bool:
        """Return whether a document with the same words was added; if so, add this as its copy."""
        first = self._by_words.setdefault(words, document_id)
        self.contents[sha] = first
        if first == document_id:
            return False
        self.copies.append(Copy(document_id, sha, modified, first))
        return True

    def add(
        self, document: Document, passages: Sequence[Passage], words: bytes, lengths: int
    ) -> None:
        """Write a document, its passages and the sha256 of its words.

        The segment ends when it has so many lengths.
        """
        if self._open is None:
            self._open = self._begin()
        self._open.add(document, passages, words)
        self.left_out += [(document.id, part) for part in document.left_out]
        self.documents[document.id] = document.sha256
        if self._open.passages >= lengths * self.length:
            self.end()

    def take(
        self,
        segment: Segment,
        before: Sequence[Entry],
        now: Sequence[Entry],
        files: Mapping[str, tuple[int, str]],
    ) -> bool:
        """Take over a segment if the files there `now` would make the same; return whether.

        `before` has its documents, `files` its files as the current manifest names them.
        """
        contents: dict[str, str] = {}
        by_words: dict[bytes, str] = {}
        copies = []
        for entry in now:
            name = self.contents.get(entry.sha256) or contents.get(entry.sha256)
            name = name or self._by_words.get(entry.words) or by_words.get(entry.words)
            contents[entry.sha256] = name or entry.id
            by_words.setdefault(entry.words, name or entry.id)
            if name:
                copies.append(Copy(entry.id, entry.sha256, entry.modified, name))
        copied = {copy.id for copy in copies}
        documents = [(one.id, one.sha256) for one in now if one.id not in copied]
        if documents != [(one.id, one.sha256) for one in before]:
            return False
        self.end()
        self.contents |= contents
        self._by_words |= by_words
        self.copies += copies
        self.left_out += [(one.id, part) for one in before for part in one.left_out]
        self.documents |= dict(documents)
        self.segments.append(segment)
        self.files |= files
        return True

    def end(self) -> None:
        """End the open segment, if there is one."""
        if self._open is None:
            return
        segment = self._open.finish()
        self.written.append(self._open.folder)
        self.files |= checksums(self._open.folder, self._index)
        self.segments.append(segment)
        self._open = None

    def lengths(self, before: int) -> int:
        """Return how many lengths a segment may have that is made from so many passages.

        One segment stays one until it has doubled, so that no change leaves a short rest.
        """
        before += self._open.passages if self._open else 0
        return 1 if before == 0 or before > 1.75 * self.length else 2

    def close(self) -> None:
        """Close the open segment, which is not part of the draft unless it was ended."""
        if self._open is not None:
            self._open.close()
