"""Uploaded files: no upload is kept in part, replaces another file or has an unsafe name.

They are in folders of the index that only its owner may read. An upload is written to
`incoming/SERVER/RECEIPT/`, flushed, then renamed into `uploads/`. A removed file is kept in
`trash/DATE/` for a while.
"""

import os
import re
import secrets
import shutil
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, date, datetime, timedelta
from filecmp import cmp
from pathlib import Path
from socket import gethostname
from time import time

from rag.errors import UploadError
from rag.index.manifest import sync
from rag.load import SUFFIXES, is_hidden
from rag.said import Said

UPLOADS = "uploads"
INCOMING = "incoming"
TRASH = "trash"
TRASH_DAYS = 30
WAITING_SECONDS = 3600  # an upload that waits longer is deleted
WAITING_BYTES = 2**30  # of all uploads that wait to be taken
WAITING_FILES = 1000
CHECKED_BYTES = 8 * 2**20  # received between two checks that there is room
STEM_BYTES = 180
HOST = re.sub(r"[^\w-]", "-", gethostname(), flags=re.ASCII)
SERVER = f"{HOST}.{os.getpid()}"  # each server process receives files in its own folder
INVISIBLE = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"})  # Unicode categories
RESERVED = re.compile(r"con|prn|aux|nul|(com|lpt)[0-9]", re.IGNORECASE)  # names on Windows
RECEIPT = re.compile(r"[0-9a-f]{32}")


class Incoming:
    """A file that is being received; a complete one gets a receipt, an incomplete one is deleted.

    Raises UploadError for a hidden file, which builds skip too, for a type of file that cannot be
    read, or if too many uploads are waiting.
    """

    def __init__(self, index: Path, name: str) -> None:
        if is_hidden(name.replace("\\", "/")):
            raise UploadError(Said("hidden_file", name=name))
        self.name = safe_name(name)
        if (suffix := Path(self.name).suffix) not in SUFFIXES:
            raise UploadError(Said("suffix_unknown", name=self.name, suffix=suffix))
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
        """Write bytes; raises OSError, or UploadError if too many uploads are waiting."""
        self._file.write(data)
        self._unchecked += len(data)
        if self._unchecked >= CHECKED_BYTES:
            self._check_room()

    def finish(self) -> str:
        """Flush the file to disk and return its receipt.

        Raises OSError, or UploadError if the file is gone.
        """
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        if not self._path.exists():
            raise UploadError(Said("upload_deleted", name=self.name))
        return self.receipt

    def discard(self) -> None:
        """Delete what was received so far."""
        with suppress(OSError):
            self._file.close()  # closing may write to a full disk once more
        shutil.rmtree(self._path.parent, ignore_errors=True)

    def _check_room(self) -> None:
        self._unchecked = 0
        sizes = [path.stat().st_size for path in self._all.glob("*/*")]
        if len(sizes) >= WAITING_FILES or sum(sizes) > WAITING_BYTES:
            raise UploadError(Said("uploads_waiting"))


def take(receipts: Iterable[str], index: Path) -> list[tuple[Path | None, str, str]]:
    """Move the files of these receipts to `uploads/`; return path, name and result of each.

    The path is None if the receipt names no file. A receipt is good for one use.
    """
    taken: list[tuple[Path | None, str, str]] = []
    for receipt in dict.fromkeys(receipts):
        folder = index / INCOMING / SERVER / receipt
        is_receipt = RECEIPT.fullmatch(receipt) and folder.is_dir()
        file = next(folder.iterdir(), None) if is_receipt else None
        if file is None:
            taken.append((None, Said("a_file"), Said("upload_gone")))
            continue
        taken.append(_placed(file, _private(index / UPLOADS)))
        shutil.rmtree(folder, ignore_errors=True)
    return taken


def outcomes(
    taken: Iterable[tuple[Path | None, str, str]], unreadable: Mapping[str, str]
) -> list[tuple[str, str]]:
    """Return the name and outcome of each file after a build: one that was not read is not added.

    `unreadable` has the reasons, by the ids of documents.
    """
    return [
        (name, Said("upload_unread", reason=reason) if path and reason else result)
        for path, name, result in taken
        for reason in [unreadable.get(f"{UPLOADS}/{name}")]
    ]


