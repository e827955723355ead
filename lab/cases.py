"""Questions asked of an index: what is retrieved, and whether a quote from it answers."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lab.data import Paragraphs, Question
from lab.pool import CachedEncoder
from rag.config import AskConfig
from rag.index import Index
from rag.retrieve import retrieve
from rag.types import Hit, Span

PRIOR = 0.75  # assumed share of questions that the documents answer


@dataclass(frozen=True, slots=True)
class Case:
    """A question asked of an index; `inside`: whether the index holds its paragraph."""

    question: Question
    paragraph: str
    inside: bool
    hits: list[Hit]

    def held_by(self, span: Span, *, anywhere: bool = False) -> bool:
        """Return whether a quote holds a gold answer, in the gold paragraph unless `anywhere`."""
        text = span.text
        return any(answer in text for answer in self.question.answers) and (
            anywhere or self.of_paragraph(span)
        )

    def of_paragraph(self, span: Span) -> bool:
        """Return whether the gold paragraph holds a quote."""
        return span.text in self.paragraph


def cases(
    index: Index,
    encoder: CachedEncoder,
    data: Paragraphs,
    questions: Sequence[Question],
    inside: Iterable[str],
    ask: AskConfig | None = None,
) -> list[Case]:
    """Ask questions of an index that holds only the paragraphs named in `inside`."""
    ask = ask or AskConfig()
    held = set(inside)
    encoder.encode_questions([question.text for question in questions])
    return [
        Case(
            question,
            data.texts[question.paragraph],
            question.paragraph in held,
            retrieve(index, encoder, question.text, ask, ask.read),
        )
        for question in questions
    ]
