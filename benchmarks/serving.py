"""A server under load: many questions, many files, slow and huge requests, and its memory.

`python -m benchmarks.serving` starts `rag serve` over generated documents (`--files`, 10,000); it
needs no data.
"""

import argparse
import asyncio
import json
import socket
import statistics
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from benchmarks.record import write_result
from benchmarks.server import KIND, Asked, Site, connected, serving
from benchmarks.tables import loads
from benchmarks.towns import written
from rag import build


def questions(site: Site, count: int) -> dict[str, object]:
    """Ask all questions at once."""
    return users(site, count, 1)


def users(site: Site, count: int, each: int) -> dict[str, object]:
    """Let so many users ask so many questions each, one after the other without a pause."""
    asked: list[Asked] = []

    async def user(client: httpx.AsyncClient, number: int) -> None:
        asked.extend(
            [
                await site.ask(client, f"How many inhabitants has town {n}?")
                for n in range(number, count * each, count)
            ]
        )

    async def work(client: httpx.AsyncClient) -> None:
        await asyncio.gather(*(user(client, number) for number in range(count)))

    began = time.monotonic()
    connected(work)
    seconds = time.monotonic() - began
    answered = sorted(took for outcome, took in asked if outcome == "answered")
    refused = [took for outcome, took in asked if outcome.startswith("refused")]
    return {
        **Counter(outcome for outcome, _ in asked),
        "a second": round(len(answered) / seconds, 1),
        "median s": round(statistics.median(answered), 2),
        "99 % s": round(answered[int(0.99 * (len(answered) - 1))], 2),
        "slowest s": round(answered[-1], 2),
        **({"slowest refusal s": round(max(refused), 2)} if refused else {}),
    }


def uploads(site: Site, count: int) -> dict[str, object]:
    """Send all files at once and take each in separately, while ten questions are asked."""
    asked: list[Asked] = []
    taken = Counter[str]()

    async def ask(client: httpx.AsyncClient, number: int) -> None:
        asked.append(await site.ask(client, f"How many inhabitants has town {number}?"))

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
        await asyncio.gather(
            *(send(client, number) for number in range(count)),
            *(ask(client, number) for number in range(10)),
        )

    began = time.monotonic()
    connected(work)
    seconds = round(time.monotonic() - began, 1)
    return {
        **taken,
        "s for all": seconds,
        "questions meanwhile": dict(Counter(outcome for outcome, _ in asked)),
        "slowest s": round(max(took for _, took in asked), 2),
    }


def huge(site: Site) -> dict[str, object]:
    """Send questions of 30 MB and 200 MB, and ask an ordinary one at the same time."""
    asked: list[Asked] = []
    statuses: dict[str, object] = {}
    before = site.megabytes()

    async def send(client: httpx.AsyncClient, megabytes: int) -> None:
        body = json.dumps({"data": ["x" * (megabytes * 2**20)]}).encode()
        try:
            answer = await client.post(f"{site.address}/gradio_api/call/ask", content=body)
            statuses[f"{megabytes} MB"] = answer.status_code
        except httpx.TransportError:
            statuses[f"{megabytes} MB"] = "cut off"  # refused while it is still being sent

    async def ask(client: httpx.AsyncClient) -> None:
        asked.append(await site.ask(client, "How tall?"))

    async def work(client: httpx.AsyncClient) -> None:
        await asyncio.gather(*(send(client, size) for size in (30, 200)), ask(client))

    connected(work)
    return {
        **statuses,
        "ordinary one meanwhile s": round(asked[0][1], 2),
        "memory +MB": round(site.megabytes() - before, 1),
    }


def half_open(site: Site, count: int) -> dict[str, object]:
    """Open connections that never send a whole head; count those still open after 15 seconds."""
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
    """Ask one question after the other and return the memory after each hundred."""
    marks: dict[str, object] = {}

    async def work(client: httpx.AsyncClient) -> None:
        for number in range(1, count + 1):
            await site.ask(client, f"How many inhabitants has town {number}?")
            if number % 100 == 0:
                marks[f"MB at {number}"] = round(site.megabytes(), 1)

    connected(work)
    return marks


def originals(site: Site, name: str, count: int) -> dict[str, object]:
    """Open the original of a document many times at once, as the first requests after a start."""
    outcomes = Counter[int]()

    async def opened(client: httpx.AsyncClient) -> None:
        outcomes[(await client.get(f"{site.address}/original/{name}")).status_code] += 1

    async def work(client: httpx.AsyncClient) -> None:
        await asyncio.gather(*(opened(client) for _ in range(count)))

    began = time.monotonic()
    connected(work)
    return {"opened": dict(outcomes), "s for all": round(time.monotonic() - began, 2)}


def main() -> None:
    """Run all loads, print the table and write the results."""
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
            for count in (1, 4, 16):
                found[f"{count} users without pause"] = users(site, count, 320 // count)
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
