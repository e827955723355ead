"""Harm to an index: killed writers and damaged files. A part of `benchmarks.life`."""

import os
import random
import resource
import shutil
import signal
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from benchmarks.towns import written
from lab.encoder import FakeEncoder
from rag import BuildConfig, build, upkeep
from rag.errors import IndexDamaged, IndexMissing, RagError
from rag.index import open_index
from rag.index.opened import verify

SHORT = BuildConfig(passage_tokens=16)


def kills(times: int) -> dict[str, object]:
    """Kill changes of an index at random moments; each time it must be the old or the new one."""
    chance, outcomes = random.Random(5), Counter[str]()
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
            outcomes[_end(job, chance, seconds, full=number % 5 == 4)] += 1
            outcomes["old or new" if _texts(index) in allowed else "WRONG"] += 1
            build(corpus, index, SHORT, encoder=FakeEncoder())
            outcomes["built again"] += _texts(index) == before
    return dict(outcomes)


def _jobs(corpus: Path, extra: Path, index: Path) -> tuple[Callable[[], object], ...]:
    fake = FakeEncoder()
    return (
        lambda: build([corpus, extra], index, SHORT, encoder=fake),
        lambda: upkeep.add([extra], index, encoder=fake),
        lambda: upkeep.remove(["town-00003.md", "town-00005.md"], index, encoder=fake),
        lambda: upkeep.collect(index),
    )


def _end(job: Callable[[], object], chance: random.Random, seconds: float, *, full: bool) -> str:
    """Run a job in a process that is killed, and return how it ended.

    If `full`, do not kill it, but limit its files to a random size, like a full disk.
    """
    pid = os.fork()
    if not pid:
        try:
            if full:
                limit = int(2 ** chance.uniform(8, 19))
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
            job()
        except (OSError, RagError):
            os._exit(1)
        except BaseException as error:  # noqa: BLE001  any other error is a failure
            print(f"{type(error).__name__}: {error}", flush=True)
            os._exit(2)
        os._exit(0)
    if not full:
        time.sleep(chance.uniform(0, seconds))
        os.kill(pid, signal.SIGKILL)
    status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    return {-9: "killed", 0: "ended by itself", 1: "could not write, said so"}.get(
        status, f"status {status}"
    )


def _texts(index: Path) -> dict[str, str]:
    return {document.id: document.text for document in verify(index).documents}


# Damage


def damage(times: int) -> dict[str, object]:
    """Repeatedly flip a bit, cut the end or blank 4 KiB of a random file of an index."""
    chance, outcomes = random.Random(6), Counter[str]()
    with TemporaryDirectory() as place:
        folder = Path(place)
        build(written(folder / "corpus", 40), folder / "index", SHORT, encoder=FakeEncoder())
        files = [
            path
            for path in (folder / "index").rglob("*")
            if path.is_file() and path.name != ".lock"
        ]
        for _ in range(times):
            path = chance.choice(files)
            whole = path.read_bytes()
            path.write_bytes(_damaged(whole, chance))
            outcomes[_outcome(folder / "index", path)] += 1
            path.write_bytes(whole)
        verify(folder / "index")
    return dict(outcomes)


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


def _outcome(index: Path, path: Path) -> str:
    try:
        open_index(index)
    except (IndexDamaged, IndexMissing) as error:
        return (
            "refused, names the file"
            if path.name in str(error) or path.parent.name in str(error)
            else "refused"
        )
    try:
        verify(index)
    except IndexDamaged:
        return "found by verify"
    return "NOT NOTICED"


def _seconds(job: Callable[[], object]) -> float:
    began = time.perf_counter()
    job()
    return time.perf_counter() - began
