"""A record of each answer: who asked, what was quoted from which revision, and how sure it was.

One line of JSON an answer, in one file a day (UTC). The words of documents are not in it: a quote
is its place. A disk that fails costs the record, never the answer; the log and /health say so.
"""

import json
import logging
import os
import re
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Lock

from rag.errors import RagError
from rag.types import Answer
from rag.web.caller import Answered

NAME = "answers-{}.jsonl"
FILE = re.compile(r"answers-(\d{4}-\d{2}-\d{2})\.jsonl", re.ASCII)
LOG = logging.getLogger(__name__)


class Audit:
    """The records in one folder; safe to use from several threads and processes.

    Files older than `days` are deleted when a new one begins; 0 keeps all. Without `questions`, the
    words of questions are left out. Raises RagError if the folder cannot be written.
    """

    def __init__(self, folder: Path, days: int = 0, *, questions: bool = True) -> None:
        self._folder, self._days, self._questions = folder, days, questions
        self._lock = Lock()
        self._day: date | None = None
        self.fault = ""  # why the last record could not be written
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._append(b"", now().date())
        except OSError as error:
            raise RagError(
                f"No audit can be written to {folder}: {error.strerror or error}. Name another "
                "folder: rag serve --audit FOLDER"
            ) from error

    def note(self, answered: Answered) -> None:
        """Write the record of an answer."""
        at = now()
        line = json.dumps(self._record(answered, at), ensure_ascii=False).encode("utf-8", "replace")
        try:
            with self._lock:
                self._append(line + b"\n", at.date())
            self.fault = ""
        except OSError as error:
            self.fault = error.strerror or str(error)
            LOG.error("the audit cannot be written: %s", self.fault)

    def _record(self, answered: Answered, at: datetime) -> dict[str, object]:
        answer, asker = answered.answer, answered.asker
        words = {"question": answer.question, "asked": answer.asked} if self._questions else {}
        return {
            "time": at.isoformat(timespec="milliseconds"),
            "door": asker.door,
            "who": asker.name,
            "session": asker.session,
            **words,
            "kind": answer.kind,
            "refused": answer.kind == "none",
            "confidence": round(answer.confidence, 4),
            "generation": answer.generation,
            **_sources(answer),
            "milliseconds": round(1000 * answered.seconds),
        }

    def _append(self, line: bytes, day: date) -> None:
        """Append a whole line at once, so that lines of several processes do not mix."""
        path = self._folder / NAME.format(day.isoformat())
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            if (written := os.write(descriptor, line)) < len(line):
                os.write(descriptor, b"\n")  # so that the next record has a line of its own
                raise OSError(f"only {written:,} of {len(line):,} bytes were written")
        finally:
            os.close(descriptor)
        if day != self._day:
            self._day = day
            self._delete_before(day)

    def _delete_before(self, day: date) -> None:
        for path in self._folder.iterdir() if self._days else ():
            if (match := FILE.fullmatch(path.name)) is None:
                continue
            with suppress(ValueError):  # 2025-02-30 is no file of ours
                if date.fromisoformat(match[1]) <= day - timedelta(days=self._days):
                    path.unlink(missing_ok=True)


def now() -> datetime:
    """Return the time, in UTC."""
    return datetime.now(UTC)


def _sources(answer: Answer) -> dict[str, object]:
    """Return the revisions of the documents that are quoted, and the places of the quotes."""
    revisions = {cited.document_id: cited.sha256 for cited in answer.citations}
    documents = [{"id": name, "sha256": sha256} for name, sha256 in revisions.items()]
    quotes = [
        {"document": cited.document_id, "start": cited.start, "end": cited.end}
        for cited in answer.citations
    ]
    return {"documents": documents, "quotes": quotes}
