"""Asks every question and judges what comes back against what was expected."""

import textwrap
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import PurePosixPath

from rag.evaluate.metrics import word_scores
from rag.evaluate.questions import Expected
from rag.evaluate.quoting import measure_quoting
from rag.pipeline import Pipeline
from rag.types import Answer, Document, Hit

GOLD = "gold"
DEPTH = 50  # passages among which what is expected is looked for
NEAREST = 5  # passages that are told of a failure


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of a question.

    `rank` is the place (from 0) of the first retrieved passage that holds what is expected, `ranked` the documents in
    order, `nearest` the first passages; `right` tells whether a quote holds it, shown or not; `lost` says why it was
    not shown. `exact` and `f1` are of the marked words, where answers were given; `precision` and `recall` of the
    quotes' characters and `sentence_f1` of their sentences, where quotes were.
    """

    question: str
    kind: str
    answerable: bool
    refused: bool
    right: bool
    confidence: float
    rank: int | None
    ranked: tuple[str, ...]
    relevant: tuple[str, ...]
    exact: float | None
    f1: float | None
    precision: float | None
    recall: float | None
    sentence_f1: float | None
    milliseconds: float
    lost: str
    quotes: tuple[str, ...]
    places: tuple[str, ...]
    expected: tuple[str, ...]
    nearest: tuple[str, ...]

    @property
    def well(self) -> bool:
        """Tell whether the outcome is the one that was wanted."""
        return not self.refused and self.right if self.answerable else self.refused


def evaluate(
    pipeline: Pipeline, questions: Sequence[Expected], tell: Callable[[int], None] = lambda _: None
) -> list[Judged]:
    """Ask every question and judge the answer; `tell` is given how many are done."""
    unsure = Pipeline(pipeline.index, pipeline.encoder, pipeline.reader, replace(pipeline.config, threshold=0.0))
    judged = []
    for done, expected in enumerate(questions, 1):
        judged.append(_judged(unsure, expected, pipeline.config.threshold))
        tell(done)
    return judged


def _judged(pipeline: Pipeline, expected: Expected, threshold: float) -> Judged:
    found = pipeline.search(expected.question, DEPTH)
    hits = [hit for hit in found if not any(_is_named(hit.passage.document.id, name) for name in expected.without)]
    began = time.perf_counter()
    answer = pipeline.ask(expected.question)
    milliseconds = 1000 * (time.perf_counter() - began)
    if expected.without:
        answer = pipeline.answer(expected.question, hits[: pipeline.config.read])
    refused = not answer or answer.confidence < threshold
    holding = (n for n, hit in enumerate(hits) if _holds(hit.passage.text, hit.passage.document, expected))
    rank = next(holding, None) if expected.answerable else None
    right = expected.answerable and _quote_is_right(answer, pipeline, expected)
    scored = expected.answerable and expected.answers
    exact, f1 = word_scores(_marked(answer), expected.answers) if scored else (None, None)
    precision, recall, sentence_f1 = _quoting(answer, hits, expected)
    ranked, relevant = _ranking(hits, expected, rank)
    return Judged(
        question=expected.question,
        kind=expected.kind,
        answerable=expected.answerable,
        refused=refused,
        right=right,
        confidence=answer.confidence,
        rank=rank,
        ranked=ranked,
        relevant=relevant,
        exact=exact,
        f1=f1,
        precision=precision,
        recall=recall,
        sentence_f1=sentence_f1,
        milliseconds=milliseconds,
        lost=_lost(expected, refused, right, rank, pipeline.config.read),
        quotes=tuple(citation.quote for citation in answer.citations),
        places=tuple(citation.document_id for citation in answer.citations),
        expected=expected.answers or expected.quotes or expected.documents if expected.answerable else (),
        nearest=tuple(_start_of(hit) for hit in hits[:NEAREST]),
    )


def _ranking(hits: Sequence[Hit], expected: Expected, rank: int | None) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return ranked ids and those that are relevant: documents where only those are expected, else passages."""
    if not expected.answerable:
        return (), ()
    if expected.answers or expected.quotes:
        names = [GOLD if place == rank else f"passage {place}" for place in range(len(hits))]
        return tuple(names), (GOLD,)
    ids = tuple(dict.fromkeys(hit.passage.document.id for hit in hits))
    held = {name: next((held for held in ids if _is_named(held, name)), name) for name in expected.documents}
    return ids, tuple(held.values())


def _start_of(hit: Hit) -> str:
    """Return where a passage stands and how it begins."""
    place = " · ".join(part for part in (hit.passage.document.id, hit.passage.heading) if part)
    return f"{place}: {textwrap.shorten(hit.passage.text, 160, placeholder=' …')}"


def _holds(text: str, document: Document, expected: Expected) -> bool:
    """Tell whether a text of a document is, or holds, what is expected."""
    if not _may_hold(document, expected):
        return False
    wanted = (*expected.answers, *expected.quotes)
    plain = _plain(text)
    return not wanted or any(_plain(piece) in plain for piece in wanted)


def _quote_is_right(answer: Answer, pipeline: Pipeline, expected: Expected) -> bool:
    for citation in answer.citations:
        document = pipeline.documents[citation.document_id]
        if _holds(citation.quote, document, expected):
            return True
        inside = _plain(citation.quote)
        if expected.quotes and any(inside in _plain(quote) for quote in expected.quotes):
            return True  # a sentence of a longer passage that was named
    return False


def _marked(answer: Answer) -> str:
    """Return the first of the words that the first quote marks, or the quote where it marks none."""
    if not answer.citations:
        return ""
    first = answer.citations[0]
    start, end = first.marks[0] if first.marks else (first.start, first.end)
    return first.quote[start - first.start : end - first.start]


def _quoting(
    answer: Answer, hits: Sequence[Hit], expected: Expected
) -> tuple[float, float, float] | tuple[None, None, None]:
    """Return precision, recall and F1 of the quotes, in the documents that were retrieved."""
    if not expected.quotes or not expected.answerable:
        return None, None, None
    documents = {hit.passage.document.id: hit.passage.document for hit in hits}
    holding = {name for name, document in documents.items() if _may_hold(document, expected)}
    quoting = measure_quoting(answer.citations, expected.quotes, documents.values(), holding)
    return quoting.precision, quoting.recall, quoting.sentence_f1


def _lost(expected: Expected, refused: bool, right: bool, rank: int | None, read: int) -> str:
    """Return where the answer was lost, or nothing where the outcome is as wanted."""
    if not expected.answerable:
        return "" if refused else "answered, though it should be refused"
    if right and not refused:
        return ""
    if rank is None:
        return f"not retrieved: not among the {DEPTH} nearest passages"
    if rank >= read:
        return f"not ranked: passage {rank + 1}, and {read} are read"
    return f"refused, though passage {rank + 1} holds it" if refused else f"not read: passage {rank + 1} holds it"


def _may_hold(document: Document, expected: Expected) -> bool:
    """Tell whether a document is one of those expected, or none are named."""
    names = (document.id, *document.also)
    return not expected.documents or any(_is_named(held, name) for held in names for name in expected.documents)


def _is_named(document_id: str, name: str) -> bool:
    path = PurePosixPath(document_id)
    return name in (document_id, path.name, path.stem)


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()
