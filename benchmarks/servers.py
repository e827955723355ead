"""Four servers of one index behind nginx: one is killed, and a new generation is rolled out.

    python -m benchmarks.servers [--seconds 60] [--rounds 5] [--store STORE]

First 16 users ask without a pause, in turn through the nginx of deploy/nginx.conf and through one
before a single server, which is one of the four. Then four users ask: after a third of the time one
server is killed, after half of it every document is changed and the index built again. Every answer
must come whole from one of the two generations. It needs no data.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from itertools import count
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

import httpx

from benchmarks.load import asking
from benchmarks.record import write_result
from benchmarks.towns import town, written
from lab.site import free_port
from lab.table import table

ROOT = Path(__file__).parents[1]
CONF = ROOT / "deploy" / "nginx.conf"
TOWNS = 60
USERS = 4
MANY = 16  # users who ask for as many answers as there are
STARTING = 300.0  # seconds within which a server is ready


class Users:
    """Those who ask through one address; `outcomes` counts what came back."""

    def __init__(self, address: str) -> None:
        self.outcomes: Counter[str] = Counter()
        self.generations: list[tuple[float, int]] = []
        self._client = httpx.Client(base_url=address, timeout=120)
        self._numbers = count()

    @property
    def errors(self) -> int:
        """How many got no right answer."""
        return sum(n for name, n in self.outcomes.items() if name[:8] != "answered")

    def ask(self, _: int) -> None:
        """Ask about the next town."""
        number = next(self._numbers) % TOWNS
        question = {"question": f"How many inhabitants has town {number}?"}
        try:
            reply = self._client.post("/api/v1/ask", json=question)
        except httpx.TransportError as error:
            self.outcomes[type(error).__name__] += 1
            return
        if reply.status_code == 200:
            self._judge(number, [one["quote"] for one in reply.json()["citations"]])
        else:
            self.outcomes[f"status {reply.status_code}"] += 1

    def _judge(self, number: int, quotes: Sequence[str]) -> None:
        """Count an answer by the generations that its quotes are in."""
        texts = [[town(n, version) for n in range(TOWNS)] for version in (0, 1)]
        whole = [
            version
            for version, documents in enumerate(texts)
            if quotes and all(any(quote in text for text in documents) for quote in quotes)
        ]
        figures = [re.findall(r"[\d,]+ inhabitants", town(number, version)) for version in (0, 1)]
        right = [v for v in whole if figures[v][0] in quotes[0]]
        self.outcomes[
            f"answered from generation {right[0] + 1}" if right else "mixed or wrong"
        ] += 1
        if right:
            self.generations.append((time.monotonic(), right[0]))


@contextmanager
def server(index: Path, port: int, publics: Sequence[str]) -> Iterator["subprocess.Popen[bytes]"]:
    """Serve an index on a port until the block ends."""
    command = [sys.executable, "-m", "rag", "serve", "--index", str(index), "--port", str(port)]
    command += [part for public in publics for part in ("--public-url", public)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            ready(f"http://127.0.0.1:{port}")
            yield process
        finally:
            process.terminate()


@contextmanager
def nginx(folder: Path, port: int, ports: Sequence[int]) -> Iterator[None]:
    """Run the nginx of deploy/ before these servers, at most four, until the block ends."""
    conf = CONF.read_text().replace("listen 8080", f"listen 127.0.0.1:{port}")
    for number, one in enumerate(ports):
        conf = conf.replace(f"footnote{number + 1}:7860", f"127.0.0.1:{one}")
    conf = re.sub(r"server footnote\d.*\n", "", conf)
    folder.mkdir()
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "\n".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    user = "user root;" if os.geteuid() == 0 else ""
    around = f"{user} daemon off; pid {folder}/pid; events {{}} http {{ access_log off; {places}"
    (folder / "nginx.conf").write_text(f"{around}\n{conf}}}")
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin") or "nginx"
    command = [program, "-p", str(folder), "-e", str(folder / "errors"), "-c", "nginx.conf"]
    with subprocess.Popen(command) as process:
        try:
            ready(f"http://127.0.0.1:{port}")
            yield
        finally:
            process.terminate()


def ready(address: str) -> None:
    """Wait until a server can answer; raises TimeoutError."""
    until = time.monotonic() + STARTING
    while time.monotonic() < until:
        with suppress(httpx.TransportError):
            if httpx.get(f"{address}/health/ready", timeout=30).status_code == 200:
                return
        time.sleep(0.2)
    raise TimeoutError(f"{address} is not ready")


def build(corpus: Path, index: Path, store: str) -> None:
    """Build the next generation, in a process of its own."""
    command = [sys.executable, "-m", "rag", "build", str(corpus), "--index", str(index)]
    options = ["--store", store] if store else []
    subprocess.run([*command, *options], check=True, stdout=subprocess.DEVNULL)


def rates(addresses: Mapping[str, str], seconds: float, rounds: int) -> dict[str, object]:
    """Return the answers a second through each of two addresses, and their ratio in each round."""
    found: dict[str, list[float]] = {name: [] for name in addresses}
    for number in range(rounds):
        for name in sorted(addresses, reverse=bool(number % 2)):
            users = Users(addresses[name])
            began = time.monotonic()
            with asking(users.ask, MANY):
                time.sleep(seconds)
            # until the last has its answer
            found[name].append(len(users.generations) / (time.monotonic() - began))
            if wrong := users.errors:
                raise RuntimeError(f"{name}: {wrong} errors: {dict(users.outcomes)}")
    one, several = (found[name] for name in addresses)
    ratios = [b / a for a, b in zip(one, several, strict=True)]
    return {
        **{f"answers a second, {name}": round(median(rate), 1) for name, rate in found.items()},
        "times as many": round(median(ratios), 2),
        "least and most in a round": f"{min(ratios):.2f}–{max(ratios):.2f}",
    }


def rolled_out(
    address: str, first: "subprocess.Popen[bytes]", seconds: float, again: Callable[[], float]
) -> dict[str, object]:
    """Return what users saw while the first server was killed and the index was built `again`."""
    users = Users(address)
    with asking(users.ask, USERS):
        time.sleep(seconds / 3)
        first.kill()
        time.sleep(seconds / 6)
        ended = again()
        time.sleep(seconds / 2)
    old = [moment for moment, version in users.generations if version == 0]
    return {
        **dict(sorted(users.outcomes.items())),
        "errors": users.errors,
        "seconds of old answers after the build had ended": round(max(0.0, max(old) - ended), 1),
    }


def measured(folder: Path, options: argparse.Namespace) -> dict[str, object]:
    """Return how many answers there are, and what the users saw."""
    corpus, index = written(folder / "corpus", TOWNS), folder / "index"
    build(corpus, index, options.store)
    port, alone, ports = free_port(), free_port(), [free_port() for _ in range(4)]
    addresses = {"one server": f"http://127.0.0.1:{alone}", "four": f"http://127.0.0.1:{port}"}

    def again() -> float:
        written(corpus, TOWNS, version=1)
        build(corpus, index, options.store)
        return time.monotonic()

    with ExitStack() as stack:
        publics = list(addresses.values())
        servers = [stack.enter_context(server(index, one, publics)) for one in ports]
        stack.enter_context(nginx(folder / "four", port, ports))
        with nginx(folder / "one", alone, ports[:1]):
            found = rates(addresses, options.seconds / (2 * options.rounds), options.rounds)
        return found | rolled_out(addresses["four"], servers[0], options.seconds, again)


def main() -> None:
    """Print and write what the users saw."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60.0, help="for each of the two parts")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--store", default="", help="as for rag build")
    options = parser.parse_args()
    with TemporaryDirectory() as name:
        found = measured(Path(name), options)
    print(table(("", "times"), [[name, str(value)] for name, value in found.items()]))
    write_result("servers", {"figures": found})


if __name__ == "__main__":
    main()
