"""From a question to an answer: retrieve, read, decide, cite.

Every quote is a slice of its document, `document.text[start:end]`. An answer without quotes is a
refusal.
"""

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Self

from rag.asking import understood
from rag.config import AskConfig
from rag.embed import load_encoder
from rag.errors import EncoderError, QuestionError
from rag.index import Index, open_index
from rag.index.documents import DocumentTable
from rag.index.terms import content_terms, terms_of
from rag.models import CompiledReader, load_tokenizer, packaged_model
from rag.protocols import Encoder, Reader
from rag.read import Examiner, SpanReader, WordFinder, select
from rag.retrieve import EVERYTHING, retrieve
from rag.sentences import sentences_in
from rag.types import Answer, Citation, Hit, Scope, Span

REFUSAL = "The documents do not answer this."
NEAREST = 3  # passages shown with a refusal


class Pipeline:
    """Answers questions from one generation of an index; safe to call from several threads."""

    def __init__(self, index: Index, encoder: Encoder, reader: Reader, config: AskConfig) -> None:
        self.index = index
        self.encoder = encoder
        self.reader = reader
        self.config = config

    @classmethod
    def open(
        cls,
        index: str | Path | Index = "index",
        config: AskConfig | None = None,
        *,
        encoder: Encoder | None = None,
        reader: Reader | None = None,
    ) -> Self:
        """Open the index in a folder, or use an open one.

        The encoder must be the one that the index was built with. By default it is loaded by name,
        and the packaged reader is used. Raises IndexMissing, IndexDamaged, EncoderError.
        """
        opened = index if isinstance(index, Index) else open_index(Path(index))
        built_with = opened.manifest.config.encoder
        encoder = encoder or load_encoder(built_with)
        if encoder.identity != opened.manifest.encoder:
            raise EncoderError(
                f"The index was built with {built_with} ({opened.manifest.encoder[:12]}…), "
                f"not with {encoder.name} ({encoder.identity[:12]}…). "
                f"Rebuild it: rag build --index {opened.folder}"
            )
        return cls(opened, encoder, reader or packaged_reader(opened), config or AskConfig())

    @property
    def documents(self) -> DocumentTable:
        """The documents of the index, by id."""
        return self.index.documents

    def ask(
        self,
        question: str,
        history: Sequence[str] = (),  # noqa: ARG002  questions do not depend on it yet
        scope: Scope = EVERYTHING,
    ) -> Answer:
        """Return quotes that answer the question, or a refusal with the nearest passages.

        Only documents in the scope can answer. `history` holds the earlier questions of a
        conversation, oldest first; they do not change the answer yet. Raises QuestionError,
        UnknownDocument.
        """
        question = self._checked(question)
        asked = understood(question, self.index)
        answer = self.answer(asked, self._retrieve(asked, self.config.read, scope))
        return replace(answer, question=question, asked=asked if asked != question else "")

    def answer(self, question: str, hits: Sequence[Hit]) -> Answer:
        """Return quotes from these passages, or a refusal that shows the nearest of them."""
        spans = self.reader.read(question, hits)
        confidence = spans[0].score if spans else 0.0
        if not spans or confidence < self.config.threshold:
            nearest = tuple(
                _cite_passage(number, hit) for number, hit in enumerate(hits[:NEAREST], 1)
            )
            return Answer(question, REFUSAL, "none", confidence, nearest=nearest)
        citations = tuple(
            cite(number, span)
            for number, span in enumerate(select(question, spans, self.config), 1)
        )
        text = "\n\n".join(citation.quote for citation in citations)
        return Answer(
            question, text, "span" if citations[0].marks else "sentences", confidence, citations
        )

    def search(self, question: str, k: int = 10, scope: Scope = EVERYTHING) -> list[Hit]:
        """Return the k passages of the scope that are nearest to the question, best first.

        Raises QuestionError, UnknownDocument.
        """
        return self._retrieve(self._checked(question), k, scope)

    def _retrieve(self, question: str, k: int, scope: Scope) -> list[Hit]:
        return retrieve(self.index, self.encoder, question, self.config, k, scope)

    def _checked(self, question: str) -> str:
        question = question.encode("utf-8", "replace").decode("utf-8").strip()
        if not any(character.isalnum() for character in question):
            raise QuestionError("The question is empty. Type a question")
        if len(question) > self.config.question_chars:
            raise QuestionError(
                f"The question has {len(question):,} characters; "
                f"the limit is {self.config.question_chars:,}. Shorten it"
            )
        return question


def packaged_reader(index: Index) -> SpanReader:
    """Return the packaged reader, with the word statistics of an index."""
    examiner = Examiner(terms_of, content_terms, index.lexical.rarity, sentences_in)
    return SpanReader(examiner, _word_finder())


@cache
def _word_finder() -> WordFinder:
    """Return the trained model, compiled once and shared by all indexes."""
    packaged = packaged_model()
    return WordFinder(CompiledReader(packaged), load_tokenizer(packaged))


def cite(number: int, span: Span) -> Citation:
    """Return the citation of a span: its text, with the page and headings where it starts."""
    document = span.passage.document
    return Citation(
        number=number,
        document_id=document.id,
        title=document.title,
        page=document.page_at(span.start),
        unit=document.unit,
        also=document.also,
        heading=document.heading_at(span.start),
        start=span.start,
        end=span.end,
        quote=span.text,
        context=span.passage.text,
        marks=span.marks,
        ordinal=span.passage.ordinal,
    )


def _cite_passage(number: int, hit: Hit) -> Citation:
    return cite(number, Span(hit.passage, hit.passage.start, hit.passage.end, hit.score))
