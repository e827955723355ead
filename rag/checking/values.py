"""What a check of a text gives: a verdict on every sentence that states something."""

from collections import Counter
from dataclasses import dataclass
from typing import Literal

from rag.types import Citation

Verdict = Literal["supported", "contradicted", "missing"]
LeftOut = Literal["heading", "question", "greeting", "fragment"]


@dataclass(frozen=True, slots=True)
class Checked:
    """A sentence of the text, what the documents say of it, and the quote that says it.

    `start` and `end` are its offsets in the checked text. `confidence` is the estimated probability
    of the verdict. `citation` is None if the documents don't say it ("missing"). `note` is a
    sentence about what differs, or "".
    """

    sentence: str
    start: int
    end: int
    verdict: Verdict
    confidence: float
    citation: Citation | None = None
    note: str = ""


@dataclass(frozen=True, slots=True)
class CheckedText:
    """The sentences of a text that state something, in order, and what was left out.

    `left_out` counts what states nothing, by kind. `text` is the text that the offsets count in.
    """

    text: str
    sentences: tuple[Checked, ...]
    left_out: dict[LeftOut, int]

    def count(self, verdict: Verdict) -> int:
        """Return how many sentences have this verdict."""
        return Counter(checked.verdict for checked in self.sentences)[verdict]
