"""The map of the corpus: passages as points, and similar passages close together.

It highlights what a question finds, and a point opens its passage. Like the source pane, the map is
a page of its own on which no script can run.
"""

from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from fastapi import APIRouter
from fastapi.responses import Response

from rag.citing import cite
from rag.errors import QuestionError, RagError
from rag.index import Index
from rag.index.joined import Stacked
from rag.pipeline import Pipeline
from rag.types import Passage, Span, Vectors
from rag.web.links import source_link
from rag.web.live import Live
from rag.web.source import message_page, static_page
from rag.web.templates import render

MAX_POINTS = 3000
MAX_SAMPLE = 5000  # vectors that the axes are computed from
FOUND = 10  # passages highlighted for a question
NAMED = 12  # documents in the legend
WIDE, HIGH, EDGE = 1000, 700, 30
TURN = 137.5  # degrees between the hues of two documents in a row, so that they differ

Points = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Projection:
    """The two directions in which vectors differ most, and the bounds of their projections."""

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


@dataclass(frozen=True, slots=True)
class Point:
    """A point on the page; that of a passage has a link to it, a name and a hue in degrees."""

    x: int
    y: int
    link: str = ""
    name: str = ""
    hue: int = 0
    radius: int = 4
    kind: str = "passage"


def map_router(live: Live, root: str) -> APIRouter:
    """Return the route of the map: /map/?question=…; `root` is the path of the site."""
    router = APIRouter()
    views: dict[str, Projection] = {}  # of the latest generation only

    @router.get("/map/", include_in_schema=False)
    def corpus_map(question: str = "") -> Response:
        try:
            pipeline = live.pipeline()
            generation = pipeline.index.manifest.generation
            view = views.get(generation) or projection(pipeline.index.vectors)
            views.clear()
            views[generation] = view
            return static_page(map_html(pipeline, view, question, root))
        except RagError as error:
            return message_page("Map", str(error), root, 503)

    return router


def projection(vectors: "Vectors | Stacked") -> Projection:
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


def map_html(pipeline: Pipeline, view: Projection, question: str, root: str = "") -> str:
    """Return the map with its legend, and lines from the question to the passages it finds.

    `root` is the path of the site.
    """
    index, message = pipeline.index, ""
    asked, found = None, list[Point]()
    try:
        if question.strip():
            asked, found = _found(pipeline, view, question)
    except QuestionError as error:
        message = str(error)
    values = {
        "points": _sample(index, view),
        "passages": len(index.passages),
        "legend": _legend(index),
        "asked": asked,
        "found": found,
        "question": question,
        "message": message,
        "title": "Map",
        "root": root,
        "wide": WIDE,
        "high": HIGH,
    }
    return render("map.html", values)


def _sample(index: Index, view: Projection) -> list[Point]:
    """Return at most MAX_POINTS passages, evenly spaced among all."""
    rows = list(range(0, len(index.passages), -(-len(index.passages) // MAX_POINTS) or 1))
    places = view.places(np.asarray(index.vectors[rows]))
    return [
        _point(index, row, index.passages[row], place)
        for row, place in zip(rows, places, strict=True)
    ]


def _found(pipeline: Pipeline, view: Projection, question: str) -> tuple[Point, list[Point]]:
    """Return the point of a question, and those of the passages it finds (by stored vectors)."""
    index = pipeline.index
    hits = pipeline.search(question, FOUND)
    (asked,) = view.places(pipeline.encoder.encode_questions([question]))
    places = view.places(np.asarray(index.vectors[[hit.row for hit in hits]]))
    found = [
        _point(index, hit.row, hit.passage, place, 8, "found")
        for hit, place in zip(hits, places, strict=True)
    ]
    return Point(round(asked[0]), round(asked[1])), found


def _point(
    index: Index, row: int, passage: Passage, place: Points, radius: int = 4, kind: str = "passage"
) -> Point:
    citation = cite(1, Span(passage, passage.start, passage.end, 0.0))
    return Point(
        x=round(place[0]),
        y=round(place[1]),
        link=source_link(citation, "../source/"),
        name=f"{passage.document.title}: {' '.join(passage.text.split())[:160]}",
        hue=_hue(int(index.passages.rows["document"][row])),
        radius=radius,
        kind=kind,
    )


def _legend(index: Index) -> list[dict[str, object]]:
    """Return the documents with the most passages, and their colours."""
    counts = Counter(index.passages.rows["document"].tolist()).most_common(NAMED)
    return [
        {"title": index.documents.at(row)[0].title, "hue": _hue(row), "count": count}
        for row, count in counts
    ]


def _hue(row: int) -> int:
    """Return the hue of a document in degrees."""
    return round(row * TURN % 360)
