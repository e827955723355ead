"""Checks of a text: precision and recall of each verdict, against a plain rule in the same run."""

import argparse
import random
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np

from benchmarks.record import write_result
from lab.claims import VERDICTS, Claims, Labelled, labelled, made_claims, written_claims
from lab.pool import CachedEncoder
from lab.table import table
from rag.checking import Verdict, decided

MADE = 400
EVERY = 20  # of FEVER's claims; training/claims.py is fitted on others
SEED = 3
ALIKE = 0.7  # cosine from which the rule takes two sentences to be about the same

Rows = dict[str, dict[str, float]]


def plain_rule(found: Mapping[str, float]) -> Verdict:
    """Return a verdict by similarity, and by whether numbers, names and negation agree."""
    if found["similarity"] < ALIKE:
        return "missing"
    return "contradicted" if found["negated"] or found["replaced"] else "supported"


def fitted(found: Mapping[str, float]) -> Verdict:
    """Return the program's verdict."""
    return decided(found)[0]


def measure(claims: Sequence[Labelled], rule: Callable[[Mapping[str, float]], Verdict]) -> Rows:
    """Return precision and recall of each verdict: of all claims, and recall of each kind."""
    given = np.array([rule(one.evidence) for one in claims])
    gold = np.array([one.claim.verdict for one in claims])
    own = np.array([one.is_of_document for one in claims])
    figures: dict[str, float] = {"claims": len(claims), "right": float(np.mean(given == gold))}
    for verdict in VERDICTS:
        both = float(np.sum((given == verdict) & (gold == verdict)))
        figures[f"{verdict} P"] = both / max(1, int(np.sum(given == verdict)))
        figures[f"{verdict} R"] = both / max(1, int(np.sum(gold == verdict)))
    cited = (given == gold) & (gold != "missing")
    figures["quoted from its document"] = float(np.mean(own[cited])) if cited.any() else 0.0
    return {"all": figures} | _by_kind(claims, given)


def main() -> None:
    """Print the table of each set, for the plain rule and the fitted models."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    data, encoder = parser.parse_args().data, CachedEncoder()
    results: Rows = {}
    kinds: Rows = {}
    for name, claims in _sets(data).items():
        found = labelled(f"claims-{name.replace(' ', '-')}", claims, encoder)
        encoder.save()
        for label, rule in (("plain rule", plain_rule), ("fitted", fitted)):
            rows = measure(found, rule)
            results[f"{name}, {label}"] = rows.pop("all")
            kinds |= {f"{name}: {kind}": row for kind, row in rows.items() if rule is fitted}
    for first, rows in (("claims", results), ("kind", kinds)):
        columns = list(next(iter(rows.values())))
        print(f"\n{table([first, *columns], [[key, *row.values()] for key, row in rows.items()])}")
    write_result("claims", {"claims": results, "claims-by-kind": kinds})


def _by_kind(
    claims: Sequence[Labelled], given: "np.ndarray[tuple[int], np.dtype[np.str_]]"
) -> Rows:
    """Return what is said of the claims made in each way."""
    kinds = np.array([f"{one.claim.kind} ({one.claim.verdict})" for one in claims])
    return {
        kind: {"claims": int(np.sum(kinds == kind))}
        | {verdict: float(np.mean(given[kinds == kind] == verdict)) for verdict in VERDICTS}
        for kind in sorted(set(kinds))
    }


def _sets(data: Path) -> dict[str, Claims]:
    pairs = data / "pairs"
    made = made_claims(data / "eval" / "squad-v1.1-dev.jsonl.gz", MADE, random.Random(SEED))
    return {
        "made of SQuAD dev": made,
        "FEVER": written_claims(pairs / "fever.jsonl.gz", EVERY, first=7),
        "FEVER symmetric": written_claims(pairs / "fever-symmetric.jsonl.gz", 6),
        "Fool Me Twice": written_claims(pairs / "fool-me-twice.jsonl.gz", 10),
    }


if __name__ == "__main__":
    main()
