"""The generations of an index on disk: their names and files."""

import re
from pathlib import Path

DOCUMENTS = "documents.sqlite"
PASSAGES = "passages.npy"
KEYS = "keys.npy"
VECTORS = "vectors.npy"
LEXICAL = "lexical"
GENERATION = re.compile("gen-[0-9]+")
TABLES = frozenset({DOCUMENTS, PASSAGES, KEYS, VECTORS})


def generations(folder: Path) -> dict[str, int]:
    """Return the names and numbers of the generations in the folder of an index."""
    names = (path.name for path in folder.glob("gen-*"))
    return {name: int(name[4:]) for name in names if GENERATION.fullmatch(name)}
