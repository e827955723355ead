"""What a long benchmark has measured, a line of JSON each: another run goes on where one ended."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.record import RESULTS


class Lines:
    """The lines of a benchmark, results/<name>.jsonl; delete the file to measure from new."""

    def __init__(self, name: str, folder: Path = RESULTS) -> None:
        self._path = folder / f"{name}.jsonl"

    def __iter__(self) -> Iterator[dict[str, Any]]:
        for line in self._whole():
            yield json.loads(line)

    def add(self, **values: object) -> None:
        """Write the next line."""
        kept = "".join(self._whole())
        if self._path.exists() and len(kept.encode()) < self._path.stat().st_size:
            self._path.write_text(kept, encoding="utf-8")  # without one that was interrupted
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(values) + "\n")

    def _whole(self) -> list[str]:
        if not self._path.exists():
            return []
        lines = self._path.read_text(encoding="utf-8").splitlines(keepends=True)
        return [line for line in lines if line.endswith("\n")]
