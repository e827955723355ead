"""Near misses and ways of asking, open in a pool: what is refused, by kind, at what confidence.

Three sets of near misses: made by program from the answerable questions of SQuAD v2.0 dev, as
`rag eval --generated` makes them of any documents; those that people wrote for it, by the words
that differ from the question they changed; and those of its training set that were held out from
every run, by the cause that people gave.
"""

import argparse
import re
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np

from benchmarks.reader import Outcome, measure_refusals
from benchmarks.record import write_result
from lab.data import Question, squad
from lab.examples import is_held_out
from lab.lines import read_lines
from lab.pool import PARAGRAPHS, CachedEncoder, pool_index
from lab.table import table
from rag.evaluate import Expected, Judged, evaluate, generate, kinds
from rag.evaluate.near import DATE, FIGURE, NEGATIVE, OPPOSITE
from rag.pipeline import Pipeline

ALIKE = 0.3  # share of the words from which one question is a change of another (Jaccard index)
ASKED = {kinds.AS_IS, *kinds.WAYS}

Rows = dict[str, dict[str, float]]


def cause_of(question: str, answerable: Iterable[str]) -> str:
    """Return what differs between a near miss and the question that it is a change of."""
    words = _words(question)
    likeness = {other: _likeness(words, _words(other)) for other in answerable}
    twin = max(likeness, key=lambda other: likeness[other], default="")
    if not twin or likeness[twin] < ALIKE:
        return "no question alike"
    new = words - _words(twin)
    tests = (
        (kinds.NEGATION, NEGATIVE.search(question) and not NEGATIVE.search(twin)),
        (kinds.OPPOSITE, any(OPPOSITE.get(word) in _words(twin) for word in new)),
        (kinds.DATE, set(DATE.findall(question)) - set(DATE.findall(twin))),
        (kinds.NUMBER, set(FIGURE.findall(question)) - set(FIGURE.findall(twin))),
        (kinds.NAME, _names(question) - _names(twin)),
    )
    return next((kind for kind, differs in tests if differs), "another word")


def measure(judged: Sequence[Judged], twins: Sequence[Judged]) -> Rows:
    """Return what is refused of each kind, and how well confidence separates it from the twins."""
    by_kind = {
        kind: [item for item in judged if item.kind == kind]
        for kind in sorted({item.kind for item in judged})
    }
    near = [item for item in judged if item.kind not in kinds.FAR]
    groups = by_kind | ({} if len(near) == len(judged) else {"near misses": near})
    return {kind: _figures(items, twins) for kind, items in {**groups, "all": judged}.items()}


def by_way(judged: Sequence[Judged]) -> Rows:
    """Return how answerable questions fare in each way of asking."""
    by_kind: dict[str, list[Judged]] = {}
    for item in judged:
        by_kind.setdefault(item.kind, []).append(item)
    return {
        kind: {
            "questions": len(items),
            "right quote shown": float(np.mean([item.well for item in items])),
            "first quote right": float(np.mean([item.first for item in items])),
            "first passage right": float(np.mean([item.rank == 0 for item in items])),
            "refused": float(np.mean([item.refused for item in items])),
            "mean confidence": float(np.mean([item.confidence for item in items])),
        }
        for kind, items in by_kind.items()
    }


def made_and_written(data: Path, encoder: CachedEncoder, every: int) -> tuple[Rows, Rows, Rows]:
    """Return near misses made by program, those people wrote, and the ways, on SQuAD v2.0 dev."""
    pool = squad(data / "eval" / "squad-v2.0-dev.jsonl.gz")
    index = pool_index("squad2-dev", pool.texts, encoder, PARAGRAPHS)
    pipeline = Pipeline.open(index, encoder=encoder)
    answerable, others = _divided(pool.questions)
    judged = evaluate(pipeline, generate(index, list(map(_expected, answerable[::every]))))
    asked = [item for item in judged if item.kind in ASKED]
    made = [item for item in judged if item.kind not in ASKED]
    twins = [item for item in asked if item.kind == kinds.AS_IS]
    alike: dict[str, list[str]] = {}
    for question in answerable:
        alike.setdefault(question.paragraph, []).append(question.text)
    written = [
        Expected(one.text, kind=cause_of(one.text, alike.get(one.paragraph, ())))
        for one in others[:: max(1, every // 4)]
    ]
    return measure(made, twins), measure(evaluate(pipeline, written), twins), by_way(asked)


def held_out(data: Path, encoder: CachedEncoder, every: int) -> Rows:
    """Return near misses of the training set held out from every run, by the cause given."""
    path = data / "train" / "squad-v2-unanswerable.jsonl.gz"
    near = [entry for entry in read_lines(path) if is_held_out(entry["context"])]
    plain = squad(data / "train" / "squad-train.jsonl.gz")
    texts = {name: text for name, text in plain.texts.items() if is_held_out(text)}
    others = {entry["context"] for entry in near} - set(texts.values())
    texts |= {f"near{number:04}.txt": text for number, text in enumerate(sorted(others))}
    index = pool_index("squad2-held-out", texts, encoder, PARAGRAPHS)
    pipeline = Pipeline.open(index, encoder=encoder)
    asked = [
        Expected(item["question"], kind=item["cause"]) for entry in near for item in entry["qas"]
    ]
    about = [one for one in _divided(plain.questions)[0] if one.paragraph in texts]
    twins = evaluate(pipeline, list(map(_expected, about[:: max(1, every // 10)])))
    return measure(evaluate(pipeline, asked), twins)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument(
        "--every", type=int, default=60, help="make near misses of every n-th question"
    )
    arguments = parser.parse_args()
    encoder = CachedEncoder()
    made, written, asked = made_and_written(arguments.data, encoder, arguments.every)
    found = {
        "made": made,
        "written": written,
        "held out": held_out(arguments.data, encoder, arguments.every),
        "asked": asked,
    }
    for name, rows in found.items():
        columns = list(next(iter(rows.values())))
        print(f"\n{table([name, *columns], [[kind, *row.values()] for kind, row in rows.items()])}")
    write_result("nearmiss", {**found, "every": arguments.every})
    encoder.save()


def _figures(items: Sequence[Judged], twins: Sequence[Judged]) -> dict[str, float]:
    outcomes = [Outcome(item.answerable, item.right, item.confidence) for item in (*items, *twins)]
    measured = measure_refusals(outcomes)
    return {
        "questions": len(items),
        "AUROC": measured["AUROC"],
        "refused": float(np.mean([item.refused for item in items])),
        "answerable refused": float(np.mean([item.refused for item in twins])),
        "mean confidence": float(np.mean([item.confidence for item in items])),
        "ECE": measured["ECE"],
    }


def _divided(questions: Sequence[Question]) -> tuple[list[Question], list[Question]]:
    """Return the questions that have an answer, and the others."""
    return [one for one in questions if one.answers], [one for one in questions if not one.answers]


def _expected(question: Question) -> Expected:
    return Expected(question.text, question.answers, documents=(question.paragraph,))


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text.lower()))


def _names(question: str) -> set[str]:
    """Return the words with a capital, without the first."""
    return set(re.findall(r"(?<=\s)[A-Z]\w+", question))


def _likeness(words: set[str], others: set[str]) -> float:
    return len(words & others) / max(1, len(words | others))


if __name__ == "__main__":
    main()
