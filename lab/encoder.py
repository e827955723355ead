"""An encoder whose vectors can be computed by hand."""

import re
from collections.abc import Sequence

import numpy as np

from rag.errors import EncoderError
from rag.types import Vectors

TOKEN = re.compile(r"\w{1,8}|[^\w\s]")


class FakeEncoder:
    """Counts words: each new word gets the next axis, so similar texts share words.

    A token is a run of at most eight letters or digits, or one other character. `encoded` holds
    every embedded text, in order.
    """

    def __init__(self, identity: str = "fake", dimension: int = 256, max_tokens: int = 256) -> None:
        self.name = "fake"
        self.identity = identity
        self.dimension = dimension
        self.max_tokens = max_tokens
        self.encoded: list[str] = []
        self.questions: list[str] = []
        self._axes: dict[str, int] = {}

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return (len(texts), dimension) unit rows; raises EncoderError if a text is too long."""
        for text, count in zip(texts, self.count_tokens(texts), strict=True):
            if count > self.max_tokens:
                raise EncoderError(
                    f"A text of {count} tokens is over {self.max_tokens}: {text[:40]!r}"
                )
        self.encoded.extend(texts)
        return self._vectors(texts)

    def encode_questions(self, questions: Sequence[str]) -> Vectors:
        """Return (len(questions), dimension) unit rows."""
        self.questions.extend(questions)
        return self._vectors(questions)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the number of tokens of each text."""
        return [len(TOKEN.findall(text)) for text in texts]

    def _vectors(self, texts: Sequence[str]) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.lower()):
                vectors[row, self._axes.setdefault(word, len(self._axes)) % self.dimension] += 1
            if not vectors[row].any():
                vectors[row, -1] = 1
        normalised: Vectors = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
        return normalised
