"""How the outcomes depend on the threshold, and how far confidence can be taken at its word."""

from collections.abc import Sequence

from rag.evaluate import metrics
from rag.evaluate.judge import Judged

STEPS = 20  # thresholds from 0 to 1


def curves(judged: Sequence[Judged]) -> dict[str, list[dict[str, float | None]]]:
    """Return both curves as numbers, over all questions: near misses are among them.

    `risk and coverage` has, for each threshold, the share of the questions that is answered and the
    share of these that is right (none if nothing is answered). `reliability` has, for each tenth of
    confidence in use, the mean confidence and the share of right answers.
    """
    bins = metrics.calibration(
        [item.confidence for item in judged], [item.right for item in judged]
    )
    return {
        "risk and coverage": [_at(step / STEPS, judged) for step in range(STEPS + 1)],
        "reliability": [
            {"confidence": confidence, "right": right, "questions": questions}
            for confidence, right, questions in sorted(bins)
        ],
    }


def _at(threshold: float, judged: Sequence[Judged]) -> dict[str, float | None]:
    shown = [bool(item.quotes) and item.confidence >= threshold for item in judged]
    pairs = list(zip(judged, shown, strict=True))
    return {
        "threshold": threshold,
        "answered": _share(shown),
        "right": _share([item.right for item, answered in pairs if answered]),
        "answerable answered": _share([answered for item, answered in pairs if item.answerable]),
        "others refused": _share([not answered for item, answered in pairs if not item.answerable]),
    }


def _share(outcomes: Sequence[bool]) -> float | None:
    return sum(outcomes) / len(outcomes) if outcomes else None
