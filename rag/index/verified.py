"""The checksums of a generation's files: compared when it is first seen, and again once a file was written since.

What was found whole is kept in `verified.json` beside the manifest; without it every file is read again.
"""

import json
import os
import threading
import time
from contextlib import suppress
from pathlib import Path

from rag.errors import IndexDamaged
from rag.index.generation import TABLES
from rag.index.manifest import Manifest, file_sha256, rebuild_hint

VERIFIED = "verified.json"
SETTLED = 2 * 10**9  # nanoseconds: what was written later may be so again without a later time

Seen = dict[str, list[object]]  # by the path of a file: its sha256 and what its status was then


def check_files(folder: Path, manifest: Manifest, *, anew: bool = False) -> None:
    """Compare every file of a generation with its checksum, those found whole before only if `anew`.

    Raises IndexDamaged.
    """
    seen = {} if anew else _seen(folder)
    whole: Seen = {}
    for name in sorted(TABLES | manifest.files.keys()):
        size, checksum = manifest.files.get(name, (0, ""))
        path = folder / manifest.generation / name
        status = _status(folder, path)
        found = [checksum, status.st_size, status.st_mtime_ns, status.st_ctime_ns]
        is_known = seen.get(f"{manifest.generation}/{name}") == found
        if not is_known and (status.st_size != size or file_sha256(path) != checksum):
            fault = "is damaged: its checksum does not fit"
            raise IndexDamaged(f"{path} {fault}. {rebuild_hint(folder)}")
        if time.time_ns() - status.st_mtime_ns > SETTLED:
            whole[f"{manifest.generation}/{name}"] = found
    if whole != seen:
        _keep(folder, whole)


def _status(folder: Path, path: Path) -> os.stat_result:
    if not path.is_file():
        raise IndexDamaged(f"{path} is missing. {rebuild_hint(folder)}")
    if not path.resolve().is_relative_to(folder.resolve()):
        raise IndexDamaged(f"{path} leads out of the index. {rebuild_hint(folder)}")
    return path.stat()


def _seen(folder: Path) -> Seen:
    try:
        seen = json.loads((folder / VERIFIED).read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}  # then everything is read again
    return seen if isinstance(seen, dict) else {}


def _keep(folder: Path, whole: Seen) -> None:
    beside = folder / f"{VERIFIED}.{os.getpid()}.{threading.get_ident()}"
    with suppress(OSError):  # in a folder that may only be read everything is read every time
        beside.write_text(json.dumps(whole), encoding="utf-8")
        beside.replace(folder / VERIFIED)
