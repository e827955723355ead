"""Look-ups in tables, through the whole pipeline: the row that is quoted, the cell that is marked.

The tables held out from training are one corpus of CSV files. Near misses ask the same of a thing
that no table names.
"""

import argparse
import csv
import random
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from benchmarks.record import write_result
from lab.lookups import Grid, Lookup, asked, grids, lookup
from lab.table import table
from rag import Pipeline, build
from rag.types import Answer

SEED = 11


def written(known: Sequence[Grid], folder: Path) -> dict[str, str]:
    """Write tables as CSV files; return the name of the file of each."""
    names = {}
    for number, grid in enumerate(known):
        names[grid.id] = f"table-{number:04}.csv"
        with (folder / names[grid.id]).open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerows([grid.columns, *grid.rows])
    return names


def near_miss(one: Lookup, known: Sequence[Grid], chance: random.Random) -> str:
    """Return the question about the key of another table that is not in this one; "" if none."""
    key = one.grid.rows[one.row][one.key]
    inside = " ".join(" ".join(row) for row in one.grid.rows).lower()
    for other in chance.sample(list(known), 20):
        name = other.rows[chance.randrange(len(other.rows))][0]
        if name.lower() not in inside and any(map(str.isalpha, name)) and key in one.question:
            return one.question.replace(key, name)
    return ""


def judged(answer: Answer, one: Lookup, names: dict[str, str]) -> tuple[bool, bool]:
    """Return whether the first quote is the row, and whether the marked cell is the value."""
    if not answer:
        return False, False
    first, row = answer.citations[0], one.grid.rows[one.row]
    is_row = first.document_id == names[one.grid.id] and first.quote == " | ".join(row).strip()
    marked = [first.quote[start - first.start : end - first.start] for start, end in first.marks]
    return is_row, is_row and marked == [row[one.column]]


def measure(
    pipeline: Pipeline, lookups: Sequence[Lookup], names: dict[str, str], known: Sequence[Grid]
) -> dict[str, float]:
    """Return the shares of look-ups that are right, and of near misses that are refused."""
    chance = random.Random(SEED)
    answers = [pipeline.ask(one.question) for one in lookups]
    found = np.array([judged(a, one, names) for a, one in zip(answers, lookups, strict=True)])
    near = [question for one in lookups if (question := near_miss(one, known, chance))]
    return {
        "questions": len(lookups),
        "row quoted": float(found[:, 0].mean()),
        "cell marked": float(found[:, 1].mean()),
        "refused": float(np.mean([not answer for answer in answers])),
        "near misses": len(near),
        "near misses refused": float(np.mean([not pipeline.ask(question) for question in near])),
    }


def main() -> None:
    """Print and record the figures of made and asked look-ups."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--questions", type=int, default=400)
    arguments = parser.parse_args()
    chance = random.Random(SEED)
    by_id = grids(arguments.data / "tables", held_out=True)
    known = list(by_id.values())
    people = list(asked(arguments.data / "tables", by_id))[: arguments.questions]
    made = [one for grid in known if (one := lookup(grid, chance))][: arguments.questions]
    with tempfile.TemporaryDirectory() as folder:
        corpus = Path(folder) / "corpus"
        corpus.mkdir()
        names = written(known, corpus)
        build(corpus, Path(folder) / "index")
        pipeline = Pipeline.open(Path(folder) / "index")
        results = {
            "made by program": measure(pipeline, made, names, known),
            "asked by people": measure(pipeline, people, names, known),
        }
    print(table(["look-ups", *results["made by program"]],
                [[name, *figures.values()] for name, figures in results.items()]))  # fmt: skip
    write_result("lookups", results)


if __name__ == "__main__":
    main()
