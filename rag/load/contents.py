"""The contents of files: their bytes, read within limits, their hash, and their date."""

import stat
from datetime import UTC, datetime
from hashlib import sha256

from rag.errors import LoadError
from rag.load.files import File
from rag.load.formats import PARSERS
from rag.load.worker import ParserProcess
from rag.said import Said

SAVE_AS = {
    ".doc": ".docx",
    ".ppt": ".pptx",
    ".pages": ".docx",
    ".key": ".pptx",
    ".numbers": ".xlsx",
    ".7z": ".zip",
    ".rar": ".zip",
    ".bz2": ".gz",
    ".xz": ".gz",
}


def read_bytes(file: File, limit: int, process: ParserProcess) -> bytes:
    """Return the bytes of a file; raise LoadError if they cannot or should not be read.

    The process unpacks a file in an archive.
    """
    if file.refused:
        raise LoadError(file.refused)
    if file.suffix not in PARSERS:
        raise LoadError(_unsupported(file.suffix))
    if data := _data(file, limit, process):
        return data
    raise LoadError(Said("unread_empty"))


def content_sha256(file: File, data: bytes) -> str:
    """Return the sha256 of the suffix, which decides the parser, and the bytes."""
    return sha256(file.suffix.encode() + b"\n" + data).hexdigest()


def modified_at(file: File) -> str:
    """Return when a file or its archive was last written, in UTC, or an empty string."""
    try:
        written = datetime.fromtimestamp(file.path.stat().st_mtime, UTC)
    except (OSError, OverflowError, ValueError):
        return ""  # the file has gone, or its date is in no calendar
    return f"{written:%Y-%m-%dT%H:%M:%SZ}"


def _unsupported(suffix: str) -> str:
    """Return why files of this suffix are not read, and what to save them as."""
    instead = SAVE_AS.get(suffix)
    if instead:
        return Said("unread_save_as", suffix=suffix, other=instead)
    return Said("unread_suffix", suffix=suffix)


def _data(file: File, limit: int, process: ParserProcess) -> bytes:
    if file.member:
        return process.member_bytes(file.path, file.member, limit)
    try:
        status = file.path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise LoadError(Said("unread_not_regular"))
        if status.st_size > limit:
            raise LoadError(Said("unread_bytes", n=status.st_size, limit=limit))
        with file.path.open("rb") as opened:
            data = opened.read(limit + 1)
    except OSError as error:
        raise LoadError(Said("unread_not_opened", error=error.strerror or str(error))) from error
    if len(data) > limit:
        raise LoadError(Said("unread_grew", limit=limit))
    return data
