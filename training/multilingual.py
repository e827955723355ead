"""Fit the constants of the reader by similarity on questions in many languages, and print them.

Besides questions with and without their paragraph there are near misses: questions whose number
was changed to one that no paragraph has.
"""

import argparse
import random
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from lab.data import Question
from lab.multilingual import Pool, pool
from lab.pool import CachedEncoder
from lab.reader import make_examiner
from lab.table import table
from rag.config import MULTILINGUAL_ENCODER, AskConfig
from rag.embed import load_encoder
from rag.read import SimilarReader, reading
from rag.read import fitted as models
from rag.trace import Trace
from training.fit import (
    answered,
    fit_answered,
    fit_rank,
    importance,
    print_constants,
    refusals,
)
from training.pools import Example

Array = npt.NDArray[np.float64]

NUMBER = re.compile(r"(?<![\d.,])[1-9][0-9]+(?![\d.,])")
TRIES = 100  # other numbers, of which one is not in a paragraph
# sets of which one asks what is in the other
CROSSED = (
    ("de-mlqa", "zh-mlqa"),
    ("zh-mlqa", "es-mlqa"),
    ("ar-mlqa", "de-mlqa"),
)


def examples(folder: Path, encoder: CachedEncoder) -> list[Example]:
    """Return the questions of all sets in a folder, read."""
    files = sorted(folder.glob("*.jsonl.gz"))
    pools = [(path.name.split(".")[0], pool(path)) for path in files]
    for asking, holding in CROSSED:
        crossed = pool(folder / f"{holding}-dev.jsonl.gz", folder / f"{asking}-dev.jsonl.gz")
        pools.append((f"{asking} of {holding}", crossed))
    found = []
    for name, one in pools:
        found += _read(name, one, encoder)
        encoder.save()
        print(name, flush=True)
    return found


def near_misses(found: Pool) -> list[Question]:
    """Return the questions with an answer whose number became one that the paragraph lacks."""
    changed = []
    for question in found.answered:
        match, held = NUMBER.search(question.text), found.texts[question.paragraph]
        if match:
            chance, size = random.Random(question.id), len(match[0])
            numbers = (str(chance.randrange(10 ** (size - 1), 10**size)) for _ in range(TRIES))
            other = next(number for number in numbers if number not in held)
            text = question.text[: match.start()] + other + question.text[match.end() :]
            changed.append(replace(question, text=text, answers=()))
    return changed


def _read(name: str, found: Pool, encoder: CachedEncoder) -> list[Example]:
    """Return the questions of a set with their sentences, and which of those answer."""
    index = found.index(encoder)
    reader = SimilarReader(make_examiner(index), encoder)
    read = []
    for case in found.cases(index, encoder, near_misses(found)):
        one = reader.reading(case.question.text, case.hits, Trace())
        gold = np.array([case.inside and case.held_by(span) for span in one.spans], np.bool_)
        read.append(Example(case, one, gold, f"{name}-0"))
    return [example for example in read if example.reading.spans]


def fitted(found: Sequence[Example]) -> Array:
    """Fit the constants in place; return the probability that they give each question."""
    rank, weights = models.SIMILAR_RANK, models.SIMILAR_ANSWERED
    tables = [np.stack([e.reading.features[name] for name in rank], axis=1) for e in found]
    rank.update(zip(rank, fit_rank(tables, [e.gold for e in found]), strict=True))
    ranks = [example.reading.ranks(rank) for example in found]
    evidence = [
        models.similar_evidence(example.reading, row)
        for example, row in zip(found, ranks, strict=True)
    ]
    rows = np.array([list(row.values()) for row in evidence])
    labels = np.array([answered(e, row, quotes=1) for e, row in zip(found, ranks, strict=True)])
    names = ["constant", *evidence[0]]
    weights.clear()
    weights.update(zip(names, fit_answered(rows, labels, importance(found)), strict=True))
    odds = np.array([reading.log_odds(weights, row) for row in evidence])
    return np.asarray(1 / (1 + np.exp(-odds)))


def similarities(path: Path, encoder: CachedEncoder) -> tuple[float, float]:
    """Return slope and constant from this encoder's similarities to the packaged one's.

    The questions and passages are English.
    """
    found = pool(path)
    packaged = CachedEncoder()
    cases = found.cases(found.index(encoder), encoder)
    asked = packaged.encode_questions([case.question.text for case in cases])
    passages = packaged.encode([hit.passage.embedded for case in cases for hit in case.hits])
    rows = np.repeat(asked, [len(case.hits) for case in cases], axis=0)
    own = [hit.similarity for case in cases for hit in case.hits]
    slope, constant = np.polyfit(own, (rows * passages).sum(axis=1), 1)
    return float(slope), float(constant)


def main() -> None:
    """Fit the constants and print them as rag/read has them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    arguments = parser.parse_args()
    encoder = CachedEncoder(encoder=load_encoder(MULTILINGUAL_ENCODER))
    found = examples(arguments.data / "multilingual", encoder)
    probabilities = fitted(found)
    print_constants(
        {"SIMILAR_RANK": models.SIMILAR_RANK, "SIMILAR_ANSWERED": models.SIMILAR_ANSWERED}
    )
    slope, constant = similarities(arguments.data / "train" / "squad-train.jsonl.gz", encoder)
    print(f"AS_PACKAGED = ({slope:.2f}, {constant:.2f})")
    encoder.save()
    header = ["refused of the questions it was fitted on", "answerable", "taken out", "deceiving"]
    print(table(header, refusals(found, probabilities, AskConfig().threshold)))


if __name__ == "__main__":
    main()
