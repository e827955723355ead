"""From a question to an answer: retrieve, read, decide, cite.

Every quote is a slice of its document, `document.text[start:end]`; without quotes it is a refusal.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Self

from rag.asking import (
    answered,
    at_last,
    at_once,
    found_name,
    readings,
    small_talk,
    understood,
    without_greeting,
)
from rag.checking import CheckedText, Checker, document_of
from rag.citing import cite
from rag.comparing import Comparison, compare
from rag.config import AskConfig
from rag.embed import load_encoder
from rag.errors import EncoderError, QuestionError
from rag.index import Index, open_index
from rag.index.joined import DocumentTable
from rag.index.mirror import local
from rag.protocols import Encoder, Reader
from rag.read import quoted
from rag.read.check import reason
from rag.readers import mentioned, packaged_examiner, reader_for, word_finder
from rag.retrieve import EVERYTHING, retrieve, similar
from rag.said import Said
from rag.scope import Scope
from rag.trace import Trace
from rag.types import Answer, Document, Hit, Span

REFUSAL = Said("refusal")
NEAREST = 3  # passages shown with a refusal
REMEMBERED = 20  # questions of a conversation that a question may lean on
# letters, digits and spaces of full width, as Asian keyboards type them, and what they are
WIDE = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
NARROW = {ord(plain) + 0xFEE0: plain for plain in WIDE} | {0x3000: " "}


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
        """Open the index in a folder or published at an address, or use an open one.

        The encoder must be the one that the index was built with. By default it is loaded by name,
        and the packaged reader is used; both are compiled at the same time. Raises IndexMissing,
        IndexDamaged, EncoderError, PublishError.
        """
        opened = index if isinstance(index, Index) else open_index(local(index))
        built_with = opened.manifest.config.encoder
        with ThreadPoolExecutor(1) as beside:
            compiled = beside.submit(word_finder) if reader is None else None
            encoder = encoder or load_encoder(built_with)
        if encoder.identity != opened.manifest.encoder:
            raise EncoderError(
                f"The index was built with {built_with} ({opened.manifest.encoder[:12]}…), "
                f"not with {encoder.name} ({encoder.identity[:12]}…). "
                f"Rebuild it: rag build --index {opened.folder}"
            )
        if compiled is not None:
            compiled.result()  # raises what went wrong
        reader = reader or reader_for(opened, encoder)
        return cls(opened, encoder, reader, config or AskConfig())

    @property
    def documents(self) -> DocumentTable:
        """The documents of the index, by id."""
        return self.index.documents

    def ask(
        self,
        question: str,
        history: Sequence[str] = (),
        scope: Scope = EVERYTHING,
        trace: Trace | None = None,
    ) -> Answer:
        """Return quotes that answer the question, or a refusal with the nearest passages.

        Small talk and questions about the documents themselves are answered without a search. Only
        documents in the scope can answer. `history` holds the earlier questions of a conversation,
        oldest first: a question that leans on them is completed, as `Answer.asked` shows. `trace`
        is given the time of each step. Raises QuestionError, UnknownDocument.
        """
        trace = trace or Trace()
        question = self._checked(question)
        typed = without_greeting(question)
        with trace.step(Said("step_conversation")):
            found = readings(typed, self._remembered(history), partial(self._named, scope=scope))
        answers = (self._asked(meant, scope, trace, alone=not history) for meant in found)
        first = next(answers)
        whole = first if first.kind != "none" else next(filter(None, answers), first)
        asked = whole.question if whole.question != typed else ""
        generation = self.index.manifest.generation
        return replace(whole, question=question, asked=asked, generation=generation)

    def _asked(self, question: str, scope: Scope, trace: Trace, *, alone: bool = False) -> Answer:
        """Return the answer to a question that stands alone, as the documents have its words."""
        with trace.step(Said("step_understanding")):
            if (at_hand := at_once(question, self.index, scope, alone=alone)) is not None:
                return at_hand
            asked = understood(question, self.index)

        def answer(part: str) -> Answer:
            hits = retrieve(
                self.index, self.encoder, part, self.config, self.config.read, scope, trace
            )
            return self.answer(part, hits, trace)

        found = replace(answered(asked, answer), question=asked)
        return found or at_last(question, self.index, scope, found)

    def _named(self, question: str, scope: Scope) -> str:
        """Return the words that answer a question, "" if they are none or too many for a name."""
        return found_name(self._asked(question, scope, Trace()))

    def answer(self, question: str, hits: Sequence[Hit], trace: Trace | None = None) -> Answer:
        """Return quotes from these passages, or a refusal that shows the nearest of them."""
        trace = trace or Trace()
        spans = self.reader.read(question, hits, trace)
        with trace.step(Said("step_quotes")):
            decided = self._decided(question, spans, hits)
            return replace(decided, generation=self.index.manifest.generation)

    def _decided(self, question: str, spans: Sequence[Span], hits: Sequence[Hit]) -> Answer:
        confidence = spans[0].score if spans else 0.0
        if not spans or confidence < self.config.threshold:
            return self._refusal(question, spans[:1], hits)
        quotes, note = quoted(question, spans, self.config)
        citations = tuple(cite(number, span) for number, span in enumerate(quotes, 1))
        text = "\n\n".join(citation.quote for citation in citations)
        marked = bool(citations[0].marks)
        return Answer(
            question, text, "span" if marked else "sentences", confidence, citations, note=note
        )

    def _refusal(self, question: str, best: Sequence[Span], hits: Sequence[Hit]) -> Answer:
        """Return a refusal that says what is missing, with the nearest quote and passages."""
        shown = [_whole(hit) for hit in hits[:NEAREST]]
        note, confidence = "", 0.0
        if best:
            confidence = best[0].score
            named, answers = partial(mentioned, self.index), partial(self._answers, hits, best[0])
            note, is_near_miss = reason(question, best[0], named, answers)
            if is_near_miss:
                shown = [*best, *(s for s in shown if s.passage.name != best[0].passage.name)]
        nearest = tuple(cite(number, span) for number, span in enumerate(shown[:NEAREST], 1))
        return Answer(question, REFUSAL, "none", confidence, nearest=nearest, note=note)

    def _answers(self, hits: Sequence[Hit], span: Span, question: str) -> bool:
        """Return whether the passage of a span answers this question."""
        found = self.reader.read(question, [hit for hit in hits if hit.passage == span.passage])
        return bool(found) and found[0].score >= self.config.threshold

    def search(
        self,
        question: str,
        k: int = 10,
        scope: Scope = EVERYTHING,
        trace: Trace | None = None,
    ) -> list[Hit]:
        """Return the k passages of the scope that are nearest to the question, best first.

        Raises QuestionError, UnknownDocument.
        """
        question = self._checked(question)
        config = replace(self.config, candidates=max(self.config.candidates, k))
        return retrieve(self.index, self.encoder, question, config, k, scope, trace)

    def similar(self, document_id: str, start: int, end: int, k: int = 10) -> list[Hit]:
        """Return the k passages most similar to a place in a document, from other places.

        The offsets are those of the text. Raises UnknownDocument, QuestionError.
        """
        return similar(self.index, document_id, start, end, k)

    def check(self, text: str | Document, scope: Scope = EVERYTHING) -> CheckedText:
        """Return for each sentence of a text the quote that supports or contradicts it, or none.

        Headings, questions and greetings state nothing and are left out. Raises UnknownDocument,
        EmptyScope, and LoadError for bytes that are no text.
        """
        document = document_of(text) if isinstance(text, str) else text
        return self.checker().check(document, scope)

    def checker(self) -> Checker:
        """Return what compares claims with the documents."""
        named = partial(mentioned, self.index)
        examiner = packaged_examiner(self.index)
        return Checker(self.index, self.encoder, examiner, self.reader, named, self.config)

    def compare(self, document_id: str, old: str = "", new: str = "") -> Comparison:
        """Compare two revisions of a document, named by their sha256 or the start of that.

        Without `new`, the last one; without `old`, the one before it. Raises UnknownDocument.
        """
        return compare(self.index, document_id, old, new)

    def _remembered(self, history: Sequence[str]) -> list[str]:
        """Return the last earlier questions, without those that could not have been asked."""
        earlier = [_encodable(question) for question in history[-REMEMBERED:]]
        return [question for question in earlier if len(question) <= self.config.question_chars]

    def _checked(self, question: str) -> str:
        question = _encodable(question)
        if not any(map(str.isalnum, question)) and not small_talk(question):
            raise QuestionError(Said("question_empty"))
        if len(question) > self.config.question_chars:
            limit = self.config.question_chars
            raise QuestionError(Said("question_long", n=len(question), limit=limit))
        return question


def _encodable(question: str) -> str:
    """Return a question in plain letters, without the half characters that some programs send."""
    return question.translate(NARROW).encode("utf-8", "replace").decode("utf-8").strip()


def _whole(hit: Hit) -> Span:
    return Span(hit.passage, hit.passage.start, hit.passage.end, hit.score)
