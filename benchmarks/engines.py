"""The same questions to the files of an index and to every engine that can hold its vectors.

    python -m benchmarks.engines --data FOLDER [--questions 1000]

The engines are milvus-lite in a file and as a server, and a real Milvus 2.3.5 with exact and with
approximate search (see benchmarks/engine.py for what to install). What was compared is in the lines
of results/engines.jsonl; a run goes on after the last one.
"""

import argparse
import random
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import numpy as np

from benchmarks.engine import RealMilvus, lite_server
from benchmarks.lines import Lines
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
FEW = 200  # at most of them for milvus-lite, which is written in Python
STEP = 25  # of them in a line
NEAR = 200  # of them whose nearest rows are compared
ASKED = 20  # of them asked on both whatever is found
AT_ONCE = 50
SLOW = 60.0  # seconds for a call: other programs may need the machine
DEPTH = 60  # passages whose documents are ranked
CLOSE = 1e-4  # a difference of scores that changes no answer
COUNT = "questions"
SHARES = "same ten passages", "same answer and citations"
FIGURES = "recall@10", "nDCG@10, scifact"
AGAIN = "written again without a document"


class Compared:
    """The questions of SQuAD dev and of scifact, asked of an index of each."""

    def __init__(self, data: Path, encoder: CachedEncoder) -> None:
        pool = squad(data / "eval" / "squad-v1.1-dev.jsonl.gz")
        every = max(1, len(pool.questions) // QUESTIONS)
        self.questions = [one.text for one in pool.questions[::every]][:QUESTIONS]
        random.Random(1).shuffle(self.questions)  # so that the first of them are of all documents
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
        self.encoder = encoder
        self._vectors = encoder.encode_questions(self.questions)
        encoder.encode_questions(list(self.abstracts.questions.values()))
        encoder.save()
        self._local = Pipeline.open(open_index(self.folders[0]), encoder=encoder)

    def like(self, paragraphs: Index, start: int, end: int) -> dict[str, int]:
        """Return to how many of these questions an engine finds the same as the files."""
        other = Pipeline(paragraphs, self.encoder, self._local.reader, AskConfig())
        same_hits = same_answers = 0
        for number, question in enumerate(self.questions[start:end], start):
            local = self._found(self._local.index, question)
            is_same = alike(self._found(paragraphs, question), local)
            same_hits += is_same
            if is_same and number >= ASKED:
                same_answers += 1  # the answer depends on nothing else
            else:
                one, two = self._local.ask(question), other.ask(question)
                same_answers += cited(one) == cited(two)
        return {COUNT: end - start, SHARES[0]: same_hits, SHARES[1]: same_answers}

    def recall(self, paragraphs: Index) -> float:
        """Return the share of the ten nearest rows that an engine finds."""
        vectors = self._vectors[:NEAR]
        rows = [nearest(index, vectors, 10) for index in (paragraphs, self._local.index)]
        shared = [len({*a} & {*b}) for a, b in zip(*rows, strict=True)]
        return float(np.sum(shared)) / (10 * len(vectors))

    def ndcg(self, index: Index) -> float:
        """Return nDCG@10 of the abstracts that an engine finds."""
        values = []
        for key, question in self.abstracts.questions.items():
            hits = retrieve(index, self.encoder, question, AskConfig(), DEPTH)
            names = dict.fromkeys(hit.passage.document.id.removesuffix(".txt") for hit in hits)
            values.append(ndcg(list(names), self.abstracts.relevant[key]))
        return float(np.mean(values))

    def _found(self, index: Index, question: str) -> list[Hit]:
        config = AskConfig()
        return retrieve(index, self.encoder, question, config, config.read)


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


def go_on(
    engine: str, places: Sequence[str], compared: Compared, questions: int, lines: Lines, into: Path
) -> None:
    """Compare what no line of an engine has."""
    there = figures(lines).get(engine, {})
    wanted = [*FIGURES, *([] if places[0] == "local" else [AGAIN])]
    if there.get(COUNT, 0) >= questions and there.keys() >= {*wanted}:
        return
    indexes = []
    for folder, store in zip(compared.folders, places, strict=True):
        copy = into / folder.parent.name
        shutil.copytree(folder, copy)
        rebuild(copy, store=store, encoder=compared.encoder)
        indexes.append(open_index(copy))
    for start in range(int(there.get(COUNT, 0)), questions, STEP):
        like = compared.like(indexes[0], start, min(questions, start + STEP))
        lines.add(engine=engine, **like)
        print(engine, start, like, flush=True)
    for figure in wanted:
        if figure not in there:
            value = {
                FIGURES[0]: lambda: compared.recall(indexes[0]),
                FIGURES[1]: lambda: compared.ndcg(indexes[1]),
                AGAIN: lambda: written_again(indexes[1].folder, compared.encoder),
            }[figure]()
            lines.add(engine=engine, **{figure: value})
            print(engine, figure, value, flush=True)


def figures(lines: Lines) -> dict[str, dict[str, float]]:
    """Return the figures of each engine."""
    found: dict[str, dict[str, float]] = {}
    for line in lines:
        figures = found.setdefault(line.pop("engine"), {})
        for name, value in line.items():
            figures[name] = figures.get(name, 0) + value
    for figures in found.values():
        for name in SHARES:
            if name in figures:
                figures[name] /= figures[COUNT]
    return found


def main() -> None:
    """Print and write the figures of every engine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--questions", type=int, default=QUESTIONS, help="at most 1,000")
    options = parser.parse_args()
    compared, lines = Compared(options.data, CachedEncoder()), Lines("engines")
    slow = patch("rag.index.milvus.QUICK", SLOW)
    with TemporaryDirectory() as name, stores(Path(name)) as engines, slow:
        for number, (engine, places) in enumerate(engines.items()):
            most = FEW if "lite" in engine else len(compared.questions)
            count = min(options.questions, most)
            go_on(engine, places, compared, count, lines, Path(name) / f"index{number}")
    results = figures(lines)
    write_result("engines", results)
    heads = list(dict.fromkeys(name for row in results.values() for name in row))
    rows = [[name, *(row.get(head, "") for head in heads)] for name, row in results.items()]
    print(table(("", *heads), rows))


if __name__ == "__main__":
    main()
