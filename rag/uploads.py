"""Files that come through the page: received aside, kept under safe names, never over another file, never half.

They live in folders of the index's own that only its owner may read. What arrives is written to `incoming/RECEIPT/`,
flushed, and becomes one of `uploads/` by a rename; what is removed goes to `trash/DATE/` and stays there for a while.
"""

import os
import re
import secrets
import shutil
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from filecmp import cmp
from pathlib import Path
from time import time

from rag.errors import UploadError
from rag.load import SUFFIXES

UPLOADS = "uploads"
INCOMING = "incoming"
TRASH = "trash"
TRASH_DAYS = 30
WAITING_SECONDS = 3600  # what was sent and not taken in by then is given up
WAITING_BYTES = 2**30  # of all that was sent and is not yet taken in
WAITING_FILES = 1000
STEM_BYTES = 180
UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u200b-\u200f\u202a-\u202e\u2066-\u2069]')
RECEIPT = re.compile(r"[0-9a-f]{32}")


class Incoming:
    """A file that is being received; it has a receipt once it is whole, and leaves nothing behind otherwise.

    Raises UploadError for a file of a kind that is not read, or where too much is waiting.
    """

    def __init__(self, index: Path, name: str) -> None:
        self.name = safe_name(name)
        if Path(self.name).suffix not in SUFFIXES:
            kind = f"files ending in {Path(self.name).suffix}" if Path(self.name).suffix else "files without an ending"
            raise UploadError(f"{self.name}: {kind} are not read")
        index.mkdir(parents=True, exist_ok=True)
        sweep(index, older_than=WAITING_SECONDS)
        waiting = [path for path in (index / INCOMING).glob("*/*") if path.is_file()]
        if len(waiting) >= WAITING_FILES or sum(path.stat().st_size for path in waiting) > WAITING_BYTES:
            raise UploadError("Too many files wait to be taken in. Try again in a while")
        self.receipt = secrets.token_hex(16)
        self._folder = _private(_private(index / INCOMING) / self.receipt)
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        self._file = os.fdopen(os.open(self._folder / self.name, flags, 0o600), "wb")

    def write(self, data: bytes) -> None:
        """Add bytes; raises OSError."""
        self._file.write(data)

    def finish(self) -> str:
        """Flush the file to disk and return its receipt; raises OSError."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        return self.receipt

    def discard(self) -> None:
        """Remove what was received so far."""
        with suppress(OSError):
            self._file.close()  # it may try to write once more to a full disk
        shutil.rmtree(self._folder, ignore_errors=True)


def take(receipts: Iterable[str], index: Path) -> list[tuple[Path | None, str, str]]:
    """Move what these receipts stand for into the uploads; return path, name and fate of each.

    The path is None where nothing was moved. A receipt counts once.
    """
    taken: list[tuple[Path | None, str, str]] = []
    for receipt in dict.fromkeys(receipts):
        folder = index / INCOMING / receipt
        file = next(folder.iterdir(), None) if RECEIPT.fullmatch(receipt) and folder.is_dir() else None
        if file is None:
            taken.append((None, "A file", "not here any more: send it again"))
            continue
        taken.append(_placed(file, _private(index / UPLOADS)))
        shutil.rmtree(folder, ignore_errors=True)
    return taken


def discard(files: Sequence[Path], index: Path) -> None:
    """Move files to the trash, under today's date."""
    folder = index / TRASH / f"{_today()}"
    for file in files:
        _private(_private(index / TRASH) / folder.name)
        file.rename(_free(folder, file.name, same_as=None)[0])


def sweep(index: Path, older_than: float = 0) -> None:
    """Delete what was received more than this many seconds ago and never taken in, and what has been trash too long."""
    for folder in (index / INCOMING).glob("*"):
        with suppress(FileNotFoundError):
            if time() - folder.stat().st_mtime >= older_than:
                shutil.rmtree(folder, ignore_errors=True)
    for folder in (index / TRASH).glob("*"):
        if _is_old(folder.name):
            shutil.rmtree(folder, ignore_errors=True)


def safe_name(name: str) -> str:
    """Return a file name that is one visible, ordinary name on every system, with its suffix kept."""
    path = Path(UNSAFE.sub("_", name.encode("utf-8", "replace").decode()))
    stem = path.stem.strip(" .").encode()[:STEM_BYTES].decode("utf-8", "ignore") or "document"
    return f"{stem}{path.suffix.lower()}"


def _placed(file: Path, folder: Path) -> tuple[Path | None, str, str]:
    path, is_there = _free(folder, file.name, same_as=file)
    if is_there:
        return path, path.name, "was there already"
    file.rename(path)
    _flush(folder)
    return (
        path,
        path.name,
        "added" if path.name == file.name else f"added under this name: there is another {file.name}",
    )


def _free(folder: Path, name: str, same_as: Path | None) -> tuple[Path, bool]:
    """Return a path that is free, or the one that holds the same bytes as `same_as` already, and whether it does."""
    taken = {path.name.casefold(): path for path in folder.iterdir()}
    stem, suffix, number, chosen = Path(name).stem, Path(name).suffix, 2, name
    while (other := taken.get(chosen.casefold())) is not None:
        if same_as and cmp(same_as, other, shallow=False):
            return other, True
        chosen, number = f"{stem} ({number}){suffix}", number + 1
    return folder / chosen, False


def _private(folder: Path) -> Path:
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


def _flush(folder: Path) -> None:
    if os.name == "nt":
        return  # Windows has no handle on a folder to flush
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _today() -> date:
    return datetime.now(UTC).date()


def _is_old(name: str) -> bool:
    try:
        return date.fromisoformat(name) < _today() - timedelta(days=TRASH_DAYS)
    except ValueError:
        return False  # not made by us
