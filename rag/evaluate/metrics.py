"""The figures: SQuAD's exact match and F1, refusals, calibration, and retrieval by trec_eval."""

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
    """Return exact match and token F1 with the best answer, as in SQuAD's official script."""
    exact = max((_exact(found, answer) for answer in answers), default=0.0)
    f1 = max((_f1(found, answer) for answer in answers), default=0.0)
    return exact, f1


def stands_in(words: str, text: str) -> bool:
    """Return whether a text holds these words, however they are typed, as whole words.

    In a script without spaces between words, they may be anywhere.
    """
    pieces = words.casefold().split()
    if not pieces:
        return False
    before = r"(?<!\w)" if _spaced(pieces[0][0]) else ""
    after = r"(?!\w)" if _spaced(pieces[-1][-1]) else ""
    return re.search(before + pattern_of(words.casefold()) + after, text.casefold()) is not None


def pattern_of(words: str) -> str:
    """Return a pattern for words: any white space, quotation marks and form of accents match."""
    return r"\s+".join(
        "".join(map(_typed, unicodedata.normalize("NFC", piece))) for piece in words.split()
    )


def _typed(character: str) -> str:
    for marks in ("'’‘", '"“”„'):
        if character in marks:
            return f"[{marks}]"
    decomposed = unicodedata.normalize("NFD", character)
    if decomposed == character:
        return re.escape(character)
    return f"(?:{re.escape(character)}|{re.escape(decomposed)})"


def _spaced(character: str) -> bool:
    """Return whether a character is a letter or digit of a script with spaces between words."""
    return character.isalnum() and character < "\u0e00"  # Thai, CJK and the rest have none


def retrieval(
    runs: Mapping[str, Sequence[str]], relevant: Mapping[str, Mapping[str, int]]
) -> dict[str, float]:
    """Return mean recall, reciprocal rank and nDCG over the questions with relevant ids.

    `runs` maps each question to its ranked ids, `relevant` to the grades of its relevant ids.
    """
    qrels = {question: dict(grades) for question, grades in relevant.items() if grades}
    run = {
        question: {name: float(len(ids) - rank) for rank, name in enumerate(ids)}
        for question, ids in runs.items()
        if question in qrels
    }
    if not qrels:
        return {}
    import ir_measures  # imported here, because the page keeps feedback but measures nothing

    measures = [ir_measures.parse_measure(name) for name in RETRIEVAL]
    found = ir_measures.calc_aggregate(measures, qrels, run)
    return {name: float(found[measure]) for name, measure in zip(RETRIEVAL, measures, strict=True)}


def auroc(confidences: Sequence[float], answerable: Sequence[bool]) -> float | None:
    """Return how well confidence separates answerable questions; None if all are of one sort."""
    if len(set(answerable)) < 2:
        return None
    from sklearn.metrics import roc_auc_score

    return float(roc_auc_score(answerable, confidences))


def calibration(
    confidences: Sequence[float], right: Sequence[bool]
) -> list[tuple[float, float, int]]:
    """Return mean confidence, share right and count for each tenth of confidence in use."""
    bins = np.minimum((np.array(confidences) * BINS).astype(int), BINS - 1)
    confidence, correct = np.array(confidences), np.array(right, np.float64)
    members = [bins == number for number in set(bins)]
    return [
        (float(confidence[inside].mean()), float(correct[inside].mean()), int(inside.sum()))
        for inside in members
    ]


def calibration_error(bins: Sequence[tuple[float, float, int]]) -> float:
    """Return the expected calibration error: the mean |confidence - share right|, by count."""
    total = sum(count for *_, count in bins)
    gaps = sum(count * abs(confidence - share) for confidence, share, count in bins)
    return gaps / total if total else 0.0


def risk_at_coverage(
    confidences: Sequence[float], right: Sequence[bool]
) -> list[tuple[float, float]]:
    """Return (coverage, risk) for every n: the share wrong among the n most confident answers."""
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
    """Return the threshold with the most right outcomes, and their share.

    Among equals, choose the one nearest to the current threshold. An outcome is right if an
    answerable question gets a right quote, or any other is refused.
    """
    confidence, correct, can = np.array(confidences), np.array(right), np.array(answerable)
    edges = np.unique(confidence)
    choices = np.array([current, 0.0, *((edges[1:] + edges[:-1]) / 2), 1.0])
    outcomes = [np.where(can, correct & (confidence >= t), confidence < t) for t in choices]
    shares = np.array([outcome.mean() for outcome in outcomes])
    best = choices[shares == shares.max()]
    chosen = float(best[np.argmin(np.abs(best - current))])
    return chosen, float(shares.max())


def overlap(
    found: Sequence[tuple[int, int]], gold: Sequence[tuple[int, int]]
) -> tuple[float, float]:
    """Return precision and recall, in characters, of spans against the expected ones."""
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
    plain = text.lower().translate(dict.fromkeys(map(ord, string.punctuation)))
    return re.sub(r"\b(a|an|the)\b", " ", plain).split()
