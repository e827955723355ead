"""Watch the files of an index and rebuild it when they change."""

import time
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from rag.embed import load_encoder
from rag.index.manifest import read_manifest
from rag.index.report import BuildReport
from rag.progress import OnProgress
from rag.upkeep.changes import rebuild, silent
from rag.upkeep.status import signature

POLL_SECONDS = 2.0


def watch(
    index: Path, *, progress: OnProgress = silent, seconds: float = POLL_SECONDS
) -> Iterator[BuildReport]:
    """Watch the files without end: rebuild after each change, yield the report.

    A rebuild starts once the files stop changing between two polls. One that finds the same bytes
    under other dates writes and yields nothing.
    """
    loaded = lru_cache(maxsize=1)(load_encoder)
    built = before = signature(index)
    while True:
        time.sleep(seconds)
        now = signature(index)
        if now == before != built:
            encoder = loaded(read_manifest(index).config.encoder)
            report = rebuild(index, encoder=encoder, progress=progress)
            if report.changed:
                yield report
            built = now
        before = now
