"""What has several implementations: encoders, the two searches, readers."""

from collections.abc import Sequence
from typing import Protocol

from rag.types import Hit, Rows, Scores, Span, Vectors


class Encoder(Protocol):
    """Turns texts into unit vectors. `identity` changes whenever the vectors would."""

    name: str
    identity: str
    dimension: int
    max_tokens: int

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return (len(texts), dimension) unit rows for passages; raises EncoderError over `max_tokens`."""

    def encode_questions(self, questions: Sequence[str]) -> Vectors:
        """Return (len(questions), dimension) unit rows; a question over `max_tokens` is cut."""

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text, special tokens left out."""


class DenseSearch(Protocol):
    """Finds the rows nearest to vectors."""

    def search(self, vectors: Vectors, k: int, rows: "Rows | None" = None) -> tuple[Scores, Rows]:
        """Return (n, k) inner products and rows, best first, of these `rows` alone where they are given.

        `rows` ascend. There are fewer than k where fewer rows are searched.
        """


class WordSearch(Protocol):
    """Finds the rows that share words with a question."""

    def search(self, question: str, k: int, rows: "Rows | None" = None) -> tuple[Scores, Rows]:
        """Return at most k scores above 0 and their rows, best first.

        If `rows` are given, ascending, only these are searched. A few are ranked as in an index of
        their own.
        """


class Reader(Protocol):
    """Finds in retrieved passages what answers a question."""

    def read(self, question: str, hits: Sequence[Hit]) -> list[Span]:
        """Return spans, best first: the first scores the probability that it answers, the others fall behind it."""
