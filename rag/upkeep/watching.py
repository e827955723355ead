"""Following the files of an index: it is rebuilt whenever they have changed."""

import time
from collections.abc import Iterator
from pathlib import Path

from rag.indexing import BuildReport
from rag.types import OnProgress
from rag.upkeep.changes import rebuild, silent
from rag.upkeep.status import signature

POLL_SECONDS = 2.0


def watch(
    index: Path, *, progress: OnProgress = silent, seconds: float = POLL_SECONDS
) -> Iterator[BuildReport]:
    """Follow the files for ever: yield a report for each rebuild, made once they have changed and come to rest."""
    built = before = signature(index)
    while True:
        time.sleep(seconds)
        now = signature(index)
        if now == before != built:
            yield rebuild(index, progress=progress)
            built = now
        before = now
