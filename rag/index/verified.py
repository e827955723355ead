"""Compare the files of a generation with their checksums, each again only after it has changed.

`verified.json`, next to the manifest, lists the files that matched; without it every file is read.
"""

import os
import time
from contextlib import suppress
from pathlib import Path

from rag.errors import IndexDamaged
from rag.index.generation import TABLES
from rag.index.manifest import Manifest, file_sha256, rebuild_hint
from rag.index.records import read_record, settled, write_record

VERIFIED = "verified.json"

# by file path: the sha256, size and times of a file that matched
Verified = dict[str, list[object]]


def check_files(folder: Path, manifest: Manifest, *, recheck: bool = False) -> None:
    """Compare every file of a generation with its checksum; raises IndexDamaged.

    Files that matched before and have not changed since are skipped, unless `recheck` is true.
    """
    verified = {} if recheck else _read_verified(folder)
    matched: Verified = {}
    for name in sorted(TABLES | manifest.files.keys()):
        size, checksum = manifest.files.get(name, (0, ""))
        path = folder / manifest.generation / name
        status = _status(folder, path)
        found = [checksum, status.st_size, status.st_mtime_ns, status.st_ctime_ns]
        is_known = verified.get(f"{manifest.generation}/{name}") == found
        if not is_known and (status.st_size != size or file_sha256(path) != checksum):
            _forget(folder)
            fault = "is damaged: its checksum does not match"
            raise IndexDamaged(f"{path} {fault}. {rebuild_hint(folder)}")
        if settled(status.st_mtime_ns, time.time_ns()):
            matched[f"{manifest.generation}/{name}"] = found
    if matched != verified:
        # in a read-only folder every file is checked every time
        write_record(folder / VERIFIED, matched)


def _status(folder: Path, path: Path) -> os.stat_result:
    if not path.is_file():
        raise IndexDamaged(f"{path} is missing. {rebuild_hint(folder)}")
    if not path.resolve().is_relative_to(folder.resolve()):
        raise IndexDamaged(f"{path} points outside the index. {rebuild_hint(folder)}")
    return path.stat()


def _read_verified(folder: Path) -> Verified:
    verified = read_record(folder / VERIFIED)
    return verified if isinstance(verified, dict) else {}


def _forget(folder: Path) -> None:
    """Have every file checked again: one that matched before is damaged now."""
    with suppress(OSError):
        (folder / VERIFIED).unlink(missing_ok=True)
