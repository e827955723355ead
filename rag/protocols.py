"""Protocols with several implementations: encoders, the two searches, readers."""

from collections.abc import Sequence
from typing import Protocol

from rag.trace import Trace
from rag.types import Hit, Rows, Scores, Span, Vectors


class Encoder(Protocol):
    """Turns texts into unit vectors. `identity` changes if the vectors change."""

    name: str
    identity: str
    dimension: int
    max_tokens: int

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return (len(texts), dimension) unit rows for passages.

        Raises EncoderError if a text has more than `max_tokens` tokens.
        """

    def encode_questions(self, questions: Sequence[str]) -> Vectors:
        """Return (len(questions), dimension) unit rows; cut questions to `max_tokens`."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text, without special tokens."""


class DenseSearch(Protocol):
    """Finds the rows that are nearest to vectors."""

    def search(self, vectors: Vectors, k: int, rows: "Rows | None" = None) -> tuple[Scores, Rows]:
        """Return (n, k) inner products and their rows, best first.

        If `rows` (ascending) are given, only those are searched. The result has fewer than k
        columns if fewer rows are searched.
        """


class WordSearch(Protocol):
    """Finds the rows that share words with a question."""

    def search(self, question: str, k: int, rows: "Rows | None" = None) -> tuple[Scores, Rows]:
        """Return at most k scores above 0 and their rows, best first.

        If `rows` are given, ascending, only these are searched. A few are ranked as in an index of
        their own.
        """

    def rarity(self, terms: list[str]) -> Scores:
        """Return the inverse document frequency of terms in the whole index."""

    def beginning(self, prefix: str) -> dict[str, int]:
        """Return the terms that begin with a prefix, and how many rows hold each."""

    def holding(self, term: str, k: int) -> Rows:
        """Return at most k rows that hold a term."""


class Reader(Protocol):
    """Finds the spans of retrieved passages that answer a question."""

    def read(self, question: str, hits: Sequence[Hit], trace: Trace | None = None) -> list[Span]:
        """Return spans, best first.

        The score of the first is the probability that it answers; the others score lower.
        """
