"""txtai: a hybrid index with content, and its question answering with our reader's weights.

As documented: paragraphs of its segmentation, the three best read as one text, the answer with a
reference to its passage. It gives no places, and its segmentation cleans the text.
"""

from collections.abc import Iterator

from txtai import RAG, Embeddings
from txtai.pipeline import Segmentation

from benchmarks.peers.protocol import Answered, Ask, Found, Job, serve

PASSAGES = 5
BETWEEN = "\t"  # between document and passage number in an id


def build(job: Job) -> None:
    """Segment, embed and save."""
    embeddings = Embeddings(path=job.encoder, content=True, hybrid=True, gpu=False)
    embeddings.index(entries(job))
    embeddings.save(str(job.index))


def opened(job: Job) -> Ask:
    """Open the index and the reader."""
    embeddings = Embeddings()
    embeddings.load(str(job.index))
    rag = RAG(embeddings, job.reader, task="question-answering", output="reference", gpu=False)

    def ask(question: str) -> Answered:
        passages = [
            found_in(entry["id"], entry["text"]) for entry in embeddings.search(question, PASSAGES)
        ]
        words, reference = read(rag, question)
        if not words:
            return Answered(passages, refused=True)
        return Answered(passages, [found_in(reference or "", words)], words)

    return ask


def read(rag: RAG, question: str) -> tuple[str | None, str | None]:
    """Return the answer and the id of its passage, empty if the reader finds none.

    txtai then takes the first token, which means "not here", for a word: a TypeError.
    """
    try:
        found = rag(question)
    except TypeError:
        return None, None
    return found["answer"], found["reference"]


def entries(job: Job) -> Iterator[tuple[str, str]]:
    """Yield ids and texts: our passages, or the paragraphs of its segmentation."""
    if job.ours:
        for number, given in enumerate(job.passages()):
            yield f"{given.document}{BETWEEN}{number}", given.text
        return
    segment = Segmentation(paragraphs=True)
    for name, text in job.documents().items():
        for number, paragraph in enumerate(segment(text)):
            yield f"{name}{BETWEEN}{number}", paragraph


def found_in(name: str, text: str) -> Found:
    """Return the passage with this id as a text that is found."""
    return Found(name.partition(BETWEEN)[0], text)


if __name__ == "__main__":
    serve(build, opened, ("txtai", "transformers", "faiss-cpu", "torch"))
