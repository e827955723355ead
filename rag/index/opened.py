"""An index open for reading: one generation whose tables agree row by row.

Row i of the passage table, the vectors and the lexical index is one passage.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from rag.errors import IndexDamaged
from rag.index.dense import FlatIndex
from rag.index.documents import DocumentTable
from rag.index.generation import DOCUMENTS, KEYS, LEXICAL, PASSAGES, VECTORS
from rag.index.lexical import LexicalIndex
from rag.index.manifest import Manifest, file_sha256, read_manifest, rebuild_hint
from rag.index.passages import PASSAGE, Keys, PassageTable, load_array
from rag.types import Vectors


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


def _open_generation(folder: Path, manifest: Manifest) -> Index:
    generation = folder / manifest.generation
    for name in {DOCUMENTS, PASSAGES, KEYS, VECTORS} | manifest.files.keys():
        _check_file(folder, generation / name, *manifest.files.get(name, (0, "")))
    rows = manifest.passages
    documents = DocumentTable(generation / DOCUMENTS)
    passages = PassageTable(load_array(generation / PASSAGES, PASSAGE, (rows,)), documents)
    keys = load_array(generation / KEYS, np.uint8, (rows, 32))
    vectors = load_array(generation / VECTORS, np.float32, (rows, manifest.dimension))
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
