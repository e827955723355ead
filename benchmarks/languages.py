"""Other languages: is the paragraph of a question found, by its words and by both searches?

The sets are SQuAD-style files whose name ends in or begins with the code of their language.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from benchmarks.record import write_result
from lab.data import Paragraphs, Question, squad
from lab.pool import PARAGRAPHS, CachedEncoder, pool_index
from lab.table import table
from rag.config import AskConfig
from rag.index import Index
from rag.retrieve import fuse
from rag.types import Rows

SETS = ("eval_extra/xquad-*.jsonl.gz", "multilingual/*.jsonl.gz")
DEPTHS = (5, 10)
MOST = 1200  # questions of a set, evenly spaced


def sets(data: Path, only: Sequence[str] = ()) -> Iterator[tuple[str, Path]]:
    """Yield the name and the file of every set, or only of those that are named."""
    for pattern in SETS:
        for path in sorted(data.glob(pattern)):
            name = path.name.removesuffix(".jsonl.gz")
            if not only or name in only:
                yield name, path


def asked(data: Paragraphs) -> list[Question]:
    """Return at most MOST of the questions, evenly spaced."""
    step = -(-len(data.questions) // MOST)
    return list(data.questions[::step])


def figures(
    index: Index, encoder: CachedEncoder, questions: Sequence[Question]
) -> dict[str, float]:
    """Return the recall of the words, of the vectors and of both, at each depth."""
    config = AskConfig()
    ids = index.documents.ids()
    document_of = [ids[number] for number in index.passages.rows["document"].tolist()]

    def documents(rows: Rows) -> list[str]:
        return list(dict.fromkeys(document_of[row] for row in rows.tolist()))

    vectors = encoder.encode_questions([question.text for question in questions])
    found: dict[str, list[int]] = {"words": [], "vectors": [], "both": []}
    for question, vector in zip(questions, vectors, strict=True):
        scores, rows = index.dense.search(vector[None], config.candidates)
        words = index.lexical.search(question.text, config.candidates)
        both, _ = fuse(scores[0], rows[0], *words, config.dense_weight)
        for name, ranked in (("words", words[1]), ("vectors", rows[0]), ("both", both)):
            ranking = documents(ranked)
            is_found = question.paragraph in ranking
            found[name].append(ranking.index(question.paragraph) if is_found else len(ids))
    return {
        f"{name}, R@{depth}": float(np.mean(np.array(places) < depth))
        for name, places in found.items()
        for depth in DEPTHS
    }


def main() -> None:
    """Measure every set and write the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--sets", nargs="*", default=(), metavar="NAME", help="only these")
    arguments = parser.parse_args()
    encoder = CachedEncoder()
    results: dict[str, dict[str, float]] = {}
    for name, path in sets(arguments.data, arguments.sets):
        data = squad(path)
        questions = asked(data)
        index = pool_index(name, data.texts, encoder, PARAGRAPHS)
        counts = {"paragraphs": len(data.texts), "questions": len(questions)}
        results[name] = {**counts, **figures(index, encoder, questions)}
        encoder.save()
        print(name, results[name], flush=True)
    header = list(next(iter(results.values())))
    print(table(["set", *header], [[name, *row.values()] for name, row in results.items()]))
    if not arguments.sets:
        write_result("languages", results)


if __name__ == "__main__":
    main()
