"""Kill the engine of a store at random moments of builds and of questions.

    python -m benchmarks.kills [--kills 50]

Half of the kills of a real Milvus 2.3.5 come while two threads ask without a pause. In the other
rounds they also come somewhere in a build of changed documents. In every other one of these the
engine comes back at once, and the build must end as if nothing had happened; in the rest it comes
back only after the build has given up. It needs no data, only the server (benchmarks/engine.py).
Each kill is a line of results/kills.jsonl; a run goes on after the last one.
"""

import argparse
import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import numpy as np

from benchmarks.engine import RealMilvus
from benchmarks.lines import Lines
from benchmarks.load import asking
from benchmarks.record import write_result
from lab.encoder import FakeEncoder
from lab.table import table
from rag import BuildConfig, build
from rag.errors import StoreError
from rag.index import Index, open_index
from rag.index.address import Address
from rag.index.milvus import Milvus
from rag.index.stored import parts_of
from rag.types import Vectors
from rag.upkeep import rebuild

DOCUMENTS = 240
CHANGED = 8  # documents in each round
BUILDING = 5.0  # seconds within which the engine is killed
LEASE = 5
PATIENCE = 3.0  # seconds of a build whose engine does not come back
LOADED = 90.0  # seconds within which an engine has loaded its collections after its start
QUESTIONS = 20
DEPTH = 50
RIGHT, WRONG, ERROR = OUTCOMES = ("right", "wrong", "an error that says why")
AFTER = "passages embedded by the build after an error"
FAULTS = (
    AFTER, "of these embedded before it", "wrong after it", "another generation after an error",
    "generation before is wrong", "new generation is wrong", "rows too many or too few",
)  # fmt: skip


class Readers:
    """Threads that search the generation of `index` and compare what they find."""

    def __init__(self, index: Index, questions: Vectors) -> None:
        self.index = index
        self.outcomes: Counter[str] = Counter()
        self.messages: Counter[str] = Counter()
        self._questions = questions
        self._chance = random.Random(1)

    def ask(self, _: int) -> None:
        """Ask one of the questions."""
        question = self._chance.choice(self._questions)[None]
        try:
            self.outcomes[RIGHT if is_right(self.index, question) else WRONG] += 1
        except StoreError as error:
            self.outcomes[ERROR] += 1
            self.messages[str(error)[:60]] += 1
        time.sleep(0.1)


def is_right(index: Index, question: Vectors) -> bool:
    """Return whether the engine finds the nearest rows, by the vectors in the files."""
    scores, rows = index.dense.search(question, DEPTH)
    products = index.vectors[:] @ question[0]
    best = np.sort(products)[::-1][: scores.shape[1]]
    same = np.allclose(scores[0], best, atol=1e-5)
    return bool(same and np.allclose(products[rows[0]], scores[0], atol=1e-5))


def is_right_again(index: Index, question: Vectors) -> bool:
    """Return the same, as soon as an engine that was started again has loaded its collections."""
    until = time.monotonic() + LOADED
    while True:
        try:
            return is_right(index, question)
        except StoreError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)


def text(number: int, version: int) -> str:
    """Return a document, which differs from all others and from its other versions."""
    name = f"harbour{number} version{version}"
    return "\n\n".join(f"Fact {n} of {name}: {number * 31 + n * 7 + version}." for n in range(5))


def change(corpus: Path, chance: random.Random, version: int) -> None:
    """Write new versions of some documents."""
    for number in chance.sample(range(DOCUMENTS), CHANGED):
        (corpus / f"d{number:04}.txt").write_text(text(number, version))


