"""Questions about rows of published tables: look-ups made by program, and some that people asked.

Each row is a passage of its own, as `rag.tables` reads it: every value after its column's name. The
other rows of its table say the same of other things: they are near misses, and so is the row
without the value that is asked for.
"""

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from lab.examples import Example
from lab.lines import read_lines

TABLES = ("wikitablequestions-tables", "tabfact-tables")
ASKED = "wikitablequestions"
HELD_OUT = 0.1  # share of the tables, which benchmarks ask about
WIDTH, LENGTH = range(2, 13), range(3, 200)  # columns and rows of tables that are used
MAX_CELL = 60  # characters of a cell that is asked for or names a row
NUMBER = re.compile(r"[-+$€£]?\d[\d.,]*\s?%?")
YEAR_OR_DATE = re.compile(r".*\b(?:1[5-9]|20)\d\d\b.*")
OF_SEVERAL = re.compile(  # asks about more than one row
    r"\b(?:not|other|besides|before|after|next|previous|than|first|last|only|above|below|total|times|"
    r"most|least|\w{3,}est)\b"
)
QUESTIONS = (  # {c} is a column, {k} the row's key, {v} the value
    "What is the {c} of {k}?", "What is the {c} for {k}?", "{c} of {k}", "{k} {c}", "{c} for {k}?",
    "Which {c} does {k} have?", "What {c} does {k} have?", "What {c} is given for {k}?",
    "Please give me the {c} of {k}.", "I need the {c} for {k}", "Do you know the {c} of {k}?",
)  # fmt: skip
OF_NUMBERS = (
    "How many {c} does {k} have?",
    "How much is the {c} of {k}?",
    "How high is the {c} for {k}?",
)
OF_DATES = (
    "When is the {c} of {k}?",
    "When was the {c} of {k}?",
    "In which year was the {c} of {k}?",
)
REVERSED = ("Which {n} has the {c} {v}?", "What {n} has {v} as its {c}?", "Whose {c} is {v}?")


@dataclass(frozen=True, slots=True)
class Grid:
    """A table: the names of its columns, and its rows."""

    id: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def grids(folder: Path, *, held_out: bool) -> dict[str, Grid]:
    """Return the published tables of a folder, by id: those held out, or the others."""
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


def groups(folder: Path, count: int, chance: random.Random) -> Iterator[list[Example]]:
    """Yield groups of a question about one row and its near misses; people asked a fifth."""
    known = grids(folder, held_out=False)
    asked = [group for group in _asked(folder, known, chance) if group]
    chance.shuffle(asked)
    yield from asked[: count // 5]
    order = list(known.values())
    for number in range(count - min(len(asked), count // 5)):
        group: list[Example] = []
        while not group:
            group = looked_up(chance.choice(order), f"table-{number}", chance)
        yield group


def looked_up(grid: Grid, name: str, chance: random.Random) -> list[Example]:
    """Return a look-up of one value with its near misses, or [] if the row chosen allows none."""
    number = chance.randrange(len(grid.rows))
    row = grid.rows[number]
    key = next((place for place, cell in enumerate(row) if re.search(r"[^\W\d_]", cell)), 0)
    column = chance.choice([place for place in range(len(row)) if place != key])
    keys = [other[key] for other in grid.rows]
    if not _is_plain(row[key]) or not _is_plain(row[column]) or keys.count(row[key]) > 1:
        return []
    values = [other[column] for other in grid.rows]
    if values.count(row[column]) == 1 and chance.random() < 0.2:
        question = chance.choice(REVERSED).format(
            n=grid.columns[key].lower(), c=_named(grid, column, chance), v=row[column]
        )
        return _group(grid, name, question, number, key, column, chance)
    forms = QUESTIONS + 3 * (
        OF_DATES
        if YEAR_OR_DATE.match(row[column])
        else OF_NUMBERS
        if NUMBER.match(row[column])
        else ()
    )
    question = chance.choice(forms).format(c=_named(grid, column, chance), k=row[key])
    return _group(grid, name, question, number, column, key, chance)


def _asked(folder: Path, known: dict[str, Grid], chance: random.Random) -> Iterator[list[Example]]:
    """Yield what people asked about one row, if the question names that row."""
    for entry in read_lines(folder / f"{ASKED}.jsonl.gz"):
        grid, cells = known.get(entry["table"]), entry["cells"]
        if grid is None or len(cells) != 1 or len(cells[0]) != 1:
            continue
        row, column = cells[0][0]
        if not 0 <= row < len(grid.rows):
            continue
        said = entry["question"].lower()
        named = [
            place
            for place, cell in enumerate(grid.rows[row])
            if place != column and len(cell) > 3 and cell.lower() in said
        ]
        if named and not OF_SEVERAL.search(said):
            yield _group(grid, entry["id"], entry["question"], row, column, named[0], chance)


def _group(
    grid: Grid, name: str, question: str, row: int, column: int, key: int, chance: random.Random
) -> list[Example]:
    """Return a question with its row, then another row, the row without the value or the key."""
    title = f"{' | '.join(grid.columns)}"
    text, span = as_read(grid, row, column)
    right = Example(name, question, title, text, (span,), "tables")
    others = [
        number for number, other in enumerate(grid.rows)
        if number != row and other[key] != grid.rows[row][key]
    ]  # fmt: skip
    near = chance.sample(others, min(len(others), 2))
    group = [
        right,
        *(
            replace(right, id=f"{name}-{number}", context=as_read(grid, number)[0], spans=())
            for number in near
        ),
    ]
    if chance.random() < 0.3:
        without, _ = as_read(grid, row, leave_out=column)
        group.append(replace(right, id=f"{name}-without", context=without, spans=()))
    return group


def as_read(
    grid: Grid, row: int, column: int = -1, leave_out: int = -1
) -> tuple[str, tuple[int, int]]:
    """Return a row as the reader gets it, and where the value of a column is."""
    text, span = "", (0, 0)
    for place, (name, cell) in enumerate(zip(grid.columns, grid.rows[row], strict=True)):
        if not cell or place == leave_out:
            continue
        text += f"{'; ' if text else ''}{name}: "
        if place == column:
            span = len(text), len(text) + len(cell)
        text += cell
    return text, span


def _is_plain(cell: str) -> bool:
    return 0 < len(cell) <= MAX_CELL and any(character.isalnum() for character in cell)


def _named(grid: Grid, column: int, chance: random.Random) -> str:
    name = grid.columns[column]
    return name if chance.random() < 0.3 or name.isupper() else name.lower()
