"""Zip containers: listed and read within limits, whatever their tables claim. Nothing is ever unpacked to disk."""

import io
import re
import stat
import struct
import zlib
from pathlib import PurePosixPath
from typing import BinaryIO
from zipfile import BadZipFile, LargeZipFile, ZipFile, ZipInfo

from rag.errors import LoadError

MAX_MEMBERS = 20_000
MAX_UNPACKED = 500 * 2**20
MAX_RATIO = 200  # unpacked to packed bytes of a member of more than a megabyte
ENCRYPTED = 0x1
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
            self._zip = ZipFile(file)
        except TROUBLE as error:
            raise LoadError(f"damaged, or not {kind}") from error
        self.members = {item.filename: item for item in self._zip.infolist() if not item.is_dir()}
        unpacked = sum(item.file_size for item in self._zip.infolist())
        if len(self.members) > MAX_MEMBERS:
            raise LoadError(f"{len(self.members):,} files in it is over the limit of {MAX_MEMBERS:,}")
        if unpacked > MAX_UNPACKED:
            raise LoadError(f"{unpacked:,} bytes unpacked is over the limit of {MAX_UNPACKED:,}")

    def read(self, name: str) -> bytes:
        """Return a member's bytes, never more than its table says; raises LoadError."""
        if name not in self.members:
            raise LoadError(f"damaged: it has no {name}")
        if reason := refusal(self.members[name]):
            raise LoadError(reason)
        try:
            return self._zip.read(name)
        except TROUBLE as error:
            raise LoadError(f"damaged: {name} cannot be unpacked") from error


def opened(data: bytes, kind: str, member: str) -> Archive:
    """Return the archive that these bytes are; raises LoadError where it lacks the member that its kind has."""
    if data.startswith(OLE):
        raise LoadError(f"needs a password, or is of an old format: save it as {kind} without a password")
    archive = Archive(io.BytesIO(data), kind)
    if member not in archive.members:
        raise LoadError(f"damaged, or not {kind}")
    return archive


def refusal(item: ZipInfo) -> str:
    """Return why a member of an archive is not to be read, or nothing."""
    path = PurePosixPath(item.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or re.match(r"[A-Za-z]:", item.filename):
        return "its name leads out of the archive"
    if stat.S_ISLNK(item.external_attr >> 16):
        return "a link within an archive is not followed"
    if item.flag_bits & ENCRYPTED:
        return "needs a password"
    if path.suffix.lower() in ARCHIVES:
        return "an archive within an archive is not opened"
    if item.file_size > 2**20 and item.file_size > MAX_RATIO * item.compress_size:
        return f"packed more than {MAX_RATIO}:1, like a bomb"
    return ""
