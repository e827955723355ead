"""What a claim says that a sentence does not, as a question: the reader finds what is there.

"The hall was built in 1912" becomes "The hall was built in what year?" if the sentence has no 1912.
"""

import re
from dataclasses import dataclass

from rag.checking.facts import Facts, Word

ARTICLE = re.compile(r"\b(?:an?|the)\s+$", re.IGNORECASE)
AT = re.compile(r"\b(?:in|on|at|by|since|until|of)\s+$", re.IGNORECASE)
CHOSEN_FIRST = ("number", "name", "opening", "word")


@dataclass(frozen=True, slots=True)
class Slot:
    """Words of a claim next to each other, as written, and the question that they would answer."""

    run: tuple[Word, ...]
    words: str
    question: str

    @property
    def is_value(self) -> bool:
        """Whether a number or a name is among the words, so that its like can be named."""
        return any(word.kind in ("number", "name") for word in self.run)


def slot_of(claim: Facts, said: Facts) -> Slot | None:
    """Return the words of a claim that a sentence has not, as a question; None if it has all.

    Of several places the first one with a number is taken, then with a name.
    """
    runs = _runs(claim, said)
    if not runs:
        return None
    run = min(runs, key=lambda run: min(CHOSEN_FIRST.index(word.kind) for word in run))
    start, end = run[0].start, run[-1].end
    before = ARTICLE.sub("", claim.text[:start])
    question = f"{before}{_asks(run, before)}{claim.text[end:]}".rstrip(" .!")
    return Slot(tuple(run), claim.text[start:end], f"{question}?")


def _runs(claim: Facts, said: Facts) -> list[list[Word]]:
    """Return the words that a sentence has not, those next to each other together."""
    runs: list[list[Word]] = []
    end = -1
    for word in claim.words:
        if said.holds(word):
            continue
        if runs and not claim.text[end : word.start].strip(" -,"):
            runs[-1].append(word)
        else:
            runs.append([word])
        end = word.end
    return runs


def _asks(run: list[Word], before: str) -> str:
    if any(word.form == "year" for word in run):
        return "what year"
    if any(word.kind == "number" for word in run) and not AT.search(before):
        return "how many"
    return "what"
