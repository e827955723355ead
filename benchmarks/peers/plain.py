"""The baseline: sentence-transformers and FAISS; the nearest passages are quoted whole.

No document describes this pair; its row "as documented" has 200 words per passage, as is usual.
"""

import json
from pathlib import Path

import faiss
from sentence_transformers import SentenceTransformer

from benchmarks.peers.protocol import Answered, Ask, Found, Job, serve

WORDS = 200  # words per passage, as is usual
QUOTES = 3
PASSAGES = 5


def build(job: Job) -> None:
    """Embed all passages; save vectors and passages."""
    passages = [(found.document, found.start, found.end, found.text) for found in cut(job)]
    texts = [text for *_, text in passages]
    if job.ours:
        texts = [f"{g.heading}\n{g.text}" if g.heading else g.text for g in job.passages()]
    vectors = SentenceTransformer(job.encoder, device="cpu").encode(
        texts, normalize_embeddings=True
    )
    index = faiss.IndexFlatIP(vectors.shape[1])
    index.add(vectors)
    job.index.mkdir(parents=True, exist_ok=True)
    faiss.write_index(index, str(job.index / "vectors.faiss"))
    (job.index / "passages.json").write_text(json.dumps(passages), encoding="utf-8")


def opened(job: Job) -> Ask:
    """Open the index."""
    model = SentenceTransformer(job.encoder, device="cpu")
    index = faiss.read_index(str(job.index / "vectors.faiss"))
    entries = json.loads(Path(job.index / "passages.json").read_text(encoding="utf-8"))
    passages = [Found(document, text, start, end) for document, start, end, text in entries]

    def ask(question: str) -> Answered:
        vector = model.encode([question], normalize_embeddings=True)
        rows = index.search(vector, min(PASSAGES, len(passages)))[1][0]
        found = [passages[row] for row in rows]
        return Answered(found, found[:QUOTES])

    return ask


def cut(job: Job) -> list[Found]:
    """Return our passages, or runs of words."""
    if job.ours:
        return [Found(g.document, g.text, g.start, g.end) for g in job.passages()]
    return [run for name, text in job.documents().items() for run in runs(name, text)]


def runs(name: str, text: str) -> list[Found]:
    """Return the runs of words of a text, with their places."""
    found, start = [], 0
    words = text.split(" ")
    for first in range(0, len(words), WORDS):
        run = " ".join(words[first : first + WORDS])
        if run.strip():
            found.append(Found(name, run, start, start + len(run)))
        start += len(run) + 1
    return found


if __name__ == "__main__":
    serve(build, opened, ("sentence-transformers", "faiss-cpu", "torch"))
