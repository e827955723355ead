"""A server under load: many questions, many files, slow and huge requests, and what its memory does.

`python -m benchmarks.serving` starts `rag serve` over made towns, 10,000 unless `--files` says so; it needs no data.
"""

import argparse
import asyncio
import json
import re
import socket
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from benchmarks.record import write_result
from benchmarks.tables import loads
from benchmarks.towns import written
from lab.site import free_port
from rag import build
from rag.web.live import Live
from rag.web.page import build_page
from rag.web.server import events_of

KIND = {"Content-Type": "application/octet-stream"}
PATIENCE = 300.0  # seconds that a client waits

Times = list[float]


class Site:
    """A server in a process of its own, and the ways to ask it."""

    def __init__(
        self, process: subprocess.Popen[bytes], address: str, numbers: dict[str, int]
    ) -> None:
        self.process = process
        self.address = address
        self.numbers = numbers

    def megabytes(self) -> float:
        """Return the resident memory of the server."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.findall(r"VmRSS:\s+(\d+)", status)[0]) / 1024

    async def ask(
        self, client: httpx.AsyncClient, question: str, times: Times, fates: Counter[str]
    ) -> None:
        """Ask over REST, and note how it ended and when."""
        began = time.monotonic()
        calls = f"{self.address}/gradio_api/call/ask"
        sent = await client.post(calls, json={"data": [question]})
        if sent.status_code != 200:
            fates[f"refused with {sent.status_code}"] += 1
            return
        answer = await client.get(f"{calls}/{sent.json()['event_id']}")
        fates["answered" if "event: complete" in answer.text else "failed"] += 1
        times.append(time.monotonic() - began)

    async def call(
        self, client: httpx.AsyncClient, name: str, data: list[object], session: str
    ) -> str:
        """Call an event of the page and return how it ended."""
        call = {
            "data": data,
            "fn_index": self.numbers[name],
            "session_hash": session,
            "trigger_id": 1,
        }
        sent = await client.post(f"{self.address}/gradio_api/queue/join", json=call)
        if sent.status_code != 200:
            return f"refused with {sent.status_code}"
        stream = await client.get(
            f"{self.address}/gradio_api/queue/data", params={"session_hash": session}
        )
        return "done" if '"success":true' in stream.text else "failed"


@contextmanager
def serving(index: Path, corpus: Path) -> Iterator[Site]:
    """Serve an index until the block ends."""
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "rag", "serve", "--index", str(index), "--port", str(port)]
    numbers = {name: number for number, name in events_of(build_page(Live(index, corpus))).items()}
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as process:
        try:
            while True:
                with suppress(httpx.TransportError):
                    if httpx.get(address).status_code == 200:
                        break
                time.sleep(0.1)
            yield Site(process, address, numbers)
        finally:
            process.terminate()


def connected(work: Callable[[httpx.AsyncClient], Awaitable[None]]) -> None:
    """Run work with a client that opens as many connections as it wants."""

    async def run() -> None:
        async with httpx.AsyncClient(
            timeout=PATIENCE, limits=httpx.Limits(max_connections=None)
        ) as client:
            await work(client)

    asyncio.run(run())


def questions(site: Site, count: int) -> dict[str, object]:
    """Ask questions all at once."""
    times, fates = Times(), Counter[str]()

    async def work(client: httpx.AsyncClient) -> None:
        asked = (
            site.ask(client, f"How many inhabitants has town {n}?", times, fates)
            for n in range(count)
        )
        await asyncio.gather(*asked)

    began = time.monotonic()
    connected(work)
    seconds = time.monotonic() - began
    return {
        **fates,
        "a second": round(fates["answered"] / seconds, 1),
        "median s": round(statistics.median(times), 2),
        "slowest s": round(max(times), 2),
    }


def uploads(site: Site, count: int) -> dict[str, object]:
    """Send files all at once and take each in by itself, while ten questions are asked."""
    times, fates = Times(), Counter[str]()
    taken = Counter[str]()

    async def send(client: httpx.AsyncClient, number: int) -> None:
        text = f"The lighthouse number {number} was lit in {1800 + number}. ".encode() * 2000
        sent = await client.post(
            f"{site.address}/documents?name=light{number}.txt", content=text, headers=KIND
        )
        if sent.status_code == 201:
            taken[await site.call(client, "added", [sent.json()["receipt"], ""], f"u{number}")] += 1
        else:
            taken[f"refused with {sent.status_code}"] += 1

    async def work(client: httpx.AsyncClient) -> None:
        asked = (
            site.ask(client, f"How many inhabitants has town {n}?", times, fates) for n in range(10)
        )
        await asyncio.gather(*(send(client, number) for number in range(count)), *asked)

    began = time.monotonic()
    connected(work)
    seconds = round(time.monotonic() - began, 1)
    return {
        **taken,
        "s for all": seconds,
        "questions meanwhile": dict(fates),
        "slowest s": round(max(times), 2),
    }


def huge(site: Site) -> dict[str, object]:
    """Send a question of 30 MB and one of 200 MB, and ask an ordinary one meanwhile."""
    times, fates, said = Times(), Counter[str](), dict[str, object]()
    before = site.megabytes()

    async def send(client: httpx.AsyncClient, megabytes: int) -> None:
        body = json.dumps({"data": ["x" * (megabytes * 2**20)]}).encode()
        try:
            answer = await client.post(f"{site.address}/gradio_api/call/ask", content=body)
            said[f"{megabytes} MB"] = answer.status_code
        except httpx.TransportError:
            said[f"{megabytes} MB"] = "cut off"  # refused while it was still being sent

    async def work(client: httpx.AsyncClient) -> None:
        await asyncio.gather(
            *(send(client, size) for size in (30, 200)), site.ask(client, "How tall?", times, fates)
        )

    connected(work)
    return {
        **said,
        "ordinary one meanwhile s": round(max(times), 2),
        "memory +MB": round(site.megabytes() - before, 1),
    }


def half_open(site: Site, count: int) -> dict[str, object]:
    """Open connections that never send a whole head, and count those still open after 15 seconds."""
    host, port = site.address.removeprefix("http://").split(":")
    clients = [socket.create_connection((host, int(port))) for _ in range(count)]
    for client in clients:
        client.sendall(b"POST / HTTP/1.1\r\nHost: 127")
    time.sleep(15)
    still = 0
    for client in clients:
        client.setblocking(False)
        try:
            still += bool(client.recv(1))
        except BlockingIOError:
            still += 1
        except OSError:
            pass
        client.close()
    return {"opened": count, "open after 15 s": still}


def memory(site: Site, count: int) -> dict[str, object]:
    """Ask one question after the other and return the memory at each hundred."""
    marks: dict[str, object] = {}

    async def work(client: httpx.AsyncClient) -> None:
        times, fates = Times(), Counter[str]()
        for number in range(1, count + 1):
            await site.ask(client, f"How many inhabitants has town {number}?", times, fates)
            if number % 100 == 0:
                marks[f"MB at {number}"] = round(site.megabytes(), 1)

    connected(work)
    return marks


def originals(site: Site, name: str, count: int) -> dict[str, object]:
    """Open the original of a document many times at once, as first requests after a start."""
    fates = Counter[int]()

    async def opened(client: httpx.AsyncClient) -> None:
        fates[(await client.get(f"{site.address}/original/{name}")).status_code] += 1

    async def work(client: httpx.AsyncClient) -> None:
        await asyncio.gather(*(opened(client) for _ in range(count)))

    began = time.monotonic()
    connected(work)
    return {"opened": dict(fates), "s for all": round(time.monotonic() - began, 2)}


def main() -> None:
    """Measure, print and write down."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=10_000)
    options = parser.parse_args()
    with TemporaryDirectory() as place:
        corpus = written(Path(place) / "corpus", options.files)
        began = time.monotonic()
        build(corpus, Path(place) / "index")
        found: dict[str, dict[str, object]] = {
            "files": {"files": options.files, "s to build": round(time.monotonic() - began, 1)}
        }
        with serving(Path(place) / "index", corpus) as site:
            first = next(path.name for path in sorted(corpus.iterdir()))
            found["40 originals at once"] = originals(site, first, 40)
            found["200 questions at once"] = questions(site, 200)
            found["400 questions at once"] = questions(site, 400)
            found["30 and 200 MB of JSON"] = huge(site)
            found["200 half-open requests"] = half_open(site, 200)
            found["500 questions in turn"] = memory(site, 500)
            found["50 uploads at once"] = uploads(site, 50)
    print(loads(found))
    print(write_result("serving", found))


if __name__ == "__main__":
    main()
