"""Watch the files of an index and rebuild it when they change."""

import time
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path

from rag.embed import load_encoder
from rag.index.manifest import read_manifest
from rag.index.report import BuildReport
from rag.progress import OnProgress
from rag.protocols import Encoder
from rag.upkeep.changes import rebuild, silent
from rag.upkeep.status import signature

POLL_SECONDS = 0.5
SHARE = 4  # a pause is at least so many times as long as the look at the files before it


def watch(
    index: Path,
    *,
    load: Callable[[str], Encoder] | None = None,
    progress: OnProgress = silent,
    seconds: float = POLL_SECONDS,
) -> Iterator[BuildReport]:
    """Watch the files without end: rebuild after each change, yield the report.

    A rebuild starts once the files stop changing between two polls, and at the beginning: what
    changed during the last build, or before one that failed, is not lost. A rebuild that finds the
    same bytes writes and yields nothing. `load` returns the encoder of a name. Raises RagError if
    a rebuild fails.
    """
    loaded = lru_cache(maxsize=1)(load or load_encoder)
    built = before = None
    pause = 0.0
    while True:
        time.sleep(pause)
        began = time.monotonic()
        now = signature(index)
        pause = max(seconds, SHARE * (time.monotonic() - began))
        if now == before != built:
            encoder = loaded(read_manifest(index).config.encoder)
            report = rebuild(index, encoder=encoder, progress=progress)
            if report.changed:
                yield report
            built = now
        before = now
