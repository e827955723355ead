"""Precision and recall of quotes: how much was expected, and how much of that was quoted."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rag.evaluate.gold import Gold, Place
from rag.evaluate.metrics import overlap
from rag.sentences import sentences_in
from rag.types import Citation, Document, Passage


@dataclass(frozen=True, slots=True)
class Quoting:
    """Precision and recall of quoted characters, and F1 of the sentences that they touch."""

    precision: float
    recall: float
    sentence_f1: float


def measure_quoting(
    citations: Sequence[Citation], gold: Gold, documents: Iterable[Document]
) -> Quoting:
    """Measure quotes against the expected ones, wherever the documents hold them.

    `documents` are all those that are cited or may hold an expected quote.
    """
    found, wanted, sentences = _located(citations, gold, documents)
    everywhere = [place for places in wanted.values() for place in places]
    best = {
        quote: max(places, key=lambda place: overlap(found, [place])[1])
        for quote, places in wanted.items()
        if places
    }
    recalled = sum(overlap(found, [place])[1] * len(quote) for quote, place in best.items())
    ours = [sentence for place in found for sentence in sentences[place]]
    theirs = [sentence for place in best.values() for sentence in sentences[place]]
    right, reached = _touching(ours, everywhere), _touching(theirs, found)
    missing = len(wanted) - len(best)
    return Quoting(
        overlap(found, everywhere)[0],
        recalled / sum(map(len, wanted)),
        _harmonic(right / max(1, len(ours)), reached / (len(theirs) + missing)),
    )


def _located(
    citations: Sequence[Citation], gold: Gold, documents: Iterable[Document]
) -> tuple[list[Place], dict[str, list[Place]], dict[Place, list[Place]]]:
    """Return the places cited, those of each expected quote, and the sentences of all of them."""
    found: list[Place] = []
    wanted: dict[str, list[Place]] = {quote: [] for quote in gold.expected.quotes}
    sentences: dict[Place, list[Place]] = {}
    base = 0  # offset of the document: measures take the documents as one long text
    for document in documents:
        cited = [
            (citation.start, citation.end)
            for citation in citations
            if citation.document_id == document.id
        ]
        found += [(base + start, base + end) for start, end in cited]
        touched = list(cited)
        for quote, places in gold.places.get(document.id, {}).items():
            wanted[quote] += [(base + start, base + end) for start, end in places]
            touched += places
        for start, end in touched:
            cut = sentences_in(Passage(document, 0, start, end))
            sentences[base + start, base + end] = [
                (base + first, base + last) for first, last in cut
            ]
        base += len(document.text)
    return found, wanted, sentences


def _touching(places: Sequence[Place], others: Sequence[Place]) -> int:
    """Return the number of places that share a character with one of the others."""
    return sum(any(start < last and first < end for first, last in others) for start, end in places)


def _harmonic(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0
