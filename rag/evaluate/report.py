"""A run as one page that needs nothing else: figures, plots, and every failure with why it was one."""

import re
from base64 import b64encode
from collections import Counter
from collections.abc import Mapping, Sequence
from hashlib import sha256
from html import escape

from rag.evaluate import metrics
from rag.evaluate.judge import Judged
from rag.evaluate.summary import Difference

STYLE = """
:root { color-scheme: light dark; --line: #0d9488; --soft: #8883; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 62rem; margin: 0 auto; padding: 1rem; }
h1, h2 { line-height: 1.2; }
h2 { margin-top: 2.5rem; }
table { border-collapse: collapse; }
td, th { padding: .2rem .8rem .2rem 0; text-align: left; vertical-align: top; }
tr { border-bottom: 1px solid var(--soft); font-variant-numeric: tabular-nums; }
dl { display: grid; grid-template-columns: repeat(auto-fill, minmax(9.5rem, 1fr)); gap: 1rem; margin: 1rem 0; }
dl div { display: flex; flex-direction: column-reverse; justify-content: flex-end; }
dd { margin: 0; font-size: 1.4rem; line-height: 1.2; font-variant-numeric: tabular-nums; }
dt { font-size: .9rem; line-height: 1.3; opacity: .8; }
.scroll { overflow-x: auto; }
@media (max-width: 36rem) { td, th { padding-right: .5rem; font-size: .8rem; } }
.plots { display: grid; grid-template-columns: repeat(auto-fit, minmax(17rem, 1fr)); gap: 1.5rem; }
figure { margin: 0; }
figcaption { font-size: .9rem; opacity: .8; }
svg { width: 100%; height: auto; }
svg text { font-size: 11px; fill: currentColor; }
svg .axis, svg .even { stroke: currentColor; opacity: .4; }
svg .line { fill: none; stroke: var(--line); stroke-width: 2; }
svg circle { fill: var(--line); }
details { border-bottom: 1px solid var(--soft); padding: .4rem 0; overflow-wrap: anywhere; }
summary { cursor: pointer; }
blockquote { margin: .3rem 0; padding-left: .8rem; border-left: 3px solid var(--soft); white-space: pre-line; }
"""
STYLE_HASH = b64encode(sha256(STYLE.encode()).digest()).decode()
POLICY = (
    '<meta http-equiv="Content-Security-Policy" '
    f"content=\"default-src 'none'; style-src 'sha256-{STYLE_HASH}'; base-uri 'none'; form-action 'none'\">"
)
WIDE, HIGH, EDGE = 300, 200, 34
Point = tuple[float, float]


def report_page(
    judged: Sequence[Judged],
    summary: Mapping[str, object],
    compared: Sequence[Difference] = (),
    run: Mapping[str, str] | None = None,
) -> str:
    """Return the whole report as HTML without scripts, links or images from elsewhere; `run` says what was measured."""
    failures = sorted(
        (item for item in judged if not item.well), key=lambda item: (reason(item), item.rank or 0)
    )
    reasons = Counter(map(reason, failures))
    parts = [
        "<h1>How well the documents answered</h1>",
        f"<p><small>{escape(' · '.join(f'{name} {value}' for name, value in (run or {}).items()))}</small></p>",
        _figures(summary),
        _differences(compared),
        f"<h2>Failures: {len(failures):,} of {len(judged):,}</h2>",
        f"<p>{escape(' · '.join(f'{count:,} {name}' for name, count in reasons.most_common()))}</p>",
        *(_failure(item) for item in failures),
        "<h2>Plots</h2>",
        f'<div class="plots">{_plots(judged)}</div>',
        _kinds(summary),
    ]
    head = f'<meta charset="utf-8">{POLICY}<meta name="viewport" content="width=device-width"><title>Evaluation</title>'
    return f'<!doctype html><html lang="en"><head>{head}<style>{STYLE}</style></head><body>{"".join(parts)}</body></html>'


def reason(item: Judged) -> str:
    """Return why an answer was lost, without the details."""
    return re.split("[:,]", item.lost)[0]


def shown(value: object) -> str:
    """Return a figure as it is printed."""
    return f"{value:.3f}" if isinstance(value, float) else str(value)


def _figures(summary: Mapping[str, object]) -> str:
    rows = []
    for name, value in summary.items():
        if name == "retrieval" and isinstance(value, Mapping):
            rows += [(inner, shown(figure)) for inner, figure in value.items()]
        elif name != "kinds":
            rows.append((name, shown(value)))
    return f"<dl>{''.join(f'<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>' for name, value in rows)}</dl>"


def _differences(compared: Sequence[Difference]) -> str:
    if not compared:
        return ""
    rows = [
        (
            d.measure,
            f"{d.second - d.first:+.3f} ({d.low:+.3f} to {d.high:+.3f})",
            shown(d.first),
            shown(d.second),
            d.questions,
        )
        for d in compared
    ]
    return "<h2>Compared</h2>" + _table(
        ("measure", "difference, 95 % interval", "before", "now", "questions"), rows
    )


