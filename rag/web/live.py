"""The index that the page answers from, replaced whole when a new generation is committed."""

import logging
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Literal

from rag import load, upkeep, uploads
from rag.config import AskConfig
from rag.errors import LoadError, RagError, UnknownDocument, UploadError
from rag.index import open_index
from rag.index.manifest import MANIFEST, place_of, read_manifest
from rag.index.report import BuildReport
from rag.indexing import build, files_of
from rag.pipeline import Pipeline
from rag.progress import OnProgress
from rag.protocols import Encoder
from rag.said import Said
from rag.types import Document
from rag.web.refusal import said_by
from rag.web.starters import starter_questions
from rag.web.turns import Turns, turns_to_check

Stale = Literal["", "gone", "changed"]
COMPARED = 10_000  # files whose comparison is remembered
AGAIN_SECONDS = 5.0  # until a generation that could not be opened is tried again
LOG = logging.getLogger(__name__)


class Live:
    """The pipeline of the latest generation, and the changes that make a new one; thread-safe.

    Whoever asks it a question takes one of its `turns`, whoever has a text checked one of `checks`.
    """

    def __init__(self, index: Path, corpus: Path, config: AskConfig | None = None) -> None:
        self.folder = index
        self.turns = Turns()
        self.checks = turns_to_check()
        self._default_corpus = corpus
        self._config = config
        self._pipeline: Pipeline | None = None
        self._stamp: tuple[int, int] | None = None
        self._opening = Lock()
        self._not_before = 0.0  # when a generation that could not be opened is tried again
        self._starters: tuple[str, list[str]] = ("", [])
        self._walking = Lock()
        self._compared: dict[tuple[str, load.FileState], bool] = {}
        self._walked: tuple[str, tuple[str, ...], dict[str, load.File]] = ("", (), {})
        self._trashed: dict[str, tuple[Path, Path]] = {}  # where removed uploads were and are

    def pipeline(self) -> Pipeline:
        """Return the pipeline of the latest generation, which may have to open; raises RagError.

        While one thread opens a new generation, the others use the old one.
        """
        current = self._pipeline
        if current and (self._stamp == self._stamp_now() or monotonic() < self._not_before):
            return current
        if not self._opening.acquire(blocking=current is None) and current:
            return current
        try:
            stamp = self._stamp_now()
            if self._pipeline is None or stamp != self._stamp:
                return self._opened(stamp)
            return self._pipeline
        finally:
            self._opening.release()

    def opened(self) -> Pipeline | None:
        """Return the pipeline in use, None before the first is opened."""
        return self._pipeline

    def starters(self) -> list[str]:
        """Return questions that the current documents answer; raises RagError."""
        pipeline = self.pipeline()
        generation = pipeline.index.manifest.generation
        if self._starters[0] != generation:
            self._starters = (generation, starter_questions(pipeline))
        return self._starters[1]

    def rebuild(self, progress: OnProgress, excluded: Iterable[str] | None = None) -> BuildReport:
        """Build the next generation from the same files but the `excluded` (None: as before)."""
        if not (self.folder / MANIFEST).exists():
            return build(self._default_corpus, self.folder, progress=progress)
        return upkeep.rebuild(
            self.folder, excluded=excluded, encoder=self._encoder(), progress=progress
        )

    def add(
        self, receipts: Sequence[str], progress: OnProgress
    ) -> tuple[BuildReport, list[tuple[str, str]]]:
        """Add uploaded files to the index; return the report, and each file's name and outcome."""
        taken = uploads.take(receipts, self.folder)
        paths = [path for path, _, _ in taken if path]
        try:
            if not paths or not (self.folder / MANIFEST).exists():
                built = self.rebuild(progress)
            else:
                built = upkeep.add(paths, self.folder, encoder=self._encoder(), progress=progress)
        except RagError as error:
            kept = Said("uploads_kept", error=said_by(error)) if paths else said_by(error)
            raise UploadError(kept) from error
        return built, uploads.outcomes(taken, dict(built.unreadable))

    def remove(self, document_ids: Sequence[str], progress: OnProgress) -> BuildReport:
        """Remove documents from the index; uploaded files go to the trash, other files stay.

        Raises RagError once every file is back where it was.
        """
        files, folder = self._files(), self.folder / uploads.UPLOADS
        found = {name: files[name] for name in document_ids if name in files}
        sent = {
            name: file.path
            for name, file in found.items()
            if file.path.parent == folder and not file.member
        }
        moved = uploads.discard(list(sent.values()), self.folder)
        try:
            built = upkeep.remove(
                document_ids, self.folder, gone=sent, encoder=self._encoder(), progress=progress
            )
        except BaseException:
            uploads.recover(moved)
            raise
        finally:
            self._walked = ("", *self._walked[1:])
        places = {old: (old, new) for old, new in moved}
        self._trashed |= {name: places[path] for name, path in sent.items() if path in places}
        return built

    def restore(self, document_ids: Sequence[str], progress: OnProgress) -> BuildReport:
        """Index removed documents again, uploaded ones from the trash; raises RagError."""
        excluded = {*read_manifest(self.folder).excluded} - {*document_ids}
        trashed = [self._trashed.pop(name) for name in document_ids if name in self._trashed]
        uploads.recover(trashed)
        self._walked = ("", *self._walked[1:])
        return self.rebuild(progress, excluded)

    def original(self, document_id: str) -> Path | bytes:
        """Return the file of a document, or its bytes if it is inside an archive.

        Raises RagError if the file is gone or has changed since it was indexed.
        """
        file, data = self._checked(document_id)
        return data if file.member else file.path

    def page_picture(self, document: Document, start: int, end: int) -> bytes:
        """Return the page of a quote as PNG; raise RagError like `original`, or if it cannot."""
        config = self.pipeline().index.manifest.config
        with load.ParserProcess(config.parse_seconds, config.parse_bytes) as process:
            _, data = self._checked(document.id)
            return load.drawn_quote(document, start, end, data, process)

    def stale(self, document: Document) -> Stale:
        """Return whether a document's file is "gone" or has "changed" since; "" if not.

        It is first looked for where an earlier walk found it. Only if it is not there as it was
        read, the files are walked, once for each generation.
        """
        with suppress(RagError):  # without its settings, nothing is known of the files
            _, paths, files = self._walked
            if paths == self.pipeline().index.manifest.paths:
                file = files.get(document.id)
                if file and not self._difference(file, document):
                    return ""
            return self._difference(self._files().get(document.id), document)
        return ""

    def _difference(self, file: load.File | None, document: Document) -> Stale:
        written = load.modified_at(file) if file else ""
        if file is None or not written:
            return "gone"
        if written != document.modified and not self._is_same(file, document):
            return "changed"
        return ""

    def _is_same(self, file: load.File, document: Document) -> bool:
        """Return whether a file with another date still has the bytes that were read."""
        key = document.sha256, load.state_of(file)
        if key not in self._compared:
            config = self.pipeline().index.manifest.config
            with load.ParserProcess(config.parse_seconds, config.parse_bytes) as process:
                try:
                    data = load.read_bytes(file, config.file_bytes, process)
                except LoadError:
                    data = b""
            if len(self._compared) >= COMPARED:
                self._compared.clear()
            self._compared[key] = load.content_sha256(file, data) == document.sha256
        return self._compared[key]

    def _checked(self, document_id: str) -> tuple[load.File, bytes]:
        """Return the file of a document and its bytes, which are those that were indexed."""
        index = self.pipeline().index
        contents = index.documents.sha256_by_id()
        if document_id not in contents:
            raise UnknownDocument(Said("document_unknown", name=document_id))
        file = self._files().get(document_id)
        if file is None or not file.path.exists():
            raise UnknownDocument(Said("file_gone", name=document_id))
        config = index.manifest.config
        with load.ParserProcess(config.parse_seconds, config.parse_bytes) as process:
            data = load.read_bytes(file, config.file_bytes, process)
        if load.content_sha256(file, data) != contents[document_id]:
            raise UnknownDocument(Said("file_changed", name=document_id))
        return file, data

    def _files(self) -> dict[str, load.File]:
        """Return the files by document id, as first found for this generation."""
        with self._walking:
            manifest = read_manifest(self.folder)
            if self._walked[0] != manifest.generation:
                roots = [root for path in manifest.paths if (root := Path(path)).exists()]
                found = {file.id: file for file in files_of(roots, self.folder)}
                self._walked = (manifest.generation, manifest.paths, found)
            return self._walked[2]

    def _opened(self, stamp: tuple[int, int] | None) -> Pipeline:
        """Return the pipeline of the newest generation, which has this stamp, or the one before."""
        old = self._pipeline
        try:
            index = open_index(self.folder)
            same = old is not None and index.manifest.encoder == old.encoder.identity
            encoder = old.encoder if old and same else None
            self._pipeline, self._stamp = Pipeline.open(index, self._config, encoder=encoder), stamp
        except RagError as error:
            if old is None:
                raise
            # the open generation is whole: better to answer from it than not at all
            LOG.error("the new generation cannot be opened, the old one answers: %s", error)
            self._not_before = monotonic() + AGAIN_SECONDS
            return old
        return self._pipeline

    def _encoder(self) -> Encoder | None:
        """Return the loaded encoder of the index, or None if the index cannot be read."""
        with suppress(RagError):
            return self.pipeline().encoder
        return None

    def _stamp_now(self) -> tuple[int, int] | None:
        try:
            status = (place_of(self.folder) / MANIFEST).stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_ino
