"""Files that hold others, which may hold others again: archives, and mails with attachments.

All of this runs only in the child of ParserProcess. What was listed is checked again when it is
read, since the file may have changed.
"""

import io
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from pathlib import Path
from typing import BinaryIO

from rag.errors import LoadError
from rag.load import mail, outlook
from rag.load.archive import MAX_MEMBERS, MAX_NAME, MAX_UNPACKED, counted, name_refusal
from rag.load.held import MAX_HELD, Contents, Held, gzipped, gzipped_tar, tarred, zipped
from rag.load.wire import Members
from rag.said import Said

MAX_NESTED = 3  # files that hold each other, the outermost included
TOO_DEEP = Said("unread_deep", n=MAX_NESTED)
Status = tuple[int, ...]
Listed = tuple[tuple[str, ...], str]


def _mail(file: BinaryIO, name: str) -> Contents:
    is_box = name.lower().endswith(".mbox")
    attachments = mail.box_attachments if is_box else mail.attachments
    return {
        name: Held(len(data), name_refusal(name), partial(_within, data))
        for name, data in attachments(counted(file, MAX_HELD)).items()
    }


def _outlook(file: BinaryIO, _: str) -> Contents:
    return {
        name: Held(size, name_refusal(name), read)
        for name, (size, read) in outlook.attachments(counted(file, MAX_HELD)).items()
    }


OPENERS: dict[str, Callable[[BinaryIO, str], Contents]] = {
    ".zip": zipped,
    ".tar": tarred,
    ".tar.gz": gzipped_tar,
    ".tgz": gzipped_tar,
    ".gz": gzipped,
    ".eml": _mail,
    ".mbox": _mail,
    ".msg": _outlook,
}
MAILS = frozenset({".eml", ".mbox", ".msg"})  # they are documents themselves
HOLDERS = frozenset(OPENERS) - {".tar.gz"}
ARCHIVES = tuple(sorted(HOLDERS - MAILS))


class _Total:
    """The members and the unpacked bytes of a file on all levels; raises LoadError for too many."""

    def __init__(self) -> None:
        self._members = 0
        self._unpacked = 0

    def add(self, members: int, unpacked: int) -> None:
        """Count what one level adds."""
        self._members += members
        self._unpacked += unpacked
        if self._members > MAX_MEMBERS:
            raise LoadError(Said("unread_members", n=self._members, limit=MAX_MEMBERS))
        if self._unpacked > MAX_UNPACKED:
            raise LoadError(Said("unread_unpacked", n=self._unpacked, limit=MAX_UNPACKED))


def listed(path: Path) -> Members:
    """Return the name of every file that another one holds, and why it is not read.

    A name has at most MAX_NAME characters, and comes after those of the files that it is in.
    """
    return tuple(_listed(_opened(path), (), _Total()))


def member_bytes(path: Path, member: tuple[str, ...], limit: int) -> bytes:
    """Return the bytes of a file that another one holds; raise LoadError if they cannot be read."""
    *outer, name = member
    return _bytes(_contents(path, _status(path), tuple(outer)), name, limit)


def _listed(contents: Contents, outer: tuple[str, ...], total: _Total) -> Iterator[Listed]:
    total.add(len(contents), sum(held.size for held in contents.values() if not held.refused))
    for name, held in contents.items():
        member, kind = (*outer, name[:MAX_NAME]), _kind(name)
        if held.refused or not kind:
            yield member, held.refused
            continue
        if kind in MAILS:
            yield member, ""
        try:
            if len(member) >= MAX_NESTED + (kind in MAILS):
                raise LoadError(TOO_DEEP)
            data = held.read(MAX_HELD)
            total.add(0, max(0, len(data) - held.size))
            yield from _listed(OPENERS[kind](io.BytesIO(data), name), member, total)
        except LoadError as error:
            if kind not in MAILS:  # a mail is read itself, which says what is wrong
                yield member, error.text


@lru_cache(MAX_NESTED)
def _contents(path: Path, status: Status, outer: tuple[str, ...]) -> Contents:
    """Return what a file holds, or one within it; valid until the file changes."""
    if not outer:
        return _opened(path)
    name = outer[-1]
    data = _bytes(_contents(path, status, outer[:-1]), name, MAX_HELD)
    if not _kind(name):
        raise LoadError(Said("unread_no_files", name=name))
    return OPENERS[_kind(name)](io.BytesIO(data), name)


def _opened(path: Path) -> Contents:
    """Return what a file holds; it stays open as long as that is used."""
    try:
        if not path.is_file():
            raise LoadError(Said("unread_not_regular"))
        return OPENERS[_kind(path.name)](path.open("rb"), path.name)
    except OSError as error:
        raise LoadError(Said("unread_not_opened", error=error.strerror or str(error))) from error


def _bytes(contents: Contents, name: str, limit: int) -> bytes:
    if name not in contents:
        raise LoadError(Said("unread_lacks", name=name))
    if reason := contents[name].refused:
        raise LoadError(reason)
    return contents[name].read(limit)


def _within(data: bytes, limit: int) -> bytes:
    if len(data) > limit:
        raise LoadError(Said("unread_bytes", n=len(data), limit=limit))
    return data


def _kind(name: str) -> str:
    """Return the suffix of a file that may hold others, or an empty string."""
    return next((suffix for suffix in OPENERS if name.lower().endswith(suffix)), "")


def _status(path: Path) -> Status:
    try:
        now = path.stat()
    except OSError as error:
        raise LoadError(Said("unread_not_opened", error=error.strerror or str(error))) from error
    return now.st_dev, now.st_ino, now.st_size, now.st_mtime_ns, now.st_ctime_ns
