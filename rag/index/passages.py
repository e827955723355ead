"""The passages of a generation: a table of places in its documents."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, overload

import numpy as np
import numpy.typing as npt

from rag.index.joined import DocumentTable, starts
from rag.types import Passage

EMPTY_ARRAY = 128  # bytes of an .npy file without rows, which cannot be memory-mapped
PASSAGE = np.dtype([("document", "<i4"), ("heading", "<i4"), ("start", "<i8"), ("end", "<i8")])

PassageRows = npt.NDArray[np.void]
Keys = npt.NDArray[np.uint8]


class PassageTable(Sequence[Passage]):
    """The passages of an index by row, read from their documents on demand."""

    def __init__(self, parts: Sequence[PassageRows], documents: DocumentTable) -> None:
        """Take the tables of the segments; in memory, `rows` have the rows of all documents."""
        self.rows = np.concatenate([np.empty(0, PASSAGE), *parts])
        firsts = starts([len(part) for part in parts])
        for number, first in enumerate(documents.starts[:-1].tolist()):
            self.rows["document"][firsts[number] : firsts[number + 1]] += first
        self._documents = documents

    def __len__(self) -> int:
        return len(self.rows)

    @overload
    def __getitem__(self, row: int) -> Passage: ...
    @overload
    def __getitem__(self, row: slice) -> list[Passage]: ...
    def __getitem__(self, row: int | slice) -> Passage | list[Passage]:
        if isinstance(row, slice):
            return [self[number] for number in range(*row.indices(len(self)))]
        row = range(len(self))[row]
        document_row, heading, start, end = self.rows[row].item()
        document, paths, rows = self._documents.at(document_row)
        path = paths[heading] if heading >= 0 else ""
        return Passage(document, rows.index(row), start, end, path)


def load_array(path: Path, dtype: npt.DTypeLike, shape: tuple[int, ...]) -> npt.NDArray[Any]:
    """Return the array in a file, memory-mapped; raises ValueError if its type or shape differs."""
    mode: Literal["r"] | None = "r" if path.stat().st_size > EMPTY_ARRAY else None
    array: npt.NDArray[Any] = np.load(path, mmap_mode=mode, allow_pickle=False)
    if array.dtype != dtype or array.shape != shape:
        raise ValueError(
            f"{path.name} holds {array.dtype} {array.shape} instead of {np.dtype(dtype)} {shape}"
        )
    return array
