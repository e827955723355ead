"""Zip containers: listed and read within limits, whatever their tables claim. Nothing is ever unpacked to disk.

What is here runs in the child of ParserProcess alone: a table or a member may be made to eat memory and time.
"""

import io
import re
import stat
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO
from zipfile import (
    ZIP_BZIP2,
    ZIP_DEFLATED,
    ZIP_LZMA,
    ZIP_STORED,
    BadZipFile,
    LargeZipFile,
    ZipFile,
    ZipInfo,
)

from rag.errors import LoadError

MAX_MEMBERS = 20_000
MAX_TABLE = 8 * 2**20  # bytes of the table of members: 400 for each of as many as there may be
MAX_UNPACKED = 500 * 2**20
MAX_RATIO = 200  # unpacked to packed bytes of a member of more than a megabyte
MAX_DEPTH = 32  # folders in each other
MAX_NAME = 1000  # characters of a member's name with its folders
PIECE = 2**20  # bytes unpacked at a time
ENCRYPTED = 0x1
USUAL = frozenset(
    {ZIP_STORED, ZIP_DEFLATED}
)  # the only ones that Python unpacks in pieces of a given size
PACKINGS = {9: "Deflate64", ZIP_BZIP2: "bzip2", ZIP_LZMA: "LZMA", 93: "Zstandard", 95: "XZ"}
ARCHIVES = frozenset({".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".jar"})
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"  # the container of old Office files, and of new ones with a password
TROUBLE = (
    BadZipFile, LargeZipFile, EOFError, IndexError, NotImplementedError, OSError, RuntimeError, ValueError,
    struct.error, zlib.error,
)  # fmt: skip


class Archive:
    """An open zip file; raises LoadError for one that is damaged, too large or packed beyond belief."""

    def __init__(self, file: BinaryIO, kind: str) -> None:
        try:
            self._zip = ZipFile(_InPieces(file))
        except TROUBLE as error:
            raise LoadError(f"damaged, or not {kind}") from error
        self.members = {item.filename: item for item in self._zip.infolist() if not item.is_dir()}
        unpacked = sum(item.file_size for item in self._zip.infolist())
        if len(self.members) > MAX_MEMBERS:
            raise LoadError(
                f"{len(self.members):,} files in it is over the limit of {MAX_MEMBERS:,}"
            )
        if unpacked > MAX_UNPACKED:
            raise LoadError(f"{unpacked:,} bytes unpacked is over the limit of {MAX_UNPACKED:,}")

    def read(self, name: str, limit: int = MAX_UNPACKED) -> bytes:
        """Return a member's bytes, never more than its table says and the limit; raises LoadError."""
        if name not in self.members:
            raise LoadError(f"damaged: it has no {name}")
        item = self.members[name]
        if reason := refusal(item):
            raise LoadError(reason)
        if item.file_size > limit:
            raise LoadError(f"{item.file_size:,} bytes is over the limit of {limit:,}")
        try:
            with self._zip.open(item) as member:
                return counted(member, limit)
        except TROUBLE as error:
            raise LoadError(f"damaged: {name} cannot be unpacked") from error


class _InPieces:
    """A file that refuses to be read by more than a table may have at once: so zipfile asks for a table as a whole."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek = file.seek
        self.tell = file.tell
        self.seekable = file.seekable

    def read(self, size: int = -1) -> bytes:
        if size > MAX_TABLE:
            raise LoadError(
                f"{size:,} bytes of names of files in it is over the limit of {MAX_TABLE:,}"
            )
        return self._file.read(size)


def counted(member: IO[bytes], limit: int) -> bytes:
    """Return all that a file gives, counted while it is read; raises LoadError where it goes over the limit."""
    data = bytearray()
    while piece := member.read(PIECE):
        data += piece
        if len(data) > limit:
            raise LoadError(f"it unpacks to more than the limit of {limit:,} bytes")
    return bytes(data)


def listed(path: Path) -> list[tuple[str, str]]:
    """Return the name of every file in an archive, cut where too long, and why it is not read; raises LoadError."""
    with _open(path) as archive:
        return [(name[:MAX_NAME], refusal(item)) for name, item in archive.members.items()]


def member_bytes(path: Path, name: str, limit: int) -> bytes:
    """Return the bytes of a file in an archive; raises LoadError."""
    with _open(path) as archive:
        return archive.read(name, limit)


@contextmanager
def _open(path: Path) -> Iterator[Archive]:
    try:
        if not path.is_file():
            raise LoadError("not a regular file")
        with path.open("rb") as file:
            yield Archive(file, "a zip file")
    except OSError as error:
        raise LoadError(f"cannot be opened: {error.strerror or error}") from error


def unpackable(data: bytes, kind: str) -> Archive:
    """Return the archive that these bytes are; raises LoadError where a member is packed as nobody packs this kind."""
    archive = Archive(io.BytesIO(data), kind)
    unusual = next(
        (item for item in archive.members.values() if item.compress_type not in USUAL), None
    )
    if unusual is not None:
        raise LoadError(_unusual(unusual))
    return archive


def opened(data: bytes, kind: str, member: str) -> Archive:
    """Return the archive that these bytes are; raises LoadError where it lacks the member that its kind has."""
    if data.startswith(OLE):
        raise LoadError(
            f"needs a password, or is of an old format: save it as {kind} without a password"
        )
    archive = unpackable(data, kind)
    if member not in archive.members:
        raise LoadError(f"damaged, or not {kind}")
    return archive


def refusal(item: ZipInfo) -> str:
    """Return why a member of an archive is not to be read, or nothing."""
    if reason := _name_refusal(item.filename):
        return reason
    if stat.S_ISLNK(item.external_attr >> 16):
        return "a link within an archive is not followed"
    if item.flag_bits & ENCRYPTED:
        return "needs a password"
    if item.compress_type not in USUAL:
        return _unusual(item)
    if item.file_size > 2**20 and item.file_size > MAX_RATIO * item.compress_size:
        return f"packed more than {MAX_RATIO}:1, like a bomb"
    return ""


def _name_refusal(name: str) -> str:
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:", name):
        return "its name leads out of the archive"
    if len(name) > MAX_NAME:
        return f"a name of {len(name):,} characters is over the limit of {MAX_NAME:,}"
    if len(path.parts) > MAX_DEPTH:
        return f"{len(path.parts)} folders in each other is over the limit of {MAX_DEPTH}"
    if path.suffix.lower() in ARCHIVES:
        return "an archive within an archive is not opened"
    return ""


def _unusual(item: ZipInfo) -> str:
    packing = PACKINGS.get(item.compress_type, f"method {item.compress_type}")
    return f"packed with {packing}, which is not read: pack it with the usual deflate"
