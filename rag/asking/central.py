"""The central sentences of a document: those that say most of what it is about.

The passages whose vectors are nearest to the mean of all its passages, and not near each other
(maximal marginal relevance, Carbonell and Goldstein 1998); of each, the sentence that shares most
words with the rest of the document.
"""

import re
from collections import Counter
from collections.abc import Iterator
from math import ceil, log1p

import numpy as np

from rag.index import Index
from rag.index.terms import content_terms
from rag.sentences import sentences_in
from rag.types import Passage, Span, Vectors

FEWEST, MOST = 3, 6  # sentences of one document
VARIETY = 0.3  # weight of being unlike the passages chosen before, against being central
READ = 1000  # passages of a long document, evenly spread, that are compared
BRIEF = 6.0  # terms; a sentence with fewer says little
OPENING = 1.2  # weight of a passage's first sentence, which seldom leans on another one
ENDS = (".", "!", "。", "！", ".”", '."', ".)")
UNDECODED = re.compile("[\ue000-\uf8ff\ufffd]")  # letters that a PDF does not name


def central_spans(index: Index, document_id: str, limit: int = MOST) -> list[Span]:
    """Return at most `limit` central sentences of a document, in its order; [] if it is empty."""
    rows = index.documents.stored(document_id).rows
    rows = rows[:: ceil(len(rows) / READ) or 1]
    if not rows:
        return []
    passages = [index.passages[row] for row in rows]
    count = min(limit, max(FEWEST, ceil(len(rows) / 2)))
    chosen = central_rows(np.asarray(index.vectors[list(rows)]), count)
    frequency = Counter(term for passage in passages for term in content_terms(passage.text))
    each = ceil(min(count, FEWEST) / len(chosen))
    found = [span for row in chosen for span in _sentences(passages[row], frequency)[:each]]
    return sorted(_distinct(found, count), key=lambda span: span.start)


def central_rows(vectors: Vectors, count: int) -> list[int]:
    """Return at most `count` rows near the mean of all (n, dimension) rows and unlike each other.

    The most central row is first.
    """
    mean = vectors.mean(0)
    nearness = vectors @ (mean / max(float(np.linalg.norm(mean)), 1e-9))
    likeness = np.zeros(len(vectors), np.float32)  # to the nearest row chosen so far
    chosen: list[int] = []
    while len(chosen) < min(count, len(vectors)):
        scores = (1 - VARIETY) * nearness - VARIETY * likeness
        scores[chosen] = -np.inf
        row = int(scores.argmax())
        chosen.append(row)
        likeness = np.maximum(likeness, vectors @ vectors[row])
    return chosen


def _sentences(passage: Passage, frequency: Counter[str]) -> list[Span]:
    """Return the sentences of a passage, the one most like its document first."""
    text = passage.document.text

    def worth(place: tuple[int, tuple[int, int]]) -> tuple[bool, float]:
        number, (start, end) = place
        terms = content_terms(text[start:end])
        shared = sum(log1p(frequency[term] - 1) for term in terms)
        weight = shared / (len(terms) + BRIEF) * (1 if number else OPENING)
        said = text[start:end]
        return said.endswith(ENDS) and not UNDECODED.search(said), weight

    places = sorted(enumerate(sentences_in(passage)), key=worth, reverse=True)
    return [Span(passage, start, end, 1.0) for _, (start, end) in places]


def _distinct(spans: list[Span], count: int) -> Iterator[Span]:
    """Yield the first `count` spans whose words differ."""
    kept: dict[str, Span] = {}
    for span in spans:
        kept.setdefault(" ".join(span.text.split()), span)
    yield from list(kept.values())[:count]
