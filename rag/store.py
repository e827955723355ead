"""The index in memory and on disk.

`manifest.json` names the one generation that counts and is replaced in one step; a generation's files are written
once, checksummed, and never changed. Row i of the passage table, the vectors and the lexical index is one passage.
"""

import json
import os
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from hashlib import file_digest, sha256
from pathlib import Path
from typing import overload

import numpy as np
import numpy.typing as npt
from filelock import FileLock, Timeout

from rag.config import BuildConfig
from rag.dense import FlatIndex
from rag.documents import DocumentTable
from rag.errors import IndexBusy, IndexDamaged, IndexMissing
from rag.lexical import LexicalIndex
from rag.types import Passage, Vectors

FORMAT = 1
MANIFEST = "manifest.json"
LOCK = ".lock"
DOCUMENTS = "documents.sqlite"
PASSAGES = "passages.npy"
KEYS = "keys.npy"
VECTORS = "vectors.npy"
LEXICAL = "lexical"
EMPTY_ARRAY = 128  # bytes of an .npy file without rows, which cannot be mapped
PASSAGE = np.dtype([("document", "<i4"), ("heading", "<i4"), ("start", "<i8"), ("end", "<i8")])

PassageRows = npt.NDArray[np.void]
Keys = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What an index was made from and with; `files` holds size and sha256 of each file of the generation."""

    format: int
    generation: str
    parser: int
    config: BuildConfig
    encoder: str
    dimension: int
    sources: tuple[str, ...]
    excluded: tuple[str, ...]
    unreadable: tuple[tuple[str, str], ...]
    documents: int
    passages: int
    files: dict[str, tuple[int, str]]


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


def open_index(folder: Path) -> Index:
    """Return the current generation, every checksum compared; raises IndexMissing or IndexDamaged."""
    manifest = read_manifest(folder)
    for _ in range(3):
        try:
            return _open_generation(folder, manifest)
        except IndexDamaged:
            latest = read_manifest(folder)
            if latest.generation == manifest.generation:
                raise
            manifest = latest  # a build committed and cleared away between reading the manifest and the files
    raise IndexDamaged(f"The index in {folder} changes faster than it can be opened. Try again")


def read_manifest(folder: Path) -> Manifest:
    """Return the manifest of an index; raises IndexMissing or IndexDamaged."""
    path = folder / MANIFEST
    if not path.exists():
        raise IndexMissing(f"No index in {folder}. Build one: rag build PATH --index {folder}")
    try:
        fields = json.loads(path.read_bytes())
        if fields.get("format") != FORMAT:
            raise IndexDamaged(
                f"The index in {folder} has format {fields.get('format')}, this version reads {FORMAT}. "
                f"{_rebuild(folder)}"
            )
        checksum = fields.pop("checksum")
        if checksum != _digest(fields):
            raise IndexDamaged(f"{path} is damaged: its checksum does not fit. {_rebuild(folder)}")
        return _manifest(fields)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise IndexDamaged(f"{path} is damaged: {error}. {_rebuild(folder)}") from error


def verify(folder: Path) -> Index:
    """Open the index and check the laws over every passage; raises IndexDamaged at the first that is broken."""
    index = open_index(folder)
    for row, passage in enumerate(index.passages):
        if not 0 <= passage.start < passage.end <= len(passage.document.text):
            raise IndexDamaged(f"Passage {row} lies outside {passage.document.id}. {_rebuild(folder)}")
        if passage.key != index.keys[row].tobytes():
            raise IndexDamaged(f"Passage {row} of {passage.document.id} is not what was embedded. {_rebuild(folder)}")
    return index


@contextmanager
def writing(folder: Path) -> Iterator[Path]:
    """Hold the right to write an index and give an empty folder for the next generation; raises IndexBusy.

    What is not committed when the block ends is removed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    lock = FileLock(folder / LOCK)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise IndexBusy(f"Another build is writing {folder}. Wait for it to end, then try again") from error
    try:
        current = _current(folder)
        number = 1 + max((int(path.name[4:]) for path in _generations(folder)), default=0)
        generation = folder / f"gen-{number:06d}"
        generation.mkdir()
        yield generation
    finally:
        current = _current(folder)
        for path in _generations(folder):
            if path.name != current:
                shutil.rmtree(path, ignore_errors=True)  # on Windows a reader may hold it: the next build clears it
        lock.release()


