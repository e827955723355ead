"""Search in a large index: opening, memory, both searches, whole questions.

`python -m benchmarks.size --passages 1000000` needs no data: it makes the index by program. `--keep
FOLDER` keeps it, and uses it if it is there. Recall is that of the rows of an exact search.
"""

import argparse
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from benchmarks.large import MixedEncoder, Words, make
from benchmarks.record import write_result
from lab.table import table
from rag import Pipeline
from rag.config import AskConfig
from rag.index import Index, open_index
from rag.index.manifest import read_manifest
from rag.scope import Scope
from rag.types import Rows, Vectors

FREQUENT = ("the", "of", "of the", "Who was the one of the others?", "and in to a is of the")

Figures = dict[str, object]


def main() -> None:
    """Make an index, and print what each step costs in it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--questions", type=int, default=100)
    parser.add_argument("--keep", type=Path, metavar="FOLDER", help="where the index stays")
    parser.add_argument("--opening", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.opening:
        print(*opened(options.opening))
        return
    with TemporaryDirectory() as place:
        folder = options.keep or Path(place)
        encoder = MixedEncoder()
        if not (folder / "manifest.json").exists():
            began = time.monotonic()
            make(folder, encoder, options.passages)
            print(f"made in {time.monotonic() - began:.0f} s", flush=True)
        elif (found := read_manifest(folder).passages) != options.passages:
            raise SystemExit(f"{folder} holds an index of {found:,} passages. Name another folder")
        figures = measured(folder, encoder, options.questions)
    rows = [[name, str(value)] for name, value in figures.items()]
    print(table(["", f"{options.passages:,} passages"], rows))
    write_result(f"size-{options.passages}", {"figures": figures})


def measured(folder: Path, encoder: MixedEncoder, count: int) -> Figures:
    """Return what opening and asking cost."""
    open_index(folder)  # compares checksums, once
    size = sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
    figures: Figures = {"disk, MiB": size // 2**20, **_opening(folder)}
    index = open_index(folder)
    questions = list(Words().questions(count))
    vectors = encoder.encode(questions)
    figures |= dense(index, vectors) | lexical(index, questions)
    pipeline = Pipeline.open(index, encoder=encoder)
    return figures | {"question, ms": spread(pipeline.ask, questions)}


def _opening(folder: Path) -> Figures:
    """Return the median of three processes that open an index and search once."""
    command = [sys.executable, "-m", "benchmarks.size", "--opening", str(folder)]
    runs = [subprocess.run(command, capture_output=True, text=True, check=True) for _ in range(3)]
    seconds, first, mebibytes, own = np.median(
        [[float(value) for value in run.stdout.split()] for run in runs], axis=0
    )
    return {
        "open, s": round(seconds, 2),
        "to the first search, s": round(first, 2),
        "memory, MiB": round(mebibytes),
        "of these not of files, MiB": round(own),
    }


def opened(folder: Path) -> tuple[float, float, int, int]:
    """Return the seconds to open an index and to the first search, and the memory after 20."""
    began = time.monotonic()
    index = open_index(folder)
    opening = time.monotonic() - began
    chance = np.random.default_rng(1)
    for number in range(20):
        vector = chance.normal(size=(1, index.manifest.dimension)).astype(np.float32)
        index.dense.search(vector, 200)
        index.lexical.search("What is the size of it?", 200)
        if not number:
            first = time.monotonic() - began
    fields = dict(line.split(":\t") for line in Path("/proc/self/status").read_text().splitlines())
    own = int(fields["RssAnon"].split()[0]) // 1024
    return opening, first, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024, own


def dense(index: Index, vectors: Vectors) -> Figures:
    """Return the times and the recall of dense search, also in scopes."""
    figures: Figures = {}
    scores = _scores(index, vectors[:30])
    for name, rows in _scopes(index).items():
        exact = [_best(found, rows) for found in scores]

        def search(vector: Vectors, rows: "Rows | None" = rows) -> Rows:
            found: Rows = index.dense.search(vector[None], AskConfig().candidates, rows)[1][0]
            return found

        search(vectors[0])
        found = [search(vector) for vector in vectors[:30]]
        figures[f"dense, {name}, ms"] = spread(search, list(vectors))
        figures[f"recall@10/100/200, {name}"] = " ".join(
            f"{np.mean([_recall(*pair, k) for pair in zip(found, exact, strict=True)]):.4f}"
            for k in (10, 100, 200)
        )
    return figures


def lexical(index: Index, questions: Sequence[str]) -> Figures:
    """Return the times of lexical search, also in scopes and with words that all passages have."""
    k = AskConfig().candidates
    figures: Figures = {
        f"lexical, {name}, ms": spread(
            lambda one, r=rows: index.lexical.search(one, k, r), questions
        )
        for name, rows in _scopes(index).items()
    }
    frequent = [one for one in FREQUENT for _ in range(6)]
    return figures | {
        "lexical, frequent words, ms": spread(lambda one: index.lexical.search(one, k), frequent)
    }


def spread(run: Callable[..., object], values: Sequence[object]) -> str:
    """Return the median and the 99th percentile of the milliseconds for each value."""
    run(values[0])
    times = []
    for value in values:
        began = time.perf_counter()
        run(value)
        times.append(1000 * (time.perf_counter() - began))
    return f"{np.median(times):.1f} / {np.percentile(times, 99):.1f}"


def _scopes(index: Index) -> dict[str, "Rows | None"]:
    """Return rows to search among: all, one document, and shares of the documents."""
    documents = len(index.documents)
    names = index.documents.ids()
    shares = {"1 %": names[::100], "50 %": names[::2]}
    scopes = {name: index.rows(Scope(documents=tuple(found))) for name, found in shares.items()}
    one = index.rows(Scope(documents=(names[documents // 2],)))
    return {"all": None, "one document": one, **scopes}


def _scores(index: Index, vectors: Vectors) -> Vectors:
    """Return the products of all stored vectors with these, (vectors, passages)."""
    scores: Vectors = np.concatenate(
        [vectors @ np.asarray(part, np.float32).T for part in index.vectors.parts], axis=1
    )
    return scores


def _best(scores: Vectors, rows: "Rows | None") -> Rows:
    """Return the rows with the best scores, best first."""
    found: Rows = np.arange(len(scores)) if rows is None else rows
    k = min(AskConfig().candidates, len(found))
    best: Rows = found[np.argpartition(-scores[found], k - 1)[:k]]
    return best[np.argsort(-scores[best], kind="stable")]


def _recall(found: Rows, exact: Rows, k: int) -> float:
    k = min(k, len(exact))
    return len(set(found[:k].tolist()) & set(exact[:k].tolist())) / k


if __name__ == "__main__":
    main()
