"""The figures: SQuAD's exact match and F1, refusals and calibration, and retrieval through ir-measures (trec_eval)."""

import re
import string
import unicodedata
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np

BINS = 10
COVERAGES = (0.5, 0.7, 0.8, 0.9, 1.0)
RETRIEVAL = ("R@1", "R@5", "R@20", "RR", "nDCG@10")


def word_scores(found: str, answers: Sequence[str]) -> tuple[float, float]:
    """Return exact match and token F1 with the best of the answers, as SQuAD's official script has them."""
    return max((_exact(found, answer) for answer in answers), default=0.0), max(
        (_f1(found, answer) for answer in answers), default=0.0
    )


def stands_in(words: str, text: str) -> bool:
    """Return whether words stand in a text, however they are typed, and not as a part of longer words.

    Where a script has no spaces between words, they may stand anywhere.
    """
    pieces = words.casefold().split()
    if not pieces:
        return False
    before = r"(?<!\w)" if _spaced(pieces[0][0]) else ""
    after = r"(?!\w)" if _spaced(pieces[-1][-1]) else ""
    return re.search(before + pattern_of(words.casefold()) + after, text.casefold()) is not None


def pattern_of(words: str) -> str:
    """Return a pattern that finds words with any run of spaces, straight or curly marks, accents apart or not."""
    return r"\s+".join(
        "".join(map(_typed, unicodedata.normalize("NFC", piece))) for piece in words.split()
    )


def _typed(character: str) -> str:
    for marks in ("'’‘", '"“”„'):
        if character in marks:
            return f"[{marks}]"
    apart = unicodedata.normalize("NFD", character)
    return (
        re.escape(character)
        if apart == character
        else f"(?:{re.escape(character)}|{re.escape(apart)})"
    )


def _spaced(character: str) -> bool:
    """Return whether a letter or digit is of a script with spaces between words: Thai, CJK and what follows have none."""
    return character.isalnum() and character < "\u0e00"


def retrieval(
    runs: Mapping[str, Sequence[str]], relevant: Mapping[str, Mapping[str, int]]
) -> dict[str, float]:
    """Return recall, reciprocal rank and nDCG of ranked ids for questions, means over those with something relevant.

    `relevant` tells the grade of each id that is.
    """
    qrels = {question: dict(grades) for question, grades in relevant.items() if grades}
    run = {
        question: {name: float(len(ids) - rank) for rank, name in enumerate(ids)}
        for question, ids in runs.items()
        if question in qrels
    }
    if not qrels:
        return {}
    import ir_measures  # here, since the page keeps feedback without measuring anything

    measures = [ir_measures.parse_measure(name) for name in RETRIEVAL]
    found = ir_measures.calc_aggregate(measures, qrels, run)
    return {name: float(found[measure]) for name, measure in zip(RETRIEVAL, measures, strict=True)}


def auroc(confidences: Sequence[float], answerable: Sequence[bool]) -> float | None:
    """Return how well confidence tells answerable questions from others; nothing where there is only one sort."""
    if len(set(answerable)) < 2:
        return None
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(answerable, confidences))


def calibration(
    confidences: Sequence[float], right: Sequence[bool]
) -> list[tuple[float, float, int]]:
    """Return mean confidence, share right and count of each tenth of confidence that any question falls into."""
    bins = np.minimum((np.array(confidences) * BINS).astype(int), BINS - 1)
    told, were = np.array(confidences), np.array(right, np.float64)
    return [
        (float(told[bins == b].mean()), float(were[bins == b].mean()), int((bins == b).sum()))
        for b in set(bins)
    ]


def calibration_error(bins: Sequence[tuple[float, float, int]]) -> float:
    """Return the expected calibration error: the mean distance of confidence from share right, weighted by count."""
    total = sum(count for *_, count in bins)
    return sum(count * abs(told - were) for told, were, count in bins) / total if total else 0.0


def risk_at_coverage(
    confidences: Sequence[float], right: Sequence[bool]
) -> list[tuple[float, float]]:
    """Return the share of wrong ones among the n most confident, for every n: (coverage, risk)."""
    order = np.argsort(-np.array(confidences), kind="stable")
    wrong = 1 - np.array(right, np.float64)[order]
    counts = np.arange(1, len(wrong) + 1)
    return [
        (float(n / len(wrong)), float(risk))
        for n, risk in zip(counts, np.cumsum(wrong) / counts, strict=True)
    ]


def best_threshold(
    confidences: Sequence[float], right: Sequence[bool], answerable: Sequence[bool], current: float
) -> tuple[float, float]:
    """Return the threshold with most right outcomes, and their share; of equals the one nearest to the current.

    An outcome is right if an answerable question is shown a right quote, or another one is refused.
    """
    told, were, can = np.array(confidences), np.array(right), np.array(answerable)
    edges = np.unique(told)
    choices = np.array([current, 0.0, *((edges[1:] + edges[:-1]) / 2), 1.0])
    shares = np.array([np.where(can, were & (told >= t), told < t).mean() for t in choices])
    best = choices[shares == shares.max()]
    chosen = float(best[np.argmin(np.abs(best - current))])
    return chosen, float(shares.max())


def overlap(
    found: Sequence[tuple[int, int]], gold: Sequence[tuple[int, int]]
) -> tuple[float, float]:
    """Return precision and recall, in characters, of spans against those expected."""
    ours = {place for start, end in found for place in range(start, end)}
    theirs = {place for start, end in gold for place in range(start, end)}
    both = len(ours & theirs)
    return both / len(ours) if ours else 0.0, both / len(theirs) if theirs else 0.0


def _exact(found: str, answer: str) -> float:
    return float(_words(found) == _words(answer))


def _f1(found: str, answer: str) -> float:
    ours, theirs = _words(found), _words(answer)
    if not ours or not theirs:
        return float(ours == theirs)
    same = sum((Counter(ours) & Counter(theirs)).values())
    return 2 * same / (len(ours) + len(theirs))


def _words(text: str) -> list[str]:
    plain = "".join(
        character for character in text.lower() if character not in set(string.punctuation)
    )
    return re.sub(r"\b(a|an|the)\b", " ", plain).split()
