"""Records beside the manifest that save work: without one, the files that it lists are read again.

A record is replaced in one step, and holds nothing that could not be found again.
"""

import gc
import json
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

SETTLED = 2 * 10**9  # nanoseconds: how coarse the dates of files may be


def settled(date: int, before: int) -> bool:
    """Return whether a file of this date, in nanoseconds, could not change then without a new one.

    One that was written shortly `before` may change again within the resolution of its date.
    """
    return date < before - SETTLED


@contextmanager
def uncollected() -> Iterator[None]:
    """Pause the search for reference cycles while many values that have none are made.

    It looks through all of them again and again: it is half the time of reading 100,000 rows.
    """
    if not gc.isenabled():
        yield  # someone else has paused it
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def read_record(path: Path) -> object:
    """Return the value in a record, or None if it is missing or damaged."""
    try:
        with uncollected():
            return json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return None


def write_record(path: Path, value: object) -> None:
    """Replace a record, unless its folder is read-only."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.{threading.get_ident()}")
    with suppress(OSError):
        try:
            with temporary.open("x", encoding="utf-8") as file:  # it follows no link
                file.write(json.dumps(value))
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
