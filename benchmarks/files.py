"""Real files, as they are and altered: what the parsers make of each, and how long they take.

`--documents FOLDER` reads every file of a folder; `--fuzz N` reads N altered ones of each kind.
"""

import argparse
import io
import random
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from zipfile import ZipFile

from benchmarks.record import write_result
from lab.table import table
from rag.config import BuildConfig
from rag.errors import LoadError
from rag.load import File, ParserProcess, parse, read_bytes, walk
from rag.load.formats import PARSERS

SETTINGS = BuildConfig()
TEXTS = (".xml", ".rels", ".html", ".xhtml", ".opf", ".ncx")
ENDED = ("too slow", "ended the process", "too much memory")
SEED_BYTES = 60_000  # larger files are not altered: one takes as long as many small ones


def main() -> None:
    """Print the table of files, or of kinds of altered files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=Path, required=True)
    parser.add_argument("--fuzz", type=int, default=0)
    parser.add_argument("--kinds", nargs="*", help="suffixes to alter (all that the folder has)")
    arguments = parser.parse_args()
    files = walk([arguments.documents])
    with ParserProcess(SETTINGS.parse_seconds, SETTINGS.parse_bytes) as process:
        if arguments.fuzz:
            fuzz(files, process, arguments.fuzz, arguments.kinds)
        else:
            read(files, process)


def read(files: list[File], process: ParserProcess) -> None:
    """Read every file once."""
    rows: dict[str, dict[str, object]] = {}
    for file in files:
        began = time.perf_counter()
        outcome = _outcome(file, process)
        rows[file.id] = {
            "kind": file.suffix,
            "outcome": outcome,
            "seconds": round(time.perf_counter() - began, 2),
        }
        print(f"{file.id[-60:]:60} {rows[file.id]['seconds']:6} {outcome}", flush=True)
    kinds = sorted({str(row["kind"]) for row in rows.values()})
    figures = {}
    for kind in kinds:
        mine = [row for row in rows.values() if row["kind"] == kind]
        texts = [row for row in mine if str(row["outcome"]).startswith("text")]
        slowest = max(float(str(row["seconds"])) for row in mine)
        figures[kind] = {
            "files": len(mine),
            "text": len(texts),
            "refused": len(mine) - len(texts),
            "slowest, s": slowest,
        }
    print(
        table(
            ["kind", *next(iter(figures.values()))],
            [[kind, *row.values()] for kind, row in figures.items()],
        )
    )
    write_result("files", {**figures, "outcomes": list(map(list, _listed(rows)))})


def fuzz(files: list[File], process: ParserProcess, count: int, kinds: list[str] | None) -> None:
    """Read altered files of each kind and print the outcomes."""
    figures: dict[str, dict[str, object]] = {}
    seeds: dict[str, list[bytes]] = {}
    for file in files:
        small = file.path.stat().st_size <= SEED_BYTES
        if file.suffix in PARSERS and small and not file.refused:
            data = read_bytes(file, SETTINGS.file_bytes, process)
            seeds.setdefault(file.suffix, []).append(data)
    for kind in kinds or sorted(seeds):
        began = time.perf_counter()
        outcomes, slowest = _fuzzed(kind, seeds[kind], process, count)
        named = {name: outcomes.pop(name, 0) for name in ("text", "refused")}
        ended = {name: outcomes.pop(name, 0) for name in ENDED}
        figures[kind] = {"files": count, **named, "failed in the library": sum(outcomes.values()),
                         **ended, "slowest, s": round(slowest, 2)}  # fmt: skip
        others = dict(outcomes.most_common(6))
        print(kind, figures[kind], others, f"{time.perf_counter() - began:.0f} s", flush=True)
        write_result("fuzz", figures)


def _fuzzed(
    kind: str, seeds: list[bytes], process: ParserProcess, count: int
) -> tuple[Counter[str], float]:
    """Read altered files of one kind; return the outcomes and the seconds of the slowest."""
    chance = random.Random(kind)
    outcomes: Counter[str] = Counter()
    slowest = 0.0
    for _ in range(count):
        data = altered_inside(chance.choice(seeds), chance)
        began = time.perf_counter()
        try:
            parsed = parse(data, kind, process)
            spans = [
                *((heading.start, heading.end) for heading in parsed.headings),
                *((start, start) for start in parsed.page_starts),
            ]
            assert all(0 <= start <= end <= len(parsed.text) for start, end in spans)
            outcomes["text"] += 1
        except LoadError as error:
            outcomes[_reason(str(error))] += 1
        slowest = max(slowest, time.perf_counter() - began)
    return outcomes, slowest


def altered_inside(data: bytes, chance: random.Random) -> bytes:
    """Return a file altered; in a zip container, mostly one of its members.

    A damaged container would be refused before its parser sees any of it.
    """
    if not data.startswith(b"PK") or chance.random() < 0.2:
        return altered(data, chance)
    buffer = io.BytesIO()
    with ZipFile(io.BytesIO(data)) as old, ZipFile(buffer, "w") as new:
        chosen = chance.choice(
            [item for item in old.infolist() if item.file_size and item.filename.endswith(TEXTS)]
        )
        for item in old.infolist():
            content = old.read(item)
            new.writestr(item.filename, altered(content, chance) if item is chosen else content)
    return buffer.getvalue()


def altered(data: bytes, chance: random.Random) -> bytes:
    """Return bytes changed, cut out, doubled or cut off."""
    changed = bytearray(data)
    for _ in range(chance.choice((1, 2, 4, 16, 64))):
        place = chance.randrange(len(changed) + 1)
        size = chance.choice((1, 1, 2, 8, 64))
        kind = chance.randrange(4)
        if kind == 0:
            changed[place : place + size] = chance.randbytes(size)
        elif kind == 1:
            del changed[place : place + size]
        elif kind == 2:
            changed[place:place] = changed[place : place + size]
        else:
            changed[place : place + size] = (
                chance.choice((b"\0", b"\xff", b"9" * 9, b"<", b"[", b"-1")) * size
            )
    if chance.random() < 0.1:
        del changed[chance.randrange(len(changed) + 1) :]
    return bytes(changed)


def _outcome(file: File, process: ParserProcess) -> str:
    try:
        parsed = parse(read_bytes(file, SETTINGS.file_bytes, process), file.suffix, process)
    except LoadError as error:
        return str(error)
    return f"text: {len(parsed.text):,} characters, {len(parsed.headings)} headings"


def _reason(reason: str) -> str:
    if reason.startswith("damaged, or beyond its parser: "):
        return reason.removeprefix("damaged, or beyond its parser: ").partition(":")[0]
    if reason.startswith("took longer"):
        return "too slow"
    if reason.startswith("crashed"):
        return "ended the process"
    return "too much memory" if "memory" in reason else "refused"


def _listed(rows: dict[str, dict[str, object]]) -> Iterator[tuple[object, ...]]:
    return ((name, *row.values()) for name, row in rows.items())


if __name__ == "__main__":
    main()