def _kinds(summary: Mapping[str, object]) -> str:
    kinds = summary.get("kinds")
    if not isinstance(kinds, Mapping) or not kinds:
        return ""
    rows = [(name, *map(shown, figures.values())) for name, figures in kinds.items()]
    columns = list(next(iter(kinds.values())))
    return "<h2>By kind of question</h2>" + _table(("kind", *columns), rows)


def _failure(item: Judged) -> str:
    quotes = "".join(
        f"<blockquote>{escape(quote)}<br><small>{escape(place)}</small></blockquote>"
        for quote, place in zip(item.quotes, item.places, strict=True)
    )
    told = "would have quoted" if item.refused else "quoted"
    body = (
        f"<p>Confidence {item.confidence:.2f}; {told}:</p>{quotes}"
        if quotes
        else "<p>Nothing was found to quote.</p>"
    )
    body += _listed("Expected", item.expected) + _listed("Retrieved first", item.nearest, item.rank)
    return f"<details><summary>{escape(item.question)} <small>— {escape(item.lost)}</small></summary>{body}</details>"


def _listed(title: str, texts: Sequence[str], gold: int | None = None) -> str:
    """Return texts as a list under a title, the one that holds what is expected in bold."""
    shown = [
        f"<strong>{escape(text)}</strong>" if number == gold else escape(text)
        for number, text in enumerate(texts)
    ]
    return (
        f"<p>{title}:</p><ol>{''.join(f'<li>{text}</li>' for text in shown)}</ol>" if texts else ""
    )


def _plots(judged: Sequence[Judged]) -> str:
    confidences, right = [item.confidence for item in judged], [item.right for item in judged]
    risks = metrics.risk_at_coverage(confidences, right)
    bins = metrics.calibration(confidences, right)
    ranks = [item.rank for item in judged if item.answerable]
    depths = (1, 2, 3, 5, 10, 20, 50)
    recalls = [(n / (len(depths) - 1), _share(ranks, k)) for n, k in enumerate(depths)]
    times = sorted(item.milliseconds for item in judged)
    slowest = times[-1] or 1.0
    waits = [(time / slowest, (n + 1) / len(times)) for n, time in enumerate(times)]
    plots = [
        _plot(
            "Risk: share wrong among the most confident",
            "share answered",
            risks,
            ("0", "1"),
            line=True,
        ),
        _plot(
            "Reliability: share right at each confidence; larger where more questions are",
            "confidence",
            [b[:2] for b in bins],
            ("0", "1"),
            shares=[b[2] / len(judged) for b in bins],
        ),
        _plot(
            "Found among the first k passages",
            "k (2, 3, 5, 10, 20)",
            recalls,
            ("1", "50"),
            line=True,
        )
        if ranks
        else "",
        _plot(
            "Questions answered within", "milliseconds", waits, ("0", f"{slowest:.0f}"), line=True
        ),
    ]
    return "".join(plots)


def _share(ranks: Sequence[int | None], depth: int) -> float:
    return sum(rank is not None and rank < depth for rank in ranks) / len(ranks)


def _plot(
    title: str,
    below: str,
    points: Sequence[Point],
    ends: tuple[str, str],
    *,
    line: bool = False,
    shares: Sequence[float] = (),
) -> str:
    """Return points of the unit square as an SVG figure, joined where `line`, else as large as their `shares`."""
    placed = [
        (EDGE + x * (WIDE - EDGE - 8), HIGH - EDGE - y * (HIGH - EDGE - 8)) for x, y in points
    ]
    drawn = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{2 + 8 * share**0.5:.1f}"/>'
        for (x, y), share in zip(placed, shares, strict=False)
    )
    if line:
        drawn = (
            f'<polyline class="line" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in placed)}"/>'
        )
    diagonal = (
        ""
        if line
        else f'<line class="even" x1="{EDGE}" y1="{HIGH - EDGE}" x2="{WIDE - 8}" y2="8"/>'
    )
    bottom, right = HIGH - EDGE, WIDE - 8
    texts = (
        (EDGE - 6, 14, "end", "1"), (EDGE - 6, bottom, "end", "0"), (EDGE, HIGH - 18, "start", ends[0]),
        (right, HIGH - 18, "end", ends[1]), ((WIDE + EDGE) // 2, HIGH - 4, "middle", below),
    )  # fmt: skip
    axes = f'<path class="axis" fill="none" d="M{EDGE} 8V{bottom}H{right}"/>' + "".join(
        f'<text x="{x}" y="{y}" text-anchor="{anchor}">{escape(text)}</text>'
        for x, y, anchor, text in texts
    )
    picture = f'<svg viewBox="0 0 {WIDE} {HIGH}" role="img" aria-label="{title}">{axes}{diagonal}{drawn}</svg>'
    return f"<figure>{picture}<figcaption>{title}</figcaption></figure>"


def _table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    top = "".join(f"<th>{escape(name)}</th>" for name in header)
    body = "".join(
        f"<tr>{''.join(f'<td>{escape(str(cell))}</td>' for cell in row)}</tr>" for row in rows
    )
    return f'<div class="scroll"><table><tr>{top}</tr>{body}</table></div>'
