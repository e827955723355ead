"""What files that hold others have in them: zip and tar archives, gz.

Every name, size and offset in them may be false. Nothing is ever unpacked to disk.
"""

import gzip
import io
import tarfile
import zlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import PurePosixPath
from typing import IO, BinaryIO, cast
from zipfile import ZipInfo

from rag.errors import LoadError
from rag.load.archive import (
    BOMB,
    MAX_MEMBERS,
    MAX_RATIO,
    Archive,
    LimitedReads,
    counted,
    name_refusal,
    refusal,
)
from rag.load.names import decoded
from rag.said import Said

MAX_HELD = 128 * 2**20  # bytes of an unpacked tar, or of a file that is opened within another
UTF8 = 0x800  # the name of this member of a zip file is in UTF-8
TAR_ERRORS = (
    tarfile.TarError,
    EOFError,
    IndexError,
    KeyError,
    OSError,
    OverflowError,
    ValueError,
    zlib.error,
)


@dataclass(frozen=True, slots=True)
class Held:
    """A file in another one: its size as claimed, why it is not read, and what reads it.

    `read` takes the largest number of bytes to return, and raises LoadError for more.
    """

    size: int
    refused: str
    read: Callable[[int], bytes]


Contents = Mapping[str, Held]  # by name


def zipped(file: BinaryIO, _: str = "") -> Contents:
    """Return the members of a zip file; raise LoadError if it is damaged or too large."""
    found = Archive(file, Said("kind_zip"))
    items = list(found.members.items())
    return {
        name: Held(item.file_size, name_refusal(name) or refusal(item), partial(found.read, key))
        for name, (key, item) in zip(_names(item for _, item in items), items, strict=True)
    }


def tarred(file: BinaryIO, _: str = "") -> Contents:
    """Return the members of a tar file; raise LoadError if it is damaged or too large."""
    members: list[tarfile.TarInfo] = []
    try:
        tar = tarfile.TarFile(fileobj=cast(IO[bytes], LimitedReads(file)))
        for item in tar:
            if item.size < 0:
                raise LoadError(Said("unread_negative"))
            members += [] if item.isdir() else [item]
            if len(members) > MAX_MEMBERS:
                raise LoadError(Said("unread_more_members", limit=MAX_MEMBERS))
        file.seek(tar.offset)
        if file.read(tarfile.BLOCKSIZE).strip(b"\0"):  # tarfile takes a damaged entry for the end
            raise LoadError(Said("unread_list_cut"))
    except TAR_ERRORS as error:
        raise LoadError(Said("unread_damaged_or_not", what=Said("kind_tar"))) from error
    raw = [item.name.encode("utf-8", "surrogateescape") for item in members]
    return {
        name: Held(item.size, _tar_refusal(name, item), partial(_tar_bytes, tar, item))
        for name, item in zip(decoded(raw), members, strict=True)
    }


def gzipped_tar(file: BinaryIO, _: str = "") -> Contents:
    """Return the members of a tar file in a gz file, which is unpacked in memory."""
    return tarred(io.BytesIO(_gunzipped(file, MAX_HELD)))


def gzipped(file: BinaryIO, name: str) -> Contents:
    """Return the one file in a gz file of this name, which has the name without its suffix."""
    inner = PurePosixPath(name).stem or "file"
    return {inner: Held(0, name_refusal(inner), partial(_gunzipped, file))}


def _names(items: Iterable[ZipInfo]) -> list[str]:
    """Return the names of members; those that are not marked as UTF-8 are in any encoding."""
    found = list(items)
    raw = [
        item.filename.encode("utf-8" if item.flag_bits & UTF8 else "cp437", "surrogatepass")
        for item in found
    ]
    others = iter(decoded([r for r, i in zip(raw, found, strict=True) if not i.flag_bits & UTF8]))
    return [item.filename if item.flag_bits & UTF8 else next(others) for item in found]


def _tar_refusal(name: str, item: tarfile.TarInfo) -> str:
    if reason := name_refusal(name):
        return reason
    if item.issym() or item.islnk():
        return Said("unread_link_archive")
    if not item.isfile():
        return Said("unread_device")
    return Said("unread_sparse") if item.issparse() else ""


def _tar_bytes(tar: tarfile.TarFile, item: tarfile.TarInfo, limit: int) -> bytes:
    if item.size > limit:
        raise LoadError(Said("unread_bytes", n=item.size, limit=limit))
    try:
        member = tar.extractfile(item)
        return b"" if member is None else counted(member, limit)
    except TAR_ERRORS as error:
        raise LoadError(Said("unread_not_unpacked", name=item.name)) from error


def _gunzipped(file: BinaryIO, limit: int) -> bytes:
    """Return what a gz file unpacks to; raise LoadError for more bytes than the limit."""
    packed = file.seek(0, io.SEEK_END)
    file.seek(0)
    most = max(2**20, MAX_RATIO * packed)
    try:
        with gzip.GzipFile(fileobj=file) as unpacked:
            return counted(unpacked, min(limit, most))
    except LoadError as error:
        raise LoadError(BOMB) if most < limit else error from None
    except TAR_ERRORS as error:
        raise LoadError(Said("unread_damaged_or_not", what=Said("kind_gz"))) from error
