"""LangChain with FAISS: passages of 1,000 characters, four retrieved, quoted whole.

As documented: the splitter of its semantic search tutorial, the vector store's own defaults.
"""

from langchain_community.vectorstores import FAISS
from langchain_core.documents import Document
from langchain_huggingface import HuggingFaceEmbeddings
from langchain_text_splitters import RecursiveCharacterTextSplitter

from benchmarks.peers.protocol import Answered, Ask, Found, Job, serve

PASSAGES = 5
QUOTES = 4  # the default of its vector stores
OUR_QUOTES = 3


def build(job: Job) -> None:
    """Split, embed and save."""
    FAISS.from_documents(passages(job), embeddings(job)).save_local(str(job.index))


def opened(job: Job) -> Ask:
    """Open the store, a pickle among its files."""
    store = FAISS.load_local(str(job.index), embeddings(job), allow_dangerous_deserialization=True)
    quotes = OUR_QUOTES if job.ours else QUOTES

    def ask(question: str) -> Answered:
        found = [found_in(document) for document in store.similarity_search(question, k=PASSAGES)]
        return Answered(found, found[:quotes])

    return ask


def passages(job: Job) -> list[Document]:
    """Return our passages, or those of its splitter."""
    if job.ours:
        return [
            Document(given.text, metadata={"source": given.document, "start_index": given.start})
            for given in job.passages()
        ]
    splitter = RecursiveCharacterTextSplitter(
        chunk_size=1000, chunk_overlap=200, add_start_index=True
    )
    whole = [Document(text, metadata={"source": name}) for name, text in job.documents().items()]
    found: list[Document] = splitter.split_documents(whole)
    return found


def embeddings(job: Job) -> HuggingFaceEmbeddings:
    """Return the encoder."""
    return HuggingFaceEmbeddings(model_name=job.encoder, model_kwargs={"device": "cpu"})


def found_in(document: Document) -> Found:
    """Return a retrieved passage; its splitter gives -1 for a place that it does not find again."""
    start, text = document.metadata["start_index"], document.page_content
    return Found(
        document.metadata["source"],
        text,
        *((start, start + len(text)) if start >= 0 else (None, None)),
    )


if __name__ == "__main__":
    serve(
        build,
        opened,
        ("langchain-core", "langchain-community", "langchain-huggingface", "faiss-cpu"),
    )
