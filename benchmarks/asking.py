"""How a question is understood: clean questions that change, typing errors repaired, the cost."""

import argparse
import random
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from benchmarks.record import write_result
from lab.data import squad
from lab.pool import PARAGRAPHS, CachedEncoder, pool_index
from lab.table import table
from rag.asking import understood
from rag.asking.abbreviations import expanded
from rag.asking.forms import in_documents_form
from rag.asking.spelling import corrected
from rag.index import Index
from rag.index.terms import STOP_WORDS, content_terms

QUESTIONS = 1500  # of each kind
SEED = 3
LETTERS = "abcdefghijklmnoprstuvwy"
STEPS: dict[str, Callable[[str, Index], str]] = {
    "abbreviations": expanded,
    "spelling": corrected,
    "values": in_documents_form,
}
SLIPS: dict[str, Callable[[str, int, random.Random], str]] = {
    "swapped": lambda word, at, _: word[:at] + word[at + 1] + word[at] + word[at + 2 :],
    "missing": lambda word, at, _: word[:at] + word[at + 1 :],
    "doubled": lambda word, at, _: word[:at] + word[at] + word[at:],
    "replaced": lambda word, at, chance: word[:at] + chance.choice(LETTERS) + word[at + 1 :],
}


def with_slip(question: str, slip: str, chance: random.Random) -> str:
    """Return the question with one slip in a content word, not a name; the same if it has none."""
    words = [
        match for match in re.finditer(r"\b[a-z]{4,}\b", question) if match[0] not in STOP_WORDS
    ]
    if not words:
        return question
    match = chance.choice(words)
    word = SLIPS[slip](match[0], chance.randrange(1, len(match[0]) - 1), chance)
    return question[: match.start()] + word + question[match.end() :]


def changed(questions: Sequence[str], index: Index, *, show: bool) -> dict[str, float]:
    """Return the share of questions that each step changes, and the CPU time of all of them."""
    shares = {}
    for name, step in STEPS.items():
        pairs = [(question, step(question, index)) for question in questions]
        differ = [pair for pair in pairs if pair[0] != pair[1]]
        shares[name] = len(differ) / len(pairs)
        for question, asked in differ if show else ():
            print(f"{name}: {question}\n  {asked}")
    start = time.process_time()
    for question in questions:
        understood(question, index)
    return {**shares, "ms": 1000 * (time.process_time() - start) / len(questions)}


def repaired(questions: Sequence[str], index: Index) -> dict[str, dict[str, float]]:
    """Return for each slip the share of questions whose words it repairs or makes others."""
    chance = random.Random(SEED)
    figures = {}
    for slip in SLIPS:
        pairs = [(question, with_slip(question, slip, chance)) for question in questions]
        pairs = [(question, typed) for question, typed in pairs if typed != question]
        start = time.process_time()
        asked = [understood(typed, index) for _, typed in pairs]
        seconds = time.process_time() - start
        right = [
            content_terms(found) == content_terms(question)
            for found, (question, _) in zip(asked, pairs, strict=True)
        ]
        same = [found == typed for found, (_, typed) in zip(asked, pairs, strict=True)]
        figures[slip] = {
            "repaired": float(np.mean(right)),
            "left": float(np.mean(same)),
            "another word": float(1 - np.mean(np.logical_or(right, same))),
            "ms": 1000 * seconds / len(pairs),
        }
    return figures


def main() -> None:
    """Print the shares of SQuAD's development questions, against a pool of their paragraphs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument(
        "--show", action="store_true", help="print each clean question that changes"
    )
    options = parser.parse_args()
    answerable = squad(options.data / "eval" / "squad-v1.1-dev.jsonl.gz")
    both = squad(options.data / "eval" / "squad-v2.0-dev.jsonl.gz")
    index = pool_index("squad-dev", answerable.texts, CachedEncoder(), PARAGRAPHS)
    chance = random.Random(SEED)
    kinds = {
        "answerable": [question.text for question in answerable.questions],
        "unanswerable": [question.text for question in both.questions if not question.answers],
    }
    kinds = {name: chance.sample(texts, QUESTIONS) for name, texts in kinds.items()}
    kinds["lower case"] = [text.lower() for text in kinds["answerable"]]
    clean = {name: changed(texts, index, show=options.show) for name, texts in kinds.items()}
    slips = repaired(kinds["answerable"], index)
    for name, figures in (("changed", clean), ("slip", slips)):
        header = [name, *next(iter(figures.values()))]
        print(table(header, [[row, *figures[row].values()] for row in figures]), end="\n\n")
    print(write_result("asking", {"changed": clean, "slips": slips}))


if __name__ == "__main__":
    main()
