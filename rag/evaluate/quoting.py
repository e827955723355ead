"""How much of what was quoted was expected, and how much of what was expected was quoted."""

import re
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass

from rag.evaluate.metrics import overlap
from rag.split import sentences_in
from rag.types import Citation, Document, Passage

Place = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Quoting:
    """Precision and recall of the characters quoted, and F1 of the sentences, which count where they are touched."""

    precision: float
    recall: float
    sentence_f1: float


def measure_quoting(
    citations: Sequence[Citation], expected: Sequence[str], documents: Iterable[Document], holding: Container[str]
) -> Quoting:
    """Measure quotes against those expected, wherever these stand in the documents whose ids are in `holding`."""
    found: list[Place] = []
    wanted: dict[str, list[Place]] = {quote: [] for quote in expected}
    sentences: dict[Place, list[Place]] = {}
    base = 0  # the documents in one line, one behind the other
    for document in documents:
        cited = [(citation.start, citation.end) for citation in citations if citation.document_id == document.id]
        found += [(base + start, base + end) for start, end in cited]
        text = document.text if document.id in holding else ""
        for quote, places in wanted.items():
            standing = places_of(quote, text)
            places += [(base + start, base + end) for start, end in standing]
            cited += standing
        for start, end in cited:
            cut = sentences_in(Passage(document, start, end))
            sentences[base + start, base + end] = [(base + first, base + last) for first, last in cut]
        base += len(document.text)
    everywhere = [place for places in wanted.values() for place in places]
    best = {quote: max(places, key=lambda p: overlap(found, [p])[1]) for quote, places in wanted.items() if places}
    held = sum(overlap(found, [place])[1] * len(quote) for quote, place in best.items())
    ours = [sentence for place in found for sentence in sentences[place]]
    theirs = [sentence for place in best.values() for sentence in sentences[place]]
    right, reached = _touching(ours, everywhere), _touching(theirs, found)
    missing = len(wanted) - len(best)
    return Quoting(
        overlap(found, everywhere)[0],
        held / sum(map(len, wanted)),
        _harmonic(right / max(1, len(ours)), reached / (len(theirs) + missing)),
    )


def places_of(quote: str, text: str) -> list[Place]:
    """Return where a quote stands in a text, case and the run of spaces aside."""
    pattern = r"\s+".join(map(re.escape, quote.split()))
    return [match.span() for match in re.finditer(pattern, text, re.IGNORECASE)] if pattern else []


def _touching(places: Sequence[Place], others: Sequence[Place]) -> int:
    """Return how many places share a character with one of the others."""
    return sum(any(start < last and first < end for first, last in others) for start, end in places)


def _harmonic(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
