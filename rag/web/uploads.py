"""Files that came through the page: put into one folder under safe names, never over another file."""

import re
import shutil
from collections.abc import Sequence
from filecmp import cmp
from pathlib import Path

from rag.load import SUFFIXES

FOLDER = "uploads"  # within the corpus; the only place where the page deletes files
NAME_CHARACTERS = 120
UNSAFE = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u200b-\u200f\u202a-\u202e\u2066-\u2069]')


def place(files: Sequence[Path], corpus: Path) -> list[tuple[str, str]]:
    """Copy files into the corpus; return each one's name and what became of it."""
    folder = corpus / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    return [_placed(file, folder) for file in files]


def discard(document_ids: Sequence[str], corpus: Path) -> None:
    """Delete those of the documents that came through the page."""
    uploads = (corpus / FOLDER).resolve()
    for document_id in document_ids:
        path = uploads / Path(document_id).name
        if document_id.endswith(f"{FOLDER}/{path.name}") and path.parent == uploads:
            path.unlink(missing_ok=True)


def safe_name(name: str) -> str:
    """Return a file name that is one visible, ordinary name on every system, with its suffix kept."""
    path = Path(UNSAFE.sub("_", name))
    stem = path.stem.strip(" .")[:NAME_CHARACTERS] or "document"
    return f"{stem}{path.suffix.lower()}"


def _placed(file: Path, folder: Path) -> tuple[str, str]:
    name = safe_name(file.name)
    if Path(name).suffix not in SUFFIXES:
        return name, f"not taken: files ending in {Path(name).suffix or 'nothing'} are not read"
    taken = {path.name.casefold(): path for path in folder.iterdir()}
    stem, suffix, number, chosen = Path(name).stem, Path(name).suffix, 2, name
    while (other := taken.get(chosen.casefold())) is not None:
        if cmp(file, other, shallow=False):
            return other.name, "was there already"
        chosen, number = f"{stem} ({number}){suffix}", number + 1
    shutil.copyfile(file, folder / chosen)
    return chosen, "added" if chosen == name else f"added under this name: there is another {name}"
