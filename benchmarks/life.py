"""What an index goes through: ends in the middle of writing, damage, readers during rebuilds, many files.

`python -m benchmarks.life kills|damage|readers|rebuild|scale`; each part makes its own files and needs no data.
"""

import argparse
import os
import random
import resource
import shutil
import signal
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.pool import table, write_result
from rag import BuildConfig, Pipeline, build, upkeep
from rag.embed import load_encoder
from rag.errors import IndexDamaged, IndexMissing, RagError
from rag.store import open_index, verify
from rag.types import Answer, Progress, Vectors
from rag.web.live import Live
from tests.conftest import FakeEncoder

SHORT = BuildConfig(passage_tokens=16)
TOWNS = 60
STREETS = "Oak Elm Ash Fir Yew Bay Fig Box Nut Gum".split()


def town(number: int, version: int = 0) -> str:
    """Return the text of a document that no other resembles in its figures."""
    chance = random.Random(number * 1000 + version)
    street = chance.choice(STREETS)
    return (
        f"# Town {number}\n\nTown {number} has {chance.randrange(1000, 99999):,} inhabitants. Its mayor is called "
        f"{street}man the {number}th. The oldest house of town {number} stands in {street} Street and was built in "
        f"{chance.randrange(1200, 1900)}. A market is held there every {chance.randrange(2, 29)} days, with "
        f"{chance.randrange(10, 400)} stalls of fruit, cloth and iron ware from the valleys around.\n"
    )


