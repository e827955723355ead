"""The folders of tantivy: how their texts are indexed, and several of them as one index.

A folder has a list of tantivy's own segments, one or more for each segment of ours. Their files
never change, so a list of all of them, with links to their files, is an index of all passages.
"""

import errno
import json
import os
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

import tantivy

from rag.index.terms import character_pairs, folded, gram_analyzer, word_analyzer

BLOCK = 256  # rows that one term finds if a scope has all of them
SEGMENT_ROWS = 2**32  # more than a segment ever has
WRITER_BYTES = 128_000_000
MEMORY = "/dev/shm"  # noqa: S108  a folder of our own is made there
ROOM = 2**20  # bytes that must be free there: the links of thousands of segments
LINKS = "footnote-links-"
LEFT = 3600  # seconds after which a folder of links is of a process that was killed
META = "meta.json"
OWN = frozenset({META, ".managed.json"})
NOT_WORD = re.compile(r"\W+")


class LexicalWriter:
    """Adds the passages of a segment to a new index folder, in the order of their rows.

    A row is stored with the number of its segment, so that it stays true wherever the segment is.
    """

    def __init__(self, folder: Path, number: int = 0) -> None:
        folder.mkdir()
        self._folder = folder
        self._rows = number * SEGMENT_ROWS
        self._writer = registered(tantivy.Index(schema(), str(folder))).writer(WRITER_BYTES, 1)

    def add(self, text: str) -> None:
        """Add the next row."""
        text = folded(text)
        document = tantivy.Document()
        document.add_unsigned("row", self._rows)
        document.add_unsigned("block", self._rows // BLOCK)
        document.add_text("words", text)
        document.add_text("pairs", " ".join(character_pairs(text)))
        document.add_text("grams", f" {re.sub(NOT_WORD, ' ', text)} ")
        with self._writing():
            self._writer.add_document(document)
        self._rows += 1

    def close(self) -> None:
        """Write everything to disk."""
        with self._writing():
            self._writer.commit()
            self._writer.wait_merging_threads()
        for lock in self._folder.glob(".tantivy-*.lock"):
            lock.unlink()

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except ValueError as error:  # how tantivy reports errors of the disk
            code = re.search(r"(?:os error|code:) (\d+)", str(error))
            number = int(code[1]) if code else errno.EIO
            raise OSError(number, f"cannot be written ({error})", str(self._folder)) from error


def join(folders: Sequence[Path], together: Path) -> None:
    """Make an index of the files of several ones.

    Its folder may be deleted once it is open. It also takes the lock file that tantivy makes.
    """
    registered(tantivy.Index(schema(), str(together)))
    meta = json.loads((together / META).read_bytes())
    for folder in folders:
        meta["segments"] += json.loads((folder / META).read_bytes())["segments"]
        for path in folder.resolve().iterdir():
            if path.name not in OWN:
                _link(path, together / path.name)
    (together / META).write_text(json.dumps(meta), encoding="utf-8")


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """Make a folder for links, in memory where the system has room there, and delete it."""
    has_room = os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free >= ROOM
    place = MEMORY if has_room else gettempdir()
    _sweep(Path(place))
    # Windows: files stay while they are mapped
    with TemporaryDirectory(prefix=LINKS, dir=place, ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _sweep(place: Path) -> None:
    """Delete the folders that processes left when they were killed."""
    for folder in place.glob(f"{LINKS}*"):
        with suppress(OSError):  # another process deletes it, too
            if time.time() - folder.lstat().st_mtime > LEFT:
                shutil.rmtree(folder, ignore_errors=True)


def _link(path: Path, link: Path) -> None:
    """Make a link to a file, or a copy where the system makes none."""
    try:
        link.symlink_to(path)
    except OSError:  # Windows allows it only to some users
        shutil.copyfile(path, link)


def schema() -> tantivy.Schema:
    """Return how a passage is indexed."""
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("row", fast=True, indexed=True)
    builder.add_unsigned_field("block", indexed=True)
    builder.add_text_field("words", tokenizer_name="words", index_option="position")
    builder.add_text_field("pairs", tokenizer_name="pairs", index_option="freq")
    builder.add_text_field("grams", tokenizer_name="grams", index_option="freq")
    return builder.build()


def registered(index: tantivy.Index) -> tantivy.Index:
    """Return the index with our analyzers."""
    index.register_tokenizer("words", word_analyzer())
    index.register_tokenizer(
        "pairs", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    )
    index.register_tokenizer("grams", gram_analyzer())
    return index
