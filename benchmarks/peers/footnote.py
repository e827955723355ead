"""Footnote with its defaults, in the project's own environment."""

from collections.abc import Sequence

from benchmarks.peers.protocol import Answered, Ask, Found, Job, serve
from rag.indexing import build as build_index
from rag.pipeline import Pipeline
from rag.types import Citation


def build(job: Job) -> None:
    """Index the documents."""
    build_index(job.files, job.index)


def opened(job: Job) -> Ask:
    """Open the index.

    Two calls instead of one `Pipeline.ask`, since the passages are measured too.
    """
    pipeline = Pipeline.open(job.index)

    def ask(question: str) -> Answered:
        hits = pipeline.search(question, pipeline.config.read)
        answer = pipeline.answer(question, hits)
        passages = [
            Found(h.passage.document.id, h.passage.text, h.passage.start, h.passage.end)
            for h in hits
        ]
        quotes = [
            Found(cited.document_id, cited.quote, cited.start, cited.end)
            for cited in answer.citations
        ]
        return Answered(passages, quotes, marked(answer.citations), refused=not answer)

    return ask


def marked(citations: Sequence[Citation]) -> str | None:
    """Return the words of the first mark in the first quote."""
    first = next(iter(citations), None)
    if first is None or not first.marks:
        return None
    start, end = first.marks[0]
    return first.quote[start - first.start : end - first.start]


if __name__ == "__main__":
    serve(build, opened, ("footnote-rag", "openvino", "faiss-cpu", "tantivy"))
