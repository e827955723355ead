"""How many of a question's rare words a sentence says, itself and with what is around it.

A word may be said in another one: "pet" in "dog". How alike words are comes from a table.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from rag.read.names import names_of
from rag.tables import as_read, is_row
from rag.types import Hit, Passage, Scores, Span

Terms = Callable[[str], list[str]]
Table = npt.NDArray[np.float64]
Marks = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.int64]

WORD = re.compile(r"[^\W\d_]{3,}")
# words that are less alike say something else, words that are more alike say the same
ALIKE, SAME = 0.45, 0.75


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """What is known of words: their terms, how rare those are, and how alike words are."""

    terms_of: Terms
    # the terms of the content words of a question, each with its word
    content_stems: Callable[[str], dict[str, str]]
    rarity: Callable[[list[str]], Scores]
    # the cosines of words in small letters, (words, others)
    alike: Callable[[list[str], list[str]], npt.NDArray[np.float32]]


def coverage(
    question: str,
    hits: Sequence[Hit],
    spans: Sequence[Span],
    numbers: Numbers,
    vocabulary: Vocabulary,
) -> dict[str, Table]:
    """Return the shares of the question's rarity in each sentence, neighbour and passage.

    `numbers`, (sentences,), has the number of each sentence's hit. `passage_alike` is what other
    words add to `passage_coverage`. A row of a table has no neighbours: what another row says is
    said of another thing.
    """
    stems = vocabulary.content_stems(question)
    rarity = vocabulary.rarity(list(stems)).astype(np.float64)
    shares = rarity / max(float(rarity.sum()), 1e-9)
    texts = [*map(read_text, spans), *(_head(hit.passage) for hit in hits)]
    rows = np.array([is_row(span.passage.document, span.start) for span in spans])[:, None]
    said = _said(list(stems), texts, vocabulary.terms_of)
    present = said[: len(spans)]
    before, after = _neighbours(present, numbers)
    own, around = present @ shares, _around(said, numbers, rows)
    alike = _alike(question, list(stems.values()), texts, vocabulary)
    return {
        "coverage": own,
        "coverage_before": (before & ~rows | present) @ shares - own,
        "coverage_after": (after & ~rows | present) @ shares - own,
        "passage_coverage": around @ shares,
        "passage_alike": np.maximum(_around(alike, numbers, rows) - around, 0) @ shares,
    }


def _said(terms: list[str], texts: list[str], terms_of: Terms) -> Marks:
    """Return which texts contain which terms, (texts, terms)."""
    known = [set(terms_of(text)) for text in texts]
    present = [[term in words for term in terms] for words in known]
    return np.array(present, np.bool_).reshape(len(texts), -1)


def _alike(question: str, words: list[str], texts: list[str], vocabulary: Vocabulary) -> Table:
    """Return how surely texts say words in other ones, (texts, words), 0 to 1.

    No other word says the same as a name.
    """
    names = {name.text for name in names_of(question)}
    asked = ["" if word in names else word.lower() for word in words]
    said = [list({word.lower() for word in WORD.findall(text)}) for text in texts]
    row_of = {word: row for row, word in enumerate(set().union(*said))}
    cosines = vocabulary.alike(asked, list(row_of))  # (words, words of all texts)
    found = np.zeros((len(texts), len(words)))
    for text, own in enumerate(said):
        found[text] = cosines[:, [row_of[word] for word in own]].max(axis=1, initial=0)
    return np.clip((found - ALIKE) / (SAME - ALIKE), 0, 1)


def _around(values: Table | Marks, numbers: Numbers, rows: Marks) -> Table:
    """Return the highest value in each sentence's passage or row and above it.

    `values` has those of the sentences, then those of what is above each hit.
    """
    own, above = values[: len(numbers)], values[len(numbers) :]
    passages = above.copy()
    np.maximum.at(passages, numbers, own)
    return np.where(rows, np.maximum(above[numbers], own), passages[numbers]).astype(np.float64)


def _neighbours(present: Marks, numbers: Numbers) -> tuple[Marks, Marks]:
    """Return the rows of the sentences before and after; empty at the edges of a passage."""
    same = (numbers[1:] == numbers[:-1])[:, None]
    before, after = np.zeros_like(present), np.zeros_like(present)
    before[1:] = present[:-1] & same
    after[:-1] = present[1:] & same
    return before, after


def read_text(span: Span) -> str:
    """Return the words of a span; those of a table come after the names of their columns."""
    document = span.passage.document
    if not document.tables or document.table_at(span.start) is None:
        return span.text
    return as_read(document, span.start, span.end).text


def _head(passage: Passage) -> str:
    """Return what is above a passage: the path and title of its document, and its headings."""
    document = passage.document
    return f"{document.id} {document.title} {passage.heading}"
