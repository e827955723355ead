"""Fit the constants of rag/read on held-out questions, and print what they refuse there."""

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from lab.cases import PRIOR
from lab.pool import CachedEncoder
from lab.reader import word_finder
from lab.table import table
from rag.config import AskConfig
from rag.read import fitted as models
from rag.read import reading
from training.pools import Example, examples

Array = npt.NDArray[np.float64]

DECEIVING = 0.5  # share of the others that are near misses of what a passage says
# pools that are read and shown; fitted on them, more near misses are answered
MEASURED = ("rules", "written")
SURE = 0.9  # a confidence that should mean an answer
ARTICLE_WEIGHT = 4.0  # weight of a question about a single article, of which there are few


def fit_rank(
    tables: Sequence[Array], golds: Sequence[npt.NDArray[np.bool_]], penalty: float = 1e-4
) -> list[float]:
    """Return weights that maximise the gold sentences' share of a softmax over all sentences.

    `tables` are the (sentences, features) of each question.
    """
    useful = [number for number, gold in enumerate(golds) if gold.any() and not gold.all()]
    tables = [tables[number] for number in useful]
    rows = np.concatenate(tables)  # (sentences of all questions, features)
    gold = np.concatenate([golds[number] for number in useful])
    starts = np.cumsum([0, *(len(item) for item in tables[:-1])])
    group = np.repeat(np.arange(len(tables)), [len(item) for item in tables])

    def loss(weights: Array) -> tuple[float, Array]:
        scores = rows @ weights
        scores -= np.maximum.reduceat(scores, starts)[group]
        mass = np.exp(scores)
        every, right = np.add.reduceat(mass, starts), np.add.reduceat(mass * gold, starts)
        slope = (mass / every[group] - mass * gold / right[group]) @ rows
        value = -np.log(right / every).mean() + penalty * weights @ weights
        return float(value), slope / len(tables) + 2 * penalty * weights

    fitted: list[float] = minimize(
        loss, np.zeros(rows.shape[1]), jac=True, method="L-BFGS-B"
    ).x.tolist()
    return fitted


def answered(example: Example, ranks: Array, quotes: int = 3) -> bool:
    """Return whether one of the best sentences answers the question."""
    return example.case.inside and bool(
        example.gold[np.argsort(-ranks, kind="stable")[:quotes]].any()
    )


def importance(found: Sequence[Example]) -> Array:
    """Return the weight of each question, (questions,), so that PRIOR and DECEIVING hold."""
    there = np.array([example.case.inside for example in found])
    answerable = there & np.array([bool(example.case.question.answers) for example in found])
    deceiving = there & ~answerable
    weights = np.array(
        [ARTICLE_WEIGHT if example.group.startswith("article") else 1.0 for example in found]
    )
    for group, share in (
        (answerable, PRIOR),
        (deceiving, (1 - PRIOR) * DECEIVING),
        (~answerable & ~deceiving, (1 - PRIOR) * (1 - DECEIVING)),
    ):
        if group.any():
            weights[group] *= share * len(found) / weights[group].sum()
    return weights


def fit_answered(rows: Array, labels: npt.NDArray[np.bool_], importance: Array) -> list[float]:
    """Return constant and weights of a logistic model over evidence, (questions, features).

    `importance`, (questions,), is how much each question counts.
    """
    spread = rows.std(axis=0) + 1e-9
    model = LogisticRegression(C=1.0, max_iter=3000)
    model.fit(rows / spread, labels, sample_weight=importance)
    return [float(model.intercept_[0]), *(model.coef_[0] / spread).tolist()]


def refusals(
    found: Sequence[Example], probabilities: Array, threshold: float
) -> list[list[str | float]]:
    """Return the shares refused in each group of pools: answerable, taken out, deceiving."""
    groups = np.array([example.group.rsplit("-", 1)[0] for example in found])
    there = np.array([example.case.inside for example in found])
    answers = np.array([bool(example.case.question.answers) for example in found])
    refused = probabilities < threshold
    table: list[list[str | float]] = []
    for name in sorted(set(groups)):
        kinds = there & answers, ~there, there & ~answers
        shares = [refused[kind & (groups == name)] for kind in kinds]
        table.append([name, *(float(share.mean()) if len(share) else "" for share in shares)])
    return table


