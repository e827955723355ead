"""Search passages by words: BM25 in tantivy, over stems, and character pairs of unspaced scripts.

Two weaker signals are added: neighbours in the question are also neighbours in the passage, and
words share runs of four letters, which finds compounds, other forms and typing errors. Their
weights are measured in benchmarks/.
"""

import errno
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import tantivy

from rag.index.terms import (
    GRAMS,
    WORDS,
    character_pairs,
    content_words,
    folded,
    gram_analyzer,
    word_analyzer,
)
from rag.types import Rows, Scores

WRITER_BYTES = 128_000_000
NEIGHBOURS_WEIGHT = 0.3
NEIGHBOURS_APART = 1  # words allowed between two neighbours, as in "president of France"
GRAMS_WEIGHT = 0.2
BLOCK = 256  # rows that a scope finds by one term if it holds all of them
NOT_WORD = re.compile(r"\W+")


class LexicalWriter:
    """Adds passages to a new index folder, in the order of their rows."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self._rows = 0
        self._writer = _registered(tantivy.Index(_schema(), str(folder))).writer(WRITER_BYTES, 1)

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
            code = re.search(r"os error (\d+)", str(error))
            number = int(code[1]) if code else errno.EIO
            raise OSError(number, f"cannot be written ({error})", str(self._folder)) from error


class LexicalIndex:
    """A finished index folder, open for search."""

    def __init__(self, folder: Path) -> None:
        with _lockable(folder) as place:
            index = _registered(tantivy.Index.open(str(place)))
            index.config_reader("manual")
            self._schema = index.schema
            self._searcher = index.searcher()

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def search(self, question: str, k: int, rows: "Rows | None" = None) -> tuple[Scores, Rows]:
        """Return at most k BM25 scores and rows that share a word with the question, best first.

        If `rows` (ascending) are given, only those are searched; they do not change how rare a word
        is.
        """
        query = self._query(question)
        if query is None or not len(self) or (rows is not None and not len(rows)):
            return np.empty(0, np.float32), np.empty(0, np.int64)
        if rows is not None:
            required = tantivy.Query.const_score_query(self._among(rows), 0.0)
            must = tantivy.Occur.Must
            query = tantivy.Query.boolean_query([(must, query), (must, required)])
        hits = self._searcher.search(query, min(k, len(self)), count=False).hits
        found = self._searcher.fast_field_values("row", [address for _, address in hits])
        return np.array([score for score, _ in hits], np.float32), np.array(found, np.int64)

    def rarity(self, terms: list[str]) -> Scores:
        """Return the BM25 inverse document frequency: ln(1 + (N - n + .5) / (n + .5))."""
        frequencies = np.array(
            [self._searcher.doc_freq("words", term) for term in terms], np.float64
        )
        total = len(self)
        return np.log1p((total - frequencies + 0.5) / (frequencies + 0.5)).astype(np.float32)

    def _query(self, question: str) -> tantivy.Query | None:
        words = content_words(question)
        stems = WORDS.analyze(" ".join(words))
        pairs = character_pairs(folded(question))
        grams = [gram for word in words for gram in GRAMS.analyze(f" {word} ")]
        clauses = [
            *(self._term("words", stem) for stem in dict.fromkeys(stems)),
            *(self._term("pairs", pair) for pair in dict.fromkeys(pairs)),
            *(self._neighbours(two) for two in dict.fromkeys(pairwise(stems))),
            *(self._gram(gram) for gram in dict.fromkeys(grams)),
        ]
        if not clauses:
            return None
        return tantivy.Query.boolean_query([(tantivy.Occur.Should, clause) for clause in clauses])

    def _neighbours(self, stems: tuple[str, str]) -> tantivy.Query:
        phrase = tantivy.Query.phrase_query(self._schema, "words", list(stems), NEIGHBOURS_APART)
        return tantivy.Query.boost_query(phrase, NEIGHBOURS_WEIGHT)

    def _gram(self, gram: str) -> tantivy.Query:
        return tantivy.Query.boost_query(self._term("grams", gram), GRAMS_WEIGHT)

    def _among(self, rows: Rows) -> tantivy.Query:
        """Return a query for these rows: one term for each full block or other row."""
        blocks, counts = np.unique(rows // BLOCK, return_counts=True)
        whole = blocks[counts == BLOCK]
        others = rows[~np.isin(rows // BLOCK, whole)]
        parts = [("block", whole), ("row", others)]
        sets = [
            tantivy.Query.term_set_query(self._schema, field, numbers.tolist())
            for field, numbers in parts
            if len(numbers)
        ]
        return tantivy.Query.boolean_query([(tantivy.Occur.Should, one) for one in sets])

    def _term(self, field: str, term: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, field, term, "freq")


@contextmanager
def _lockable(folder: Path) -> Iterator[Path]:
    """Yield a folder with these files in which tantivy can create its lock file.

    For a read-only folder that is a temporary one with links to its files. Files that are open at
    the end stay open.
    """
    if os.access(folder, os.W_OK):
        yield folder
        return
    with TemporaryDirectory() as links:
        for path in folder.iterdir():
            (Path(links) / path.name).symlink_to(path.resolve())
        yield Path(links)


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("row", fast=True, indexed=True)
    builder.add_unsigned_field("block", indexed=True)
    builder.add_text_field("words", tokenizer_name="words", index_option="position")
    builder.add_text_field("pairs", tokenizer_name="pairs", index_option="freq")
    builder.add_text_field("grams", tokenizer_name="grams", index_option="freq")
    return builder.build()


def _registered(index: tantivy.Index) -> tantivy.Index:
    index.register_tokenizer("words", word_analyzer())
    index.register_tokenizer(
        "pairs", tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.whitespace()).build()
    )
    index.register_tokenizer("grams", gram_analyzer())
    return index
