"""Build on two nodes of a scheduler, and here, in turns; then lose a node in the middle.

    python -m benchmarks.spread [--documents 400] [--rounds 3]

It needs no data, only Dask (`pip install 'footnote-rag[dask]'`, or PYTHONPATH=.venv/dask). The
nodes are processes on this machine, each on a core of its own if there are enough. The build here
uses as many cores as they do. A node is killed when a third of the files is read, and does not come
back. Every index is compared with the one that was built here first.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from tempfile import TemporaryDirectory

from benchmarks.changes import text
from benchmarks.record import write_result
from lab.site import free_port
from lab.table import table
from rag import build
from rag.embed import load_encoder
from rag.index.opened import verify
from rag.progress import OnProgress, Progress
from rag.protocols import Encoder

NODES = 2
WRITTEN = 1_700_000_000  # seconds since 1970
TICKS = os.sysconf("SC_CLK_TCK")  # in a second
CORES = sorted(os.sched_getaffinity(0))


class Cluster:
    """A scheduler and its nodes, as processes."""

    def __init__(self) -> None:
        self.address = f"tcp://127.0.0.1:{free_port()}"
        host, port = self.address.removeprefix("tcp://").split(":")
        quiet = ["--no-dashboard"]
        scheduler = ["distributed.cli.dask_scheduler", "--host", host, "--port", port, *quiet]
        self.processes = [_started(scheduler, CORES)]
        node = ["distributed.cli.dask_worker", self.address, "--nthreads", "1", "--no-nanny"]
        for number in range(NODES):
            core = CORES[number % len(CORES)]
            self.processes.append(_started([*node, *quiet], [core]))

    def kill(self) -> None:
        """Kill one of the nodes."""
        self.processes[-1].kill()

    def seconds(self) -> float:
        """Return the processor time of all processes, and of those that they started."""
        return sum(_seconds(process.pid) for process in self.processes)  # also of a killed one

    def close(self) -> None:
        """End the processes."""
        for process in reversed(self.processes):
            process.terminate()
            process.wait()


def _started(words: list[str], cores: list[int]) -> "subprocess.Popen[bytes]":
    where = ["taskset", "--cpu-list", ",".join(map(str, cores))]
    command = [*where, sys.executable, "-m", *words]
    return subprocess.Popen(command, stderr=subprocess.DEVNULL)


def _seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:15]) / TICKS


@contextmanager
def nodes() -> Iterator[Cluster]:
    """Run a cluster until the block ends; its nodes are there when it begins."""
    from distributed import Client

    cluster = Cluster()
    try:
        with Client(cluster.address, timeout=120) as client:
            client.wait_for_workers(NODES, timeout=300)
        yield cluster
    finally:
        cluster.close()


class Rounds:
    """Builds of one corpus, each into a new index, and what they cost."""

    def __init__(self, folder: Path, encoder: Encoder) -> None:
        self._folder = folder
        self._encoder = encoder
        self._builds = 0
        self.seconds: dict[str, list[float]] = {}
        self.worked: dict[str, list[float]] = {}
        self.embedded: dict[str, int] = {}
        self.different: dict[str, int] = {}
        self._first: dict[str, object] = {}

    def run(
        self, name: str, cluster: Cluster | None, progress: OnProgress = lambda _: None
    ) -> None:
        """Build once, with the nodes of a cluster or here."""
        self._builds += 1
        index = self._folder / f"index{self._builds}"
        before = _worked(cluster)
        report = build(
            self._folder / "corpus",
            index,
            encoder=self._encoder,
            workers=cluster.address if cluster else "",
            progress=progress,
        )
        self.seconds.setdefault(name, []).append(report.seconds)
        self.worked.setdefault(name, []).append(_worked(cluster) - before)
        self.embedded[name] = report.embedded
        contents = _contents(index)
        self._first = self._first or contents
        differ = sum(contents.get(file) != one for file, one in self._first.items())
        self.different[name] = self.different.get(name, 0) + differ
        print(name, round(report.seconds, 1), round(self.worked[name][-1], 1), differ, flush=True)

    def row(self, name: str) -> dict[str, int | float]:
        """Return what builds of this name cost, as ratios to the builds here."""
        return {
            "builds": len(self.seconds[name]),
            "passages embedded": self.embedded[name],
            "time": _ratio(self.seconds, name),
            "time of all processors": _ratio(self.worked, name),
            "files that differ": self.different[name],
        }


def _ratio(costs: dict[str, list[float]], name: str) -> float:
    return statistics.median(costs[name]) / statistics.median(costs["here"])


def _worked(cluster: Cluster | None) -> float:
    """Return the processor time of this process, of those it has ended, and of a cluster."""
    ended = getrusage(RUSAGE_CHILDREN)
    here = time.process_time() + ended.ru_utime + ended.ru_stime
    return here + (cluster.seconds() if cluster else 0.0)


def _contents(index: Path) -> dict[str, object]:
    """Return the checksums of an index, except those of files that tantivy names by chance."""
    files = verify(index).manifest.files
    return {name: found for name, found in files.items() if "/lexical/" not in name}


def killer(cluster: Cluster) -> Callable[[Progress], None]:
    """Return a function that kills a node when a third of the files is read."""
    killed: list[bool] = []

    def watch(progress: Progress) -> None:
        if progress.stage == "reading" and progress.done * 3 >= progress.total and not killed:
            killed.append(True)
            cluster.kill()

    return watch


def measured(folder: Path, documents: int, rounds: int) -> Rounds:
    """Return what builds of so many documents cost."""
    (folder / "corpus").mkdir()
    for number in range(documents):
        path = folder / "corpus" / f"{number:06d}.md"
        path.write_text(text(number), encoding="utf-8")
        os.utime(path, (WRITTEN, WRITTEN))
    found = Rounds(folder, load_encoder())
    with nodes() as cluster:
        found.run("here", None)
        found.run("nodes", cluster)  # loads their encoders
        found.seconds, found.worked = {}, {}
        for _ in range(rounds):
            found.run("here", None)
            found.run("nodes", cluster)
        found.run("nodes, one killed", cluster, killer(cluster))
    return found


def main() -> None:
    """Print and write what the builds cost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    with TemporaryDirectory() as name:
        found = measured(Path(name), options.documents, options.rounds)
    rows = {name: found.row(name) for name in found.seconds}
    columns = ("", *rows["here"])
    print(table(columns, [[name, *row.values()] for name, row in rows.items()]))
    write_result("spread", {"cores": len(CORES), **rows})


if __name__ == "__main__":
    main()
