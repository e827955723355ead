"""The features of a claim beside a sentence of the documents, and the odds that they give.

Two small linear models, fitted by training/claims.py, compare "supported" and "contradicted" with
"missing": the probabilities of the three add up to 1.
"""

import math
from collections.abc import Callable, Iterable, Mapping
from difflib import SequenceMatcher

from rag.checking.facts import Facts, Word, facts_of
from rag.checking.slots import Slot
from rag.checking.values import Verdict
from rag.read.coverage import read_text
from rag.types import Scores, Span

MANY = 3  # this many count like more
# a claim with one of these says more than a sentence without
STRONG = frozenset(
    "only solely exclusively entirely always never all every nobody none nothing alone completely "
    "unable incapable any cannot refused failed yet".split()
)

FIGURES = "figures_missing"
LEAST = 0.5  # probability of a verdict other than "missing"

Rarity = Callable[[list[str]], Scores]

SUPPORTED: dict[str, float] = {
    "constant": -0.36,
    "similarity": 3.72,
    "rest": -0.13,
    "negated": -4.77,
    "denies": -0.02,
    "stronger": -0.75,
    "replaced": -1.01,
    "words_missing": -0.71,
    "names_unknown": -0.06,
    "names_before": 2.04,
    "other_codes": -1.43,
    "other_names": -1.77,
    "answers": 0.85,
    "asked": -1.39,
    "given": -0.19,
    "given_rest": 1.52,
}
CONTRADICTED: dict[str, float] = {
    "constant": -5.54,
    "similarity": 5.09,
    "rest": 1.86,
    "negated": 0.86,
    "denies": 1.10,
    "stronger": 1.90,
    "replaced": -0.10,
    "words_missing": -0.51,
    "names_unknown": -0.27,
    "names_before": -3.63,
    "other_codes": 0.01,
    "other_names": -0.05,
    "answers": 0.09,
    "asked": 1.93,
    "given": 0.16,
    "given_rest": -0.02,
}


def evidence(claim: Facts, span: Span, slot: Slot | None, rarity: Rarity) -> dict[str, float]:
    """Return how much of a claim a sentence holds, and what it has in its place.

    `rest` is the share of the rarity of the words outside the slot that the sentence holds,
    `replaced` the same if another number or name is in the place of the claim's. `words_missing`
    counts the words, without numbers and names, that are nowhere around, `figures_missing` the
    numbers in digits, and those of something else in the sentence.
    """
    said, around = facts_of(read_text(span)), facts_of(_around(span))
    shares = _shares([word for word in claim.words if not slot or word not in slot.run], rarity)
    rest = sum(share for word, share in shares.items() if said.holds(word))
    valued = any(
        mine.kind != "word" and mine.form == other.form for mine, other in replaced(claim, said)
    )
    missing = {word for word in claim.words if not said.holds(word) and not around.holds(word)}
    return {
        "rest": rest,
        "negated": float(claim.is_negative != said.is_negative),
        "denies": float(claim.is_negative),
        "stronger": float(bool((claim.said & STRONG) - said.said - around.said)),
        "replaced": rest * valued,
        "words_missing": float(min(MANY, sum(word.kind == "word" for word in missing))),
        FIGURES: float(sum(word.is_figure for word in missing) + _of_others(claim, said)),
    }


def _shares(words: Iterable[Word], rarity: Rarity) -> dict[Word, float]:
    """Return what share of the rarity of all each word has."""
    words = list(dict.fromkeys(words))
    weights = rarity([word.stem for word in words]).tolist()
    total = max(sum(weights), 1e-9)
    return {word: weight / total for word, weight in zip(words, weights, strict=True)}


def probabilities(found: Mapping[str, float]) -> tuple[float, float]:
    """Return the probability that a claim is supported, and that it is contradicted."""
    odds = [
        sum(weight * found.get(name, 1.0) for name, weight in weights.items())
        for weights in (SUPPORTED, CONTRADICTED)
    ]
    highest = max(0.0, *odds)
    shares = [math.exp(value - highest) for value in (*odds, 0.0)]
    return shares[0] / sum(shares), shares[1] / sum(shares)


def decided(found: Mapping[str, float]) -> tuple[Verdict, float]:
    """Return the verdict on a claim and its probability.

    A claim with a figure that is neither in the sentence nor around it is never supported.
    """
    supported, contradicted = probabilities(found)
    if supported >= LEAST and not found[FIGURES]:
        return "supported", supported
    if contradicted >= LEAST:
        return "contradicted", contradicted
    return "missing", 1 - contradicted - (0.0 if found[FIGURES] else supported)


def replaced(claim: Facts, said: Facts) -> list[tuple[Word, Word]]:
    """Return the words of a claim that a sentence has not, each with what is in its place."""
    pairs: list[tuple[Word, Word]] = []
    matcher = SequenceMatcher(None, _stems(claim.words), _stems(said.words), autojunk=False)
    for kind, start, end, low, high in matcher.get_opcodes():
        if kind == "replace":
            mine = [word for word in claim.words[start:end] if not said.holds(word)]
            others = [word for word in said.words[low:high] if not claim.holds(word)]
            pairs += zip(mine, others, strict=False)
    return pairs


def _of_others(claim: Facts, said: Facts) -> int:
    """Return how many figures of a claim are of something else in a sentence: yuan, not dollars.

    The sentence must have what the claim counts behind another figure: a word that means the same
    is no fault.
    """
    counted = _counted(said)
    wrong = 0
    for figure, what in _counted(claim):
        others = {other for word, other in counted if _is_same(word, figure)}
        wrong += bool(others) and what not in others and any(what == one for _, one in counted)
    return wrong


def _counted(facts: Facts) -> list[tuple[Word, str]]:
    """Return the figures of a text, each with the stem of the word behind it and its "million"."""
    found = []
    for place, figure in enumerate(facts.words):
        behind = (word for word in facts.words[place:] if not _is_same(word, figure))
        if figure.is_figure and (what := next(behind, None)):
            found.append((figure, what.stem))
    return found


def _is_same(one: Word, other: Word) -> bool:
    return one.said == other.said or bool(one.meanings & other.meanings)


def _stems(words: Iterable[Word]) -> list[str]:
    return [word.stem for word in words]


def _around(span: Span) -> str:
    """Return what is around a sentence: title and path of its document, headings, passage."""
    passage = span.passage
    return f"{passage.document.title}\n{passage.document.id}\n{passage.embedded}"
