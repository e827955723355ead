"""How alike two words are: a table of word vectors, made by training/words.py from the encoder."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open

from rag.errors import EncoderError
from rag.models.bert import Array
from rag.models.weights import table_weights

Number = Callable[[str], int | None]


class WordTable:
    """The vectors of the words that are one token; `number` gives the row of a word, or None."""

    def __init__(self, number: Number, weights: Path | None = None) -> None:
        """Load the table; raises EncoderError if it is damaged."""
        path = weights or table_weights()
        try:
            with safe_open(path, "np") as tensors:
                # (tokens, width) whole numbers, a row of zeros for what is no word
                self._rows: npt.NDArray[np.int8] = tensors.get_tensor("words")
        except (OSError, SafetensorError) as error:
            raise EncoderError(f"{path} is damaged. Reinstall this package: {error}") from error
        self._number = number

    def alike(self, words: Sequence[str], others: Sequence[str]) -> Array:
        """Return the cosines of words in small letters, (words, others).

        It is 0 where one of the two is not in the table.
        """
        cosines: Array = self._vectors(words) @ self._vectors(others).T
        return cosines

    def _vectors(self, words: Sequence[str]) -> Array:
        """Return unit rows, (words, width), or rows of zeros."""
        numbers = [self._number(word) for word in words]
        rows = self._rows[[0 if number is None else number for number in numbers]]
        vectors = rows.astype(np.float32)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        unit: Array = vectors / np.maximum(norms, 1.0)
        return unit
