"""The two linear models of each reader, fitted by training/fit.py and training/multilingual.py.

`RANK` orders the sentences. `ANSWERED` estimates whether the best one answers: a logistic model.
Those of `SIMILAR` are of the reader that compares sentences with the multilingual encoder.
"""

import numpy as np

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
SIMILAR_RANK: dict[str, float] = {
    "similarity": 34.85,
    "passage_similarity": 25.25,
    "coverage": 4.32,
    "coverage_before": 4.22,
    "numbers_missing": -2.48,
}
SIMILAR_ANSWERED: dict[str, float] = {
    "constant": -7.77,
    "similarity": 10.18,
    "numbers_missing": -4.07,
    "other_language": 0.95,
    "lead": 4.51,
    "rivals": -1.34,
}
# the similarity of a passage as the packaged encoder would have it: slope and constant
AS_PACKAGED = (4.12, -2.98)


def evidence(reading: Reading, ranks: Table) -> dict[str, float]:
    """Return the features by which `ANSWERED` estimates whether the best sentence answers."""
    best = int(ranks.argmax())
    names = "margin", "passage_similarity", "passage_coverage", "passage_alike", *check.FEATURES
    return {name: float(reading.features[name][best]) for name in names}


def similar_evidence(reading: Reading, ranks: Table) -> dict[str, float]:
    """Return the features by which `SIMILAR_ANSWERED` estimates whether the best one answers.

    `lead` is how far its similarity is above the mean of all sentences, `rivals` the logarithm of
    how many sentences are as good, itself included.
    """
    best = int(ranks.argmax())
    similarity = reading.features["similarity"]
    names = "similarity", "numbers_missing", "other_language"
    return {
        **{name: float(reading.features[name][best]) for name in names},
        "lead": float(similarity[best] - similarity.mean()),
        "rivals": float(np.log(np.exp(ranks - ranks[best]).sum())),
    }
