"""Compare the files of a generation with their checksums, each again only after it has changed.

`verified.json`, next to the manifest, lists the files that matched; without it every file is read.
"""

import os
import time
from contextlib import suppress
from pathlib import Path

from rag.errors import IndexDamaged
from rag.index.generation import COPIES, KEYS, TABLES, VECTORS
from rag.index.manifest import FORMAT, SEGMENTED, Manifest, Segment, file_sha256, rebuild_hint
from rag.index.records import read_record, settled, write_record

VERIFIED = "verified.json"

# by file path: the sha256, size and times of a file that matched
Verified = dict[str, list[object]]


def check_files(folder: Path, manifest: Manifest, *, recheck: bool = False) -> None:
    """Compare every file that a manifest names with its checksum; raises IndexDamaged.

    Files that matched before and have not changed since are skipped, unless `recheck` is true.
    """
    verified = {} if recheck else _read_verified(folder)
    matched: Verified = {}
    real = folder.resolve()
    for name in sorted(_expected(manifest) | manifest.files.keys()):
        path = folder / name
        status = _status(folder, real, path)
        size, checksum = manifest.files.get(name, (0, ""))
        found = [checksum, status.st_size, status.st_mtime_ns, status.st_ctime_ns]
        if verified.get(name) != found:
            _compare(folder, path, status.st_size == size, checksum)
        if settled(status.st_mtime_ns, time.time_ns()):
            matched[name] = found
    if matched != verified:
        # in a read-only folder every file is checked every time
        write_record(folder / VERIFIED, matched)


def check_segment(folder: Path, manifest: Manifest, segment: Segment) -> None:
    """Read every file of a segment and compare it with its checksum; raises IndexDamaged."""
    for name in manifest.files:
        if name.startswith(f"{segment.folder}/"):
            check_file(folder, manifest, name)


def check_file(folder: Path, manifest: Manifest, name: str) -> None:
    """Read a file that a manifest names and compare it with its checksum; raises IndexDamaged."""
    size, checksum = manifest.files[name]
    status = _status(folder, folder.resolve(), folder / name)
    _compare(folder, folder / name, status.st_size == size, checksum)


def _compare(folder: Path, path: Path, same_size: bool, checksum: str) -> None:
    try:
        is_whole = same_size and file_sha256(path) == checksum
    except FileNotFoundError as error:  # a newer generation has replaced this one
        raise IndexDamaged(f"{path} is missing. {rebuild_hint(folder)}") from error
    if not is_whole:
        _forget(folder)
        fault = "is damaged: its checksum does not match"
        raise IndexDamaged(f"{path} {fault}. {rebuild_hint(folder)}")


def _expected(manifest: Manifest) -> set[str]:
    """Return the files that a generation cannot be without."""
    if manifest.format < SEGMENTED:
        return {f"{manifest.generation}/{name}" for name in (KEYS, VECTORS)}
    names = TABLES if manifest.format == FORMAT else (KEYS, VECTORS)
    tables = {f"{segment.folder}/{name}" for segment in manifest.segments for name in names}
    return tables | {f"{manifest.generation}/{COPIES}"}


def _status(folder: Path, real: Path, path: Path) -> os.stat_result:
    if not path.is_file():
        raise IndexDamaged(f"{path} is missing. {rebuild_hint(folder)}")
    if not path.resolve().is_relative_to(real):
        raise IndexDamaged(f"{path} points outside the index. {rebuild_hint(folder)}")
    try:
        return path.stat()
    except FileNotFoundError as error:  # a newer generation has replaced this one
        raise IndexDamaged(f"{path} is missing. {rebuild_hint(folder)}") from error


def _read_verified(folder: Path) -> Verified:
    verified = read_record(folder / VERIFIED)
    return verified if isinstance(verified, dict) else {}


def _forget(folder: Path) -> None:
    """Have every file checked again: one that matched before is damaged now."""
    with suppress(OSError):
        (folder / VERIFIED).unlink(missing_ok=True)
