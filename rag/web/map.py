"""The map of the corpus: passages as points, near where they are alike, and what a question found lit up.

Like the source pane it is a page of its own on which nothing can run; a point opens its passage.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from fastapi import APIRouter
from fastapi.responses import Response

from rag.errors import QuestionError, RagError
from rag.index import Index
from rag.pipeline import Pipeline, cite
from rag.render import escape, source_link
from rag.types import Passage, Span, Vectors
from rag.web.live import Live
from rag.web.source import static_page

MAX_POINTS = 3000
MAX_SAMPLE = 5000  # vectors that the axes are taken from
FOUND = 10  # passages lit up for a question
NAMED = 12  # documents in the legend
WIDE, HIGH, EDGE = 1000, 700, 30
TURN = 137.5  # degrees between the hues of two documents, which keeps neighbours apart

Points = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Projection:
    """The two directions in which the vectors of an index differ most, and the edges of what lies on them."""

    mean: Vectors
    axes: Vectors  # (2, dimension)
    low: Points
    high: Points

    def places(self, vectors: Vectors) -> Points:
        """Return (n, 2) places on the page."""
        flat = ((vectors - self.mean) @ self.axes.T - self.low) / np.maximum(
            self.high - self.low, 1e-9
        )
        places: Points = EDGE + flat.clip(-0.02, 1.02) * (np.array([WIDE, HIGH]) - 2 * EDGE)
        return places


def map_router(live: Live, root: str) -> APIRouter:
    """Return the route of the map: /map/?question=…; `root` is the path of the site."""
    router = APIRouter()
    views: dict[str, Projection] = {}  # of the latest generation alone

    @router.get("/map/", include_in_schema=False)
    def corpus_map(question: str = "") -> Response:
        try:
            pipeline = live.pipeline()
            generation = pipeline.index.manifest.generation
            view = views.get(generation) or projection(pipeline.index.vectors)
            views.clear()
            views[generation] = view
            body = map_html(pipeline, view, question)
            status = 200
        except RagError as error:
            body, status = f"<main class='empty'><p>{escape(str(error))}</p></main>", 503
        return static_page("Map", body, root, status)

    return router


def projection(vectors: Vectors) -> Projection:
    """Return the first two principal components of (n, dimension) vectors."""
    dimension = vectors.shape[1]
    if not len(vectors):
        zero = np.zeros(dimension, np.float32)
        return Projection(zero, np.zeros((2, dimension), np.float32), np.zeros(2), np.ones(2))
    sample = np.asarray(vectors[:: -(-len(vectors) // MAX_SAMPLE)])
    mean = sample.mean(0)
    axes = np.zeros((2, dimension), np.float32)
    found = np.linalg.svd(sample - mean, full_matrices=False)[2][:2]
    axes[: len(found)] = found
    flat = (sample - mean) @ axes.T
    return Projection(mean, axes, flat.min(0), flat.max(0))


def map_html(pipeline: Pipeline, view: Projection, question: str) -> str:
    """Return the map with its legend; what the question finds is lit up, and lines lead there from the question."""
    index = pipeline.index
    rows = list(range(0, len(index.passages), -(-len(index.passages) // MAX_POINTS) or 1))
    places = view.places(np.asarray(index.vectors[rows]))
    lit, told = "", ""
    try:
        lit = _lit(pipeline, view, question) if question.strip() else ""
    except QuestionError as error:
        told = f"<p>{escape(str(error))}</p>"
    points = "".join(
        _point(index.passages[row], place, _hue(int(index.passages.rows["document"][row])), 4)
        for row, place in zip(rows, places, strict=True)
    )
    drawing = (
        f'<svg viewBox="0 0 {WIDE} {HIGH}" role="img" aria-label="Passages">{points}{lit}</svg>'
    )
    return f'<main class="map">{told}{drawing}{_legend(index, len(rows), lit=bool(lit))}</main>'


def _lit(pipeline: Pipeline, view: Projection, question: str) -> str:
    hits = pipeline.search(question, FOUND)
    asked = view.places(pipeline.encoder.encode_questions([question]))[0]
    found = view.places(pipeline.encoder.encode([hit.passage.embedded for hit in hits]))
    lines = "".join(
        f'<line class="ray" x1="{asked[0]:.0f}" y1="{asked[1]:.0f}" x2="{x:.0f}" y2="{y:.0f}"/>'
        for x, y in found
    )
    rows = {name: row for row, name in enumerate(pipeline.documents.ids())}
    marks = "".join(
        _point(hit.passage, place, _hue(rows[hit.passage.document.id]), 8, "found")
        for hit, place in zip(hits, found, strict=True)
    )
    name = f"<title>{escape(question)}</title>"
    return f'{lines}{marks}<circle class="asked" cx="{asked[0]:.0f}" cy="{asked[1]:.0f}" r="9">{name}</circle>'


def _point(passage: Passage, place: Points, hue: float, radius: int, kind: str = "passage") -> str:
    link = escape(
        source_link(cite(1, Span(passage, passage.start, passage.end, 0.0)), "../source/")
    )
    name = escape(f"{passage.document.title}: {' '.join(passage.text.split())[:160]}")
    look = f'class="{kind}" fill="hsl({hue:.0f} 60% 50%)"'
    circle = f'<circle {look} cx="{place[0]:.0f}" cy="{place[1]:.0f}" r="{radius}"/>'
    return f'<a href="{link}" target="source"><title>{name}</title>{circle}</a>'


def _legend(index: Index, points: int, *, lit: bool) -> str:
    counts = Counter(index.passages.rows["document"].tolist()).most_common(NAMED)
    items = "".join(
        f'<li><svg viewBox="0 0 10 10"><circle fill="hsl({_hue(row):.0f} 60% 50%)" cx="5" cy="5" r="4"/></svg> '
        f"<bdi>{escape(index.documents.at(row)[0].title)}</bdi> <small>{count:,}</small></li>"
        for row, count in counts
    )
    shown = (
        f" {points:,} of {len(index.passages):,} are shown." if points < len(index.passages) else ""
    )
    ringed = " What the question found is ringed." if lit else ""
    return f"<ul>{items}</ul><p>Passages near each other are alike. A point opens its passage.{ringed}{shown}</p>"


def _hue(row: int) -> float:
    return row * TURN % 360
