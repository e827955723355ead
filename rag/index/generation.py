"""The names on disk: generations, the segments that they share, and the files of each."""

import re
from pathlib import Path

DOCUMENTS = "documents.sqlite"
PASSAGES = "passages.npy"
KEYS = "keys.npy"
VECTORS = "vectors.npy"
SIGNS = "signs.npy"
LEXICAL = "lexical"
COPIES = "copies.json"
REVISIONS = "revisions.json"
SEGMENTS = "segments"
REVISION_FILES = "revisions"
GENERATION = re.compile("gen-[0-9]+")
TABLES = frozenset({DOCUMENTS, PASSAGES, KEYS, VECTORS, SIGNS, f"{LEXICAL}/meta.json"})


def generations(folder: Path) -> dict[str, int]:
    """Return the names and numbers of the generations in the folder of an index."""
    names = (path.name for path in folder.glob("gen-*"))
    return {name: int(name[4:]) for name in names if GENERATION.fullmatch(name)}


def segment_folder(number: int) -> str:
    """Return the folder of a segment in the folder of its index, as a posix path."""
    return f"{SEGMENTS}/{number:06d}"


def segment_numbers(folder: Path) -> list[int]:
    """Return the numbers of the segments in the folder of an index."""
    names = (path.name for path in (folder / SEGMENTS).glob("*"))
    return [int(name) for name in names if name.isdecimal()]


def revision_file(sha256: str) -> str:
    """Return the file with the text of an earlier revision, in the folder of its index."""
    return f"{REVISION_FILES}/{sha256}.json"
