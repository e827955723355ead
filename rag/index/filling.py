"""Files into the generation being written: what is known is taken over, the rest is read."""

import logging
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from rag.building import Made, Read, Workers, read_ahead, words_sha256
from rag.index.draft import Draft
from rag.index.known import Group, Known
from rag.index.seen import Seen
from rag.index.unchanged import Compared
from rag.index.waiting import Waiting
from rag.load import File
from rag.progress import OnProgress, Progress

LOG = logging.getLogger(__name__)

Refused = Iterator[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Filling:
    """Adds files to a draft, in the order of their ids; `total` counts them for the progress."""

    known: Known
    seen: Seen
    draft: Draft
    waiting: Waiting
    workers: Workers
    progress: OnProgress
    total: int

    def add(self, files: Sequence[File], found: Compared) -> Refused:
        """Add every file; yield the id and reason of each that cannot be read."""
        done = 0
        for group in self.known.groups(files, found.contents):
            self.waiting.end(lambda _: None)  # segments are in the order of their documents
            if self._take(group, found):
                names = (file.id for file in group.files)
                yield from ((name, found.refused[name]) for name in names if name in found.refused)
            else:
                yield from self._read(group, found.refused, done)
            done += len(group.files)
        self.progress(Progress("reading", self.total, self.total))
        self.waiting.end(self.progress)

    def _take(self, group: Group, found: Compared) -> bool:
        """Take over the segment of a group if nothing in it changed; return whether."""
        if group.segment is None or self.draft.is_short:
            return False
        now = self.known.entries(group, found.contents)
        files = self.known.files(group.segment)
        return self.draft.take(group.segment, group.before, now, files)

    def _read(self, group: Group, refused: Mapping[str, str], done: int) -> Refused:
        """Read the files of a group, but those just `refused`, whose reasons are known by id."""
        lengths = self.draft.lengths(group.passages)
        failed = {file.id: refused[file.id] for file in group.files if file.id in refused}
        others = [file for file in group.files if file.id not in failed]
        reading = read_ahead(others, self.seen.sha256, self.known, self.workers)
        with closing(reading) as files:
            for number, read in enumerate(files, done):
                self.progress(Progress("reading", number, self.total, read.file.id))
                if read.reason:
                    LOG.warning("%s cannot be read: %s", read.file.id, read.reason)
                    self.seen.refuse(read.file, read.state, read.reason)
                    failed[read.file.id] = read.reason
                    continue
                self.seen.add(read.file, read.state, read.sha256)
                self._add(read, lengths)
        yield from sorted(failed.items())

    def _add(self, read: Read, lengths: int) -> None:
        draft, name, sha, modified = self.draft, read.file.id, read.sha256, read.modified
        draft.parsed += read.made is not None
        if draft.holds_content(name, sha, modified):
            return
        made = read.made or self._known(read)
        document, passages, words = made.document, made.passages, made.words
        if not draft.holds_words(name, sha, modified, words):
            self.waiting.add(document, passages, words, lengths)

    def _known(self, read: Read) -> Made:
        """Return a document that is known, with its passages as they would be made now."""
        document, passages = self.known.document(read.sha256, read.file.id, read.modified)
        if passages is None:
            passages = self.workers.maker.passages(document)
        return Made(document, passages, words_sha256(document.text))
