"""Fits the constants of rag/read on questions kept aside, and prints them with what they refuse there."""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from benchmarks.pool import CachedEncoder, table
from rag.config import AskConfig
from rag.read.sentences import ANSWERED, RANK
from training.pools import Example, examples

Array = npt.NDArray[np.float64]

PRIOR = 0.75  # how many of the questions that people ask are taken to have an answer in their documents
DECEIVING = 0.2  # share of the others that are made to deceive: near what a passage says, but not said
ARTICLE_WEIGHT = 4.0  # a question about a corpus of one article, of which there are few, counts this often


def fit_rank(found: Sequence[Example], names: Sequence[str], penalty: float = 1e-4) -> dict[str, float]:
    """Return weights that give the gold sentences of each question the most of a softmax over all of its sentences."""
    useful = [example for example in found if example.gold.any() and not example.gold.all()]
    tables = [np.stack([example.reading.features[name] for name in names], axis=1) for example in useful]
    rows = np.concatenate(tables)  # (sentences of all questions, features)
    gold = np.concatenate([example.gold for example in useful])
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

    fitted = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B").x
    return dict(zip(names, fitted.tolist(), strict=True))


def answered(example: Example, quotes: int = 3) -> bool:
    """Tell whether one of the best sentences answers the question."""
    order = np.argsort(-example.reading.ranks(), kind="stable")
    return bool(example.gold[order[:quotes]].any())


def importance(found: Sequence[Example], labels: npt.NDArray[np.bool_]) -> Array:
    """Return how much each question weighs, (questions,), so that sums stand as PRIOR and DECEIVING say.

    Questions whose answer was there and was not found weigh nothing.
    """
    there = np.array([example.case.inside for example in found])
    answerable = there & np.array([bool(example.case.question.answers) for example in found])
    deceiving = there & ~answerable
    weights = np.array([ARTICLE_WEIGHT if example.group.startswith("article") else 1.0 for example in found])
    weights[answerable & ~labels] = 0
    for group, share in (
        (answerable, PRIOR),
        (deceiving, (1 - PRIOR) * DECEIVING),
        (~answerable & ~deceiving, (1 - PRIOR) * (1 - DECEIVING)),
    ):
        weights[group] *= share * len(found) / weights[group].sum()
    return weights


def fit_answered(found: Sequence[Example], rows: Array) -> list[float]:
    """Return the constant and the weights of a logistic model over rows of evidence, (questions, features)."""
    labels = np.array([answered(example) and example.case.inside for example in found])
    spread = rows.std(axis=0) + 1e-9
    model = LogisticRegression(C=1.0, max_iter=3000)
    model.fit(rows / spread, labels, sample_weight=importance(found, labels))
    return [float(model.intercept_[0]), *(model.coef_[0] / spread).tolist()]


def refusals(found: Sequence[Example], probabilities: Array, threshold: float) -> list[list[str | float]]:
    """Return for each group of pools the share refused: answerable questions, those taken out, those that deceive."""
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


def main() -> None:
    """Fit both models and print them as they stand in rag/read.py."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    data = parser.parse_args().data
    encoder = CachedEncoder()
    found = examples(data, encoder)
    RANK.update(fit_rank(found, list(RANK)))
    evidence = [example.reading.evidence(example.reading.ranks()) for example in found]
    names = list(evidence[0])
    rows = np.array([[row[name] for name in names] for row in evidence])
    ANSWERED.update(zip(["constant", *names], fit_answered(found, rows), strict=True))
    for name, model in (("RANK", RANK), ("ANSWERED", ANSWERED)):
        print(f"{name}: dict[str, float] = {{")
        print("\n".join(f'    "{feature}": {weight:.2f},' for feature, weight in model.items()))
        print("}")
    log_odds = ANSWERED["constant"] + rows @ np.array([ANSWERED[name] for name in names])
    header = ["refused on training pools", "answerable", "taken out", "deceiving"]
    print(table(header, refusals(found, 1 / (1 + np.exp(-log_odds)), AskConfig().threshold)))


if __name__ == "__main__":
    main()
