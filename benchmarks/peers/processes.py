"""One job of a peer: a process that builds, then a new one that asks, each with a time limit."""

import json
import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TextIO

import numpy as np

from benchmarks.peers.protocol import Answered, answered_from

ROOT = Path(__file__).parents[2]
OFFLINE = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "TOKENIZERS_PARALLELISM": "false",
    "CUDA_VISIBLE_DEVICES": "",
}


class PeerFailed(Exception):
    """A peer's process ended with an error or ran out of time."""


@dataclass(frozen=True, slots=True)
class Ran:
    """The outcome of a job; `cold`: seconds from the start of a process to its first answer."""

    answers: list[Answered]
    milliseconds: list[float]
    build_seconds: float
    cold: float
    build_memory: float
    ask_memory: float
    versions: dict[str, str]

    def costs(self) -> dict[str, float]:
        """Return time and memory; the first question counts only as the cold start."""
        times = self.milliseconds[1:] or self.milliseconds
        median, slow = np.percentile(times, [50, 95])
        return {
            "build, s": self.build_seconds,
            "cold start, s": self.cold,
            "median, ms": float(median),
            "95 %, ms": float(slow),
            "building, MiB": round(self.build_memory),
            "asking, MiB": round(self.ask_memory),
        }


def run_job(python: Path, module: str, folder: Path, limit: float) -> Ran:
    """Run the job in a folder; raises PeerFailed with the reason."""
    built, _ = _lines(python, module, folder, "build", limit)
    asked, cold = _lines(python, module, folder, "ask", limit)
    return Ran(
        [answered_from(entry["answered"]) for entry in asked[:-1]],
        [entry["milliseconds"] for entry in asked[:-1]],
        built[0]["build seconds"],
        cold,
        built[-1]["memory"],
        asked[-1]["memory"],
        asked[-1]["versions"],
    )


def _lines(
    python: Path, module: str, folder: Path, part: str, limit: float
) -> tuple[list[Any], float]:
    """Return and log the lines that a process writes, and the seconds until the first."""
    started, first, lines = time.monotonic(), 0.0, []
    command = [str(python), "-W", "ignore", "-m", f"benchmarks.peers.{module}", str(folder), part]
    log, lines_kept = folder / f"{part}.log", folder / f"{part}.jsonl"
    with (
        log.open("w", encoding="utf-8") as errors,
        lines_kept.open("w", encoding="utf-8") as kept,
        _started(command, errors) as process,
    ):
        timer = threading.Timer(limit, _end, [process])
        timer.start()
        for line in process.stdout or ():
            first = first or time.monotonic() - started
            lines.append(json.loads(line))
            kept.write(line)
        process.wait()
        in_time = timer.is_alive()
        timer.cancel()
    if process.returncode:
        raise PeerFailed(f"{part}: {_last_line(log) if in_time else f'over {limit:.0f} s'}")
    return lines, first


@contextmanager
def _started(command: Sequence[str], errors: TextIO) -> Iterator[subprocess.Popen[str]]:
    """Start a process in its own group and end the whole group: some leave servers running."""
    settings: dict[str, Any] = {"text": True, "encoding": "utf-8", "start_new_session": True}
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env={**os.environ, **OFFLINE},
        stdout=subprocess.PIPE,
        stderr=errors,
        **settings,
    ) as process:
        try:
            yield process
        finally:
            _end(process)


def _end(process: subprocess.Popen[str]) -> None:
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _last_line(log: Path) -> str:
    """Return the last line of a log that is not blank, cut to fit a table."""
    lines = [
        line.strip()
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines()
        if line.strip()
    ]
    return lines[-1].replace("|", "/")[:160] if lines else "ended without a message"
