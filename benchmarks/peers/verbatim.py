"""verbatim-rag without a language model: Milvus Lite with our encoder, its chunker, its responses.

The weights of its extractor and the sparse encoder of its documentation are only on a model hub. So
it runs here with dense vectors and quotes either whole passages or what our extractor finds, in the
place that it has for one: the best words of each passage by our weights, if they score above "not
here". It gives the place of a quote in its passage only, since it does not store the document.
"""

import math
from typing import Any

import torch
from transformers import AutoModelForQuestionAnswering, AutoTokenizer
from verbatim_rag import VerbatimIndex, VerbatimRAG
from verbatim_rag.document import Chunk, ChunkType, Document, DocumentType, ProcessedChunk
from verbatim_rag.embedding_providers import SentenceTransformersProvider
from verbatim_rag.extractors import SpanExtractor
from verbatim_rag.schema import DocumentSchema
from verbatim_rag.vector_stores import LocalMilvusStore

from benchmarks.peers.protocol import Answered, Ask, Found, Job, serve

PASSAGES = 5  # its default
QUOTES = 5  # the quotes that its answer shows
OUR_PASSAGES = 10
OUR_QUOTES = 3
LONGEST = 30  # tokens of an answer
STRIDE = 96  # tokens that two windows of a long passage share


class OurReader(SpanExtractor):  # type: ignore[misc]
    """Points at the best words of each passage or at none; `order`: passages by margin."""

    def __init__(self, folder: str) -> None:
        self.order: list[str] = []
        self._tokenizer = AutoTokenizer.from_pretrained(folder)
        self._model = AutoModelForQuestionAnswering.from_pretrained(folder).eval()

    def extract_spans(self, question: str, search_results: list[Any]) -> dict[str, list[str]]:
        """Return the words found in each passage, the passage with the largest margin first."""
        read = [(result.text, *self._best(question, result.text)) for result in search_results]
        surest_first = sorted(
            (entry for entry in read if entry[2] > 0), key=lambda entry: -entry[2]
        )
        self.order = [text for text, _, _ in surest_first]
        return {text: [words] for text, words, _ in surest_first}

    def _best(self, question: str, text: str) -> tuple[str, float]:
        """Return the best words of a text, read in windows, and their margin over "not here"."""
        tokens = self._tokenizer(
            question,
            text,
            truncation="only_second",
            max_length=512,
            stride=STRIDE,
            padding=True,
            return_overflowing_tokens=True,
            return_offsets_mapping=True,
            return_tensors="pt",
        )
        places = tokens.pop("offset_mapping")
        tokens.pop("overflow_to_sample_mapping")
        found = [("", -math.inf)]
        for window, offsets in enumerate(places):
            inside = torch.tensor([segment == 1 for segment in tokens.sequence_ids(window)])
            with torch.inference_mode():
                given = self._model(
                    **{name: rows[window : window + 1] for name, rows in tokens.items()}
                )
            starts, ends = (
                side[0].masked_fill(~inside, -torch.inf)
                for side in (given.start_logits, given.end_logits)
            )
            scores = (starts[:, None] + ends[None, :]).triu().tril(LONGEST)
            scores[torch.ones_like(scores).triu().tril(LONGEST) == 0] = -torch.inf
            start, end = divmod(int(scores.argmax()), scores.shape[1])
            margin = scores[start, end] - given.start_logits[0, 0] - given.end_logits[0, 0]
            found.append((text[offsets[start][0] : offsets[end][1]], float(margin)))
        return max(found, key=lambda entry: entry[1])


def build(job: Job) -> None:
    """Chunk, embed and insert."""
    index_of(job).add_documents_bulk(given_documents(job) if job.ours else schema_documents(job))


def opened(job: Job) -> Ask:
    """Open the store, and the reader if the job wants one."""
    index, passages = index_of(job), OUR_PASSAGES if job.ours else PASSAGES
    if job.variant == "no reader":

        def show(question: str) -> Answered:
            found = [
                Found(result.metadata["source"], result.text)
                for result in index.query(question, k=passages)
            ]
            return Answered(found, found[:OUR_QUOTES] if job.ours else found)

        return show
    reader = OurReader(job.reader)
    rag = VerbatimRAG(index, extractor=reader, template_mode="static", k=passages)
    most = OUR_QUOTES if job.ours else QUOTES

    def ask(question: str) -> Answered:
        response = rag.query(question)
        found = [Found(document.source, document.content) for document in response.documents]
        cited = (
            response.structured_answer.citations
        )  # passages in the order of retrieval, the answer in the order of the extractor
        cited = sorted(
            cited, key=lambda citation: reader.order.index(found[citation.doc_index].text)
        )
        quotes = [
            Found(found[citation.doc_index].document, citation.text) for citation in cited[:most]
        ]
        return Answered(found, quotes, quotes[0].text if quotes else None, refused=not quotes)

    return ask


def index_of(job: Job) -> VerbatimIndex:
    """Return its index over a local store, new or existing."""
    job.index.mkdir(parents=True, exist_ok=True)
    store = LocalMilvusStore(str(job.index / "milvus.db"), enable_dense=True, enable_sparse=False)
    return VerbatimIndex(
        store, dense_provider=SentenceTransformersProvider(job.encoder, device="cpu")
    )


def schema_documents(job: Job) -> list[DocumentSchema]:
    """Return the documents as its documentation makes them from text."""
    return [
        DocumentSchema(content=text, title=name, source=name, id=name)
        for name, text in job.documents().items()
    ]


def given_documents(job: Job) -> list[Document]:
    """Return the documents with our passages as their chunks."""
    whole = {
        name: Document(
            id=name, title=name, source=name, content_type=DocumentType.TXT, raw_content=text
        )
        for name, text in job.documents().items()
    }
    for number, given in enumerate(job.passages()):
        document = whole[given.document]
        chunk = Chunk(
            document_id=document.id,
            content=given.text,
            chunk_number=number,
            chunk_type=ChunkType.PARAGRAPH,
        )
        embedded = f"{given.heading}\n{given.text}" if given.heading else given.text
        chunk.add_processed_chunk(ProcessedChunk(chunk_id=chunk.id, enhanced_content=embedded))
        document.add_chunk(chunk)
    return list(whole.values())


if __name__ == "__main__":
    serve(build, opened, ("verbatim-rag", "pymilvus", "sentence-transformers", "torch"))
