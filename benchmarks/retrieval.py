"""Retrieval: dense, lexical and fused, and other ways of fusing."""

import argparse
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from unittest.mock import patch

import numpy as np
import numpy.typing as npt

from benchmarks.record import write_result
from lab.data import beir, squad
from lab.pool import PARAGRAPHS, CachedEncoder, pool_index
from lab.table import table
from rag.config import AskConfig, BuildConfig
from rag.index import Index, clauses
from rag.retrieve import between, fuse
from rag.types import Rows, Scores, Vectors

ABSTRACTS = BuildConfig(passage_tokens=200)
SETS = ("scifact", "cranfield", "npl", "cisi")
DEPTH = 200
WITHOUT = {  # the lexical side with less: the weights that are 0
    "words alone": ("NEIGHBOURS_WEIGHT", "GRAMS_WEIGHT", "CODES_WEIGHT"),
    "no runs of letters": ("GRAMS_WEIGHT",),
    "no neighbours": ("NEIGHBOURS_WEIGHT",),
    "no codes": ("CODES_WEIGHT",),
}


@dataclass(frozen=True, slots=True)
class Sides:
    """What both sides find for a question, best first, and the similarity of each row."""

    dense_scores: Scores
    dense_rows: Rows
    lexical_scores: Scores
    lexical_rows: Rows
    similarities: dict[int, float]


Fusion = Callable[[Sides], Rows]


def weighted(weight: float, candidates: int) -> Fusion:
    """Return the fusion of rag.retrieve."""
    return lambda s: fuse(
        s.dense_scores[:candidates], s.dense_rows[:candidates], s.lexical_scores[:candidates],
        s.lexical_rows[:candidates], weight,
    )[0]  # fmt: skip


def filled(weight: float, candidates: int) -> Fusion:
    """Return the same, with the true similarity of passages that only the lexical side finds."""

    def rows_of(s: Sides) -> Rows:
        dense, found = s.dense_scores[:candidates], s.lexical_rows[:candidates]
        rows = np.union1d(s.dense_rows[:candidates], found).astype(np.int64)
        true = np.array([s.similarities[row] for row in rows.tolist()])
        total = weight * (true - dense.min()) / max(1e-9, float(dense.max() - dense.min()))
        total[np.searchsorted(rows, found)] += (1 - weight) * _divided(
            s.lexical_scores[:candidates]
        )
        return rows[np.argsort(-total, kind="stable")]

    return rows_of


def reciprocal(candidates: int, k: int = 60) -> Fusion:
    """Return the fusion by reciprocal ranks (Cormack et al. 2009)."""

    def rows_of(s: Sides) -> Rows:
        sides = s.dense_rows[:candidates], s.lexical_rows[:candidates]
        rows = np.union1d(*sides).astype(np.int64)
        total = np.zeros(len(rows))
        for side in sides:
            total[np.searchsorted(rows, side)] += 1 / (k + 1 + np.arange(len(side)))
        return rows[np.argsort(-total, kind="stable")]

    return rows_of


def least_and_most(weight: float, candidates: int) -> Fusion:
    """Return the fusion with each side scaled from its lowest to its highest candidate."""

    def rows_of(s: Sides) -> Rows:
        dense, found = s.dense_rows[:candidates], s.lexical_rows[:candidates]
        rows = np.union1d(dense, found).astype(np.int64)
        total = np.zeros(len(rows))
        total[np.searchsorted(rows, dense)] += weight * between(s.dense_scores[:candidates])
        total[np.searchsorted(rows, found)] += (1 - weight) * between(s.lexical_scores[:candidates])
        return rows[np.argsort(-total, kind="stable")]

    return rows_of


def _divided(scores: Scores) -> Scores:
    divided: Scores = scores / max(scores.max(initial=0.0), 1e-9)
    return divided


def fusions() -> dict[str, Fusion]:
    """Return all compared ways of ranking by name; the default is named fused."""
    ask = AskConfig()
    ways: dict[str, Fusion] = {
        "dense": lambda s: s.dense_rows,
        "lexical": lambda s: s.lexical_rows,
        f"**fused** (default: {ask.dense_weight}, {ask.candidates})": weighted(
            ask.dense_weight, ask.candidates
        ),
    }
    ways |= {
        f"weight {weight}, {DEPTH}": weighted(weight, DEPTH) for weight in (0.3, 0.4, 0.5, 0.6, 0.7)
    }
    ways |= {
        f"weight {ask.dense_weight}, {few}": weighted(ask.dense_weight, few) for few in (50, 100)
    }
    ways |= {
        f"both between least and most, {weight}, {DEPTH}": least_and_most(weight, DEPTH)
        for weight in (0.4, 0.5)
    }
    ways |= {
        f"similarity filled in, {weight}, {DEPTH}": filled(weight, DEPTH) for weight in (0.4, 0.5)
    }
    return ways | {
        f"reciprocal ranks 60, {candidates}": reciprocal(candidates) for candidates in (50, DEPTH)
    }


