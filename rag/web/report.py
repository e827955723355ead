"""An evaluation as one self-contained page: figures, plots, and every failure with its reason.

No script can run on it: its policy allows only the style sheet inside it.
"""

from base64 import b64encode
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256

from rag.evaluate import Difference, Judged, metrics
from rag.web.templates import render
from rag.words import figure_words, kind_tables

DEPTHS = (1, 2, 3, 5, 10, 20, 50)  # numbers of retrieved passages, evenly spaced in their plot


@dataclass(frozen=True, slots=True)
class Plot:
    """Points in the unit square, joined by a line or each drawn as large as its share.

    `below` is the label of the horizontal axis, `ends` are its first and last value. `marks` are
    points of the line to name.
    """

    title: str
    below: str
    points: Sequence[tuple[float, float]]
    ends: tuple[str, str] = ("0", "1")
    shares: Sequence[float] = ()
    marks: Sequence[tuple[float, float, str]] = ()


def report_page(
    judged: Sequence[Judged],
    summary: Mapping[str, object],
    compared: Sequence[Difference] = (),
    run: Mapping[str, str] | None = None,
    advice: Sequence[str] = (),
) -> str:
    """Return the report as HTML that loads nothing else; `run` describes what was measured."""
    failures = sorted(
        (item for item in judged if not item.well), key=lambda item: (item.reason, item.rank or 0)
    )
    reasons = Counter(item.reason for item in failures).most_common()
    values = {
        "style_hash": _style_hash(),
        "run": [f"{name} {value}" for name, value in (run or {}).items()],
        "figures": _figures(summary),
        "compared": [_difference(found) for found in compared],
        "asked": len(judged),
        "failures": failures,
        "reasons": [f"{count:,} {name}" for name, count in reasons],
        "advice": advice,
        "plots": _plots(judged, summary),
        "kinds": kind_tables(summary.get("kinds")),
    }
    return render("evaluation.html", values)


def _style_hash() -> str:
    """Return the hash by which a policy allows the style sheet of the page (CSP level 2)."""
    return b64encode(sha256(render("evaluation.css").encode()).digest()).decode()


def _figures(summary: Mapping[str, object]) -> list[tuple[str, str]]:
    """Return all figures with their names, except those by kind of question."""
    figures: list[tuple[str, str]] = []
    for name, value in summary.items():
        if name == "retrieval" and isinstance(value, Mapping):
            figures += [(inner, figure_words(figure)) for inner, figure in value.items()]
        elif name != "kinds":
            figures.append((name, figure_words(value)))
    return figures


def _difference(found: Difference) -> tuple[str, ...]:
    """Return the table cells of one measure, compared between two runs."""
    change = f"{found.second - found.first:+.3f} ({found.low:+.3f} to {found.high:+.3f})"
    values = (found.first, found.second, found.questions)
    return found.measure, change, *map(figure_words, values)


def _plots(judged: Sequence[Judged], summary: Mapping[str, object]) -> list[Plot]:
    ranks = [item.rank for item in judged if item.answerable]
    found = [_recalls(ranks)] if ranks else []
    return [_answered(judged, summary), _reliability(judged), *found, _waits(judged)]


def _answered(judged: Sequence[Judged], summary: Mapping[str, object]) -> Plot:
    """Return the risk-coverage curve, with a mark at the threshold and at the suggested one."""
    confidences = [item.confidence for item in judged]
    risks = metrics.risk_at_coverage(confidences, [item.right for item in judged])
    points = [(coverage, 1 - risk) for coverage, risk in risks]
    marks = []
    for name in dict.fromkeys(("threshold", "threshold these questions suggest")):
        threshold = summary.get(name)
        count = (
            sum(confidence >= threshold for confidence in confidences)
            if (isinstance(threshold, float))
            else 0
        )
        if count:
            marks.append((*points[count - 1], f"{threshold:.2f}"))
    title = (
        "Risk and coverage: share of right answers among those shown, as the threshold falls "
        "(marked: the present threshold and the one that these questions suggest)"
    )
    return Plot(title, "share of the questions answered", points, marks=marks)


def _reliability(judged: Sequence[Judged]) -> Plot:
    bins = metrics.calibration(
        [item.confidence for item in judged], [item.right for item in judged]
    )
    return Plot(
        "Reliability: share of right answers at each confidence, questions to refuse included "
        "(larger dot: more questions)",
        "confidence",
        [found[:2] for found in bins],
        shares=[found[2] / len(judged) for found in bins],
    )


def _recalls(ranks: Sequence[int | None]) -> Plot:
    """Return the plot of the share of questions that find their passage among the first few."""
    points = [(number / (len(DEPTHS) - 1), _share(ranks, k)) for number, k in enumerate(DEPTHS)]
    title = "Found among the first k passages"
    return Plot(title, "k (2, 3, 5, 10, 20)", points, ("1", "50"))


def _share(ranks: Sequence[int | None], depth: int) -> float:
    return sum(rank is not None and rank < depth for rank in ranks) / len(ranks)


def _waits(judged: Sequence[Judged]) -> Plot:
    """Return the plot of the share of questions answered within a time."""
    times = sorted(item.milliseconds for item in judged)
    slowest = times[-1] or 1.0
    points = [(time / slowest, (n + 1) / len(times)) for n, time in enumerate(times)]
    return Plot(
        "Share of questions answered within a time", "milliseconds", points, ("0", f"{slowest:.0f}")
    )
