"""What a scope finds, against an index of its documents alone, and what it costs.

    python -m benchmarks.scopes --data FOLDER

Each article of SQuAD dev is asked within the pool of all articles, and by itself.
"""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.record import write_result
from lab.data import Paragraphs, squad
from lab.pool import PARAGRAPHS, CachedEncoder, pool_index
from lab.table import table
from rag.config import AskConfig
from rag.index import Index
from rag.retrieve import retrieve
from rag.scope import Scope
from rag.types import Hit

ARTICLES = 12
QUESTIONS = 50  # of each article
DEPTH = 10


def measure(data: Paragraphs, encoder: CachedEncoder) -> dict[str, float]:
    """Return how often scope and article agree, and how long a search takes against one of all."""
    pool = pool_index("squad-dev", data.texts, encoder, PARAGRAPHS)
    titles = sorted(set(data.titles.values()))
    shares: dict[str, list[float]] = {}
    for number, title in enumerate(titles[:: len(titles) // ARTICLES][:ARTICLES]):
        texts = {name: text for name, text in data.texts.items() if data.titles[name] == title}
        alone = pool_index(f"article{number}", texts, encoder, PARAGRAPHS)
        asked = [question.text for question in data.questions if question.title == title]
        for question in asked[:: max(1, len(asked) // QUESTIONS)][:QUESTIONS]:
            for name, value in _compared(pool, alone, encoder, question, tuple(texts)).items():
                shares.setdefault(name, []).append(value)
    half = Scope(documents=tuple(sorted(data.texts))[::2])
    one = Scope(documents=(next(iter(data.texts)),))
    questions = [question.text for question in data.questions[:200]]
    base = _milliseconds(pool, encoder, questions, Scope())
    return {
        "questions": len(shares["first passage is the same"]),
        **{name: float(np.mean(values)) for name, values in shares.items()},
        "milliseconds, everything": base,
        "time within one document": _milliseconds(pool, encoder, questions, one) / base,
        "time within half of them": _milliseconds(pool, encoder, questions, half) / base,
    }


def _compared(
    pool: Index, alone: Index, encoder: CachedEncoder, question: str, names: tuple[str, ...]
) -> dict[str, float]:
    config = AskConfig()
    within = _names(retrieve(pool, encoder, question, config, DEPTH, Scope(documents=names)))
    by_itself = _names(retrieve(alone, encoder, question, config, DEPTH))
    return {
        "first passage is the same": float(within[:1] == by_itself[:1]),
        f"of the first {DEPTH}, the same": len({*within} & {*by_itself}) / len(by_itself),
        "all are within": float({name for name, _ in within} <= set(names)),
    }


def _names(hits: Sequence[Hit]) -> list[tuple[str, int]]:
    return [hit.passage.name for hit in hits]


def _milliseconds(
    index: Index, encoder: CachedEncoder, questions: Sequence[str], scope: Scope
) -> float:
    """Return the median time of a search; the question's vector is computed before."""
    encoder.encode_questions(questions)
    config = AskConfig()

    times = []
    for question in questions:
        began = time.perf_counter()
        retrieve(index, encoder, question, config, DEPTH, scope)
        times.append(1000 * (time.perf_counter() - began))
    return float(np.median(times))


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the data sets")
    options = parser.parse_args()
    encoder = CachedEncoder()
    figures = measure(squad(options.data / "eval" / "squad-v1.1-dev.jsonl.gz"), encoder)
    encoder.save()
    print(table(["", *figures], [["one article of SQuAD dev", *figures.values()]]))
    write_result("scopes", {"one article of SQuAD dev": figures})


if __name__ == "__main__":
    main()
