"""Questions that look up one cell of a published table: made by program, or asked by people.

Some tables are held out from training: benchmarks ask about them.
"""

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from lab.lines import read_lines

TABLES = ("wikitablequestions-tables", "tabfact-tables")
ASKED = "wikitablequestions"
HELD_OUT = 0.1  # share of the tables
WIDTH, LENGTH = range(2, 13), range(3, 200)  # columns and rows of tables that are used
MAX_CELL = 60  # characters of a cell that is asked for or names a row
REVERSE = 0.2  # share of the look-ups that ask for the row
NUMBER = re.compile(r"[-+$€£]?\d[\d.,]*\s?%?")
DATE = re.compile(r".*\b(?:1[5-9]|20)\d\d\b.*")
OF_SEVERAL = re.compile(  # asks about more than one row
    r"\b(?:not|other|besides|before|after|next|previous|than|first|last|only|above|below|total|times|"
    r"most|least|\w{3,}est)\b"
)
QUESTIONS = (  # {c} is a column, {k} the row's key, {v} the value, {n} the column of the key
    "What is the {c} of {k}?", "What is the {c} for {k}?", "{c} of {k}", "{k} {c}", "{c} for {k}?",
    "Which {c} does {k} have?", "What {c} does {k} have?", "What {c} is given for {k}?",
    "Please give me the {c} of {k}.", "I need the {c} for {k}", "Do you know the {c} of {k}?",
)  # fmt: skip
OF_NUMBERS = (
    "How many {c} does {k} have?", "How much is the {c} of {k}?", "How high is the {c} for {k}?",
)  # fmt: skip
OF_DATES = (
    "When is the {c} of {k}?", "When was the {c} of {k}?", "In which year was the {c} of {k}?",
)  # fmt: skip
REVERSED = ("Which {n} has the {c} {v}?", "What {n} has {v} as its {c}?", "Whose {c} is {v}?")


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: the names of its columns, and its rows."""

    id: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class Lookup:
    """A question that one cell answers; another cell of its row, the key, is named."""

    question: str
    grid: Grid
    row: int
    column: int
    key: int


def grids(folder: Path, *, held_out: bool) -> dict[str, Grid]:
    """Return the tables of a folder by id, those held out or the others, if columns have names."""
    found = {}
    for name in TABLES:
        for entry in read_lines(folder / f"{name}.jsonl.gz"):
            rows = [tuple(" ".join(cell.split()) for cell in row) for row in entry["rows"]]
            width = len(rows[0]) if rows else 0
            is_other = (random.Random(entry["id"]).random() < HELD_OUT) != held_out
            if is_other or width not in WIDTH or len(rows) not in LENGTH:
                continue
            if all(rows[0]) and len(set(rows[0])) == width:
                body = tuple(row for row in rows[1:] if len(row) == width)
                found[entry["id"]] = Grid(entry["id"], rows[0], body)
    return found


def lookup(grid: Grid, chance: random.Random) -> Lookup | None:
    """Return a look-up in a row chosen by chance; None if nothing names that row alone."""
    number = chance.randrange(len(grid.rows))
    row = grid.rows[number]
    key = next((place for place, cell in enumerate(row) if re.search(r"[^\W\d_]", cell)), 0)
    column = chance.choice([place for place in range(len(row)) if place != key])
    if not _is_plain(row[key]) or not _is_plain(row[column]) or _count(grid, key, row[key]) > 1:
        return None
    name = grid.columns[column]
    asked = name if chance.random() < 0.3 or name.isupper() else name.lower()
    words = {"c": asked, "k": row[key], "v": row[column], "n": grid.columns[key].lower()}
    if _count(grid, column, row[column]) == 1 and chance.random() < REVERSE:
        return Lookup(chance.choice(REVERSED).format(**words), grid, number, key, column)
    kind = OF_DATES if DATE.match(words["v"]) else OF_NUMBERS if NUMBER.match(words["v"]) else ()
    question = chance.choice(QUESTIONS + 3 * kind).format(**words)
    return Lookup(question, grid, number, column, key)


def asked(folder: Path, known: Mapping[str, Grid]) -> Iterator[Lookup]:
    """Yield what people asked about one cell of these tables, if the question names its row."""
    for entry in read_lines(folder / f"{ASKED}.jsonl.gz"):
        grid, cells = known.get(entry["table"]), entry["cells"]
        if grid is None or len(cells) != 1 or len(cells[0]) != 1:
            continue
        row, column = cells[0][0]
        said = entry["question"].lower()
        if not 0 <= row < len(grid.rows) or OF_SEVERAL.search(said):
            continue
        named = [
            place
            for place, cell in enumerate(grid.rows[row])
            if place != column and len(cell) > 3 and cell.lower() in said
        ]
        if named:
            yield Lookup(entry["question"], grid, row, column, named[0])


def _count(grid: Grid, column: int, value: str) -> int:
    return sum(row[column] == value for row in grid.rows)


def _is_plain(cell: str) -> bool:
    return 0 < len(cell) <= MAX_CELL and any(character.isalnum() for character in cell)
