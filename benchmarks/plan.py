"""What a corpus of any size needs: machines, memory, money, latency, and the time of a rebuild.

    python -m benchmarks.plan [--asked 50] [--core .04] [--memory .005] [--disk .0001]

What a question costs is on the line through two of `results/*-size-*.json`: this program first
simulates those runs, and a larger one, beside what was measured. An engine is taken to search as
fast as the files do ten million vectors. Then it spreads larger corpora over machines, and lets
questions come by chance and wait for a core. What is no measurement is a constant below. Prices are
for an hour of a core, of a GiB of memory and of a GiB of disk: put in yours.
"""

import argparse
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from benchmarks.record import newest, write_result
from lab.table import table

MEASURED = (100_000, 1_000_000)
HELD_OUT = 10_000_000  # measured too: the line through the others should meet it
SIZES = (10_000_000, 1_000_000_000, 100_000_000_000)
DENSE, LEXICAL, REST, QUESTION = "dense, all, ms", "lexical, all, ms", "the rest", "question, ms"
TAIL = 2.326  # standard deviations from the median to the 99th percentile
QUESTIONS = 4000  # simulated for each point
CORES, MEMORY = 16, 128  # of a machine; GiB
ROOM = 0.7  # share of cores and memory that is planned to be used
ON_DISK = 2060  # bytes of a passage in an index of a million: words 772, vectors 768, text 416, …
PLACE, SIGNS = 24 + 40, 48  # bytes of a passage in a server: its place, its share of a document
ENGINE = 1536 + 4 * 2 * 32 * 1.1  # bytes of a vector in an engine: single precision, graph of 32
COPIES = 2  # of every partition in an engine
EMBEDDED = 300  # passages a second that two cores embed, as measured for passages of 128 tokens
ALONE = 10_000_000  # passages up to which the files of an index do without an engine
OF_WORDS = 25_000_000  # passages whose words one machine is to search
OF_CELL = 1_000_000_000  # passages of one index: more are several indexes, all asked at once
HOP = 1.0  # milliseconds to another machine and back

Times = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Spread:
    """How long a step takes: its median and its 99th percentile, in milliseconds."""

    median: float
    worst: float

    def drawn(self, chance: np.random.Generator, count: int) -> Times:
        """Return times whose logarithms are normal."""
        width = max(math.log(self.worst / self.median) / TAIL, 1e-6)
        return chance.lognormal(math.log(self.median), width, count)


def measured(passages: int) -> dict[str, Spread]:
    """Return the steps of a question in an index of this size, as measured."""
    figures = newest(f"size-{passages}")["figures"]
    found = {
        step: Spread(*(float(one) for one in figures[step].split("/")))
        for step in (DENSE, LEXICAL, QUESTION)
    }
    whole = found[QUESTION]
    rest = whole.median - found[DENSE].median - found[LEXICAL].median
    return found | {REST: Spread(rest, rest * whole.worst / whole.median)}


def step_at(step: str, passages: float) -> Spread:
    """Return a step at any size: on the line through both measurements.

    Searches look at every passage or posting, so theirs is linear in the passages; the rest of a
    question looks up terms, so that is linear in their logarithm.
    """
    one, two = (measured(size)[step] for size in MEASURED)
    low, high, here = MEASURED[0], MEASURED[1], passages
    share = (here - low) / (high - low)
    if step == REST:
        share = math.log(here / low) / math.log(high / low)
    return Spread(
        one.median + share * (two.median - one.median),
        one.worst + share * (two.worst - one.worst),
    )


def simulated(service: Times, cores: int, asked: float, chance: np.random.Generator) -> Spread:
    """Return how long questions take that come by chance, so many a second, to so many cores."""
    free = np.zeros(cores)
    now, took = 0.0, np.empty(len(service))
    for number, milliseconds in enumerate(service):
        now += chance.exponential(1000 / asked) if asked else 1e9
        first = int(free.argmin())
        free[first] = max(now, free[first]) + milliseconds
        took[number] = free[first] - now
    return Spread(float(np.median(took)), float(np.percentile(took, 99)))


