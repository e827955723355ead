"""Answers in other languages, and across languages: with the default encoder and the multilingual.

Of XQuAD (SQuAD in twelve languages) an index holds every second paragraph. A question about these
is right if its first quote holds the answer; a question about the others must be refused, though
paragraphs of the same article are there. Nothing was fitted on XQuAD.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.record import newest, write_result
from lab.data import squad
from lab.lines import read_lines
from lab.multilingual import Pool, pool
from lab.pool import CachedEncoder
from lab.table import table
from rag.config import DEFAULT_ENCODER, MULTILINGUAL_ENCODER, AskConfig
from rag.embed import load_encoder
from rag.read.language import asks_in_english, is_english
from rag.readers import reader_for

LANGUAGES = "en de es ro el ru tr ar vi th zh hi".split()
# asked in, documents in
ENCODERS = [DEFAULT_ENCODER, MULTILINGUAL_ENCODER]
PAIRS = [*(f"{one}-{one}" for one in LANGUAGES), "de-en", "zh-en", "en-de", "de-zh"]
FIGURES = ("right first", "answered right", "answered wrong", "removed: answered")


def measure(found: Pool, encoder: CachedEncoder, threshold: float) -> dict[str, float]:
    """Return the shares of questions whose first quote is right, and which are answered."""
    index = found.index(encoder)
    reader = reader_for(index, encoder)
    rows = []
    for case in found.cases(index, encoder):
        spans = reader.read(case.question.text, case.hits)
        right = bool(spans) and case.inside and case.held_by(spans[0])
        rows.append((case.inside, right, bool(spans) and spans[0].score >= threshold))
    encoder.save()
    inside, right, answered = np.array(rows, np.bool_).T
    shares = (right[inside], (right & answered)[inside], (answered & ~right)[inside])
    values = [float(share.mean()) for share in (*shares, answered[~inside])]
    return dict(zip(FIGURES, values, strict=True))


def recognised(path: Path) -> dict[str, float]:
    """Return the shares of a set's questions and paragraphs that are taken for English."""
    questions = [asks_in_english(question.text) for question in squad(path).questions]
    paragraphs = [is_english(entry["context"]) for entry in read_lines(path)]
    return {"questions": float(np.mean(questions)), "paragraphs": float(np.mean(paragraphs))}


def main() -> None:
    """Print a table of answers and one of which texts are taken for English; write both.

    The figures of pairs that are not measured again are kept.
    """
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--pairs", nargs="+", default=PAIRS, choices=PAIRS)
    parser.add_argument("--encoders", nargs="+", default=ENCODERS, choices=ENCODERS)
    arguments = parser.parse_args()
    files = {
        language: arguments.data / "eval_extra" / f"xquad-{language}.jsonl.gz"
        for language in LANGUAGES
    }
    encoders = [CachedEncoder(encoder=load_encoder(name)) for name in arguments.encoders]
    results: dict[str, dict[str, dict[str, float]]]
    results = {"answers": {}, "taken for English": {}, **newest("multilingual")}
    for asked, held in (pair.split("-") for pair in arguments.pairs):
        found = pool(files[held], files[asked])
        for encoder in encoders:
            name = f"{asked} of {held}, {encoder.name}"
            results["answers"][name] = measure(found, encoder, AskConfig().threshold)
            print(name, results["answers"][name], flush=True)
            write_result("multilingual", results)
    for path in (*files.values(), *english_sets(arguments.data)):
        results["taken for English"][path.name.split(".")[0]] = recognised(path)
    write_result("multilingual", results)
    print(shown("questions of documents, encoder", results["answers"]))
    print(shown("taken for English", results["taken for English"]))


def english_sets(data: Path) -> Sequence[Path]:
    """Return sets of English questions as people type them, and as they write them."""
    names = "qed-nq-dev", "tydiqa-en-dev", "squad-v1.1-dev"
    return [data / "eval" / f"{name}.jsonl.gz" for name in names]


def shown(title: str, figures: dict[str, dict[str, float]]) -> str:
    """Return figures as a table, a row for each name."""
    header = [title, *next(iter(figures.values()))]
    return table(header, [[name, *row.values()] for name, row in figures.items()])


if __name__ == "__main__":
    main()
