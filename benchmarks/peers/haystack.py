"""Haystack: BM25 and embeddings in memory, joined, with its reader over our weights or without.

As documented: 200 words per passage from its splitter, ten passages of each retriever, the joiner's
default, and the reader's twenty answers or every passage. With our settings, reciprocal ranks join
them. A place is the reader's, added to the one that the splitter records.
"""

from typing import Any

import torch
from haystack import Document, Pipeline
from haystack.components.joiners import DocumentJoiner
from haystack.components.preprocessors import DocumentSplitter
from haystack.components.retrievers.in_memory import (
    InMemoryBM25Retriever,
    InMemoryEmbeddingRetriever,
)
from haystack.dataclasses import ExtractedAnswer
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack.utils import ComponentDevice
from haystack_integrations.components.embedders.sentence_transformers import (
    SentenceTransformersDocumentEmbedder,
    SentenceTransformersTextEmbedder,
)
from haystack_integrations.components.readers.transformers import TransformersExtractiveReader

from benchmarks.peers.protocol import Answered, Ask, Found, Job, serve

CPU = ComponentDevice.from_str("cpu")
OUR_PASSAGES = 10
OUR_QUOTES = 3
SEPARATOR = 102  # BERT's [SEP]


def build(job: Job) -> None:
    """Split, embed, and save the store in its own JSON format."""
    embedder = SentenceTransformersDocumentEmbedder(
        model=job.encoder,
        device=CPU,
        progress_bar=False,
        meta_fields_to_embed=["heading"] if job.ours else [],
    )
    embedder.warm_up()
    store = InMemoryDocumentStore()
    store.write_documents(embedder.run(documents=passages(job))["documents"])
    job.index.mkdir(parents=True, exist_ok=True)
    store.save_to_disk(str(job.index / "store.json"))


def opened(job: Job) -> Ask:
    """Open the store and make the pipeline."""
    pipeline = put_together(
        InMemoryDocumentStore.load_from_disk(str(job.index / "store.json")), job
    )
    reading = job.variant == "reader"

    def ask(question: str) -> Answered:
        asked: dict[str, Any] = {"embedder": {"text": question}, "words": {"query": question}}
        if reading:
            asked["reader"] = {"query": question}
        given = pipeline.run(asked, include_outputs_from={"joiner"})
        found = [whole(document) for document in given["joiner"]["documents"]]
        if not reading:
            return Answered(found, found[:OUR_QUOTES] if job.ours else found)
        answers = given["reader"]["answers"]
        if not answers or answers[0].data is None:
            return Answered(found, refused=True)
        return Answered(
            found, [quote(answer) for answer in answers if answer.data is not None], answers[0].data
        )

    return ask


def put_together(store: InMemoryDocumentStore, job: Job) -> Pipeline:
    """Return the pipeline: both retrievers, the joiner, and the reader if the job wants one."""
    pipeline = Pipeline()
    pipeline.add_component(
        "embedder",
        SentenceTransformersTextEmbedder(model=job.encoder, device=CPU, progress_bar=False),
    )
    pipeline.add_component("meaning", InMemoryEmbeddingRetriever(store))
    pipeline.add_component("words", InMemoryBM25Retriever(store))
    joiner = (
        DocumentJoiner("reciprocal_rank_fusion", top_k=OUR_PASSAGES)
        if job.ours
        else DocumentJoiner()
    )
    pipeline.add_component("joiner", joiner)
    pipeline.connect("embedder.embedding", "meaning.query_embedding")
    pipeline.connect("meaning", "joiner")
    pipeline.connect("words", "joiner")
    if job.variant == "reader":
        reader = TransformersExtractiveReader(
            model=job.reader, device=CPU, **({"top_k": OUR_QUOTES} if job.ours else {})
        )
        reader.warm_up()
        if job.ours:
            tell_segments(reader.model)
        pipeline.add_component("reader", reader)
        pipeline.connect("joiner.documents", "reader.documents")
    return pipeline


def tell_segments(model: torch.nn.Module) -> None:
    """Mark the tokens of the passage for a BERT.

    Its reader omits these segments, and our weights were trained with them.
    """
    plain = model.forward

    def forward(input_ids: torch.Tensor, attention_mask: torch.Tensor) -> object:
        separators = (input_ids == SEPARATOR).long()
        behind = separators.cumsum(1) > separators
        return plain(
            input_ids=input_ids,
            attention_mask=attention_mask,
            token_type_ids=behind * attention_mask,
        )

    model.forward = forward


def passages(job: Job) -> list[Document]:
    """Return our passages, or those of its splitter."""
    if job.ours:
        return [
            Document(
                content=g.text,
                meta={"name": g.document, "split_idx_start": g.start, "heading": g.heading},
            )
            for g in job.passages()
        ]
    splitter = DocumentSplitter()
    splitter.warm_up()
    whole = [Document(content=text, meta={"name": name}) for name, text in job.documents().items()]
    found: list[Document] = splitter.run(documents=whole)["documents"]
    return found


def whole(document: Document) -> Found:
    """Return a passage with the place that its splitter recorded."""
    start = document.meta["split_idx_start"]
    return Found(document.meta["name"], document.content, start, start + len(document.content))


def quote(answer: ExtractedAnswer) -> Found:
    """Return the words of an answer with their place in the whole document."""
    start = answer.document.meta["split_idx_start"]
    place = answer.document_offset
    return Found(answer.document.meta["name"], answer.data, start + place.start, start + place.end)


if __name__ == "__main__":
    serve(
        build,
        opened,
        ("haystack-ai", "transformers-haystack", "sentence-transformers-haystack", "torch"),
    )