def commit(generation: Path, manifest: Manifest) -> None:
    """Make a written generation the current one, in one step that holds after a power cut."""
    folder = generation.parent
    fields = asdict(manifest)
    text = json.dumps({**fields, "checksum": _digest(fields)}, indent=1, ensure_ascii=False)
    temporary = folder / f"{MANIFEST}.new"
    for path in generation.rglob("*"):
        _sync(path)
    _sync(generation)
    temporary.write_text(text, encoding="utf-8")
    _sync(temporary)
    temporary.replace(folder / MANIFEST)
    _sync(folder)


def checksums(generation: Path) -> dict[str, tuple[int, str]]:
    """Return size and sha256 of every file of a generation, by its posix path within."""
    paths = sorted(path for path in generation.rglob("*") if path.is_file())
    return {path.relative_to(generation).as_posix(): (path.stat().st_size, _file_sha256(path)) for path in paths}


def _open_generation(folder: Path, manifest: Manifest) -> Index:
    generation = folder / manifest.generation
    for name, (size, checksum) in manifest.files.items():
        path = generation / name
        if not path.is_file():
            raise IndexDamaged(f"{path} is missing. {_rebuild(folder)}")
        if path.stat().st_size != size or _file_sha256(path) != checksum:
            raise IndexDamaged(f"{path} is damaged: its checksum does not fit. {_rebuild(folder)}")
    try:
        documents = DocumentTable(generation / DOCUMENTS)
        passages = PassageTable(_load(generation / PASSAGES), documents)
        vectors: Vectors = _load(generation / VECTORS)
        index = Index(
            manifest,
            documents,
            passages,
            FlatIndex(vectors),
            LexicalIndex(generation / LEXICAL),
            _load(generation / KEYS),
            vectors,
        )
    except (OSError, ValueError) as error:
        raise IndexDamaged(f"{generation} cannot be opened: {error}. {_rebuild(folder)}") from error
    if vectors.dtype != np.float32 or vectors.shape[1:] != (manifest.dimension,) or index.passages.rows.dtype != PASSAGE:
        raise IndexDamaged(f"{generation} is damaged: a table is not of the form that the manifest says. {_rebuild(folder)}")
    counts = {len(index.passages), len(index.dense), len(index.lexical), len(index.keys), manifest.passages}
    if len(counts) != 1 or len(documents) != manifest.documents:
        raise IndexDamaged(f"{generation} is damaged: its tables differ in length. {_rebuild(folder)}")
    return index


def _manifest(fields: Mapping[str, object]) -> Manifest:
    values = dict(fields)
    values["config"] = BuildConfig(**values["config"])  # type: ignore[arg-type]
    for name in ("sources", "excluded"):
        values[name] = tuple(values[name])  # type: ignore[arg-type]
    values["unreadable"] = tuple((name, reason) for name, reason in values["unreadable"])  # type: ignore[attr-defined]
    values["files"] = {name: (size, sum_) for name, (size, sum_) in values["files"].items()}  # type: ignore[attr-defined]
    manifest = Manifest(**values)  # type: ignore[arg-type]
    inside = [manifest.generation, *manifest.files]
    if any(name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/") for name in inside):
        raise ValueError("a file name leads out of the index")
    return manifest


def _load(path: Path) -> npt.NDArray[np.generic]:
    array: npt.NDArray[np.generic] = np.load(
        path, mmap_mode="r" if path.stat().st_size > EMPTY_ARRAY else None, allow_pickle=False
    )
    return array


def _digest(fields: Mapping[str, object]) -> str:
    return sha256(json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _file_sha256(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _sync(path: Path) -> None:
    if path.is_dir() and os.name == "nt":
        return  # Windows has no handle on a folder to flush
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _generations(folder: Path) -> list[Path]:
    return [path for path in folder.glob("gen-*") if path.name[4:].isdigit()]


def _current(folder: Path) -> str | None:
    try:
        return read_manifest(folder).generation
    except (IndexMissing, IndexDamaged):
        return None


def _rebuild(folder: Path) -> str:
    return f"Rebuild it: rag build PATH --index {folder}"
