"""The files of a corpus and their ids, those in archives and mails included."""

import os
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple

from rag.errors import LoadError
from rag.load.formats import PARSERS
from rag.load.holders import ARCHIVES, HOLDERS
from rag.load.names import Names, is_hidden, member_id, printable
from rag.load.reasons import may_pass
from rag.load.roots import named
from rag.load.wire import Members
from rag.load.worker import ParserProcess
from rag.said import Said

SUFFIXES = (*PARSERS, *ARCHIVES)
LIST_SECONDS = 30.0
LIST_BYTES = 2**30  # memory of the process that lists archives


@dataclass(frozen=True, slots=True)
class File:
    """A file found in the corpus, with the id of its future document.

    `refused` is the reason why it is not read. If there is an archive at `location`, `member` is
    its name there, after the names of the archives within that it is in.
    """

    id: str
    location: str  # to make a Path of each takes a third of the time of a walk
    refused: str = ""
    member: tuple[str, ...] = ()

    @property
    def path(self) -> Path:
        """Return the location as a path."""
        return Path(self.location)

    @property
    def suffix(self) -> str:
        """Return the ending of the file's name, in lower case."""
        name = os.path.basename(self.member[-1] if self.member else self.location)  # noqa: PTH119
        dot = name.rfind(".")
        return name[dot:].lower() if 0 < dot < len(name) - 1 else ""


class FileState(NamedTuple):
    """What changes when a file is written or replaced; times in nanoseconds. Zeros: not there."""

    size: int = 0
    number: int = 0
    modified: int = 0
    changed: int = 0


GONE = FileState()


class Listed(NamedTuple):
    """The files in a holder in this state, or why it cannot be listed; when, in nanoseconds."""

    state: FileState
    members: Members | str
    when: int

    def may_pass(self, now: int) -> bool:
        """Return whether it could not be listed for a reason that may be gone by now."""
        return isinstance(self.members, str) and may_pass(self.members, self.when, now)


class Listings:
    """What archives and mails hold, by path, as listed last: a walk lists only those that differ.

    Afterwards these are the holders of that walk, in any thread.
    """

    def __init__(self, known: Mapping[str, Listed] = MappingProxyType({})) -> None:
        self.known = known


def walk(
    paths: Iterable[Path],
    under: Mapping[str, Path] = MappingProxyType({}),
    without: Iterable[Path] = (),
    listings: Listings | None = None,
) -> list[File]:
    """Return the files named and those in the folders named, sorted by id, except hidden ones.

    With several folders, ids start with the folder's name. Ids of files in a folder of `under`
    always start with its key; such a folder is searched once, under that key, and may be missing.
    Folders in `without` are skipped. What is in `listings` is not listed again. Raise CorpusError
    for a path that does not exist.
    """
    present = {key: folder for key, folder in under.items() if folder.is_dir()}
    fixed = [(folder, f"{key}/") for key, folder in present.items()]
    elsewhere = [Path(os.path.realpath(folder)) for folder in present.values()]
    skipped = [*elsewhere, *(Path(os.path.realpath(folder)) for folder in without)]
    names, files = Names(), list[File]()
    listings = listings or Listings()
    with ParserProcess(LIST_SECONDS, LIST_BYTES) as process:
        lister = _Lister(process, listings.known)
        for root, prefix in [*named(list(paths), elsewhere), *fixed]:
            for file in _files_of(root, prefix, skipped, names):
                held = file.suffix in HOLDERS and not file.refused
                files += [] if held and file.suffix in ARCHIVES else [file]
                files += _members(file, names, lister) if held else []
    listings.known = lister.now
    return sorted(files, key=lambda file: file.id)


