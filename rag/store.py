"""The index in memory and on disk.

`manifest.json` names the one generation that counts and is replaced in one step; a generation's files are written
once, checksummed, and never changed. Row i of the passage table, the vectors and the lexical index is one passage.
"""

import shutil
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, overload

import numpy as np
import numpy.typing as npt
from filelock import FileLock, Timeout

from rag.dense import FlatIndex
from rag.documents import DocumentTable, DocumentWriter, words_sha256
from rag.errors import IndexBusy, IndexDamaged, IndexMissing
from rag.lexical import LexicalIndex, LexicalWriter
from rag.manifest import Manifest, file_sha256, read_manifest, rebuild_hint
from rag.types import Document, Passage, Vectors

LOCK = ".lock"
DOCUMENTS = "documents.sqlite"
PASSAGES = "passages.npy"
KEYS = "keys.npy"
VECTORS = "vectors.npy"
LEXICAL = "lexical"
EMPTY_ARRAY = 128  # bytes of an .npy file without rows, which cannot be mapped
PASSAGE = np.dtype([("document", "<i4"), ("heading", "<i4"), ("start", "<i8"), ("end", "<i8")])

ROW = struct.Struct("<iiqq")  # a PASSAGE

PassageRows = npt.NDArray[np.void]
Keys = npt.NDArray[np.uint8]


class PassageTable(Sequence[Passage]):
    """The passages of an index by row, read from their documents when asked for."""

    def __init__(self, rows: PassageRows, documents: DocumentTable) -> None:
        self.rows = rows
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
        document_row, heading, start, end = self.rows[row].item()
        document, contexts = self._documents.at(document_row)
        return Passage(document, start, end, contexts[heading] if heading >= 0 else "")


@dataclass(frozen=True, slots=True)
class Index:
    """One generation, open for reading; it stays whole whatever happens on disk meanwhile."""

    manifest: Manifest
    documents: DocumentTable
    passages: PassageTable
    dense: FlatIndex
    lexical: LexicalIndex
    keys: Keys
    vectors: Vectors


class Draft:
    """The tables of the generation being written, except for its vectors."""

    def __init__(self, generation: Path) -> None:
        self._generation = generation
        self._documents = DocumentWriter(generation / DOCUMENTS)
        self._lexical = LexicalWriter(generation / LEXICAL)
        self._rows = bytearray()  # as they will be on disk: a tuple for each would take ten times the memory
        self._keys = bytearray()
        self.ids: list[str] = []
        self.contents: dict[str, int] = {}
        self.copies: list[tuple[str, str]] = []
        self.parsed = 0
        self._by_words: dict[bytes, int] = {}

    def holds_content(self, document_id: str, sha: str) -> bool:
        """Tell whether a file of the same content was added, and add this one as a copy of it if so."""
        if sha not in self.contents:
            return False
        self._add_copy(document_id, sha, self.contents[sha])
        return True

    def holds_text(self, document: Document) -> bool:
        """Tell whether a document of the same words was added, and add this one as a copy of it if so."""
        row = self._by_words.setdefault(words_sha256(document.text), len(self.ids))
        if row == len(self.ids):
            return False
        self._add_copy(document.id, document.sha256, row)
        return True

    def _add_copy(self, document_id: str, sha: str, row: int) -> None:
        self._documents.add_copy(document_id, sha, row)
        self.copies.append((document_id, self.ids[row]))
        self.contents.setdefault(sha, row)

    def add(self, document: Document, passages: Sequence[Passage]) -> None:
        """Write a document and its passages down."""
        contexts = {heading: number for number, heading in enumerate(dict.fromkeys(p.heading for p in passages))}
        self._documents.add(document, tuple(contexts))
        for passage in passages:
            self._lexical.add(passage.embedded)
            self._rows += ROW.pack(len(self.ids), contexts[passage.heading], passage.start, passage.end)
            self._keys += passage.key
        self.contents[document.sha256] = len(self.ids)
        self.ids.append(document.id)

    def close(self) -> None:
        """Finish the tables on disk."""
        self._lexical.close()  # first: its threads write until then, and would do so into a folder that is removed
        self._documents.close()
        np.save(self._generation / PASSAGES, np.frombuffer(self._rows, PASSAGE))
        np.save(self._generation / KEYS, np.frombuffer(self._keys, np.uint8).reshape(-1, 32))

    @property
    def passages(self) -> int:
        """How many passages were added."""
        return len(self._keys) // 32


