"""What the figures of a run suggest, in plain sentences, each with the numbers it follows from."""

from collections import Counter
from collections.abc import Iterator, Sequence

from rag.evaluate import metrics
from rag.evaluate.judge import Judged
from rag.evaluate.kinds import AS_IS, WAYS, called

FEW = 10  # questions: with fewer of a kind, nothing is said about it
OFTEN = 0.3  # share answered of a kind to refuse
ALIKE = 0.05  # difference of two shares that are as good as equal
APART = 2.0  # standard errors between two shares that differ
SURE = 0.9  # confidence that people take for certain
WORTH = 0.02  # share of the outcomes that makes another threshold worth a sentence
STEPS = 20  # thresholds from 0 to 1
LOST = {
    "not retrieved": "their passages were not retrieved",
    "not ranked": "their passages were retrieved and not among those that are read",
    "not read": "their passages were read and something else was quoted",
    "refused": "their passages were read and the confidence was below the threshold",
    "not indexed": "no document has the expected name. Index them: rag build",
    "not written": "the named documents do not hold what is expected. Check the questions",
}


def advise(judged: Sequence[Judged], threshold: float) -> list[str]:
    """Return the sentences for a run that refused below this threshold."""
    near = list(_answered_too_often(judged, threshold))
    raised = any("Raise the threshold" in sentence for sentence in near)
    return [
        *_too_few(judged),
        *near,
        *([] if raised else _threshold(judged, threshold)),
        *_ways(judged),
        *_confidence(judged),
        *_lost(judged),
    ]


def _too_few(judged: Sequence[Judged]) -> Iterator[str]:
    others = sum(not item.answerable for item in judged)
    if others < FEW:
        yield (
            f"{'Only ' * bool(others)}{others or 'No'} questions should be refused: too few to "
            "judge refusals. Add some: rag eval --generated"
        )


def _answered_too_often(judged: Sequence[Judged], threshold: float) -> Iterator[str]:
    """Say which kinds are answered though they should be refused, and what would refuse them."""
    right = [item.confidence for item in judged if item.answerable and item.well]
    others = [item for item in judged if item.kind and not item.answerable]
    for kind in dict.fromkeys(item.kind for item in others):
        items = [item for item in others if item.kind == kind]
        answered = [item.confidence for item in items if not item.refused]
        if len(items) < FEW or len(answered) <= OFTEN * len(items):
            continue
        said = f"{called(kind)} are answered too often ({len(answered)} of {len(items)})."
        higher, refused, lost = _higher(answered, right, threshold)
        if refused > lost:
            yield (
                f"{said} Raise the threshold to {_figure(higher)}: it refuses {refused} more of "
                f"them, and {lost} answerable questions that are answered right now"
            )
        else:
            yield f"{said} A higher threshold would lose more right answers than it would refuse"


def _higher(
    answered: Sequence[float], right: Sequence[float], threshold: float
) -> tuple[float, int, int]:
    """Return the higher threshold that gains most: how many it refuses, and right answers lost."""
    found = (threshold, 0, 0)
    for step in range(STEPS + 1):
        higher = step / STEPS
        refused = sum(confidence < higher for confidence in answered)
        lost = sum(confidence < higher for confidence in right)
        if higher > threshold and refused - lost > found[1] - found[2]:
            found = (higher, refused, lost)
    return found


def _threshold(judged: Sequence[Judged], threshold: float) -> Iterator[str]:
    best, share = metrics.best_threshold(
        [item.confidence for item in judged],
        [item.right for item in judged],
        [item.answerable for item in judged],
        threshold,
    )
    now = sum(item.well for item in judged)
    more = round(share * len(judged)) - now
    if len(judged) >= FEW and more > WORTH * len(judged):
        yield (
            f"With a threshold of {_figure(best)}, {more} more of the {len(judged)} outcomes "
            f"would be as wanted ({now} are now)"
        )


def _ways(judged: Sequence[Judged]) -> Iterator[str]:
    """Compare each way of asking with the same questions as they are."""
    plain = [item.well for item in judged if item.kind == AS_IS]
    for kind in WAYS:
        asked = [item.well for item in judged if item.kind == kind]
        if min(len(plain), len(asked)) < FEW:
            continue
        one, other = sum(plain) / len(plain), sum(asked) / len(asked)
        spread = one * (1 - one) / len(plain) + other * (1 - other) / len(asked)
        numbers = f"({sum(asked)} of {len(asked)}; as they are: {sum(plain)} of {len(plain)})"
        if abs(one - other) <= ALIKE:
            yield f"{called(kind)} are answered as well as others {numbers}"
        elif one - other > APART * spread**0.5:
            yield f"{called(kind)} are answered less often than others {numbers}"


def _confidence(judged: Sequence[Judged]) -> Iterator[str]:
    sure = [item for item in judged if not item.refused and item.confidence >= SURE]
    if len(sure) < FEW:
        return
    right = sum(item.right for item in sure)
    said = f"Of the {len(sure)} answers with a confidence of {_figure(SURE)} or more, {right} are"
    if right < SURE * len(sure):
        yield f"{said} right: on these documents, confidence is too high. Check such quotes too"
    else:
        yield f"{said} right"


def _lost(judged: Sequence[Judged]) -> Iterator[str]:
    reasons = Counter(item.reason for item in judged if item.answerable and not item.well)
    lost = reasons.total()
    if lost < FEW:
        return
    reason, count = reasons.most_common(1)[0]
    if 2 * count > lost and reason in LOST:
        yield f"Most lost answers have one cause ({count} of {lost}): {LOST[reason]}"


def _figure(share: float) -> str:
    return f"{share:.2f}".removeprefix("0")