def written(folder: Path, count: int, version: int = 0) -> Path:
    """Write the first towns into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(count):
        (folder / f"town-{number:05d}.md").write_text(town(number, version), encoding="utf-8")
    return folder


# Ends in the middle


def kills(times: int) -> dict[str, object]:
    """End builds, additions, removals and collections at random moments; every time the index must be old or new."""
    chance, fates = random.Random(5), Counter[str]()
    with TemporaryDirectory() as place:
        folder = Path(place)
        corpus = written(folder / "corpus", 12)
        extra = written(folder / "extra", 14) / "town-00013.md"
        seconds = _seconds(lambda: build(corpus, folder / "measured", SHORT, encoder=FakeEncoder()))
        for number in range(times):
            index = folder / "index"
            shutil.rmtree(index, ignore_errors=True)
            build(corpus, index, SHORT, encoder=FakeEncoder())
            before = _texts(index)
            job = _jobs(corpus, extra, index)[number % 4]
            shutil.copytree(index, folder / "copy")
            _jobs(corpus, extra, folder / "copy")[number % 4]()
            allowed = (before, _texts(folder / "copy"))
            shutil.rmtree(folder / "copy")
            fates[_end(job, chance, seconds, full=number % 5 == 4)] += 1
            fates["old or new" if _texts(index) in allowed else "WRONG"] += 1
            build(corpus, index, SHORT, encoder=FakeEncoder())
            fates["built again"] += _texts(index) == before
    return dict(fates)


def _jobs(corpus: Path, extra: Path, index: Path) -> tuple[Callable[[], object], ...]:
    fake = FakeEncoder()
    return (
        lambda: build([corpus, extra], index, SHORT, encoder=fake),
        lambda: upkeep.add([extra], index, encoder=fake),
        lambda: upkeep.remove(["town-00003.md", "town-00005.md"], index, encoder=fake),
        lambda: upkeep.collect(index),
    )


def _end(job: Callable[[], object], chance: random.Random, seconds: float, *, full: bool) -> str:
    """Run a job in a process that is killed, or whose files may not grow over a random size; return how it ended."""
    pid = os.fork()
    if not pid:
        try:
            if full:
                limit = int(2 ** chance.uniform(8, 19))
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
            job()
        except (OSError, RagError):
            os._exit(1)
        except BaseException as error:  # noqa: BLE001  what a library threw is to be counted, whatever it is
            print(f"{type(error).__name__}: {error}", flush=True)
            os._exit(2)
        os._exit(0)
    if not full:
        time.sleep(chance.uniform(0, seconds))
        os.kill(pid, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return {-9: "killed", 0: "ended by itself", 1: "could not write, said so"}.get(status, f"status {status}")


def _texts(index: Path) -> dict[str, str]:
    return {document.id: document.text for document in verify(index).documents}


# Damage


def damage(times: int) -> dict[str, object]:
    """Flip a bit, cut, or blank a page of a random file of an index, over and over."""
    chance, fates = random.Random(6), Counter[str]()
    with TemporaryDirectory() as place:
        folder = Path(place)
        build(written(folder / "corpus", 40), folder / "index", SHORT, encoder=FakeEncoder())
        files = [path for path in (folder / "index").rglob("*") if path.is_file() and path.name != ".lock"]
        for _ in range(times):
            path = chance.choice(files)
            whole = path.read_bytes()
            path.write_bytes(_damaged(whole, chance))
            fates[_met(folder / "index", path)] += 1
            path.write_bytes(whole)
        verify(folder / "index")
    return dict(fates)


def _damaged(data: bytes, chance: random.Random) -> bytes:
    changed = bytearray(data)
    if not changed:
        return b"x"
    place = chance.randrange(len(changed))
    kind = chance.randrange(3)
    if kind == 0:
        changed[place] ^= 1 << chance.randrange(8)
    elif kind == 1:
        del changed[place:]
    else:
        changed[place] ^= 255
        changed[place : place + 4096] = bytes(len(changed[place : place + 4096]))
        changed[place] = data[place] ^ 1
    return bytes(changed)


def _met(index: Path, path: Path) -> str:
    try:
        open_index(index)
    except (IndexDamaged, IndexMissing) as error:
        return "refused, names the file" if path.name in str(error) or path.parent.name in str(error) else "refused"
    try:
        verify(index)
    except IndexDamaged:
        return "found by verify"
    return "NOT NOTICED"


# Readers during rebuilds


def readers(count: int, seconds: float) -> dict[str, object]:
    """Ask without pause from several threads while documents are removed, added and rebuilt."""
    fates: Counter[str] = Counter()
    times: list[float] = []
    removed: dict[int, float] = {}  # towns that are out of the index, and since when
    ended = threading.Event()
    with TemporaryDirectory() as place:
        folder = Path(place)
        corpus = written(folder / "corpus", TOWNS)
        encoder = load_encoder()
        build(corpus, folder / "index", encoder=encoder)
        live = Live(folder / "index", corpus)

        def ask(seed: int) -> None:
            chance = random.Random(seed)
            while not ended.is_set():
                number = chance.randrange(TOWNS)
                out = dict(removed)
                began = time.monotonic()
                pipeline = live.pipeline()
                try:
                    answer = pipeline.ask(f"How many inhabitants has town {number}?")
                except Exception as error:  # noqa: BLE001  any error is one too many, and counted
                    fates[f"ERROR {type(error).__name__}"] += 1
                    continue
                times.append(time.monotonic() - began)
                fates["answers"] += 1
                fates["WRONG QUOTES"] += not _quoted(pipeline, answer)
                cited = {citation.document_id for citation in answer.citations + answer.nearest}
                fates["ANSWERED FROM WHAT WAS REMOVED"] += bool({f"town-{n:05d}.md" for n in out} & cited)

        threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(count)]
        for thread in threads:
            thread.start()
        began, number = time.monotonic(), 0
        while time.monotonic() - began < seconds or fates["rebuilds"] < 20:
            _change(live, corpus, number, removed)
            fates["rebuilds"] += 1
            number += 1
        ended.set()
        for thread in threads:
            thread.join()
    return {
        "answers": fates.pop("answers"),
        **fates,
        "median, ms": round(1000 * sorted(times)[len(times) // 2]),
        "99 %, ms": round(1000 * sorted(times)[len(times) * 99 // 100]),
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
        pipeline.documents[citation.document_id].text[citation.start : citation.end] == citation.quote
        for citation in answer.citations + answer.nearest
    )


def _silent(_: Progress) -> None:
    pass


# Rebuilds of many files


def rebuild(count: int) -> dict[str, object]:
    """Build many documents, then again unchanged, with one in a hundred touched, and with all renamed."""
    figures: dict[str, object] = {}
    with TemporaryDirectory() as place:
        folder = Path(place)
        corpus = written(folder / "corpus", count)
        encoder = load_encoder()

        def measured(name: str) -> None:
            report = build(corpus, folder / "index", encoder=encoder)
            figures[name] = {"seconds": round(report.seconds, 2), "parsed": report.parsed, "embedded": report.embedded,
                             "passages": report.passages, "removed": len(report.removed)}  # fmt: skip
            print(name, figures[name], flush=True)

        measured("first build")
        measured("nothing changed")
        for number in range(0, count, 100):
            (corpus / f"town-{number:05d}.md").write_text(town(number, version=1), encoding="utf-8")
        measured("one in a hundred touched")
        corpus.rename(folder / "other")
        corpus = folder / "other"
        for path in list(corpus.iterdir()):
            path.rename(corpus / f"renamed-{path.name}")
        measured("all renamed")
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    return {**figures, "peak memory": {"seconds": f"{memory} MiB"}}


# Much text


def scale(megabytes: int) -> dict[str, object]:
    """Build so much text in files of 50 kB, with an encoder that costs next to nothing; what grows is ours."""
    figures: dict[str, object] = {}
    chance = random.Random(7)
    words = ["".join(chance.choices("abcdefghijklmnopqrstuvwxyz", k=chance.randint(2, 9))) for _ in range(30_000)]
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


def _seconds(job: Callable[[], object]) -> float:
    began = time.perf_counter()
    job()
    return time.perf_counter() - began


def main() -> None:
    """Run one part and write its figures down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("part", choices=("kills", "damage", "readers", "rebuild", "scale"))
    parser.add_argument("--times", type=int, default=300, help="ends, or pieces of damage")
    parser.add_argument("--readers", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--documents", type=int, default=10_000)
    parser.add_argument("--megabytes", type=int, default=1000)
    arguments = parser.parse_args()
    parts: dict[str, Callable[[], dict[str, object]]] = {
        "kills": lambda: kills(arguments.times),
        "damage": lambda: damage(arguments.times),
        "readers": lambda: readers(arguments.readers, arguments.seconds),
        "rebuild": lambda: rebuild(arguments.documents),
        "scale": lambda: scale(arguments.megabytes),
    }
    figures = parts[arguments.part]()
    rows = {name: row for name, row in figures.items() if isinstance(row, dict)} or {arguments.part: figures}
    columns = list(dict.fromkeys(column for row in rows.values() for column in row))
    print(
        table(["", *columns], [[name, *(str(row.get(column, "")) for column in columns)] for name, row in rows.items()])
    )
    write_result(f"life-{arguments.part}", rows)


if __name__ == "__main__":
    main()