def open_index(folder: Path) -> Index:
    """Return the current generation, every checksum compared; raises IndexMissing or IndexDamaged."""
    manifest = read_manifest(folder)
    for _ in range(3):
        try:
            return _open_generation(folder, manifest)
        except Exception as error:  # of files that were tampered with a parser may raise anything
            latest = read_manifest(folder)
            if latest.generation == manifest.generation:
                raise _damaged(folder, manifest.generation, error) from error
            manifest = latest  # a build committed and cleared away between reading the manifest and the files
    raise IndexDamaged(f"The index in {folder} changes faster than it can be opened. Try again")


def verify(folder: Path) -> Index:
    """Open the index and check the laws over every passage; raises IndexDamaged at the first that is broken."""
    index = open_index(folder)
    for row in range(len(index.passages)):
        if fault := _fault(index, row):
            raise IndexDamaged(f"Passage {row} in {folder} {fault}. {rebuild_hint(folder)}")
    return index


@contextmanager
def writing(folder: Path) -> Iterator[Path]:
    """Hold the right to write an index and give an empty folder for the next generation; raises IndexBusy.

    When the block ends, every generation but the one that counts is removed.
    """
    if folder.is_file():
        raise IndexMissing(f"{folder} is a file, no index can be written there. Name a folder: --index DIR")
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise IndexBusy(f"Another build is writing {folder}. Wait for it to end, then try again") from error
    try:
        names = {path.name for path in _generations(folder)} | {_current(folder) or "gen-0"}
        generation = folder / f"gen-{1 + max(int(name[4:]) for name in names):06d}"
        generation.mkdir()
        yield generation
    finally:
        current = _current(folder)
        stale = _generations(folder) if current else [generation]  # else any may be the one that counts
        for path in stale:
            if path.name != current:
                shutil.rmtree(path, ignore_errors=True)  # on Windows a reader may hold it: the next build clears it
        lock.release()


def _open_generation(folder: Path, manifest: Manifest) -> Index:
    generation = folder / manifest.generation
    for name in {DOCUMENTS, PASSAGES, KEYS, VECTORS} | manifest.files.keys():
        _check_file(folder, generation / name, *manifest.files.get(name, (0, "")))
    rows = manifest.passages
    documents = DocumentTable(generation / DOCUMENTS)
    passages = PassageTable(_load(generation / PASSAGES, PASSAGE, (rows,)), documents)
    keys = _load(generation / KEYS, np.uint8, (rows, 32))
    vectors = _load(generation / VECTORS, np.float32, (rows, manifest.dimension))
    lexical = LexicalIndex(generation / LEXICAL)
    if len(lexical) != rows or len(documents) != manifest.documents:
        raise ValueError("its tables differ in length")
    return Index(manifest, documents, passages, FlatIndex(vectors), lexical, keys, vectors)


def _check_file(folder: Path, path: Path, size: int, checksum: str) -> None:
    if not path.is_file():
        raise IndexDamaged(f"{path} is missing. {rebuild_hint(folder)}")
    if not path.resolve().is_relative_to(folder.resolve()):
        raise IndexDamaged(f"{path} leads out of the index. {rebuild_hint(folder)}")
    if path.stat().st_size != size or file_sha256(path) != checksum:
        raise IndexDamaged(f"{path} is damaged: its checksum does not fit. {rebuild_hint(folder)}")


def _damaged(folder: Path, generation: str, error: Exception) -> IndexDamaged:
    if isinstance(error, IndexDamaged):
        return error
    return IndexDamaged(f"{folder}/{generation} cannot be opened: {error}. {rebuild_hint(folder)}")


def _fault(index: Index, row: int) -> str:
    """Return what is wrong with a passage, or nothing."""
    try:
        passage = index.passages[row]
    except Exception as error:  # noqa: BLE001  of tables that were tampered with a parser may raise anything
        return f"cannot be read: {error}"
    if not 0 <= passage.start < passage.end <= len(passage.document.text):
        return f"lies outside {passage.document.id}"
    if passage.key != index.keys[row].tobytes():
        return f"is not what was embedded from {passage.document.id}"
    return ""


def _load(path: Path, dtype: npt.DTypeLike, shape: tuple[int, ...]) -> npt.NDArray[Any]:
    array: npt.NDArray[Any] = np.load(
        path, mmap_mode="r" if path.stat().st_size > EMPTY_ARRAY else None, allow_pickle=False
    )
    if array.dtype != dtype or array.shape != shape:
        raise ValueError(f"{path.name} holds {array.dtype} {array.shape} instead of {np.dtype(dtype)} {shape}")
    return array


def _generations(folder: Path) -> list[Path]:
    return [path for path in folder.glob("gen-*") if path.name[4:].isdigit()]


def _current(folder: Path) -> str | None:
    try:
        return read_manifest(folder).generation
    except (IndexMissing, IndexDamaged):
        return None
