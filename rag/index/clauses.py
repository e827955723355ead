"""What a passage may share with a question, as queries of tantivy.

Words and character pairs count most. Weaker signals are added: neighbours in the question are also
neighbours in the passage, and words share runs of four letters, which finds compounds, other forms
and typing errors. An exact code counts more than its parts. Weights are measured in benchmarks/.
"""

import re
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

import tantivy

from rag.index.terms import GRAMS, WORDS, character_pairs, content_words, folded

NEIGHBOURS_WEIGHT = 0.3
NEIGHBOURS_APART = 1  # words allowed between two neighbours, as in "president of France"
GRAMS_WEIGHT = 0.2
CODES_WEIGHT = 1.0
# letters and digits joined by marks: E-2107, 10.0.0.1, foo_bar; with a digit or "_", unlike "x-ray"
CODE = re.compile(r"(?<!\w)(?=[\w./:-]*[\d_])\w+(?:[./:-]\w+)+|[^\W_]+(?:_[^\W_]+)+")


class Clause(NamedTuple):
    """What a passage may share with a question, and the terms whose rarity weighs it."""

    query: tantivy.Query
    field: str
    terms: tuple[str, ...]

    @property
    def is_phrase(self) -> bool:
        """Whether it is several terms, in places near each other."""
        return len(self.terms) > 1


def clauses(schema: tantivy.Schema, question: str, grams: int) -> Iterator[Clause]:
    """Yield what a passage may share with a question; of each word at most so many runs."""
    words = content_words(question)
    stems = WORDS.analyze(" ".join(words))
    for term in dict.fromkeys(stems):
        yield Clause(single(schema, "words", term), "words", (term,))
    for pair in dict.fromkeys(character_pairs(folded(question))):
        yield Clause(single(schema, "pairs", pair), "pairs", (pair,))
    for neighbours in dict.fromkeys(pairwise(stems)):
        phrase = tantivy.Query.phrase_query(schema, "words", list(neighbours), NEIGHBOURS_APART)
        weighted = tantivy.Query.boost_query(phrase, NEIGHBOURS_WEIGHT)
        yield Clause(weighted, "words", neighbours)
    for code in dict.fromkeys(CODE.findall(folded(question))):
        parts = WORDS.analyze(code)
        if len(parts) > 1:
            phrase = tantivy.Query.phrase_query(schema, "words", list(parts))
            weighted = tantivy.Query.boost_query(phrase, CODES_WEIGHT)
            yield Clause(weighted, "words", tuple(parts))
    for gram, weight in _grams(words, grams).items():
        weighted = tantivy.Query.boost_query(single(schema, "grams", gram), weight)
        yield Clause(weighted, "grams", (gram,))


def single(schema: tantivy.Schema, field: str, word: str) -> tantivy.Query:
    """Return what finds the rows with a term."""
    return tantivy.Query.term_query(schema, field, word, "freq")


def any_of(queries: Iterable[tantivy.Query]) -> tantivy.Query:
    """Return what finds the rows of any of these."""
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in queries])


def all_of(*queries: tantivy.Query) -> tantivy.Query:
    """Return what finds the rows of all of these."""
    return tantivy.Query.boolean_query([(tantivy.Occur.Must, query) for query in queries])


def _grams(words: Iterable[str], most: int) -> dict[str, float]:
    """Return the weight of each run of letters; the `most` of a word weigh as much as all."""
    weights: dict[str, float] = {}
    for word in words:
        grams = GRAMS.analyze(f" {word} ")
        count = min(most, len(grams))
        for number in range(count):
            gram = grams[number * (len(grams) - 1) // max(1, count - 1)]
            weights[gram] = max(weights.get(gram, 0.0), GRAMS_WEIGHT * len(grams) / count)
    return weights
