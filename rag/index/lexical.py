"""Search passages by words: BM25 in tantivy, over stems, and character pairs of unspaced scripts.

Weaker signals are added: neighbours in the question are also neighbours in the passage, and
words share runs of four letters, which finds compounds, other forms and typing errors. An exact
code counts more than its parts. The weights are measured in benchmarks/.
"""

import errno
import math
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import numpy as np
import tantivy

from rag.index.folders import join, registered, schema
from rag.index.terms import (
    GRAMS,
    WORDS,
    character_pairs,
    content_words,
    folded,
)
from rag.types import Rows, Scores

WRITER_BYTES = 128_000_000
NEIGHBOURS_WEIGHT = 0.3
NEIGHBOURS_APART = 1  # words allowed between two neighbours, as in "president of France"
GRAMS_WEIGHT = 0.2
BLOCK = 256  # rows that one term finds if a scope has all of them
COUNTED = 512  # terms for a scope's rows; with more of them, counting each word takes too long
CODES_WEIGHT = 1.0
SEGMENT_ROWS = 2**32  # more than a segment ever has
# letters and digits joined by marks: E-2107, 10.0.0.1, foo_bar; with a digit or "_", unlike "x-ray"
CODE = re.compile(r"(?<!\w)(?=[\w./:-]*[\d_])\w+(?:[./:-]\w+)+|[^\W_]+(?:_[^\W_]+)+")
NOT_WORD = re.compile(r"\W+")


class Clause(NamedTuple):
    """What a passage may share with a question, and the terms whose rarity weighs it."""

    query: tantivy.Query
    field: str
    terms: tuple[str, ...]


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
            code = re.search(r"os error (\d+)", str(error))
            number = int(code[1]) if code else errno.EIO
            raise OSError(number, f"cannot be written ({error})", str(self._folder)) from error


