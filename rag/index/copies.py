"""The files of a generation with the text of another, which is cited under all their names."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from rag.index.generation import COPIES


class Copy(NamedTuple):
    """A file, its sha256 and date, and the id of the document with the same text."""

    id: str
    sha256: str
    modified: str
    document: str


def write_copies(generation: Path, copies: Sequence[Copy]) -> None:
    """Write the copies into the folder of a generation."""
    (generation / COPIES).write_text(json.dumps(copies), encoding="utf-8")


def read_copies(generation: Path) -> list[Copy]:
    """Return the copies of a generation, in the order of their ids."""
    found = json.loads((generation / COPIES).read_bytes())
    return [Copy(*map(str, fields)) for fields in found]
