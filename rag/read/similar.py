"""Find the sentences that answer by what they mean, in any language that the encoder knows.

The trained reader reads English only. Everything else is read here: every sentence of the
retrieved passages is embedded and compared with the question. Two linear models (rag.read.fitted)
combine that similarity with the words that both have and with how the passage was found. No words
are marked: which of them answer, only a trained reader knows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from rag.protocols import Encoder, Reader
from rag.read.coverage import read_text
from rag.read.fitted import AS_PACKAGED, SIMILAR_ANSWERED, SIMILAR_RANK, similar_evidence
from rag.read.language import asks_in_english, in_another_language, is_english
from rag.read.numbers import numbers_missing
from rag.read.reading import Examiner, Reading, Table, best_first, log_odds
from rag.said import Said
from rag.trace import Trace
from rag.types import Hit, Span

ADDED_TOKENS = 16  # at most, by special tokens and by what the encoder's card puts before a text


class SimilarReader:
    """Reads passages in any language, with an encoder that knows the languages."""

    def __init__(
        self, examiner: Examiner, encoder: Encoder, rank: Mapping[str, float] = SIMILAR_RANK
    ) -> None:
        self._examiner = examiner
        self._encoder = encoder
        self._rank = rank

    def read(self, question: str, hits: Sequence[Hit], trace: Trace | None = None) -> list[Span]:
        """Return every sentence, best first; the first scores the probability that it answers."""
        reading = self.reading(question, hits, trace or Trace())
        if not reading.spans:
            return []
        ranks = reading.ranks(self._rank)
        odds = log_odds(SIMILAR_ANSWERED, similar_evidence(reading, ranks))
        return best_first(reading.spans, ranks, odds)

    def reading(self, question: str, hits: Sequence[Hit], trace: Trace) -> Reading:
        """Return the sentences with their features and their similarity to the question."""
        with trace.step(Said("step_sentences")):
            reading = self._examiner.examine(question, hits)
        if not reading.spans:
            return reading
        with trace.step(Said("step_similar")):
            asked = self._encoder.encode_questions([question])[0]
            similarity = self._encoder.encode(self._texts(reading.spans)) @ asked
        features = {
            **reading.features,
            "similarity": similarity.astype(np.float64),
            "numbers_missing": numbers_missing(question, reading.spans),
            "other_language": _other_language(question, reading.spans),
        }
        return replace(reading, features=features)

    def _texts(self, spans: Sequence[Span]) -> list[str]:
        """Return what is embedded: rows with the names of their columns, unless that is too long.

        A sentence alone always fits: it is inside a passage.
        """
        texts = [read_text(span) for span in spans]
        room = self._encoder.max_tokens - ADDED_TOKENS
        counts = self._encoder.count_tokens(texts)
        return [
            text if count <= room else span.text
            for text, count, span in zip(texts, counts, spans, strict=True)
        ]


def _other_language(question: str, spans: Sequence[Span]) -> Table:
    """Return 1 for each sentence whose passage is in another language than the question."""
    passages = {span.passage.name: span.passage.text for span in spans}
    other = {name: in_another_language(question, text) for name, text in passages.items()}
    return np.array([other[span.passage.name] for span in spans], np.float64)


def as_packaged(hit: Hit) -> Hit:
    """Return a hit with the similarity that the packaged encoder would give it."""
    slope, constant = AS_PACKAGED
    return replace(hit, similarity=slope * hit.similarity + constant)


class MultilingualReader:
    """Reads English with the trained reader, everything else by similarity.

    A question that is not in English is compared with every passage by similarity. The trained
    reader is given similarities as those of the packaged encoder, with which it was fitted.
    """

    def __init__(self, english: Reader, similar: Reader) -> None:
        self._english = english
        self._similar = similar

    def read(self, question: str, hits: Sequence[Hit], trace: Trace | None = None) -> list[Span]:
        """Return the sentences of both readers, best first."""
        is_read = [is_english(hit.passage.text) for hit in hits]
        english = [as_packaged(hit) for hit, read in zip(hits, is_read, strict=True) if read]
        if not asks_in_english(question, [hit.passage.text for hit in english]):
            return self._similar.read(question, hits, trace)
        others = [hit for hit, read in zip(hits, is_read, strict=True) if not read]
        found = [
            *self._english.read(question, english, trace),
            *(self._similar.read(question, others, trace) if others else ()),
        ]
        return sorted(found, key=lambda span: -span.score)
