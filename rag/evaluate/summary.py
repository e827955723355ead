"""From judged questions to figures: for all, for each kind, and for two runs compared."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from rag.evaluate import metrics
from rag.evaluate.judge import Judged

RESAMPLES = 2000
SEED = 1


@dataclass(frozen=True, slots=True)
class Difference:
    """A measure in two runs; `low` and `high` bound the 95 % interval of second minus first."""

    measure: str
    questions: int
    first: float
    second: float
    low: float
    high: float


def summarise(judged: Sequence[Judged], threshold: float) -> dict[str, object]:
    """Return the figures of a run, without those that these questions cannot measure."""
    answerable = [item for item in judged if item.answerable]
    others = [item for item in judged if not item.answerable]
    confidences = [item.confidence for item in judged]
    right = [item.right for item in judged]
    bins = metrics.calibration(confidences, right)
    best, share = metrics.best_threshold(
        confidences, right, [item.answerable for item in judged], threshold
    )
    times = [item.milliseconds for item in judged]
    figures: dict[str, object | None] = {
        "questions": len(judged),
        "as wanted": _mean(item.well for item in judged),
        "answerable": len(answerable),
        "right quote shown": _mean(item.well for item in answerable),
        "right quote found": _mean(item.right for item in answerable),
        "first quote right": _mean(item.first for item in answerable if not item.refused),
        "answerable refused": _mean(item.refused for item in answerable),
        "others refused": _mean(item.refused for item in others),
        "exact match": _mean(item.exact for item in answerable),
        "token F1": _mean(item.f1 for item in answerable),
        "quote precision": _mean(item.precision for item in answerable),
        "quote recall": _mean(item.recall for item in answerable),
        "sentence F1": _mean(item.sentence_f1 for item in answerable),
        "retrieval": _retrieval(answerable),
        "AUROC": metrics.auroc(confidences, [item.answerable for item in judged]),
        "calibration error": metrics.calibration_error(bins),
        "threshold": threshold,
        "threshold these questions suggest": best,
        "as wanted there": share,
        "milliseconds, median": float(np.median(times)),
        "milliseconds, 95 %": float(np.percentile(times, 95)),
        "kinds": _kinds(judged),
    }
    return {name: value for name, value in figures.items() if value is not None and value != {}}


def compare(first: Sequence[Judged], second: Sequence[Judged]) -> list[Difference]:
    """Return the measures of two runs on the questions that both asked, by a paired bootstrap."""
    others = _keyed(second)
    pairs = [(item, others[key]) for key, item in _keyed(first).items() if key in others]
    measures: dict[str, Callable[[Judged], float | None]] = {
        "as wanted": lambda item: float(item.well),
        "right quote found": lambda item: float(item.right) if item.answerable else None,
        "refused": lambda item: float(item.refused),
        "exact match": lambda item: item.exact,
        "token F1": lambda item: item.f1,
        "sentence F1": lambda item: item.sentence_f1,
        "retrieved among 5": lambda item: (
            float(item.rank is not None and item.rank < 5) if item.answerable else None
        ),
    }
    found = []
    for name, measure in measures.items():
        values = [
            (a, b)
            for one, two in pairs
            if (a := measure(one)) is not None and (b := measure(two)) is not None
        ]
        if values:
            found.append(_difference(name, np.array(values)))
    return found


def _keyed(judged: Sequence[Judged]) -> dict[tuple[str, str, bool, int], Judged]:
    """Return judged questions by key; the number keeps equal questions of a file apart."""
    seen: Counter[tuple[str, str, bool]] = Counter()
    keyed = {}
    for item in judged:
        key = (item.question, item.kind, item.answerable)
        keyed[*key, seen[key]] = item
        seen[key] += 1
    return keyed


def _difference(name: str, values: np.ndarray[tuple[int, int], np.dtype[np.float64]]) -> Difference:
    rng = np.random.default_rng(SEED)
    differences = values[:, 1] - values[:, 0]  # (questions,)
    count = len(differences)
    means = [rng.choice(differences, count).mean() for _ in range(RESAMPLES)]
    low, high = np.percentile(means, [2.5, 97.5])
    first, second = values.mean(0)
    return Difference(name, len(values), float(first), float(second), float(low), float(high))


def _retrieval(answerable: Sequence[Judged]) -> dict[str, float]:
    runs = {str(number): item.ranked for number, item in enumerate(answerable)}
    relevant = {
        str(number): dict(zip(item.relevant, item.grades, strict=True))
        for number, item in enumerate(answerable)
    }
    return metrics.retrieval(runs, relevant)


def _kinds(judged: Sequence[Judged]) -> dict[str, dict[str, float]]:
    kinds = dict.fromkeys(item.kind for item in judged if item.kind)
    return {kind: _kind([item for item in judged if item.kind == kind]) for kind in kinds}


def _kind(items: Sequence[Judged]) -> dict[str, float]:
    """Return the figures of a kind; those of quotes only if some of it has an answer."""
    answerable = [item for item in items if item.answerable]
    figures = {
        "questions": len(items),
        "as wanted": _mean(item.well for item in items),
        "right quote found": _mean(item.right for item in answerable),
        "first quote right": _mean(item.first for item in answerable if not item.refused),
        "refused": _mean(item.refused for item in items),
        "mean confidence": _mean(item.confidence for item in items),
    }
    return {name: value for name, value in figures.items() if value is not None}


def _mean(values: Iterable[float | None]) -> float | None:
    known = [float(value) for value in values if value is not None]
    return float(np.mean(known)) if known else None
