"""The map of the corpus: passages as points, and similar passages close together.

It highlights what a question finds, and a point opens its passage. Like the source pane, the map is
a page of its own on which no script can run.
"""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from fastapi import APIRouter
from fastapi.responses import Response

from rag.citing import cite
from rag.errors import IndexMissing, QuestionError, RagError
from rag.index import Index
from rag.index.joined import Stacked
from rag.pipeline import Pipeline
from rag.types import Passage, Span, Vectors
from rag.web.clusters import Labels, cluster_names, clusters
from rag.web.links import source_link
from rag.web.live import Live
from rag.web.refusal import said_by
from rag.web.source import message_page, static_page
from rag.web.spoken import Requested
from rag.web.templates import render
from rag.web.wording import ENGLISH, Words

MAX_POINTS = 3000
MAX_SAMPLE = 5000  # vectors that the axes are computed from
FOUND = 10  # passages highlighted for a question
WIDE, HIGH, EDGE = 1000, 700, 30
# Okabe and Ito's colours but yellow, grey and black: any eyes can part them
COLOURS = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#d55e00", "#56b4e9")

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
    """A point on the page; that of a passage has a link to it, a name and a colour."""

    x: int
    y: int
    link: str = ""
    name: str = ""
    colour: str = ""
    radius: int = 5
    kind: str = "passage"


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is drawn of a generation: some of its rows, the group of each, and the groups' names."""

    view: Projection
    rows: Sequence[int]
    labels: Labels
    names: Sequence[str]

    def colour(self, row: int) -> str:
        """Return the colour of a row; that of a row between two drawn ones is the first one's."""
        place = min(bisect_right(self.rows, row), len(self.rows)) - 1
        return COLOURS[int(self.labels[place])]


def map_router(live: Live, root: str) -> APIRouter:
    """Return the route of the map: /map/?question=…; `root` is the path of the site."""
    router = APIRouter()
    drawings: dict[str, Drawing] = {}  # of the latest generation only

    @router.get("/map/", include_in_schema=False)
    def corpus_map(words: Requested, question: str = "") -> Response:
        try:
            pipeline = live.pipeline()
            generation = pipeline.index.manifest.generation
            drawn = drawings.get(generation) or drawing(pipeline.index)
            drawings.clear()
            drawings[generation] = drawn
            return static_page(map_html(pipeline, drawn, question, root, words))
        except IndexMissing:
            return message_page("map", words("ask_after_adding"), root, words)
        except RagError as error:
            return message_page("map", words.sentence(said_by(error)), root, words, 503)

    return router


def drawing(index: Index) -> Drawing:
    """Return what the map draws of an index: at most MAX_POINTS passages, evenly spaced."""
    rows = range(0, len(index.passages), -(-len(index.passages) // MAX_POINTS) or 1)
    vectors = np.asarray(index.vectors[list(rows)])
    labels = clusters(vectors)
    names = cluster_names(labels, [index.passages[row].text for row in rows])
    return Drawing(projection(index.vectors), rows, labels, names)


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


def map_html(
    pipeline: Pipeline, drawn: Drawing, question: str, root: str = "", words: Words = ENGLISH
) -> str:
    """Return the map with its groups, and lines from the question to the passages it finds.

    `root` is the path of the site.
    """
    index, message = pipeline.index, ""
    asked, found = None, list[Point]()
    try:
        if question.strip():
            asked, found = _found(pipeline, drawn, question)
    except QuestionError as error:
        message = words.sentence(error.text)
    places = drawn.view.places(np.asarray(index.vectors[list(drawn.rows)]))
    values = {
        "points": [
            _point(drawn, row, index.passages[row], place)
            for row, place in zip(drawn.rows, places, strict=True)
        ],
        "passages": len(index.passages),
        "groups": _groups(drawn, places),
        "asked": asked,
        "found": found,
        "question": question,
        "message": message,
        "title": words("map"),
        "root": root,
        "wide": WIDE,
        "high": HIGH,
    }
    return render("map.html", values, words)


def _found(pipeline: Pipeline, drawn: Drawing, question: str) -> tuple[Point, list[Point]]:
    """Return the point of a question, and those of the passages it finds (by stored vectors)."""
    index = pipeline.index
    hits = pipeline.search(question, FOUND)
    (asked,) = drawn.view.places(pipeline.encoder.encode_questions([question]))
    places = drawn.view.places(np.asarray(index.vectors[[hit.row for hit in hits]]))
    found = [
        _point(drawn, hit.row, hit.passage, place, 9, "found")
        for hit, place in zip(hits, places, strict=True)
    ]
    return Point(round(asked[0]), round(asked[1])), found


def _point(
    drawn: Drawing,
    row: int,
    passage: Passage,
    place: Points,
    radius: int = 5,
    kind: str = "passage",
) -> Point:
    citation = cite(1, Span(passage, passage.start, passage.end, 0.0))
    return Point(
        x=round(place[0]),
        y=round(place[1]),
        link=source_link(citation, "../source/"),
        name=f"{passage.document.title}: {' '.join(passage.text.split())[:160]}",
        colour=drawn.colour(row),
        radius=radius,
        kind=kind,
    )


def _groups(drawn: Drawing, places: Points) -> list[dict[str, object]]:
    """Return the groups that have a name: it, their colour, their size and their middle."""
    groups = []
    for number, name in enumerate(drawn.names):
        inside = places[drawn.labels == number]
        if name:
            x, y = np.median(inside, axis=0)
            anchor = "start" if x < WIDE / 3 else "end" if x > 2 * WIDE / 3 else "middle"
            middle = {"x": round(x), "y": round(y), "anchor": anchor, "count": len(inside)}
            groups.append({"name": name, "colour": COLOURS[number], **middle})
    return groups
