"""Fit the constants of rag/checking on claims, true, false and about what is not there."""

import argparse
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from lab.claims import VERDICTS, Claims, Labelled, labelled, made_claims, written_claims
from lab.pool import CachedEncoder
from rag.checking.evidence import FIGURES

Array = npt.NDArray[np.float64]

MADE = 1000
EVERY = 10  # of FEVER's claims; those in between are for benchmarks/claims.py
COUNT = 400  # of each, chosen at random
SEED, CHOICE = 1, 9


def fit(found: Sequence[Labelled]) -> dict[str, dict[str, float]]:
    """Return the weights of "supported" and "contradicted" against "missing"."""
    names = [name for name in found[0].evidence if name != FIGURES]
    rows = np.array([[one.evidence[name] for name in names] for one in found])
    labels = np.array([VERDICTS.index(one.claim.verdict) for one in found])
    spread = rows.std(axis=0) + 1e-9
    model = LogisticRegression(C=1.0, max_iter=5000, class_weight="balanced")
    model.fit(rows / spread, labels)
    weights = np.column_stack([model.intercept_, model.coef_ / spread])  # (verdicts, 1 + features)
    against = weights - weights[VERDICTS.index("missing")]
    return {
        verdict: dict(zip(["constant", *names], against[row].tolist(), strict=True))
        for row, verdict in enumerate(VERDICTS)
        if verdict != "missing"
    }


def chosen(claims: Claims) -> Claims:
    """Return the documents with some of their claims."""
    return replace(claims, claims=random.Random(CHOICE).sample(claims.claims, COUNT))


def main() -> None:
    """Print the constants as rag/checking has them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    data, encoder = parser.parse_args().data, CachedEncoder()
    made = made_claims(data / "train" / "squad-train.jsonl.gz", MADE, random.Random(SEED))
    written = written_claims(data / "pairs" / "fever.jsonl.gz", EVERY)
    found = [
        *labelled("claims-made", chosen(made), encoder),
        *labelled("claims-written", chosen(written), encoder),
    ]
    encoder.save()
    for verdict, weights in fit(found).items():
        lines = "\n".join(f'    "{name}": {weight:.2f},' for name, weight in weights.items())
        print(f"{verdict.upper()}: dict[str, float] = {{\n{lines}\n}}")


if __name__ == "__main__":
    main()
