"""The vectors of the generation being written: each unknown text is embedded once, in blocks.

A log in the index folder keeps new vectors until the build commits, so that the build after an
interrupted one does not embed them again.
"""

import errno
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Self, TypeAlias
from zlib import crc32

import numpy as np
import numpy.typing as npt

from rag.embed import embed
from rag.index.dense import Signs, signs_of
from rag.progress import OnProgress, Progress
from rag.protocols import Encoder
from rag.types import Passage, Vectors

LOGS = "unfinished-*.bin"
EMBED_AT_ONCE = 2048  # unknown texts that are embedded together, sorted by length
FULL = frozenset({errno.ENOSPC, errno.EDQUOT})  # the disk or the user's quota is full
BLOCK = 16_384  # passages whose vectors are in memory at a time

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
        self._rows = {record.tobytes(): row for row, record in enumerate(self._records["key"])}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if isinstance(error, OSError) and error.errno in FULL:
            self.clear()

    def vector(self, key: bytes) -> "Vectors | None":
        """Return the (dimension,) vector of the passage with this key, if the log has it."""
        row = self._rows.get(key)
        if row is None:
            return None
        records, size = self._records[row : row + 1], self._record.itemsize
        if not len(records):  # appended in this build
            with self._path.open("rb") as file:
                file.seek(row * size)
                records = np.frombuffer(file.read(size), self._record)
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
        for path in self._folder.glob(LOGS):
            path.unlink()

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
    """Writes the vectors of passages in row order; embeds those that no lookup knows."""

    def __init__(
        self, path: Path, encoder: Encoder, lookups: Sequence[Lookup], log: VectorLog
    ) -> None:
        self._encoder = encoder
        self._lookups = lookups
        self._log = log
        self._file = path.open("w+b")
        self._write_header(0)
        self._start = self._file.tell()
        self._rows: dict[bytes, int] = {}  # the first row of every key
        self._written = 0
        self._signs = bytearray()  # of the rows written
        self._keys: list[bytes] = []  # of the rows not yet written
        self._known: dict[bytes, Vectors] = {}
        self._texts: dict[bytes, str] = {}
        self.embedded = 0

    def add(self, passages: Sequence[Passage]) -> None:
        """Add the next rows."""
        for passage in passages:
            key = passage.key
            self._keys.append(key)
            if key not in self._rows:
                self._rows[key] = self._written + len(self._keys) - 1
                found = next(
                    (v for lookup in self._lookups if (v := lookup(key)) is not None), None
                )
                if found is None:
                    self._texts[key] = passage.embedded
                else:
                    self._known[key] = found
            if len(self._texts) == EMBED_AT_ONCE or len(self._keys) == BLOCK:
                self._flush(lambda _: None)

    @property
    def signs(self) -> Signs:
        """The signs of the rows written."""
        width = -(-self._encoder.dimension // 8)
        return np.frombuffer(self._signs, np.uint8).reshape(-1, width)

    def finish(self, progress: OnProgress) -> None:
        """Embed the last passages and write the length of the table."""
        self._flush(progress)
        self._write_header(self._written)

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def _flush(self, progress: OnProgress) -> None:
        total = self.embedded + len(self._texts)

        def advance(count: int) -> None:
            self.embedded += count
            progress(Progress("embedding", self.embedded, total))

        advance(0)
        fresh = embed(self._encoder, list(self._texts.values()), advance)
        if len(fresh):
            self._log.append(list(self._texts), fresh)
        vectors = {**self._known, **dict(zip(self._texts, fresh, strict=True))}
        block = np.empty((len(self._keys), self._encoder.dimension), np.float16)
        for row, key in enumerate(self._keys):
            block[row] = vectors[key] if key in vectors else self._read(self._rows[key])
        self._file.seek(0, 2)
        self._file.write(block.tobytes())
        self._signs += signs_of(block).tobytes()
        self._written += len(block)
        self._keys, self._known, self._texts = [], {}, {}

    def _read(self, row: int) -> npt.NDArray[np.float16]:
        size = self._encoder.dimension * 2
        self._file.seek(self._start + row * size)
        return np.frombuffer(self._file.read(size), np.float16)

    def _write_header(self, rows: int) -> None:
        self._file.seek(0)
        shape = (rows, self._encoder.dimension)
        header = {"descr": "<f2", "fortran_order": False, "shape": shape}
        # numpy pads the header: one with more rows has the same length
        np.lib.format.write_array_header_1_0(self._file, header)


def _check(record: np.void) -> int:
    return crc32(record["vector"].tobytes(), crc32(record["key"].tobytes()))
