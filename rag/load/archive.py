"""Zip containers, listed and read within limits. Nothing is ever unpacked to disk.

The tables of an archive are not trusted. A table or a member can be made to use up memory and time,
so all of this runs only in the child of ParserProcess.
"""

import io
import re
import stat
import struct
import zlib
from gzip import GzipFile
from pathlib import PurePosixPath
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
from rag.said import Said

MAX_MEMBERS = 20_000
MAX_TABLE = 8 * 2**20  # bytes of the table of members: about 400 for each of MAX_MEMBERS
MAX_UNPACKED = 500 * 2**20
MAX_RATIO = 200  # unpacked to packed bytes, for members of more than a megabyte
BOMB = Said("unread_bomb", n=str(MAX_RATIO))
MAX_DEPTH = 32  # nested folders
MAX_NAME = 1000  # characters of a member's name with its folders
PIECE = 2**20  # bytes unpacked at a time
ENCRYPTED = 0x1
# the only methods that Python unpacks in pieces of a given size
SUPPORTED = frozenset({ZIP_STORED, ZIP_DEFLATED})
METHODS = {9: "Deflate64", ZIP_BZIP2: "bzip2", ZIP_LZMA: "LZMA", 93: "Zstandard", 95: "XZ"}
# the container of old Office files, and of new ones with a password
OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
ZIP_ERRORS = (
    BadZipFile,
    LargeZipFile,
    EOFError,
    IndexError,
    NotImplementedError,
    OSError,
    RuntimeError,
    ValueError,
    struct.error,
    zlib.error,
)


class Archive:
    """An open zip file; raises LoadError if it is damaged or too large."""

    def __init__(self, file: BinaryIO, kind: str) -> None:
        try:
            self._zip = ZipFile(LimitedReads(file))
        except ZIP_ERRORS as error:
            raise LoadError(Said("unread_damaged_or_not", what=kind)) from error
        self.members = {
            item.filename: item for item in self._zip.infolist() if not item.filename.endswith("/")
        }
        unpacked = sum(item.file_size for item in self._zip.infolist())
        if len(self.members) > MAX_MEMBERS:
            raise LoadError(Said("unread_members", n=len(self.members), limit=MAX_MEMBERS))
        if unpacked > MAX_UNPACKED:
            raise LoadError(Said("unread_unpacked", n=unpacked, limit=MAX_UNPACKED))

    def read(self, name: str, limit: int = MAX_UNPACKED) -> bytes:
        """Return the bytes of a member, at most `limit`; raise LoadError for more."""
        if name not in self.members:
            raise LoadError(Said("unread_lacks", name=name))
        item = self.members[name]
        if reason := refusal(item):
            raise LoadError(reason)
        if item.file_size > limit:
            raise LoadError(Said("unread_bytes", n=item.file_size, limit=limit))
        try:
            with self._zip.open(item) as member:
                return counted(member, limit)
        except ZIP_ERRORS as error:
            raise LoadError(Said("unread_not_unpacked", name=name)) from error


class LimitedReads:
    """A file that refuses reads over MAX_TABLE; zipfile reads the whole table in one call.

    Negative sizes other than -1 come from false numbers in a file.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.seek = file.seek
        self.tell = file.tell
        self.seekable = file.seekable

    def read(self, size: int = -1) -> bytes:
        """Return at most `size` bytes; raise LoadError for a size that is false or too large."""
        if size < -1:
            raise LoadError(Said("unread_negative"))
        if size > MAX_TABLE:
            raise LoadError(Said("unread_names_bytes", n=size, limit=MAX_TABLE))
        return self._file.read(size)


def counted(member: IO[bytes] | GzipFile, limit: int) -> bytes:
    """Return the bytes of a file, counted while it is read; raise LoadError over the limit."""
    data = bytearray()
    while piece := member.read(PIECE):
        data += piece
        if len(data) > limit:
            raise LoadError(Said("unread_unpacks", limit=limit))
    return bytes(data)


def unpackable(data: bytes, kind: str) -> Archive:
    """Return these bytes as an archive; raise LoadError for an unsupported compression method."""
    archive = Archive(io.BytesIO(data), kind)
    for item in archive.members.values():
        if item.compress_type not in SUPPORTED:
            raise LoadError(_unsupported(item))
    return archive


def opened(data: bytes, kind: str, member: str) -> Archive:
    """Return these bytes as an archive; raise LoadError if it lacks this member of its kind."""
    if data.startswith(OLE):
        raise LoadError(Said("unread_password_or_old", what=kind))
    archive = unpackable(data, kind)
    if member not in archive.members:
        raise LoadError(Said("unread_damaged_or_not", what=kind))
    return archive


def refusal(item: ZipInfo) -> str:
    """Return why a member of an archive is not read, or an empty string."""
    if stat.S_ISLNK(item.external_attr >> 16):
        return Said("unread_link_archive")
    if item.flag_bits & ENCRYPTED:
        return Said("unread_password")
    if item.compress_type not in SUPPORTED:
        return _unsupported(item)
    if item.file_size > 2**20 and item.file_size > MAX_RATIO * item.compress_size:
        return BOMB
    return ""


def name_refusal(name: str) -> str:
    """Return why a file of this name is not read from an archive, or an empty string."""
    if not name:
        return Said("unread_no_name")
    path = PurePosixPath(name.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:", name):
        return Said("unread_name_out")
    if len(name) > MAX_NAME:
        return Said("unread_name_long", n=len(name), limit=MAX_NAME)
    if len(path.parts) > MAX_DEPTH:
        return Said("unread_nested", n=len(path.parts), limit=MAX_DEPTH)
    return ""


def _unsupported(item: ZipInfo) -> str:
    method = METHODS.get(item.compress_type, f"method {item.compress_type}")
    return Said("unread_method", method=method)
