"""JSON Lines, plain or gzipped (.gz). Imports the standard library only."""

import gzip
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any


def read_lines(path: Path) -> Iterator[Any]:
    """Yield the object of each line; blank lines are skipped."""
    packed = path.suffix == ".gz"
    with gzip.open(path, "rt", encoding="utf-8") if packed else path.open(encoding="utf-8") as file:
        for line in file:
            if line.strip():
                yield json.loads(line)


def write_lines(path: Path, entries: Iterable[Any]) -> None:
    """Write one object per line."""
    path.write_text("".join(f"{json.dumps(entry)}\n" for entry in entries), encoding="utf-8")
