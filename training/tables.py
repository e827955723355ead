"""Look-ups in published tables as examples: a row is read alone, as `rag.tables` gives it.

The other rows of the table say the same of other things: they are near misses, and so is the row
without the value that is asked for.
"""

import random
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from lab.examples import Example
from lab.lookups import Grid, Lookup, asked, grids, lookup

PEOPLE = 0.2  # share of the look-ups that people asked, if there are so many
NEAR = 2  # other rows that a question is asked of, too
WITHOUT = 0.3  # share of the questions also asked of the row without the value


def groups(folder: Path, count: int, chance: random.Random) -> Iterator[list[Example]]:
    """Yield groups of a question with the row that answers and its near misses."""
    known = grids(folder, held_out=False)
    found = list(asked(folder, known))
    chance.shuffle(found)
    found = found[: round(PEOPLE * count)]
    yield from (_group(one, f"asked-{number}", chance) for number, one in enumerate(found))
    order = list(known.values())
    for number in range(count - len(found)):
        made: Lookup | None = None
        while made is None:
            made = lookup(chance.choice(order), chance)
        yield _group(made, f"table-{number}", chance)


def _group(one: Lookup, name: str, chance: random.Random) -> list[Example]:
    grid, row = one.grid, one.grid.rows[one.row]
    text, span = as_read(grid, one.row, one.column)
    right = Example(name, one.question, " | ".join(grid.columns), text, (span,), "tables")
    others = [
        number for number, other in enumerate(grid.rows)
        if number != one.row and other[one.key] != row[one.key]
    ]  # fmt: skip
    texts = [as_read(grid, number)[0] for number in chance.sample(others, min(len(others), NEAR))]
    if chance.random() < WITHOUT:
        texts.append(as_read(grid, one.row, leave_out=one.column)[0])
    return [
        right,
        *(
            replace(right, id=f"{name}-{place}", context=other, spans=())
            for place, other in enumerate(texts)
        ),
    ]


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
