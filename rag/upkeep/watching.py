"""Watch the files of an index and rebuild it when they change."""

import time
from collections.abc import Iterator
from pathlib import Path

from rag.indexing import BuildReport
from rag.progress import OnProgress
from rag.upkeep.changes import rebuild, silent
from rag.upkeep.status import signature

POLL_SECONDS = 2.0


def watch(
    index: Path, *, progress: OnProgress = silent, seconds: float = POLL_SECONDS
) -> Iterator[BuildReport]:
    """Watch the files without end: rebuild after each change, yield the report.

    A rebuild starts once the files stop changing between two polls.
    """
    built = before = signature(index)
    while True:
        time.sleep(seconds)
        now = signature(index)
        if now == before != built:
            yield rebuild(index, progress=progress)
            built = now
        before = now