def discard(files: Sequence[Path], index: Path) -> list[tuple[Path, Path]]:
    """Move files to the trash, under today's date; return the old and new path of each.

    Files that are gone are left out. Raises UploadError once every file is back where it was.
    """
    moved: list[tuple[Path, Path]] = []
    for file in filter(Path.exists, files):
        try:
            folder = _private(_private(index / TRASH) / f"{_today()}")
            moved.append((file, file.rename(_free(folder, file.name, same_as=None)[0])))
        except OSError as error:
            recover(moved)
            reason = error.strerror or str(error)
            raise UploadError(Said("upload_stays", name=file.name, error=reason)) from error
    return moved


def recover(moved: Iterable[tuple[Path, Path]]) -> None:
    """Move discarded files back to where they were, under a free name; skip those that are gone."""
    for old, new in moved:
        if new.exists():
            new.rename(_free(old.parent, old.name, same_as=None)[0])


def sweep(index: Path, *, starting: bool = False) -> None:
    """Delete uploads that were never taken, and old trash.

    Uploads go when their server on this host no longer runs, or after an hour. A server that is
    `starting` has received nothing yet: a folder with its name belongs to an earlier process.
    """
    for folder in (index / INCOMING).glob("*"):
        if not _is_running(folder.name) or (starting and folder.name == SERVER):
            shutil.rmtree(folder, ignore_errors=True)
    for folder in filter(_is_abandoned, (index / INCOMING).glob("*/*")):
        shutil.rmtree(folder, ignore_errors=True)
    for folder in filter(_is_abandoned, (index / INCOMING).glob("*")):
        with suppress(OSError):
            folder.rmdir()  # only if it is empty
    for folder in (index / TRASH).glob("*"):
        if _is_old(folder.name):
            shutil.rmtree(folder, ignore_errors=True)


def safe_name(name: str) -> str:
    """Return a name that is visible and valid on every system, in NFC, with the suffix kept."""
    text = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode())
    path = Path("".join("_" if _is_unsafe(character) else character for character in text))
    stem = path.stem.strip(" .").encode()[:STEM_BYTES].decode("utf-8", "ignore") or "document"
    return f"{'_' if RESERVED.fullmatch(stem) else ''}{stem}{path.suffix.lower()}"


def _is_unsafe(character: str) -> bool:
    """Return whether file systems reserve a character, or it is invisible and joins no emoji."""
    return character in '<>:"/\\|?*' or (
        unicodedata.category(character) in INVISIBLE and character != "\u200d"
    )


def _is_running(server: str) -> bool:
    """Return whether the server process with this folder may be running."""
    host, _, process = server.rpartition(".")
    if server == SERVER or host != HOST or os.name == "nt":
        return True  # another host cannot be asked; on Windows, os.kill would end the process
    try:
        os.kill(int(process), 0)
    except (ValueError, OverflowError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True


def _is_abandoned(folder: Path) -> bool:
    """Return whether a folder, and all that is directly in it, has not changed for an hour."""
    newest = max(_changed(path) for path in (folder, *folder.glob("*")))
    return time() - newest > WAITING_SECONDS


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except FileNotFoundError:
        return 0.0  # it was taken meanwhile


def _placed(file: Path, folder: Path) -> tuple[Path | None, str, str]:
    path, is_copy = _free(folder, file.name, same_as=file)
    if is_copy:
        return path, path.name, Said("upload_same")
    file.rename(path)
    sync(folder)
    is_renamed = path.name != file.name
    added = Said("upload_renamed", name=file.name) if is_renamed else Said("upload_added")
    return path, path.name, added


def _free(folder: Path, name: str, same_as: Path | None) -> tuple[Path, bool]:
    """Return a free path and False, or a path with the same bytes as `same_as` and True."""
    taken = {path.name.casefold(): path for path in folder.iterdir()}
    stem, suffix, number, chosen = Path(name).stem, Path(name).suffix, 2, name
    while (other := taken.get(chosen.casefold())) is not None:
        if same_as and cmp(same_as, other, shallow=False):
            return other, True
        chosen, number = f"{stem} ({number}){suffix}", number + 1
    return folder / chosen, False


def _private(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)  # another server may just have swept an empty parent
    folder.chmod(0o700)
    return folder


def _today() -> date:
    return datetime.now(UTC).date()


def _is_old(name: str) -> bool:
    try:
        return date.fromisoformat(name) < _today() - timedelta(days=TRASH_DAYS)
    except ValueError:
        return False  # not one of our folders
