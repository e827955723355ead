"""The vectors of the generation being written, in a log as they are made, and in segments.

The log in the index folder keeps new vectors until the build commits, so that the build after an
interrupted one does not embed them again.
"""

import errno
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, Self, TypeAlias
from zlib import crc32

import numpy as np
import numpy.typing as npt

from rag.index.dense import Signs, signs_of
from rag.protocols import Encoder
from rag.types import Vectors

LOGS = "unfinished-*.bin"
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})  # the disk or the user's quota is full
BLOCK = 1024  # rows that are written at a time

Lookup: TypeAlias = "Callable[[bytes], Vectors | None]"


class VectorLog:
    """The vectors of interrupted builds, by passage key; every record carries its checksum.

    As a context manager it deletes its files if the disk is full, to free the space.
    """

    def __init__(self, folder: Path, encoder: Encoder) -> None:
        self._folder = folder
        self._path = folder / LOGS.replace("*", sha256(encoder.identity.encode()).hexdigest()[:16])
        self._record = np.dtype(
            [("key", "V32"), ("vector", "<f4", (encoder.dimension,)), ("check", "<u4")]
        )
        self._records = self._whole_records()
        self._file: BinaryIO | None = None  # opened to read what was appended
        self._rows = {record.tobytes(): row for row, record in enumerate(self._records["key"])}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        self._close()
        if isinstance(error, OSError) and error.errno in FULL:
            self.clear()

    def vector(self, key: bytes) -> "Vectors | None":
        """Return the (dimension,) vector of the passage with this key, if the log has it."""
        row = self._rows.get(key)
        if row is None:
            return None
        records = self._records[row : row + 1]
        if not len(records):  # appended in this build
            records = self._read(row)
        vector: Vectors = records["vector"][0]
        return vector

    def append(self, keys: Sequence[bytes], vectors: Vectors) -> None:
        """Write (len(keys), dimension) vectors to the log."""
        records = np.empty(len(keys), self._record)
        records["key"] = np.frombuffer(b"".join(keys), "V32")
        records["vector"] = vectors
        records["check"] = [_check(record) for record in records]
        with self._path.open("ab") as file:
            file.write(records.tobytes())
        for key in keys:
            self._rows[key] = len(self._rows)

    def clear(self) -> None:
        """Delete the logs of this and of every other encoder."""
        self._close()
        for path in self._folder.glob(LOGS):
            path.unlink()

    def _read(self, row: int) -> npt.NDArray[np.void]:
        if self._file is None:
            self._file = self._path.open("rb")
        size = self._record.itemsize
        self._file.seek(row * size)
        return np.frombuffer(self._file.read(size), self._record)

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _whole_records(self) -> npt.NDArray[np.void]:
        """Return the records before the first damaged or partial one; truncate the file there."""
        if not self._path.exists():
            return np.empty(0, self._record)
        records = np.frombuffer(self._path.read_bytes()[: self._whole_bytes()], self._record)
        damaged = (row for row, record in enumerate(records) if _check(record) != record["check"])
        kept = records[: next(damaged, len(records))]
        with self._path.open("r+b") as file:
            file.truncate(kept.nbytes)
        return kept

    def _whole_bytes(self) -> int:
        size = self._path.stat().st_size
        return size - size % self._record.itemsize


class VectorWriter:
    """Writes the vectors of passages in row order, as lookups know them."""

    def __init__(self, path: Path, dimension: int, lookups: Sequence[Lookup]) -> None:
        self._lookups = lookups
        self._file = path.open("wb")
        self._write_header(0, dimension)
        self._written = 0
        self._signs = bytearray()  # of the rows written
        self._block = np.empty((BLOCK, dimension), np.float16)
        self._rows = 0  # of the block

    def add(self, key: bytes) -> None:
        """Add the next row: the vector of the passage with this key, which a lookup knows."""
        found = (lookup(key) for lookup in self._lookups)
        self._block[self._rows] = next(vector for vector in found if vector is not None)
        self._rows += 1
        if self._rows == BLOCK:
            self._flush()

    @property
    def signs(self) -> Signs:
        """The signs of the rows written."""
        return np.frombuffer(self._signs, np.uint8).reshape(-1, -(-self._block.shape[1] // 8))

    def finish(self) -> None:
        """Write the last rows, and the length of the table."""
        self._flush()
        self._write_header(self._written, self._block.shape[1])

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _flush(self) -> None:
        block = self._block[: self._rows]
        self._file.write(block.tobytes())
        self._signs += signs_of(block).tobytes()
        self._written += self._rows
        self._rows = 0

    def _write_header(self, rows: int, dimension: int) -> None:
        self._file.seek(0)
        header = {"descr": "<f2", "fortran_order": False, "shape": (rows, dimension)}
        # numpy pads the header: one with more rows has the same length
        np.lib.format.write_array_header_1_0(self._file, header)


def _check(record: np.void) -> int:
    return crc32(record["vector"].tobytes(), crc32(record["key"].tobytes()))