class _Lister:
    """Lists holders, each once for every state: those `known` in theirs are not opened."""

    def __init__(self, process: ParserProcess, known: Mapping[str, Listed]) -> None:
        self.now: dict[str, Listed] = {}
        self._process, self._known = process, known
        self._started = time.time_ns()

    def members(self, file: File, state: FileState) -> Members | str:
        """Return the files in a holder, or why it cannot be listed."""
        place = absolute(file)
        listed = self._known.get(place)
        if listed is None or listed.state != state or listed.may_pass(self._started):
            listed = Listed(state, self._members(file.path), self._started)
        self.now[place] = listed
        return listed.members

    def _members(self, path: Path) -> Members | str:
        try:
            return self._process.members(path)
        except LoadError as error:
            return error.text


def _members(file: File, names: Names, lister: _Lister) -> Iterator[File]:
    """Yield the files in an archive or mail, or the archive and why it is not opened."""
    try:
        state = _state(file.path.stat())
    except OSError as error:
        reason = Said("unread_not_opened", error=error.strerror or str(error))
        yield File(file.id, file.location, reason)
        return
    members = lister.members(file, state)
    if isinstance(members, str):
        if file.suffix in ARCHIVES:  # a mail is read itself, which says what is wrong
            yield File(file.id, file.location, members)
        return
    for member, refused in members:
        if not any(map(is_hidden, member)):
            name = names.unused(reduce(member_id, member, file.id))
            yield File(name, file.location, refused, member)


def absolute(file: File) -> str:
    """Return the location from the root of the file system."""
    is_absolute = os.path.isabs(file.location)  # noqa: PTH117  not as a Path
    return file.location if is_absolute else str(file.path.absolute())


def state_of(file: File) -> FileState:
    """Return the present state of a file, or of the archive that holds it."""
    try:
        return _state(os.stat(file.location))  # noqa: PTH116  without a Path
    except OSError:
        return GONE  # the attempt to read it gives the reason


def _state(status: os.stat_result) -> FileState:
    return FileState(status.st_size, status.st_ino, status.st_mtime_ns, status.st_ctime_ns)


def _files_of(root: Path, prefix: str, elsewhere: Sequence[Path], names: Names) -> Iterator[File]:
    """Yield the files in a folder, or the file that the path names."""
    named = _files(root, elsewhere) if root.is_dir() else [(str(root), root.name, "")]
    for location, name, refused in named:
        yield File(names.unused(prefix + printable(name)), location, refused)


def _files(root: Path, elsewhere: Sequence[Path]) -> Iterator[tuple[str, str, str]]:
    """Yield the files under a folder, their names there, and why some cannot be opened.

    Folders that are found `elsewhere` and links to folders are skipped. The search is not
    recursive, so no folder is too deep.
    """
    waiting = [(str(root), "")]
    while waiting:
        folder, name = waiting.pop()
        try:
            with os.scandir(folder) as found:
                entries = sorted(
                    (entry for entry in found if not entry.name.startswith(".")),
                    key=lambda one: one.name,
                )
        except FileNotFoundError:
            continue  # the folder has gone since it was listed
        except OSError as error:
            yield folder, name or root.name, f"cannot be opened: {error.strerror or error}"
            continue
        folders: list[tuple[str, str]] = []
        for entry in entries:
            inside = f"{name}/{entry.name}" if name else entry.name
            if not _is_folder(entry):
                refusal = _link_refusal(Path(entry.path), root) if entry.is_symlink() else ""
                yield entry.path, inside, refusal
            elif not _is_one_of(Path(entry.path), elsewhere):
                folders.append((entry.path, inside))
        waiting += reversed(folders)


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False  # it has gone or is not accessible; the attempt to read it gives the reason


def _is_one_of(path: Path, folders: Sequence[Path]) -> bool:
    return any(path.name == one.name and Path(os.path.realpath(path)) == one for one in folders)


def _link_refusal(path: Path, root: Path) -> str:
    """Return why a link in a folder is not followed, or an empty string.

    A link that is named as a path itself is followed.
    """
    if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root)):
        return Said("unread_link_out")
    if not os.path.exists(path):  # noqa: PTH110  unlike Path.exists, it never raises
        return Said("unread_link_nowhere")
    return Said("unread_link_folder") if path.is_dir() else ""
