"""What a peer gets (a job's folder) and what it returns (JSON Lines).

Imports nothing that has to be installed.

A peer runs in its own environment, twice: `build` makes an index of the documents and saves it,
`ask` opens it in a new process and answers every question.
"""

import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any, TextIO

from lab.lines import read_lines


@dataclass(frozen=True, slots=True)
class Found:
    """A text that a peer shows, and its place according to the peer, None if it gives none."""

    document: str
    text: str
    start: int | None = None
    end: int | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """A peer's answer: passages and quotes, best first, and the words that answer, if named."""

    passages: Sequence[Found]
    quotes: Sequence[Found] = ()
    words: str | None = None
    refused: bool = False


@dataclass(frozen=True, slots=True)
class Given:
    """A passage of Footnote with its heading, for the rows with our settings."""

    document: str
    start: int
    end: int
    text: str
    heading: str


@dataclass(frozen=True, slots=True)
class Job:
    """The folders and the settings of a peer's work.

    `ours` asks for our passages and our numbers of passages and quotes; without it everything is as
    the peer documents it. `work` holds documents, passages and questions, which all peers share;
    `index` is where the peer keeps its index.
    """

    work: Path
    index: Path
    variant: str
    ours: bool
    encoder: str
    reader: str

    @property
    def files(self) -> Path:
        """The folder of the documents."""
        return self.work / "documents"

    def documents(self) -> dict[str, str]:
        """Return the stored text of every document by its id."""
        return {path.name: path.read_bytes().decode() for path in sorted(self.files.iterdir())}

    def passages(self) -> list[Given]:
        """Return Footnote's passages of the documents."""
        return [Given(**entry) for entry in read_lines(self.work / "passages.jsonl")]

    def questions(self) -> list[str]:
        """Return the questions in the order in which they are asked."""
        return [entry["question"] for entry in read_lines(self.work / "questions.jsonl")]


Ask = Callable[[str], Answered]


def serve(
    build: Callable[[Job], None], opened: Callable[[Job], Ask], packages: Sequence[str]
) -> None:
    """Run the part of a job that the command line names; write results to standard output."""
    folder, part = sys.argv[1:]
    job = read_job(Path(folder))
    out = _own_output()
    if part == "build":
        started = time.perf_counter()
        build(job)
        _write(out, {"build seconds": time.perf_counter() - started})
    else:
        ask = opened(job)
        for question in job.questions():
            started = time.perf_counter()
            answered = ask(question)
            milliseconds = (time.perf_counter() - started) * 1000
            _write(out, {"answered": asdict(answered), "milliseconds": milliseconds})
    versions = {package: version(package) for package in packages}
    _write(out, {"versions": versions, "memory": peak_memory()})


def write_job(folder: Path, job: Job) -> None:
    """Write a job to a file for the process that does it."""
    entry = {
        name: str(value) if isinstance(value, Path) else value
        for name, value in asdict(job).items()
    }
    (folder / "job.json").write_text(json.dumps(entry, indent=1), encoding="utf-8")


def read_job(folder: Path) -> Job:
    """Return the job that `write_job` wrote."""
    entry = json.loads((folder / "job.json").read_text(encoding="utf-8"))
    return Job(**{**entry, "work": Path(entry["work"]), "index": Path(entry["index"])})


def answered_from(entry: dict[str, Any]) -> Answered:
    """Return the answer in a line."""
    found = {name: [Found(**item) for item in entry[name]] for name in ("passages", "quotes")}
    return Answered(**{**entry, **found})


def peak_memory() -> float:
    """Return the peak memory of this process in MiB.

    Not `ru_maxrss`: a new process inherits the value of its parent.
    """
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def _own_output() -> TextIO:
    """Return a standard output for our lines only.

    From here on, what a library prints goes to standard error.
    """
    own = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return own


def _write(out: TextIO, entry: dict[str, Any]) -> None:
    out.write(f"{json.dumps(entry)}\n")
    out.flush()