def of_a_build(
    folder: Path, engine: RealMilvus, encoder: FakeEncoder, seed: int
) -> tuple[Counter[str], Readers]:
    """Kill the engine somewhere in a build; return what happened."""
    chance, happened = random.Random(seed), Counter[str]()
    before = open_index(folder / "index")
    change(folder / "corpus", chance, seed)
    comes_back = seed % 2 == 0
    questions = encoder.encode_questions([text(n, 0)[:40] for n in range(QUESTIONS)])
    readers = Readers(before, questions)
    patience = 90.0 if comes_back else PATIENCE
    with patch("rag.index.stored.PATIENCE", patience), asking(readers.ask, 2):
        with ThreadPoolExecutor(1) as beside:
            building = beside.submit(rebuild, folder / "index", encoder=encoder)
            time.sleep(chance.uniform(0.0, BUILDING))
            happened["during the build" if not building.done() else "after the build"] += 1
            engine.kill()
            if not comes_back:
                building.exception()
            happened["seconds to start"] += round(engine.start())
            error = building.exception()
        time.sleep(1.0)  # the generation before is asked once more
    if error is None:
        happened["built in spite of it"] += 1
    else:
        happened["build ended with " + type(error).__name__] += 1
        happened["another generation after an error"] += (
            open_index(folder / "index").manifest != before.manifest
        )
        happened["generation before is wrong"] += not is_right_again(before, questions[:1])
        before_it = set(encoder.encoded)
        encoder.encoded.clear()
        rebuild(folder / "index", encoder=encoder)
        happened[AFTER] += len(encoder.encoded)
        happened["of these embedded before it"] += len(before_it & set(encoder.encoded))
    happened |= judged(folder / "index", questions)
    return happened, readers


def of_questions(
    folder: Path, engine: RealMilvus, encoder: FakeEncoder, seed: int
) -> tuple[Counter[str], Readers]:
    """Kill the engine while it is asked; return what happened."""
    index = open_index(folder / "index")
    questions = encoder.encode_questions([text(n, 0)[:40] for n in range(QUESTIONS)])
    readers = Readers(index, questions)
    with asking(readers.ask, 2):
        time.sleep(random.Random(seed).uniform(0.2, 1.5))
        engine.kill()
        started = round(engine.start())
        began = time.monotonic()
        right = is_right_again(index, questions[:1])
        loaded = round(time.monotonic() - began)
    happened = {"during questions": 1, "seconds to start": started, "seconds to load": loaded}
    return Counter(happened) + Counter({"wrong after it": not right}), readers


def judged(path: Path, questions: Vectors) -> Counter[str]:
    """Return the faults of the current generation and of what the engine holds beside it."""
    index = open_index(path)
    engine = Milvus(Address.of(index.manifest.config.store))
    names = [part.name for part in parts_of(index.manifest)]
    return Counter({
        "new generation is wrong": sum(not is_right_again(index, one[None]) for one in questions),
        "rows too many or too few": abs(engine.count(names) - index.manifest.passages),
    })  # fmt: skip


def go_on(lines: Lines, kills: int, seed: int) -> None:
    """Kill an engine until there are as many lines."""
    with TemporaryDirectory() as name, patch("rag.index.draft.PASSAGES", 64):
        folder = Path(name)
        engine, encoder = RealMilvus(folder / "engine", LEASE), FakeEncoder(dimension=384)
        (folder / "corpus").mkdir()
        for number in range(DOCUMENTS):
            (folder / "corpus" / f"d{number:04}.txt").write_text(text(number, 0))
        store = f"{engine.address}/kills"
        config = BuildConfig(passage_tokens=24, store=store)
        build(folder / "corpus", folder / "index", config, encoder=encoder)
        for number in range(len(list(lines)), kills):
            kill = of_a_build if number % 2 else of_questions
            happened, readers = kill(folder, engine, encoder, seed + number // 2)
            print(number, dict(happened), dict(readers.outcomes), flush=True)
            lines.add(kill=number, happened=happened, searches=readers.outcomes,
                      messages=readers.messages)  # fmt: skip
        engine.stop()


def summed(lines: Lines) -> tuple[dict[str, int], Counter[str]]:
    """Return the figures of all kills, and how often each error was read."""
    total, asked, messages = Counter[str](), Counter[str](), Counter[str]()
    for line in lines:
        total.update(line["happened"])
        asked.update(line["searches"])
        messages.update(line["messages"])
    return {
        "kills": len(list(lines)),
        **dict(sorted({**dict.fromkeys(FAULTS, 0), **total}.items())),
        **{f"searches: {outcome}": asked[outcome] for outcome in OUTCOMES},
    }, messages


def main() -> None:
    """Print and write what happened in all rounds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    lines = Lines("kills")
    if len(list(lines)) < options.kills:
        go_on(lines, options.kills, options.seed)
    figures, messages = summed(lines)
    print(table(("", "times"), [[name, str(value)] for name, value in figures.items()]))
    write_result("kills", {"figures": figures, "messages": dict(messages)})


if __name__ == "__main__":
    main()
