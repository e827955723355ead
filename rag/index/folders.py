"""The folders of tantivy: how their texts are indexed, and several of them as one index.

A folder has a list of tantivy's own segments, one or more for each segment of ours. Their files
never change, so a list of all of them, with links to their files, is an index of all passages.
"""

import json
import shutil
from collections.abc import Sequence
from pathlib import Path

import tantivy

from rag.index.terms import gram_analyzer, word_analyzer

META = "meta.json"
OWN = frozenset({META, ".managed.json"})


def join(folders: Sequence[Path], together: Path) -> None:
    """Make an index of the files of several ones.

    Its folder may be deleted once it is open. It also takes the lock file that tantivy makes.
    """
    registered(tantivy.Index(schema(), str(together)))
    meta = json.loads((together / META).read_bytes())
    for folder in folders:
        meta["segments"] += json.loads((folder / META).read_bytes())["segments"]
        for path in folder.iterdir():
            if path.name not in OWN:
                _link(path, together / path.name)
    (together / META).write_text(json.dumps(meta), encoding="utf-8")


def _link(path: Path, link: Path) -> None:
    """Make a link to a file, or a copy where the system makes none."""
    try:
        link.symlink_to(path.resolve())
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
