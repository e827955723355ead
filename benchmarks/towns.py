"""Generated documents to try an index with, each with figures of its own."""

import random
from pathlib import Path

STREETS = "Oak Elm Ash Fir Yew Bay Fig Box Nut Gum".split()


def town(number: int, version: int = 0) -> str:
    """Return the text of a document whose figures no other has."""
    chance = random.Random(number * 1000 + version)
    street = chance.choice(STREETS)
    return (
        f"# Town {number}\n\n"
        f"Town {number} has {chance.randrange(1000, 99999):,} inhabitants. "
        f"Its mayor is called {street}man the {number}th. "
        f"The oldest house of town {number} stands in {street} Street "
        f"and was built in {chance.randrange(1200, 1900)}. "
        f"A market is held there every {chance.randrange(2, 29)} days, with "
        f"{chance.randrange(10, 400)} stalls of fruit, cloth and iron ware "
        "from the valleys around.\n"
    )


def written(folder: Path, count: int, version: int = 0) -> Path:
    """Write the first towns into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        (folder / f"town-{number:05d}.md").write_text(town(number, version), encoding="utf-8")
    return folder
