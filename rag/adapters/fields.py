"""What the adapters say of a passage or a quote besides its words."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict

from rag.pipeline import Pipeline
from rag.scope import Scope
from rag.types import Citation, Passage
from rag.words import hit_fields

Found = tuple[str, float, Mapping[str, object]]  # words, score, place


def found_for(
    pipeline: Pipeline, question: str, k: int, scope: Scope, *, quotes: bool
) -> Iterator[Found]:
    """Yield the nearest passages, or the quotes that answer: none if the question is refused."""
    if quotes:
        answer = pipeline.ask(question, scope=scope)
        for citation in answer.citations[:k]:
            fields = asdict(citation)
            yield fields.pop("quote"), answer.confidence, fields
        return
    for hit in pipeline.search(question, k, scope):
        fields = hit_fields(hit)
        yield str(fields.pop("text")), hit.score, fields


def name_of(fields: Mapping[str, object]) -> str:
    """Return an id for a place."""
    return f"{fields['document_id']}#char={fields['start']},{fields['end']}"


def passage_of(pipeline: Pipeline, citation: Citation) -> Passage:
    """Return the passage around a quote."""
    rows = pipeline.documents.stored(citation.document_id).rows
    return pipeline.index.passages[rows[citation.ordinal]]
