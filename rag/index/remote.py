"""Search for the nearest vectors in an engine: the segments of a generation are its partitions."""

from collections.abc import Sequence
from itertools import pairwise
from threading import Lock
from typing import NamedTuple

import numpy as np

from rag.errors import StoreError
from rag.index.address import Address
from rag.index.joined import starts
from rag.index.manifest import Manifest
from rag.index.milvus import MOST, Milvus, Part
from rag.index.stored import parts_of
from rag.types import Rows, Scores, Vectors

RUNS = 64  # of neighbouring rows, above which rows are listed one by one
LISTED = 10_000  # rows in a list; more are searched in several calls
WIDE = 0.05  # share of the rows above which a scope is first applied to what is found
WHOLE, LENIENT = "whole", "lenient"  # the engine holds all, and refuses a partition that is gone
MORE = 1.5  # times as many rows are looked at then


def remote(manifest: Manifest) -> "RemoteIndex":
    """Return the search in the engine that holds a generation; it connects at the first call."""
    engine = Milvus(Address.of(manifest.config.store))
    return RemoteIndex(engine, parts_of(manifest), manifest.dimension)


class Asked(NamedTuple):
    """One call of the engine: the partitions that it searches, and which of their rows."""

    parts: Sequence[Part]
    among: str


class RemoteIndex:
    """The partitions of a generation, searched as one; safe to use from several threads."""

    def __init__(self, engine: Milvus, parts: Sequence[Part], dimension: int) -> None:
        self._engine = engine
        self._parts = parts
        self._dimension = dimension
        self._starts = starts([part.rows for part in parts])
        self._numbers = np.array([part.number for part in parts], np.int64)
        self._order = self._numbers.argsort()
        self._checked = ""
        self._checking = Lock()

    def __len__(self) -> int:
        return int(self._starts[-1])

    def search(self, vectors: Vectors, k: int, rows: "Rows | None" = None) -> tuple[Scores, Rows]:
        """Return (n, k) inner products and their rows, best first; of `rows` only, if given.

        Raises StoreError if the engine does not answer, or does not hold the whole generation.
        """
        searched = len(self) if rows is None else len(rows)
        k = min(k, searched)
        if k == 0:
            return np.empty((len(vectors), 0), np.float32), np.empty((len(vectors), 0), np.int64)
        if k > MOST:
            raise StoreError(f"Milvus returns at most {MOST:,} passages, not {k:,}")
        self._check()
        if rows is None:
            return self._found(vectors, k, [Asked(self._parts, "")])
        calls = self._calls(rows)
        if len(calls) > 2 and len(rows) > WIDE * len(self):
            found = self._among_many(vectors, k, rows)
            if found is not None:
                return found
        return self._found(vectors, k, calls)

    def _check(self) -> None:
        """Raise StoreError unless the engine holds the generation; count its rows only once."""
        with self._checking:
            if self._checked == WHOLE:
                return
            names = [part.name for part in self._parts]
            if not self._checked:
                self._engine.check(self._dimension)
            is_whole = self._engine.parts().issuperset(names)
            if not is_whole or not (self._checked or self._engine.count(names) == len(self)):
                raise StoreError(
                    f"{self._engine} does not hold this generation of the index. Open the index "
                    "again; if that does not help, fill it: rag build --index DIR"
                )
            self._checked = self._checked or (LENIENT if self._engine.is_lenient() else WHOLE)

    def _found(self, vectors: Vectors, k: int, calls: Sequence[Asked]) -> tuple[Scores, Rows]:
        """Return the best of what several calls find."""
        found = [self._answers(vectors, k, call) for call in calls]
        scores = np.empty((len(vectors), k), np.float32)
        rows = np.empty((len(vectors), k), np.int64)
        for number, sides in enumerate(zip(*found, strict=True)):
            every = np.concatenate([side[0] for side in sides])
            places = np.concatenate([side[1] for side in sides])
            if len(every) < k:
                raise StoreError(
                    f"{self._engine} returned {len(every)} passages, not {k}: it does not hold "
                    "all of this generation. Ask again; then fill it: rag build --index DIR"
                )
            best = np.lexsort((places, -every))[:k]
            scores[number], rows[number] = every[best], places[best]
        return scores, rows

    def _answers(self, vectors: Vectors, k: int, call: Asked) -> list[tuple[Scores, Rows]]:
        count = min(k, sum(part.rows for part in call.parts))
        names = [part.name for part in call.parts]
        found = self._engine.search(vectors, count, names, call.among)
        return [(scores, self._rows_of(keys)) for scores, keys in found]

    def _among_many(self, vectors: Vectors, k: int, rows: Rows) -> tuple[Scores, Rows] | None:
        """Return the best of many rows among what is found everywhere, None if too few are."""
        wanted = min(MOST, len(self), int(MORE * k * len(self) / len(rows)))
        allowed = np.zeros(len(self), np.bool_)
        allowed[rows] = True
        scores, found = self._found(vectors, wanted, [Asked(self._parts, "")])
        inside = allowed[found]
        if (inside.sum(1) < k).any():
            return None
        first = np.argsort(~inside, axis=1, kind="stable")[:, :k]
        return np.take_along_axis(scores, first, 1), np.take_along_axis(found, first, 1)

    def _calls(self, rows: Rows) -> list[Asked]:
        """Return the calls that search these rows, ascending."""
        edges = rows.searchsorted(self._starts)
        within = [
            (part, rows[a:b]) for part, (a, b) in zip(self._parts, pairwise(edges), strict=True)
        ]
        whole = [part for part, here in within if len(here) == part.rows]
        calls = [Asked(whole, "")] if whole else []
        some = [(part, here) for part, here in within if 0 < len(here) < part.rows]
        if not some:
            return calls
        parts = [part for part, _ in some]
        keys = np.concatenate([self._keys(part, here) for part, here in some])
        runs = np.split(keys, np.flatnonzero(np.diff(keys) != 1) + 1)
        if len(runs) <= RUNS:
            return [*calls, Asked(parts, _either(runs))]
        listed = (keys[start : start + LISTED].tolist() for start in range(0, len(keys), LISTED))
        return [*calls, *(Asked(parts, f"row in {one}") for one in listed)]

    def _keys(self, part: Part, rows: Rows) -> Rows:
        """Return the keys of rows of a part."""
        first = int(self._starts[self._parts.index(part)])
        keys: Rows = part.key(0) + rows - first
        return keys

    def _rows_of(self, keys: Rows) -> Rows:
        """Return the rows with these keys."""
        segments = keys >> 32
        places = self._order[self._numbers[self._order].searchsorted(segments)]
        rows: Rows = self._starts[places] + (keys - (segments << 32))
        return rows


def _either(runs: Sequence[Rows]) -> str:
    """Return an expression for rows of several runs, in halves: no engine takes a deep one."""
    if len(runs) == 1:
        return f"(row >= {runs[0][0]} and row <= {runs[0][-1]})"
    half = len(runs) // 2
    return f"({_either(runs[:half])} or {_either(runs[half:])})"
