"""The two linear models of the reader, fitted by training/fit.py.

`RANK` orders the sentences. `ANSWERED` estimates whether the best one answers: a logistic model.
"""

from rag.read import check
from rag.read.reading import Reading, Table

RANK: dict[str, float] = {
    "margin": 0.35,
    "coverage": 1.04,
    "coverage_before": 0.78,
    "coverage_after": -0.55,
    "passage_coverage": 1.99,
    "passage_alike": 2.21,
    "passage_score": 4.22,
    "other_codes": -0.62,
    "other_names": 0.20,
}
ANSWERED: dict[str, float] = {
    "constant": -0.95,
    "margin": 0.27,
    "passage_similarity": 1.19,
    "passage_coverage": 1.89,
    "passage_alike": 1.66,
    "names_missing": 0.07,
    "names_unknown": -0.29,
    "names_before": -0.61,
    "other_codes": -1.56,
    "other_names": -0.21,
}


def evidence(reading: Reading, ranks: Table) -> dict[str, float]:
    """Return the features by which `ANSWERED` estimates whether the best sentence answers."""
    best = int(ranks.argmax())
    names = "margin", "passage_similarity", "passage_coverage", "passage_alike", *check.FEATURES
    return {name: float(reading.features[name][best]) for name in names}
