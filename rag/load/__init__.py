"""Files in, text out: finds the files of a corpus and turns each into a document.

Owns where text and its page and heading offsets are born. For plain text and Markdown `text` is the decoded file,
unchanged. A file that cannot be read raises LoadError and costs nothing but itself.
"""

import os
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from rag.errors import CorpusError, LoadError
from rag.load.docx import parse_docx
from rag.load.html import parse_html
from rag.load.pdf import parse_pdf
from rag.load.rows import parse_csv, parse_json_lines
from rag.load.text import Parsed, parse_markdown, parse_text
from rag.load.worker import ParserProcess

__all__ = ["SUFFIXES", "VERSION", "Parsed", "ParserProcess", "Source", "parse", "read_bytes", "walk"]

VERSION = 1  # raised whenever the same bytes would give another text, so that stored texts are not taken over
PARSERS: dict[str, Callable[[bytes], Parsed]] = {
    ".txt": parse_text,
    ".text": parse_text,
    ".log": parse_text,
    ".rst": parse_text,
    ".md": parse_markdown,
    ".markdown": parse_markdown,
    ".pdf": parse_pdf,
    ".html": parse_html,
    ".htm": parse_html,
    ".xhtml": parse_html,
    ".docx": parse_docx,
    ".csv": parse_csv,
    ".tsv": parse_csv,
    ".jsonl": parse_json_lines,
}
SUFFIXES = tuple(PARSERS)
FOREIGN = frozenset(
    {".pdf", ".html", ".htm", ".xhtml", ".docx", ".csv", ".tsv", ".jsonl"}
)  # parsed at length or by native code: only ever in a process of its own


@dataclass(frozen=True, slots=True)
class Source:
    """A file found in the corpus, under the id that its document will have; `refused` is why it is not to be read."""

    id: str
    path: Path
    refused: str = ""

    @property
    def suffix(self) -> str:
        """The ending of the file's name, in lower case."""
        return self.path.suffix.lower()


def parse(data: bytes, suffix: str, process: ParserProcess) -> Parsed:
    """Return the text of one file's bytes; raises LoadError with the reason."""
    parsed = process.parse(data, suffix) if suffix in FOREIGN else PARSERS[suffix](data)
    if not parsed.text.strip():
        raise LoadError("no text in it (a scan, or only pictures?)" if suffix == ".pdf" else "holds no text")
    return parsed


def walk(paths: Iterable[Path]) -> list[Source]:
    """Return the files under these folders (and the files named), sorted by id; hidden ones are left out.

    Raises CorpusError for a path that does not exist. With several roots, ids start with the root's name.
    """
    roots = list(paths)
    sources: dict[str, Source] = {}
    for root in roots:
        if not root.exists():
            raise CorpusError(f"No folder or file {root}. Name one that exists: rag build PATH")
        prefix = f"{root.resolve().name}/" if len(roots) > 1 and root.is_dir() else ""
        for path in [root] if not root.is_dir() else _files(root):
            name = path.name if path == root else path.relative_to(root).as_posix()
            source_id = _unused(prefix + _printable(name), sources)
            refused = "a link that leads out of the folder" if _leaves(path, root) else ""
            sources[source_id] = Source(source_id, path, refused)
    return sorted(sources.values(), key=lambda source: source.id)


def read_bytes(source: Source, limit: int) -> bytes:
    """Return a file's bytes; raises LoadError for what should not or cannot be read."""
    if source.refused:
        raise LoadError(source.refused)
    if source.suffix not in PARSERS:
        kind = f"files ending in {source.suffix}" if source.suffix else "files without a suffix"
        raise LoadError(f"{kind} are not read (readable: {', '.join(SUFFIXES)})")
    try:
        status = source.path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise LoadError("not a regular file")
        if status.st_size > limit:
            raise LoadError(f"{status.st_size:,} bytes is over the limit of {limit:,}")
        with source.path.open("rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise LoadError(f"cannot be opened: {error.strerror or error}") from error
    if len(data) > limit:
        raise LoadError(f"grew over the limit of {limit:,} bytes while being read")
    if not data:
        raise LoadError("empty: zero bytes")
    return data


def _files(root: Path) -> Iterator[Path]:
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in names:
            if not name.startswith("."):
                yield Path(folder, name)


def _leaves(path: Path, root: Path) -> bool:
    if not (path.is_symlink() and root.is_dir()):
        return False
    return not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(root))


def _printable(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _unused(source_id: str, taken: dict[str, Source]) -> str:
    path = PurePosixPath(source_id)
    number = 2
    while source_id in taken:
        source_id = str(path.with_name(f"{path.stem} ({number}){path.suffix}"))
        number += 1
    return source_id
