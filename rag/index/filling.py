"""Files into the generation being written: what is known is taken over, the rest is read."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass

from rag import load
from rag.config import BuildConfig
from rag.index.documents import title_of, words_sha256
from rag.index.draft import Draft
from rag.index.known import Group, Known
from rag.index.seen import Seen
from rag.index.unchanged import Compared
from rag.progress import OnProgress, Progress
from rag.protocols import Encoder
from rag.split import split
from rag.types import Document, Passage

LOG = logging.getLogger(__name__)
ADDED_TOKENS = 16  # room for the encoder's special tokens and document prompt

Refused = Iterator[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Filling:
    """Adds files to a draft, in the order of their ids; `total` counts them for the progress."""

    known: Known
    seen: Seen
    draft: Draft
    config: BuildConfig
    encoder: Encoder
    progress: OnProgress
    total: int

    def add(self, files: Sequence[load.File], found: Compared) -> Refused:
        """Add every file; yield the id and reason of each that cannot be read."""
        done = 0
        for group in self.known.groups(files, found.contents):
            if self._take(group, found):
                names = (file.id for file in group.files)
                yield from ((name, found.refused[name]) for name in names if name in found.refused)
            else:
                yield from self._read(group, done)
            done += len(group.files)
        self.progress(Progress("reading", self.total, self.total))

    def _take(self, group: Group, found: Compared) -> bool:
        """Take over the segment of a group if nothing in it changed; return whether."""
        if group.segment is None or self.draft.is_short:
            return False
        now = self.known.entries(group, found.contents)
        files = self.known.files(group.segment)
        return self.draft.take(group.segment, group.before, now, files)

    def _read(self, group: Group, done: int) -> Refused:
        config, lengths = self.config, self.draft.lengths(group.passages)
        limits = config.file_bytes, config.parse_seconds, config.parse_bytes
        reading = load.read_ahead(group.files, self.seen.sha256, self.known.holds, *limits)
        with closing(reading) as read:
            for number, loaded in enumerate(read, done):
                self.progress(Progress("reading", number, self.total, loaded.file.id))
                if loaded.reason:
                    LOG.warning("%s cannot be read: %s", loaded.file.id, loaded.reason)
                    yield loaded.file.id, loaded.reason
                    continue
                self.seen.add(loaded.file, loaded.state, loaded.sha256)
                self._add(loaded, lengths)

    def _add(self, loaded: load.Loaded, lengths: int) -> None:
        draft, name, sha = self.draft, loaded.file.id, loaded.sha256
        draft.parsed += loaded.parsed is not None
        modified = self.known.modified(name, sha, loaded.modified)
        if draft.holds_content(name, sha, modified):
            return
        document, passages = self._document(loaded, modified)
        words = words_sha256(document.text)
        if not draft.holds_words(name, sha, modified, words):
            passages = self._split(document) if passages is None else passages
            draft.add(document, passages, words, lengths)

    def _document(
        self, loaded: load.Loaded, modified: str
    ) -> tuple[Document, list[Passage] | None]:
        """Return a file's document, and its passages if they are known."""
        parsed = loaded.parsed
        if parsed is None:
            return self.known.document(loaded.sha256, loaded.file.id, modified)
        title = title_of(parsed.title, loaded.file.id)
        document = Document(
            id=loaded.file.id,
            title=title,
            sha256=loaded.sha256,
            text=parsed.text,
            page_starts=parsed.page_starts,
            headings=parsed.headings,
            unit=parsed.unit,
            page_numbers=parsed.page_numbers,
            modified=modified,
            tables=parsed.tables,
            labels=parsed.labels,
            boxes=parsed.boxes,
            left_out=parsed.left_out,
        )
        return document, None

    def _split(self, document: Document) -> list[Passage]:
        config = self.config
        room = max(1, self.encoder.max_tokens - config.heading_tokens - ADDED_TOKENS)
        tokens = min(config.passage_tokens, room)
        return split(document, self.encoder.count_tokens, tokens, config.heading_tokens)
