"""The same questions to the files of an index and to every engine that can hold its vectors.

    python -m benchmarks.engines --data FOLDER

The engines are milvus-lite in a file and as a server, and a real Milvus 2.3.5 with exact and with
approximate search (see benchmarks/engine.py for what to install).
"""

import argparse
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import numpy as np

from benchmarks.engine import RealMilvus, lite_server
from benchmarks.record import write_result
from benchmarks.retrieval import ABSTRACTS, ndcg
from lab.data import Beir, beir, squad
from lab.pool import PARAGRAPHS, CachedEncoder, pool_folder
from lab.site import free_port
from lab.table import table
from rag.config import AskConfig
from rag.index import Index, open_index
from rag.index.milvus import Milvus, Part
from rag.pipeline import Pipeline
from rag.retrieve import retrieve
from rag.types import Answer, Hit, Rows, Vectors
from rag.upkeep import rebuild, remove

QUESTIONS = 1000
FEW = 200  # of them for milvus-lite, which is written in Python
NEAR = 200  # of them whose nearest rows are compared
ASKED = 20  # of them asked on both whatever is found
AT_ONCE = 50
SLOW = 60.0  # seconds for a call: other programs may need the machine
DEPTH = 60  # passages whose documents are ranked
CLOSE = 1e-4  # a difference of scores that changes no answer


class Compared:
    """The questions of SQuAD dev and of scifact, asked of an index of each."""

    def __init__(self, data: Path, encoder: CachedEncoder) -> None:
        pool = squad(data / "eval" / "squad-v1.1-dev.jsonl.gz")
        every = max(1, len(pool.questions) // QUESTIONS)
        self.questions = [one.text for one in pool.questions[::every]][:QUESTIONS]
        self.abstracts: Beir = beir(data / "eval" / "scifact")
        texts = {
            f"{key}.txt": text
            for key, (_, text) in self.abstracts.documents.items()
            if text.strip()
        }
        self.folders = [
            pool_folder("squad-dev", pool.texts, encoder, PARAGRAPHS),
            pool_folder("scifacttxt", texts, encoder, ABSTRACTS),
        ]
        self._encoder = encoder
        self._vectors = encoder.encode_questions(self.questions)
        encoder.encode_questions(list(self.abstracts.questions.values()))
        encoder.save()
        self._local = Pipeline.open(open_index(self.folders[0]), encoder=encoder)
        self._nearest = nearest(self._local.index, self._vectors[:NEAR], 10)
        self._hits = [self._found(self._local.index, one) for one in self.questions]

    def figures(self, paragraphs: Index, abstracts: Index, count: int) -> dict[str, float]:
        """Return how much what an engine finds is like what the files give."""
        questions = self.questions[:: len(self.questions) // count]
        before = self._hits[:: len(self.questions) // count]
        other = Pipeline(paragraphs, self._encoder, self._local.reader, AskConfig())
        near = nearest(paragraphs, self._vectors[:NEAR], 10)
        shared = [len({*a} & {*b}) for a, b in zip(near, self._nearest, strict=True)]
        same_hits = same_answers = 0
        for number, question in enumerate(questions):
            hits = self._found(paragraphs, question)
            is_same = alike(hits, before[number])
            same_hits += is_same
            if is_same and number >= ASKED:
                same_answers += 1  # the answer depends on nothing else
            else:
                one, two = self._local.ask(question), other.ask(question)
                same_answers += cited(one) == cited(two)
        return {
            "questions": len(questions),
            "recall@10": float(np.sum(shared)) / (10 * len(near)),
            "same ten passages": same_hits / len(questions),
            "same answer and citations": same_answers / len(questions),
            "nDCG@10, scifact": self._ndcg(abstracts),
        }

    def _found(self, index: Index, question: str) -> list[Hit]:
        config = AskConfig()
        return retrieve(index, self._encoder, question, config, config.read)

    def _ndcg(self, index: Index) -> float:
        values = []
        for key, question in self.abstracts.questions.items():
            hits = retrieve(index, self._encoder, question, AskConfig(), DEPTH)
            names = dict.fromkeys(hit.passage.document.id.removesuffix(".txt") for hit in hits)
            values.append(ndcg(list(names), self.abstracts.relevant[key]))
        return float(np.mean(values))


def nearest(index: Index, vectors: Vectors, k: int) -> Rows:
    """Return the (n, k) nearest rows."""
    parts = range(0, len(vectors), AT_ONCE)
    return np.concatenate([index.dense.search(vectors[n : n + AT_ONCE], k)[1] for n in parts])


def alike(hits: Sequence[Hit], others: Sequence[Hit]) -> bool:
    """Return whether these are the same passages in the same order, with the same scores."""
    rows = [hit.row for hit in hits] == [hit.row for hit in others]
    return rows and all(abs(a.score - b.score) < CLOSE for a, b in zip(hits, others, strict=True))


def cited(answer: Answer) -> tuple[object, ...]:
    """Return what a reader sees of an answer."""
    return answer.text, answer.kind, answer.citations, answer.note


def written_again(folder: Path, encoder: CachedEncoder) -> float:
    """Remove a document; return the share of the rows that the engine is given again."""
    written: list[int] = []
    write = Milvus.write

    def noted(engine: Milvus, part: Part, vectors: Vectors) -> None:
        written.append(part.rows)
        write(engine, part, vectors)

    with patch.object(Milvus, "write", noted):
        remove([open_index(folder).documents.ids()[0]], folder, encoder=encoder)
    return sum(written) / open_index(folder).manifest.passages


@contextmanager
def stores(folder: Path) -> Iterator[dict[str, tuple[str, str]]]:
    """Run all engines; yield the two stores of each by name."""
    with lite_server(folder / "lite", free_port()) as lite:
        real = RealMilvus(folder / "real")
        yield {
            "the files of the index": ("local", "local"),
            "Milvus 2.3.5, exact": (f"{real.address}/a", f"{real.address}/b"),
            "Milvus 2.3.5, HNSW": (
                f"{real.address}/c?index=HNSW",
                f"{real.address}/d?index=HNSW",
            ),
            "milvus-lite, a file": (f"{folder}/a.db", f"{folder}/b.db"),
            "milvus-lite, its server": (f"{lite}/a", f"{lite}/b"),
        }
        real.stop()


def main() -> None:
    """Print and write the figures of every engine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    options = parser.parse_args()
    encoder = CachedEncoder()
    compared = Compared(options.data, encoder)
    results: dict[str, dict[str, float]] = {}
    slow = patch("rag.index.milvus.QUICK", SLOW)
    with TemporaryDirectory() as name, stores(Path(name)) as engines, slow:
        for engine, places in engines.items():
            opened = []
            for folder, store in zip(compared.folders, places, strict=True):
                copy = Path(name) / f"{len(results)}-{folder.parent.name}"
                shutil.copytree(folder, copy)
                rebuild(copy, store=store, encoder=encoder)
                opened.append(open_index(copy))
            results[engine] = compared.figures(
                opened[0], opened[1], FEW if "lite" in engine else QUESTIONS
            )
            if places[0] != "local":
                results[engine]["written again without a document"] = written_again(copy, encoder)
            print(engine, results[engine], flush=True)
            write_result("engines", results)
    heads = list(dict.fromkeys(name for row in results.values() for name in row))
    rows = [[name, *(row.get(head, "") for head in heads)] for name, row in results.items()]
    print(table(("", *heads), rows))


if __name__ == "__main__":
    main()
