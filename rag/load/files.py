"""The files of a corpus: found under their ids, those within archives too, and read within limits."""

import os
import stat
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from hashlib import sha256
from pathlib import Path, PurePosixPath
from types import MappingProxyType

from rag.errors import CorpusError, LoadError
from rag.load.formats import PARSERS
from rag.load.names import Names, is_hidden, member_id, printable
from rag.load.wire import Members
from rag.load.worker import ParserProcess

SUFFIXES = (*PARSERS, ".zip")
LIST_SECONDS = 30.0
LIST_BYTES = 2**30  # of memory, for the process that lists archives
KEPT_LISTS = 64  # archives whose files are remembered
SAVED_AS = {
    ".doc": ".docx",
    ".ppt": ".pptx",
    ".msg": ".eml",
    ".pages": ".docx",
    ".key": ".pptx",
    ".numbers": ".xlsx",
}


@dataclass(frozen=True, slots=True)
class File:
    """A file found in the corpus, under the id that its document will have; `refused` is why it is not to be read.

    `member` is its name within the archive at `path`, where it stands in one.
    """

    id: str
    path: Path
    refused: str = ""
    member: str = ""

    @property
    def suffix(self) -> str:
        """The ending of the file's name, in lower case."""
        return PurePosixPath(self.member or self.path.name).suffix.lower()


def walk(
    paths: Iterable[Path],
    under: Mapping[str, Path] = MappingProxyType({}),
    without: Iterable[Path] = (),
) -> list[File]:
    """Return the files under these folders (and the files named), sorted by id; hidden ones are left out.

    Raises CorpusError for a path that does not exist. With several folders, ids start with the folder's name. Ids of
    what a folder in `under` holds start with its key, always; it is found there alone, and may be missing.
    Folders in `without` are not gone into.
    """
    apart = {key: folder for key, folder in under.items() if folder.is_dir()}
    fixed = [(folder, f"{key}/") for key, folder in apart.items()]
    elsewhere = [Path(os.path.realpath(folder)) for folder in apart.values()]
    skipped = [*elsewhere, *(Path(os.path.realpath(folder)) for folder in without)]
    names = Names()
    files: list[File] = []
    with ParserProcess(LIST_SECONDS, LIST_BYTES) as process:
        for root, prefix in [*_named(list(paths), elsewhere), *fixed]:
            for file in _files_of(root, prefix, skipped, names):
                opened = file.suffix == ".zip" and not file.refused
                files += _members(file, names, process) if opened else [file]
    return sorted(files, key=lambda file: file.id)


def read_bytes(file: File, limit: int, process: ParserProcess) -> bytes:
    """Return a file's bytes; raises LoadError for what should not or cannot be read.

    The process unpacks those of a file in an archive.
    """
    if file.refused:
        raise LoadError(file.refused)
    if file.suffix not in PARSERS:
        kind = f"files ending in {file.suffix}" if file.suffix else "files without a suffix"
        instead = SAVED_AS.get(file.suffix)
        raise LoadError(f"{kind} are not read{f': save it as {instead}' if instead else ''}")
    data = (
        process.member_bytes(file.path, file.member, limit)
        if file.member
        else _file_bytes(file, limit)
    )
    if not data:
        raise LoadError("empty: zero bytes")
    return data


def content_sha256(file: File, data: bytes) -> str:
    """Return what tells two files apart: the sha256 of the suffix, which decides the parser, and the bytes."""
    return sha256(file.suffix.encode() + b"\n" + data).hexdigest()


def modified_at(file: File) -> str:
    """Return when a file, or the archive it is in, was last written: in UTC, to the second, or nothing."""
    try:
        written = datetime.fromtimestamp(file.path.stat().st_mtime, UTC)
    except (OSError, OverflowError, ValueError):
        return ""  # it went meanwhile, or has a date that no calendar has
    return f"{written:%Y-%m-%dT%H:%M:%SZ}"


def _file_bytes(file: File, limit: int) -> bytes:
    try:
        status = file.path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise LoadError("not a regular file")
        if status.st_size > limit:
            raise LoadError(f"{status.st_size:,} bytes is over the limit of {limit:,}")
        with file.path.open("rb") as opened:
            data = opened.read(limit + 1)
    except OSError as error:
        raise LoadError(f"cannot be opened: {error.strerror or error}") from error
    if len(data) > limit:
        raise LoadError(f"grew over the limit of {limit:,} bytes while being read")
    return data


