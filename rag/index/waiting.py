"""Documents on their way into a draft, in order, while their passages are embedded.

Every unknown text is embedded once, in blocks. Which texts are a block does not depend on who
embeds them, nor on how many blocks are under way.
"""

from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple

from rag.building import Workers
from rag.index.draft import Draft
from rag.index.vectors import Lookup, VectorLog
from rag.progress import OnProgress, Progress
from rag.types import Document, Passage, Vectors

EMBED_AT_ONCE = 512  # texts of a block, which is lost if its worker is
BEHIND = 2**24  # characters of documents behind a block that is not full
HELD = 2**27  # characters of all documents that wait


class Block(NamedTuple):
    """The keys of texts that are being embedded, and a function that waits for their vectors."""

    keys: Sequence[bytes]
    vectors: Callable[[], Vectors]


class Entry(NamedTuple):
    """A document, its passages, the sha256 of its words, and the lengths that its segment may have.

    It can be written when so many `blocks` are done.
    """

    document: Document
    passages: Sequence[Passage]
    words: bytes
    lengths: int
    blocks: int


class Waiting:
    """Has the passages of documents embedded, then adds the documents to a draft.

    The lookups, of which the log is one, know what does not have to be embedded.
    """

    def __init__(
        self, draft: Draft, workers: Workers, lookups: Sequence[Lookup], log: VectorLog
    ) -> None:
        self._draft = draft
        self._workers = workers
        self._lookups = lookups
        self._log = log
        self._entries: deque[Entry] = deque()
        self._texts: dict[bytes, str] = {}  # of the next block, by key
        self._blocks: deque[Block] = deque()  # under way
        self._under_way: set[bytes] = set()  # the keys of both
        self._begun = self._done = 0  # blocks
        self._embedded = 0
        self._behind = 0  # characters of the documents since the first text of the next block
        self._held = 0  # characters of all that wait
        self._progress: OnProgress = lambda _: None

    def add(
        self, document: Document, passages: Sequence[Passage], words: bytes, lengths: int
    ) -> None:
        """Add the next document, whose segment ends when it has so many lengths."""
        for passage in passages:
            key = passage.key
            if key in self._under_way or any(lookup(key) is not None for lookup in self._lookups):
                continue
            self._under_way.add(key)
            self._texts[key] = passage.embedded
            if len(self._texts) == EMBED_AT_ONCE:
                self._begin()
        blocks = self._begun + bool(self._texts)
        self._entries.append(Entry(document, passages, words, lengths, blocks))
        self._held += len(document.text)
        self._behind += len(document.text)
        if self._behind >= BEHIND:  # whoever embeds, so that the blocks are the same
            self._begin()
        self._write()
        while self._blocks and self._held > HELD:
            self._wait()

    def end(self, progress: OnProgress) -> None:
        """Wait until every document is in the draft."""
        self._progress = progress
        self._begin()
        while self._blocks:
            self._wait()

    def _begin(self) -> None:
        """Begin to embed the next block; wait for the first ones if too many are under way."""
        self._behind = 0
        if not self._texts:
            return
        keys, texts = list(self._texts), list(self._texts.values())
        self._texts = {}
        self._blocks.append(Block(keys, self._workers.vectors(texts, self._advance)))
        self._begun += 1
        while len(self._blocks) > self._workers.blocks:
            self._wait()

    def _wait(self) -> None:
        """Wait for the first block, and write the documents that needed it."""
        keys, vectors = self._blocks.popleft()
        self._advance(0)
        self._log.append(keys, vectors())
        self._under_way -= set(keys)
        self._draft.embedded += len(keys)
        self._done += 1
        self._write()

    def _write(self) -> None:
        while self._entries and self._entries[0].blocks <= self._done:
            document, passages, words, lengths, _ = self._entries.popleft()
            self._held -= len(document.text)
            self._draft.add(document, passages, words, lengths)

    def _advance(self, count: int) -> None:
        self._embedded += count
        total = self._draft.embedded + len(self._under_way)
        self._progress(Progress("embedding", self._embedded, total))
