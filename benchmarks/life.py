"""The life of an index: killed writers, damage, readers during rebuilds, many files.

`python -m benchmarks.life PART` with kills, damage, readers, changes or scale as its part;
each part creates its own files.
"""

import argparse
import random
import resource
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.changes import changes
from benchmarks.harm import damage, kills
from benchmarks.record import write_result
from benchmarks.towns import written
from lab.encoder import FakeEncoder
from lab.table import table
from rag import Pipeline, build, upkeep
from rag.embed import load_encoder
from rag.progress import Progress
from rag.types import Answer, Vectors
from rag.web.live import Live

TOWNS = 60


# Readers during rebuilds


class Asking:
    """Questions asked without pause, and their outcomes; `removed` has the time by town."""

    def __init__(self, live: Live) -> None:
        self.live = live
        self.outcomes: Counter[str] = Counter()
        self.times: list[float] = []
        self.removed: dict[int, float] = {}
        self._ended = threading.Event()

    @contextmanager
    def threads(self, count: int) -> Iterator[None]:
        """Ask from `count` threads until the block ends."""
        threads = [threading.Thread(target=self._ask, args=(seed,)) for seed in range(count)]
        for thread in threads:
            thread.start()
        yield
        self._ended.set()
        for thread in threads:
            thread.join()

    def _ask(self, seed: int) -> None:
        chance = random.Random(seed)
        while not self._ended.is_set():
            out = {f"town-{number:05d}.md" for number in tuple(self.removed)}
            began = time.monotonic()
            pipeline = self.live.pipeline()
            try:
                answer = pipeline.ask(f"How many inhabitants has town {chance.randrange(TOWNS)}?")
            except Exception as error:  # noqa: BLE001  every error is counted
                self.outcomes[f"ERROR {type(error).__name__}"] += 1
                continue
            self.times.append(time.monotonic() - began)
            self.outcomes["answers"] += 1
            self.outcomes["WRONG QUOTES"] += not _quoted(pipeline, answer)
            cited = {citation.document_id for citation in answer.citations + answer.nearest}
            self.outcomes["ANSWERED FROM WHAT WAS REMOVED"] += bool(out & cited)


def readers(count: int, seconds: float) -> dict[str, object]:
    """Ask without pause from several threads while documents are removed, added and rebuilt."""
    with TemporaryDirectory() as place:
        folder = Path(place)
        corpus = written(folder / "corpus", TOWNS)
        build(corpus, folder / "index", encoder=load_encoder())
        asking = Asking(Live(folder / "index", corpus))
        outcomes = asking.outcomes
        with asking.threads(count):
            began, number = time.monotonic(), 0
            while time.monotonic() - began < seconds or outcomes["rebuilds"] < 20:
                _change(asking.live, corpus, number, asking.removed)
                outcomes["rebuilds"] += 1
                number += 1
    times = sorted(asking.times)
    return {
        "answers": outcomes.pop("answers"),
        **outcomes,
        "median, ms": round(1000 * times[len(times) // 2]),
        "99 %, ms": round(1000 * times[len(times) * 99 // 100]),
    }


def _change(live: Live, corpus: Path, number: int, removed: dict[int, float]) -> None:
    target = number // 2 % TOWNS
    path = corpus / f"town-{target:05d}.md"
    if number % 2:
        removed.pop(target, None)
        upkeep.add([path], live.folder, encoder=live.pipeline().encoder)
    else:
        live.remove([path.name], _silent)
        live.pipeline()
        removed[target] = time.monotonic()


def _quoted(pipeline: Pipeline, answer: Answer) -> bool:
    return all(
        pipeline.documents[citation.document_id].text[citation.start : citation.end]
        == citation.quote
        for citation in answer.citations + answer.nearest
    )


def _silent(_: Progress) -> None:
    pass


# Much text


def scale(megabytes: int) -> dict[str, object]:
    """Index an amount of text in files of 50 kB, with an encoder that takes almost no time."""
    figures: dict[str, object] = {}
    chance = random.Random(7)
    words = [
        "".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(2, 9)))
        for _ in range(30_000)
    ]
    with TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "corpus").mkdir()
        for number in range(megabytes * 20):
            lines = (f"{' '.join(chance.choices(words, k=16)).capitalize()}." for _ in range(470))
            (folder / "corpus" / f"{number:06d}.txt").write_text(" ".join(lines), encoding="utf-8")
        encoder = FakeEncoder(dimension=8)
        encoder.encode = _first_axis  # type: ignore[method-assign]
        report = build(folder / "corpus", folder / "index", encoder=encoder)
        memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
        figures[f"{megabytes} MB"] = {
            "files": report.documents,
            "passages": report.passages,
            "seconds": round(report.seconds),
            "peak memory, MiB": memory,
        }
    return figures


def _first_axis(texts: Sequence[str]) -> Vectors:
    return np.eye(1, 8, dtype=np.float32).repeat(len(texts), 0)


def main() -> None:
    """Run one part and write its figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    names = ("kills", "damage", "readers", "changes", "scale")
    parser.add_argument("part", choices=names)
    parser.add_argument("--times", type=int, default=300, help="kills, or damaged files")
    parser.add_argument("--readers", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--megabytes", type=int, default=1000)
    arguments = parser.parse_args()
    parts: dict[str, Callable[[], dict[str, object]]] = {
        "kills": lambda: kills(arguments.times),
        "damage": lambda: damage(arguments.times),
        "readers": lambda: readers(arguments.readers, arguments.seconds),
        "changes": lambda: changes(arguments.documents),
        "scale": lambda: scale(arguments.megabytes),
    }
    figures = parts[arguments.part]()
    rows = {name: row for name, row in figures.items() if isinstance(row, dict)} or {
        arguments.part: figures
    }
    columns = list(dict.fromkeys(column for row in rows.values() for column in row))
    print(
        table(
            ["", *columns],
            [
                [name, *(str(row.get(column, "")) for column in columns)]
                for name, row in rows.items()
            ],
        )
    )
    size = f"-{arguments.documents}" if arguments.part == "changes" else ""
    write_result(f"life-{arguments.part}{size}", rows)


if __name__ == "__main__":
    main()