def documents_by_question(
    index: Index, encoder: CachedEncoder, questions: Sequence[str]
) -> dict[str, list[list[str]]]:
    """Return the documents found for each question, best first, by way of ranking."""
    found = _ranked(index, encoder, questions, fusions())
    few = dict(list(fusions().items())[1:3])
    for name, weights in WITHOUT.items():
        with ExitStack() as stack:
            for weight in weights:
                stack.enter_context(patch.object(clauses, weight, 0.0))
            less = _ranked(index, encoder, questions, few)
        found |= {f"{way.split(' (')[0]}, {name}": documents for way, documents in less.items()}
    return found


def _ranked(
    index: Index, encoder: CachedEncoder, questions: Sequence[str], ways: Mapping[str, Fusion]
) -> dict[str, list[list[str]]]:
    vectors = encoder.encode_questions(questions)
    scores, rows = index.dense.search(vectors, DEPTH)
    ids = index.documents.ids()
    document_of = [ids[number] for number in index.passages.rows["document"].tolist()]
    found: dict[str, list[list[str]]] = {name: [] for name in ways}
    for number, question in enumerate(questions):
        sides = _sides(index, vectors[number], scores[number], rows[number], question)
        for name, ranking in ways.items():
            found[name].append(
                list(dict.fromkeys(document_of[row] for row in ranking(sides)[:60].tolist()))
            )
    return found


def _sides(index: Index, vector: Vectors, scores: Scores, rows: Rows, question: str) -> Sides:
    lexical_scores, lexical_rows = index.lexical.search(question, DEPTH)
    either = np.union1d(rows, lexical_rows).astype(np.int64)
    similarities = dict(
        zip(either.tolist(), (index.vectors[either] @ vector).tolist(), strict=True)
    )
    return Sides(scores, rows, lexical_scores, lexical_rows, similarities)


def ndcg(found: Sequence[str], relevant: Mapping[str, int], k: int = 10) -> float:
    """Return the nDCG of the first k (Järvelin and Kekäläinen 2002)."""
    gains = [relevant.get(document, 0) for document in found[:k]]
    ideal = sorted(relevant.values(), reverse=True)[:k]
    discounts: npt.NDArray[np.float64] = 1 / np.log2(np.arange(k) + 2)
    return float(gains @ discounts[: len(gains)] / (ideal @ discounts[: len(ideal)]))


def _measure_squad(data: Path, encoder: CachedEncoder) -> dict[str, dict[str, float]]:
    pool = squad(data / "eval" / "squad-v1.1-dev.jsonl.gz")
    index = pool_index("squad-dev", pool.texts, encoder, PARAGRAPHS)
    found = documents_by_question(index, encoder, [question.text for question in pool.questions])
    figures = {}
    for name, lists in found.items():
        places = [
            documents.index(question.paragraph) if question.paragraph in documents else DEPTH * 2
            for documents, question in zip(lists, pool.questions, strict=True)
        ]
        figures[name] = {
            f"R@{k}": float(np.mean([place < k for place in places])) for k in (1, 5, 20)
        }
        figures[name]["MRR"] = float(
            np.mean([1 / (place + 1) if place < 100 else 0 for place in places])
        )
    return figures


def _measure_beir(folder: Path, encoder: CachedEncoder, *, titles: bool) -> dict[str, float]:
    data = beir(folder)
    suffix = ".md" if titles else ".txt"
    texts = {}
    for key, (title, text) in data.documents.items():
        heading = re.sub(r"\s+", " ", title).strip()
        if text.strip():
            texts[key + suffix] = f"# {heading}\n\n{text}" if titles and heading else text
    index = pool_index(f"{folder.name}{suffix[1:]}", texts, encoder, ABSTRACTS)
    encoder.save()
    found = documents_by_question(index, encoder, list(data.questions.values()))
    return {
        name: float(np.mean([
            ndcg([document.removesuffix(suffix) for document in documents], data.relevant[key])
            for key, documents in zip(data.questions, lists, strict=True)
        ]))
        for name, lists in found.items()
    }  # fmt: skip


def main() -> None:
    """Print recall on the SQuAD pool and nDCG@10 on four sets, for every way of fusing."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    data = parser.parse_args().data
    encoder = CachedEncoder()
    figures = _measure_squad(data, encoder)
    for name in SETS:
        folder = data / "eval" / name
        for titles in (True, False) if name != "npl" else (True,):
            column = f"{name}{'' if titles else ', no titles'}"
            for way, value in _measure_beir(folder, encoder, titles=titles).items():
                figures[way][column] = value
    header = list(next(iter(figures.values())))
    print(table(["ranking", *header], [[name, *row.values()] for name, row in figures.items()]))
    write_result("retrieval", figures)


if __name__ == "__main__":
    main()
