"""Search passages by words: BM25 in tantivy, over stems, and character pairs of unspaced scripts.

What weighs how much is in `clauses`. Up to 50,000 passages everything is searched for at once;
above, what costs most there is left out or done apart.
"""

import math
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache, partial
from pathlib import Path

import numpy as np
import tantivy

from rag.index.clauses import NEIGHBOURS_WEIGHT, Clause, all_of, any_of, clauses, single
from rag.index.folders import BLOCK, SEGMENT_ROWS, join, registered, temporary_folder
from rag.index.terms import MAX_WORD
from rag.types import Rows, Scores

COUNTED = 512  # terms for a scope's rows; with more of them, counting each word takes too long
LARGE = 50_000  # rows above which fewer runs are looked up, and phrases apart
FEW_GRAMS = 3  # of a word: its first run of letters, one in the middle, and the last
PHRASES = 5  # times as many rows are found by phrases apart
FREQUENT = 0.25  # share of the rows that hold a frequent term: many must be looked at for a phrase
WIDE = 0.05  # share of the rows above which a scope is applied to what is found
MANY = 50  # times as many rows as are asked for may be found for that
PREFIXES = 8  # whose terms stay in memory: collecting them from all segments takes long
NOTHING = np.empty(0, np.float32), np.empty(0, np.int64)


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
        with temporary_folder() as together:
            join([folder for folder, _, _ in folders], together)
            index = registered(tantivy.Index.open(str(together)))
            index.config_reader("manual")
            self._schema = index.schema
            self._searcher = index.searcher()
        self._terms = lru_cache(PREFIXES)(partial(_terms_with, self._searcher))

    def __len__(self) -> int:
        return int(self._searcher.num_docs)

    def search(self, question: str, k: int, rows: "Rows | None" = None) -> tuple[Scores, Rows]:
        """Return at most k BM25 scores and rows that share a word with the question, best first.

        If `rows` are given, ascending, only these are searched. A term is as rare as it is among
        them, unless they are so scattered that counting would take too long.
        """
        grams = FEW_GRAMS if self._is_large else MAX_WORD
        sought = list(clauses(self._schema, question, grams))
        if not sought or not len(self) or (rows is not None and not len(rows)):
            return NOTHING
        if rows is None:
            return self._ranked(sought, k)
        blocks, others = self._looked_up(rows)
        is_quick = len(blocks) + len(others) <= COUNTED
        if self._is_large and not is_quick and len(rows) > WIDE * len(self):
            return self._among_many(sought, k, rows, blocks, others)
        among = self._among(blocks, others)
        scaled = self._scaled(sought, among, len(rows)) if is_quick else (c.query for c in sought)
        return self._found(all_of(any_of(scaled), among), k)

    def rarity(self, terms: list[str]) -> Scores:
        """Return the BM25 inverse document frequency: ln(1 + (N - n + .5) / (n + .5))."""
        frequencies = np.array(
            [self._searcher.doc_freq("words", word) for word in terms], np.float64
        )
        total = len(self)
        return np.log1p((total - frequencies + 0.5) / (frequencies + 0.5)).astype(np.float32)

    def beginning(self, prefix: str) -> dict[str, int]:
        """Return the terms that begin with a prefix, and how many passages hold each."""
        return self._terms(prefix)

    def holding(self, term: str, k: int) -> Rows:
        """Return at most k rows that hold a term, shortest and fullest of it first."""
        return self._found(single(self._schema, "words", term), k)[1]

    def _ranked(self, sought: Sequence[Clause], k: int) -> tuple[Scores, Rows]:
        """Return at most k scores and rows, best first.

        In a large index phrases are searched for apart, since nothing can be skipped in a search
        for terms and phrases. A row that is only among those of the phrases is given the score of
        the last of the terms, or less if it can be less.
        """
        if not self._is_large:
            return self._found(any_of(clause.query for clause in sought), k)
        phrases = [one.query for one in sought if one.is_phrase and not self._is_frequent(one)]
        terms = any_of(clause.query for clause in sought if not clause.is_phrase)
        if not phrases:
            return self._found(terms, k)
        scores, rows = self._found(terms, 2 * k)
        more, beside = self._found(any_of(phrases), PHRASES * k)
        either = np.union1d(rows, beside)
        total = np.zeros(len(either), np.float32)
        last = scores[-1] if len(scores) == min(2 * k, len(self)) else 0.0
        total[either.searchsorted(beside)] = np.minimum(more / NEIGHBOURS_WEIGHT, last)
        total[either.searchsorted(rows)] = scores
        total[either.searchsorted(beside)] += more
        best = np.argsort(-total, kind="stable")[:k]
        return total[best], either[best]

    def _is_frequent(self, clause: Clause) -> bool:
        """Return whether each term of a clause is in so many rows that they say little together."""
        counts = (self._searcher.doc_freq(clause.field, word) for word in clause.terms)
        return all(count > FREQUENT * len(self) for count in counts)

    def _among_many(
        self, sought: Sequence[Clause], k: int, rows: Rows, blocks: Rows, others: Rows
    ) -> tuple[Scores, Rows]:
        """Return what `_ranked` finds among many rows, which take long to look up.

        They are looked up after all if few of what is found first are among them.
        """
        allowed = np.zeros(len(self), np.bool_)
        allowed[rows] = True
        wanted = k
        while True:
            wanted = min(len(self), math.ceil(1.5 * wanted * len(self) / len(rows)))
            if wanted > MANY * k:
                among = self._among(blocks, others)
                return self._found(all_of(any_of(clause.query for clause in sought), among), k)
            scores, found = self._ranked(sought, wanted)
            inside = allowed[found]
            if inside.sum() >= k or len(found) < wanted or wanted == len(self):
                return scores[inside][:k], found[inside][:k]

    def _found(self, query: tantivy.Query, k: int) -> tuple[Scores, Rows]:
        k = min(k, len(self))
        hits = self._searcher.search(query, k, count=False).hits if k else []
        return np.array([score for score, _ in hits], np.float32), self._rows_of(hits)

    @property
    def _is_large(self) -> bool:
        return len(self) > LARGE

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

    def _looked_up(self, rows: Rows) -> tuple[Rows, Rows]:
        """Return the whole blocks that hold rows of a scope, and the other rows, as stored."""
        stored = self._stored(rows)
        blocks, counts = np.unique(stored // BLOCK, return_counts=True)
        whole = blocks[counts == BLOCK]
        return whole, stored[~np.isin(stored // BLOCK, whole)]

    def _among(self, blocks: Rows, others: Rows) -> tantivy.Query:
        sets = [
            tantivy.Query.term_set_query(self._schema, field, numbers.tolist())
            for field, numbers in (("block", blocks), ("row", others))
            if len(numbers)
        ]
        return tantivy.Query.const_score_query(any_of(sets), 0.0)

    def _scaled(
        self, sought: Sequence[Clause], among: tantivy.Query, rows: int
    ) -> Iterator[tantivy.Query]:
        """Yield the clauses, weighted as in an index of only the rows that `among` finds."""

        @cache
        def rarities(field: str, word: str) -> tuple[float, float]:
            query = all_of(single(self._schema, field, word), among)
            inside = self._searcher.search(query, 1).count  # type: ignore[attr-defined]
            everywhere = self._searcher.doc_freq(field, word)
            return _rarity(inside, rows), _rarity(everywhere, len(self))

        for clause in sought:
            found = [rarities(clause.field, word) for word in clause.terms]
            inside, everywhere = (sum(side) for side in zip(*found, strict=True))
            yield tantivy.Query.boost_query(clause.query, inside / everywhere)


def _terms_with(searcher: tantivy.Searcher, prefix: str) -> dict[str, int]:
    return dict(searcher.terms_with_prefix("words", prefix))


def _rarity(frequency: int, total: int) -> float:
    """Return the inverse document frequency of a term, as BM25 has it."""
    return math.log1p((total - frequency + 0.5) / (frequency + 0.5))
