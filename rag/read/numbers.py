"""The numbers and codes of a question that a passage lacks, in any script.

The warranty of the A200 is no answer to a question about the A300, whatever the language.
"""

import re
import unicodedata
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from rag.types import Passage, Span

# "2015", "1,500", "A200", "E-2107"; letters of other alphabets are not part of a code
NUMBER = re.compile(r"(?:[A-Za-z]+-?)?\d+(?:[.,]\d+)*[A-Za-z]*")
THOUSANDS = re.compile(r"[.,](?=\d{3}(?!\d))")
MANY = 2  # this many missing numbers count like more


def numbers_of(text: str) -> set[str]:
    """Return the numbers and codes of a text as they are compared, without single digits."""
    found = (THOUSANDS.sub("", match.lower()) for match in NUMBER.findall(text))
    plain = ("".join(map(_plain, number)) for number in found)
    return {number for number in plain if len(number) > 1}


def numbers_missing(question: str, spans: Sequence[Span]) -> npt.NDArray[np.float64]:
    """Return how many numbers of the question are not around each sentence, (sentences,).

    Around it are its passage, the headings, and the title and path of its document.
    """
    asked = numbers_of(question)
    counts: dict[tuple[str, int], int] = {}
    for span in spans if asked else ():
        if span.passage.name not in counts:
            counts[span.passage.name] = len(asked - numbers_of(_around(span.passage)))
    missing = [min(MANY, counts.get(span.passage.name, 0)) for span in spans]
    return np.array(missing, np.float64)


def _around(passage: Passage) -> str:
    document = passage.document
    return f"{document.id}\n{document.title}\n{passage.heading}\n{passage.text}"


def _plain(character: str) -> str:
    """Return a digit of any script as 0 to 9, any other character as it is."""
    return str(unicodedata.decimal(character, character))