def fitted(found: Sequence[Example]) -> None:
    """Fit the constants in place."""
    tables = [
        np.stack([example.reading.features[name] for name in models.RANK], axis=1)
        for example in found
    ]
    models.RANK.update(
        zip(models.RANK, fit_rank(tables, [example.gold for example in found]), strict=True)
    )
    ranks = [example.reading.ranks(models.RANK) for example in found]
    evidence = [
        models.evidence(example.reading, row) for example, row in zip(found, ranks, strict=True)
    ]
    names = list(evidence[0])
    rows = np.array([[row[name] for name in names] for row in evidence])
    labels = np.array([answered(example, row) for example, row in zip(found, ranks, strict=True)])
    models.ANSWERED.update(
        zip(["constant", *names], fit_answered(rows, labels, importance(found)), strict=True)
    )


def probabilities(found: Sequence[Example]) -> Array:
    """Return the probability that the constants give each question, (questions,)."""
    evidence = [
        models.evidence(example.reading, example.reading.ranks(models.RANK)) for example in found
    ]
    odds = np.array([reading.log_odds(models.ANSWERED, row) for row in evidence])
    return np.asarray(1 / (1 + np.exp(-odds)))


def left_out(found: Sequence[Example]) -> list[list[str | float]]:
    """Return for each kind of text what constants that were fitted on the others say of it.

    That is the mean confidence, the share answered, the share with a confidence of at least SURE,
    and the share of those answered; the questions count as `importance` says.
    """
    kept = dict(models.RANK), dict(models.ANSWERED)
    table: list[list[str | float]] = []
    for kind in sorted({_kind(example) for example in found}):
        fitted([example for example in found if _kind(example) not in (kind, *MEASURED)])
        own = [example for example in found if _kind(example) == kind]
        said, weights = probabilities(own), importance(own)
        right = np.array([answered(e, e.reading.ranks(models.RANK)) for e in own])
        sure = said >= SURE
        means = (float(np.average(one, weights=weights)) for one in (said, right, sure))
        held = float(np.average(right[sure], weights=weights[sure])) if sure.any() else ""
        table.append([kind, len(own), *means, held])
    models.RANK.update(kept[0])
    models.ANSWERED.update(kept[1])
    return table


def _kind(example: Example) -> str:
    """Return the kind of text of a question: the set it is of, or how its documents were made."""
    return example.group.rsplit("-", 1)[0]


def print_constants(constants: Mapping[str, Mapping[str, float]]) -> None:
    """Print weights by name as rag/read has them."""
    for name, weights in constants.items():
        lines = "\n".join(f'    "{feature}": {weight:.2f},' for feature, weight in weights.items())
        print(f"{name}: dict[str, float] = {{  # rag/read/fitted.py\n{lines}\n}}")


def main() -> None:
    """Fit the constants and print them as rag/read has them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--weights", type=Path, help="weights of a run instead of the program's")
    arguments = parser.parse_args()
    finder = word_finder(arguments.weights)
    read = [
        example for example in examples(arguments.data, CachedEncoder()) if example.reading.spans
    ]
    found = [replace(example, reading=finder.find(example.reading)[1]) for example in read]
    fitted([example for example in found if not example.group.startswith(MEASURED)])
    print_constants({"RANK": models.RANK, "ANSWERED": models.ANSWERED})
    header = ["refused of held-out questions", "answerable", "taken out", "deceiving"]
    print(table(header, refusals(found, probabilities(found), AskConfig().threshold)))
    header = ["not fitted on", "questions", "mean confidence", "answered"]
    header += [f"confidence from {SURE} on", "of those answered"]
    print(table(header, left_out(found)))


if __name__ == "__main__":
    main()
