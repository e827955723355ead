"""Haystack: a component that answers with extracted answers (`footnote-rag[haystack]`)."""

from haystack import Document, ExtractedAnswer, component

from rag.adapters.fields import passage_of
from rag.pipeline import Pipeline
from rag.types import Answer, Citation


@component  # installed only with the extra
class FootnoteExtractor:
    """Answers a question from the index in a folder; no answers is a refusal.

    The content of an answer's document is the stored text, `document_offset` the place of the
    quote there, `context_offset` its place in the passage.
    """

    def __init__(self, index: str = "index") -> None:
        self.index = index
        self._pipeline: Pipeline | None = None

    def warm_up(self) -> None:
        """Open the index; raises IndexMissing, IndexDamaged."""
        if self._pipeline is None:
            self._pipeline = Pipeline.open(self.index)

    @component.output_types(answers=list[ExtractedAnswer], note=str)  # type: ignore[untyped-decorator]
    def run(self, query: str) -> dict[str, list[ExtractedAnswer] | str]:
        """Return the quotes that answer, and a sentence about them or about the refusal."""
        self.warm_up()
        assert self._pipeline is not None
        answer = self._pipeline.ask(query)
        answers = [_extracted(self._pipeline, answer, citation) for citation in answer.citations]
        return {"answers": answers, "note": answer.note}


def _extracted(pipeline: Pipeline, answer: Answer, citation: Citation) -> ExtractedAnswer:
    document, passage = pipeline.documents[citation.document_id], passage_of(pipeline, citation)
    places = {"title": citation.title, "page": citation.page, "marks": citation.marks}
    offset = citation.start - passage.start
    return ExtractedAnswer(
        query=answer.question,
        score=answer.confidence,
        data=citation.quote,
        document=Document(id=document.id, content=document.text, meta={"title": document.title}),
        context=passage.text,
        document_offset=ExtractedAnswer.Span(citation.start, citation.end),
        context_offset=ExtractedAnswer.Span(offset, offset + len(citation.quote)),
        meta={**places, "number": citation.number, "heading": citation.heading},
    )
