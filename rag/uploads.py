"""Files that come through the page: received apart, kept under safe names, never over another file, never half.

They are kept in folders of the index's own that only its owner may read. What arrives is written to
`incoming/SERVER/RECEIPT/`, flushed, and becomes one of `uploads/` by a rename; what is removed goes to `trash/DATE/`
for a while.
"""

import os
import re
import secrets
import shutil
import unicodedata
from collections.abc import Iterable, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from filecmp import cmp
from pathlib import Path
from time import time

from rag.errors import UploadError
from rag.index.manifest import sync
from rag.load import SUFFIXES

UPLOADS = "uploads"
INCOMING = "incoming"
TRASH = "trash"
TRASH_DAYS = 30
WAITING_SECONDS = 3600  # what was sent and not taken in by then is given up
WAITING_BYTES = 2**30  # of all that was sent and is not yet taken in
WAITING_FILES = 1000
CHECKED_BYTES = 8 * 2**20  # received between two looks at whether there is room
STEM_BYTES = 180
SERVER = str(os.getpid())  # files are received in a folder of the process that does
INVISIBLE = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})  # categories of Unicode
RESERVED = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9]", re.IGNORECASE)  # on Windows
RECEIPT = re.compile(r"[0-9a-f]{32}")


class Incoming:
    """A file that is being received; it has a receipt once it is whole, and leaves nothing behind otherwise.

    Raises UploadError for a file of a kind that is not read, or where too much is waiting.
    """

    def __init__(self, index: Path, name: str) -> None:
        self.name = safe_name(name)
        if Path(self.name).suffix not in SUFFIXES:
            kind = (
                f"files ending in {Path(self.name).suffix}"
                if Path(self.name).suffix
                else "files without an ending"
            )
            raise UploadError(f"{self.name}: {kind} are not read")
        index.mkdir(parents=True, exist_ok=True)
        sweep(index)
        self._all = _private(_private(index / INCOMING) / SERVER)
        self._check_room()
        self.receipt = secrets.token_hex(16)
        self._path = _private(self._all / self.receipt) / self.name
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
        self._file = os.fdopen(os.open(self._path, flags, 0o600), "wb")
        self._unchecked = 0

    def write(self, data: bytes) -> None:
        """Add bytes; raises OSError, or UploadError where too much is waiting by now."""
        self._file.write(data)
        self._unchecked += len(data)
        if self._unchecked >= CHECKED_BYTES:
            self._check_room()

    def finish(self) -> str:
        """Flush the file to disk and return its receipt; raises OSError, or UploadError where it is gone."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        if not self._path.exists():
            raise UploadError(f"{self.name} was swept away before it was whole. Send it again")
        return self.receipt

    def discard(self) -> None:
        """Remove what was received so far."""
        with suppress(OSError):
            self._file.close()  # it may try to write once more to a full disk
        shutil.rmtree(self._path.parent, ignore_errors=True)

    def _check_room(self) -> None:
        self._unchecked = 0
        sizes = [path.stat().st_size for path in self._all.glob("*/*")]
        if len(sizes) >= WAITING_FILES or sum(sizes) > WAITING_BYTES:
            raise UploadError("Too many files wait to be taken in. Try again in a while")


def take(receipts: Iterable[str], index: Path) -> list[tuple[Path | None, str, str]]:
    """Move what these receipts stand for into the uploads; return path, name and fate of each.

    The path is None where nothing was moved. A receipt counts once.
    """
    taken: list[tuple[Path | None, str, str]] = []
    for receipt in dict.fromkeys(receipts):
        folder = index / INCOMING / SERVER / receipt
        file = (
            next(folder.iterdir(), None) if RECEIPT.fullmatch(receipt) and folder.is_dir() else None
        )
        if file is None:
            taken.append((None, "A file", "not here any more: send it again"))
            continue
        taken.append(_placed(file, _private(index / UPLOADS)))
        shutil.rmtree(folder, ignore_errors=True)
    return taken


def discard(files: Sequence[Path], index: Path) -> list[tuple[Path, Path]]:
    """Move files to the trash, under today's date; return where each was and is."""
    moved: list[tuple[Path, Path]] = []
    for file in files:
        folder = _private(_private(index / TRASH) / f"{_today()}")
        new, _ = _free(folder, file.name, same_as=None)
        moved.append((file, file.rename(new)))
    return moved


def sweep(index: Path, *, starting: bool = False) -> None:
    """Delete what was received and never taken in, by servers that are gone or an hour ago, and trash that is too old.

    A server that is `starting` has received nothing yet: what lies under its number is another one's that had it.
    """
    for folder in (index / INCOMING).glob("*"):
        if not _is_running(folder.name) or (starting and folder.name == SERVER):
            shutil.rmtree(folder, ignore_errors=True)
    for folder in (index / INCOMING).glob("*/*"):
        newest = max((_changed(path) for path in (folder, *folder.glob("*"))), default=0.0)
        if time() - newest > WAITING_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
    for folder in (index / TRASH).glob("*"):
        if _is_old(folder.name):
            shutil.rmtree(folder, ignore_errors=True)


def safe_name(name: str) -> str:
    """Return a file name that is one visible, ordinary name on every system, composed, with its suffix kept."""
    text = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode())
    path = Path("".join("_" if _is_unsafe(character) else character for character in text))
    stem = path.stem.strip(" .").encode()[:STEM_BYTES].decode("utf-8", "ignore") or "document"
    return f"{'_' if RESERVED.fullmatch(stem) else ''}{stem}{path.suffix.lower()}"


def _is_unsafe(character: str) -> bool:
    """Return whether a character has a meaning to a file system, or none to the eye; what joins an emoji has one."""
    return character in '<>:"/\\|?*' or (
        unicodedata.category(character) in INVISIBLE and character != "\u200d"
    )


def _is_running(server: str) -> bool:
    """Return whether the process of this number, which received files, is there."""
    if server == SERVER or os.name == "nt":
        return True  # on Windows asking would end it
    try:
        os.kill(int(server), 0)
    except (ValueError, OverflowError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0  # it was taken in meanwhile


def _placed(file: Path, folder: Path) -> tuple[Path | None, str, str]:
    path, is_there = _free(folder, file.name, same_as=file)
    if is_there:
        return path, path.name, "was there already"
    file.rename(path)
    sync(folder)
    return (
        path,
        path.name,
        "added"
        if path.name == file.name
        else f"added under this name: there is another {file.name}",
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
    folder.mkdir(exist_ok=True)
    folder.chmod(0o700)
    return folder


def _today() -> date:
    return datetime.now(UTC).date()


def _is_old(name: str) -> bool:
    try:
        return date.fromisoformat(name) < _today() - timedelta(days=TRASH_DAYS)
    except ValueError:
        return False  # not made by us
