"""LlamaIndex with FAISS: nodes of its sentence splitter, two retrieved, quoted whole.

As documented: its directory reader, the flat index of its FAISS example, and its default of 1,024
tokens per node.
"""

from pathlib import Path

import faiss
from llama_index.core import (
    Settings,
    SimpleDirectoryReader,
    StorageContext,
    VectorStoreIndex,
    load_index_from_storage,
)
from llama_index.core.schema import NodeWithScore, TextNode
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from llama_index.vector_stores.faiss import FaissVectorStore

from benchmarks.peers.protocol import Answered, Ask, Found, Job, serve

PASSAGES = 5
QUOTES = 2  # the default of its retrievers
OUR_QUOTES = 3
DIMENSION = 384


def build(job: Job) -> None:
    """Read, split, embed and persist."""
    Settings.embed_model = HuggingFaceEmbedding(model_name=job.encoder, device="cpu")
    storage = StorageContext.from_defaults(
        vector_store=FaissVectorStore(faiss_index=faiss.IndexFlatL2(DIMENSION))
    )
    if job.ours:
        index = VectorStoreIndex(nodes(job), storage_context=storage)
    else:
        documents = SimpleDirectoryReader(str(job.files)).load_data()
        for (
            document
        ) in documents:  # it embeds the path, so give it the short one of its quick start
            document.metadata["file_path"] = f"data/{document.metadata['file_name']}"
        index = VectorStoreIndex.from_documents(documents, storage_context=storage)
    index.storage_context.persist(persist_dir=str(job.index))


def opened(job: Job) -> Ask:
    """Open the saved index."""
    Settings.embed_model = HuggingFaceEmbedding(model_name=job.encoder, device="cpu")
    vectors = FaissVectorStore.from_persist_dir(str(job.index))
    storage = StorageContext.from_defaults(vector_store=vectors, persist_dir=str(job.index))
    retriever = load_index_from_storage(storage).as_retriever(similarity_top_k=PASSAGES)
    quotes = OUR_QUOTES if job.ours else QUOTES

    def ask(question: str) -> Answered:
        found = [found_in(node) for node in retriever.retrieve(question)]
        return Answered(found, found[:quotes])

    return ask


def nodes(job: Job) -> list[TextNode]:
    """Return our passages as nodes; like its metadata, the heading is embedded with the text."""
    return [
        TextNode(
            text=given.text,
            start_char_idx=given.start,
            end_char_idx=given.end,
            metadata={"heading": given.heading, "file_name": given.document},
            excluded_embed_metadata_keys=["file_name"]
            if given.heading
            else ["file_name", "heading"],
            metadata_template="{value}",
            text_template="{metadata_str}\n{content}",
        )
        for given in job.passages()
    ]


def found_in(scored: NodeWithScore) -> Found:
    """Return a retrieved node with its place."""
    node = scored.node
    return Found(
        Path(node.metadata["file_name"]).name, node.text, node.start_char_idx, node.end_char_idx
    )


if __name__ == "__main__":
    serve(
        build,
        opened,
        (
            "llama-index-core",
            "llama-index-embeddings-huggingface",
            "llama-index-vector-stores-faiss",
            "faiss-cpu",
        ),
    )