class LexicalIndex:
    """The finished index folders of segments, open for search as one.

    So the rarity of a word is that among all of them. `folders` come in the order of their rows,
    with the number of each segment and its rows.
    """

    def __init__(self, folders: Sequence[tuple[Path, int, int]]) -> None:
        counts = np.array([rows for _, _, rows in folders], np.int64)
        self._firsts = np.array([number for _, number, _ in folders], np.int64) * SEGMENT_ROWS
        self._starts = counts.cumsum() - counts
        self._order = self._firsts.argsort()
        with TemporaryDirectory(ignore_cleanup_errors=True) as together:  # Windows: while mapped
            join([folder for folder, _, _ in folders], Path(together))
            index = registered(tantivy.Index.open(together))
            index.config_reader("manual")
            self._schema = index.schema
            self._searcher = index.searcher()

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def search(self, question: str, k: int, rows: "Rows | None" = None) -> tuple[Scores, Rows]:
        """Return at most k BM25 scores and rows that share a word with the question, best first.

        If `rows` are given, ascending, only these are searched. A term is as rare as it is among
        them, unless they are so scattered that counting would take too long.
        """
        clauses = list(self._clauses(question))
        if not clauses or not len(self) or (rows is not None and not len(rows)):
            return np.empty(0, np.float32), np.empty(0, np.int64)
        query = _any_of(c.query for c in clauses) if rows is None else self._scoped(clauses, rows)
        hits = self._searcher.search(query, min(k, len(self)), count=False).hits
        return np.array([score for score, _ in hits], np.float32), self._rows_of(hits)

    def rarity(self, terms: list[str]) -> Scores:
        """Return the BM25 inverse document frequency: ln(1 + (N - n + .5) / (n + .5))."""
        frequencies = np.array(
            [self._searcher.doc_freq("words", term) for term in terms], np.float64
        )
        total = len(self)
        return np.log1p((total - frequencies + 0.5) / (frequencies + 0.5)).astype(np.float32)

    def beginning(self, prefix: str) -> dict[str, int]:
        """Return the terms that begin with a prefix, and how many passages hold each."""
        return dict(self._searcher.terms_with_prefix("words", prefix))

    def holding(self, term: str, k: int) -> Rows:
        """Return at most k rows that hold a term, shortest and fullest of it first."""
        hits = self._searcher.search(self._term("words", term), k, count=False).hits if k else []
        return self._rows_of(hits)

    def _rows_of(self, hits: Sequence[tuple[float, tantivy.DocAddress]]) -> Rows:
        stored = self._searcher.fast_field_values("row", [address for _, address in hits])
        found = np.array(stored, np.int64)
        places = self._firsts[self._order].searchsorted(found, "right") - 1
        segments = self._order[places]
        rows: Rows = found - self._firsts[segments] + self._starts[segments]
        return rows

    def _stored(self, rows: Rows) -> Rows:
        """Return these rows as they are stored."""
        segments = self._starts.searchsorted(rows, "right") - 1
        stored: Rows = rows - self._starts[segments] + self._firsts[segments]
        return stored

    def _clauses(self, question: str) -> Iterator[Clause]:
        """Yield what a passage may share with a question."""
        words = content_words(question)
        stems = WORDS.analyze(" ".join(words))
        for term in dict.fromkeys(stems):
            yield Clause(self._term("words", term), "words", (term,))
        for pair in dict.fromkeys(character_pairs(folded(question))):
            yield Clause(self._term("pairs", pair), "pairs", (pair,))
        for neighbours in dict.fromkeys(pairwise(stems)):
            phrase = tantivy.Query.phrase_query(
                self._schema, "words", list(neighbours), NEIGHBOURS_APART
            )
            weighted = tantivy.Query.boost_query(phrase, NEIGHBOURS_WEIGHT)
            yield Clause(weighted, "words", neighbours)
        for code in dict.fromkeys(CODE.findall(folded(question))):
            parts = WORDS.analyze(code)
            if len(parts) > 1:
                phrase = tantivy.Query.phrase_query(self._schema, "words", list(parts))
                weighted = tantivy.Query.boost_query(phrase, CODES_WEIGHT)
                yield Clause(weighted, "words", tuple(parts))
        for gram in dict.fromkeys(gram for word in words for gram in GRAMS.analyze(f" {word} ")):
            weighted = tantivy.Query.boost_query(self._term("grams", gram), GRAMS_WEIGHT)
            yield Clause(weighted, "grams", (gram,))

    def _scoped(self, clauses: Sequence[Clause], rows: Rows) -> tantivy.Query:
        """Return the query for these clauses among these rows."""
        stored = self._stored(rows)
        blocks, counts = np.unique(stored // BLOCK, return_counts=True)
        whole = blocks[counts == BLOCK]
        others = stored[~np.isin(stored // BLOCK, whole)]
        sets = [
            tantivy.Query.term_set_query(self._schema, field, numbers.tolist())
            for field, numbers in (("block", whole), ("row", others))
            if len(numbers)
        ]
        among = tantivy.Query.const_score_query(_any_of(sets), 0.0)
        is_quick = len(whole) + len(others) <= COUNTED
        scaled = self._scaled(clauses, among, len(rows)) if is_quick else (c.query for c in clauses)
        return _all_of(_any_of(scaled), among)

    def _scaled(
        self, clauses: Sequence[Clause], among: tantivy.Query, rows: int
    ) -> Iterator[tantivy.Query]:
        """Yield the clauses, weighted as in an index of only the rows that `among` finds."""

        @cache
        def rarities(field: str, term: str) -> tuple[float, float]:
            query = _all_of(self._term(field, term), among)
            inside = self._searcher.search(query, 1).count  # type: ignore[attr-defined]
            everywhere = self._searcher.doc_freq(field, term)
            return _rarity(inside, rows), _rarity(everywhere, len(self))

        for clause in clauses:
            found = [rarities(clause.field, term) for term in clause.terms]
            inside, everywhere = (sum(side) for side in zip(*found, strict=True))
            yield tantivy.Query.boost_query(clause.query, inside / everywhere)

    def _term(self, field: str, term: str) -> tantivy.Query:
        return tantivy.Query.term_query(self._schema, field, term, "freq")


def _any_of(queries: Iterable[tantivy.Query]) -> tantivy.Query:
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in queries])


def _all_of(*queries: tantivy.Query) -> tantivy.Query:
    return tantivy.Query.boolean_query([(tantivy.Occur.Must, query) for query in queries])


def _rarity(frequency: int, total: int) -> float:
    """Return the inverse document frequency of a term, as BM25 has it."""
    return math.log1p((total - frequency + 0.5) / (frequency + 0.5))
