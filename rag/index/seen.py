"""The files as they were read: one that has the same size and dates still is not read again.

`seen.json`, next to the manifest, says which sha256 a file in a certain state has, or which parsers
and limits refused its bytes. That holds whichever generation is current, so it may be written at
any time.
"""

import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from rag import load
from rag.config import BuildConfig
from rag.errors import LoadError
from rag.index.records import read_record, settled, uncollected, write_record
from rag.load import GONE, File, FileState

SEEN = "seen.json"
REFUSED = "refused by"  # before the parsers and limits, in the place of a sha256

Place: TypeAlias = tuple[str, str]  # the path of a file, and its name in the archive there


class Seen:
    """The sha256 of every file by its path and state, as read before and added now.

    A file whose bytes are refused has the parsers and the limits of the config that refused them,
    and, if it took too much time or memory, the hour: in the next one it is tried again.
    """

    def __init__(self, folder: Path, config: BuildConfig) -> None:
        limits = config.file_bytes, config.parse_seconds, config.parse_bytes
        self._refusal = f"{REFUSED} {load.version()} within {limits}"
        self._path = folder / SEEN
        self._before = _read(self._path)
        self._now: dict[Place, tuple[FileState, str]] = {}
        self._started = time.time_ns()
        self._refusal_for_now = f"{self._refusal} in hour {self._started // load.HOUR}"

    def sha256(self, file: File, state: FileState) -> str:
        """Return the sha256 of a file in this state, or "" if it has to be read."""
        before, sha = self._before.get(_place(file), (GONE, ""))
        if not sha or before != state or sha.startswith(REFUSED):
            return ""
        self._now[_place(file)] = before, sha
        return sha

    def refuses(self, file: File, state: FileState) -> bool:
        """Return whether the same parsers and limits refused the bytes of a file in this state."""
        before, refusal = self._before.get(_place(file), (GONE, ""))
        refusals = self._refusal, self._refusal_for_now
        if state == GONE or before != state or refusal not in refusals:
            return False
        self._now[_place(file)] = state, refusal
        return True

    def refuse(self, file: File, state: FileState, reason: str) -> None:
        """Record like `add` that a file is refused, unless the reason may pass at any time."""
        if load.lasts(reason):
            self.add(file, state, self._refusal)
        elif load.is_costly(reason):
            self.add(file, state, self._refusal_for_now)

    def add(self, file: File, state: FileState, sha: str) -> None:
        """Record a file that was read after it had this state.

        One that changed shortly before that is left out: it may change again without a new date.
        """
        if state != GONE and settled(max(state.modified, state.changed), self._started):
            self._now[_place(file)] = state, sha

    def write(self) -> None:
        """Replace the record by the files asked for or added since it was read, if they differ."""
        if self._now != self._before:
            rows = [[*place, *state, sha] for place, (state, sha) in self._now.items()]
            write_record(self._path, rows)


def survey(
    files: Sequence[File], unread: Mapping[str, str], seen: Seen, config: BuildConfig
) -> tuple[dict[str, str], dict[str, str]]:
    """Return the sha256 of each file by id, and by id why the others cannot be read.

    Files not yet seen are read. Those refused before, whose reasons are in `unread` by id, are also
    parsed, unless nothing has changed that could make them readable.
    """
    found: dict[str, str] = {}
    refused: dict[str, str] = {}
    with (
        load.ParserProcess(config.parse_seconds, config.parse_bytes) as process,
        load.ParserProcess(load.PAGE_SECONDS, load.PAGE_BYTES) as reader,
    ):
        for file in files:
            state = load.state_of(file)
            if file.id in unread and seen.refuses(file, state):
                refused[file.id] = unread[file.id]
                continue
            must_read = file.id in unread or file.refused or state.size > config.file_bytes
            sha = "" if must_read else seen.sha256(file, state)
            try:
                if not sha:
                    data = load.read_bytes(file, config.file_bytes, process)
                    sha = load.content_sha256(file, data)
                    if file.id in unread:
                        load.parse(data, file.suffix, process, reader)
                    seen.add(file, state, sha)
                found[file.id] = sha
            except LoadError as error:
                seen.refuse(file, state, error.text)
                refused[file.id] = error.text
    return found, refused


def _place(file: File) -> Place:
    return load.absolute(file), "\n".join(file.member)


def _read(path: Path) -> dict[Place, tuple[FileState, str]]:
    rows = read_record(path)
    try:
        with uncollected():
            return {
                (place, member): (FileState(*state), sha)
                for place, member, *state, sha in (rows if isinstance(rows, list) else ())
            }
    except (TypeError, ValueError):
        return {}  # every file is read