def slowest(step: Spread, shards: int, chance: np.random.Generator) -> Times:
    """Return the times of a search that waits for the slowest of its shards."""
    times = np.zeros(QUESTIONS)
    for _ in range(min(shards, 512)):
        times = np.maximum(times, step.drawn(chance, QUESTIONS))
    return times + (HOP if shards > 1 else 0.0)


def planned(passages: int, asked: float, prices: Sequence[float]) -> dict[str, str | float]:
    """Return the plan for a corpus."""
    chance = np.random.default_rng(7)
    cells = math.ceil(passages / OF_CELL)
    here = passages / cells  # passages of an index
    usable = ROOM * MEMORY * 2**30
    alone = here <= ALONE
    engines = 0 if alone else math.ceil(COPIES * here * ENGINE / usable)
    shards = 1 if alone else math.ceil(here / OF_WORDS)
    words = slowest(step_at(LEXICAL, here / shards), shards * cells, chance)
    near = slowest(step_at(DENSE, min(here, ALONE)), max(1, engines * cells), chance)
    searches = words + near if alone else np.maximum(words, near)
    service = step_at(REST, here).drawn(chance, QUESTIONS) + searches
    memory = here * (PLACE + SIGNS if alone else PLACE)
    busy = asked * float(service.mean()) / 1000 / (ROOM * CORES)
    servers = max(1 if alone else 2, math.ceil(busy), math.ceil(memory / usable))
    found = simulated(service, servers * CORES, asked, chance)
    machines = cells * (servers + engines + (0 if alone else shards))
    disk = passages * ON_DISK / 2**30
    cost = machines * (CORES * prices[0] + MEMORY * prices[1]) + disk * prices[2]
    return {
        "words on one machine, ms": f"{step_at(LEXICAL, passages).median:,.0f}",
        "memory of one server, GiB": f"{passages * PLACE / 2**30:,.1f}",
        "indexes": cells,
        "servers": cells * servers,
        "machines of the engine": cells * engines,
        "machines for words": 0 if alone else cells * shards,
        "disk, GiB": f"{disk:,.0f}",
        "cost of an hour": f"{cost:,.2f}",
        "question, ms (median / 99 %)": f"{found.median:.0f} / {found.worst:.0f}",
        "embedding everything on them, hours": f"{hours(passages, machines):.1f}",
    }


def hours(passages: int, machines: int) -> float:
    """Return how long so many machines embed a corpus."""
    return passages / EMBEDDED / (machines * CORES / 2) / 3600


def reproduced() -> dict[str, dict[str, str | float]]:
    """Return the measured runs beside their simulation: one question at a time."""
    chance = np.random.default_rng(7)
    rows: dict[str, dict[str, str | float]] = {}
    for passages in (*MEASURED, HELD_OUT):
        steps = {one: step_at(one, passages) for one in (DENSE, LEXICAL, REST)}
        times = {one: spread.drawn(chance, QUESTIONS) for one, spread in steps.items()}
        times[QUESTION] = np.sum(list(times.values()), axis=0)
        for step in (DENSE, LEXICAL, QUESTION):
            found, spread = simulated(times[step], CORES, 0.0, chance), measured(passages)[step]
            rows[f"{passages:,} passages: {step}"] = {
                "measured (median / 99 %)": f"{spread.median} / {spread.worst}",
                "simulated": f"{found.median:.1f} / {found.worst:.1f}",
            }
    return rows


def main() -> None:
    """Print and write the measured points and the plans."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--asked", type=float, default=50.0, help="questions a second")
    for name, price in (("core", 0.04), ("memory", 0.005), ("disk", 0.0001)):
        parser.add_argument(f"--{name}", type=float, default=price, help="its price for an hour")
    options = parser.parse_args()
    prices = options.core, options.memory, options.disk
    plans = {f"{size:,} passages": planned(size, options.asked, prices) for size in SIZES}
    points = reproduced()
    for first, rows in (("point", points), ("corpus", plans)):
        heads = list(next(iter(rows.values())))
        print(table((first, *heads), [[name, *row.values()] for name, row in rows.items()]))
    write_result("plan", {"points": points, "plans": plans})


if __name__ == "__main__":
    main()