@dataclass(frozen=True, slots=True)
class _Zip:
    """An archive as it is now: two that are equal hold the same, whichever process lists them."""

    path: Path
    status: tuple[int, ...]
    process: ParserProcess = field(compare=False)


@lru_cache(KEPT_LISTS)
def _listing(archive: _Zip) -> Members | str:
    """Return what an archive holds, or the reason why that cannot be known; both hold until it changes."""
    try:
        return archive.process.members(archive.path)
    except LoadError as error:
        return str(error)


def _members(file: File, names: Names, process: ParserProcess) -> Iterator[File]:
    """Yield the files within an archive, or the archive itself with the reason why it is not opened."""
    try:
        now = file.path.stat()
    except OSError as error:
        yield File(file.id, file.path, f"cannot be opened: {error.strerror or error}")
        return
    status = now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns, now.st_ctime_ns
    members = _listing(_Zip(file.path, status, process))
    if isinstance(members, str):
        yield File(file.id, file.path, members)
        return
    for name, refused in members:
        if not is_hidden(name):
            yield File(names.unused(member_id(file.id, name)), file.path, refused, name)


def _named(paths: Sequence[Path], elsewhere: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """Yield each path with what the ids of its files start with; raises CorpusError for one that does not exist."""
    missing = next((path for path in paths if not os.path.exists(path)), None)  # noqa: PTH110  which never raises
    if missing is not None:
        raise CorpusError(f"No folder or file {missing}. Name one that exists: rag build PATH")
    roots = [path for path in paths if not _lies_in(path, elsewhere)]
    several = sum(root.is_dir() for root in roots) > 1
    for root in roots:
        yield root, f"{root.resolve().name}/" if several and root.is_dir() else ""


def _files_of(root: Path, prefix: str, elsewhere: Sequence[Path], names: Names) -> Iterator[File]:
    """Yield the files of a folder, or the file named."""
    for path, refused in _files(root, elsewhere) if root.is_dir() else [(root, "")]:
        name = path.name if path == root else path.relative_to(root).as_posix()
        reason = refused or _link_refusal(path, root)
        yield File(names.unused(prefix + printable(name)), path, reason)


def _files(root: Path, elsewhere: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    """Yield the files under a folder but for those found `elsewhere`, and what of it cannot be read with the reason.

    Folders are gone into one after the other: none is too deep, and links to folders are not followed.
    """
    waiting = [root]
    while waiting:
        folder = waiting.pop()
        try:
            with os.scandir(folder) as found:
                entries = sorted(
                    (entry for entry in found if not entry.name.startswith(".")),
                    key=lambda one: one.name,
                )
        except FileNotFoundError:
            continue  # it went while we looked
        except OSError as error:
            yield folder, f"cannot be opened: {error.strerror or error}"
            continue
        folders: list[Path] = []
        for entry in entries:
            path = folder / entry.name
            if not _is_folder(entry):
                yield path, ""
            elif not _is_one(path, elsewhere):
                folders.append(path)
        waiting += reversed(folders)


def _is_folder(entry: "os.DirEntry[str]") -> bool:
    try:
        return entry.is_dir(follow_symlinks=False)
    except OSError:
        return False  # it went while we looked, or cannot be seen: reading it says why


def _is_one(path: Path, folders: Sequence[Path]) -> bool:
    return any(
        path.name == other.name and Path(os.path.realpath(path)) == other for other in folders
    )


def _lies_in(path: Path, folders: Sequence[Path]) -> bool:
    return any(Path(os.path.realpath(path)).is_relative_to(folder) for folder in folders)


def _link_refusal(path: Path, root: Path) -> str:
    """Return why a link within a folder is not followed, or nothing; one that was named itself is."""
    if not (path.is_symlink() and root.is_dir()):
        return ""
    if not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root)):
        return "a link that leads out of the folder"
    if not os.path.exists(path):  # noqa: PTH110  which never raises
        return "a link that leads nowhere"
    return "a link to a folder, which is not followed" if path.is_dir() else ""
