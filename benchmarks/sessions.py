"""Many people at once: each has the page open, holds a conversation, and thinks in between.

`python -m benchmarks.sessions` starts `rag serve` over generated documents (`--files`, 10,000); it
needs no data. A session does what the page does in a browser: it opens the page, keeps Gradio's
stream open, runs the events of the start, then asks with the earlier questions and opens the quote.
"""

import argparse
import asyncio
import html
import random
import re
import statistics
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from benchmarks.record import write_result
from benchmarks.server import Site, connected, serving
from benchmarks.tables import loads
from benchmarks.towns import town, written
from rag import build

THINKING = (2.0, 10.0)  # seconds between an answer and the next question
EARLIER = 8  # questions that the page sends along
MINUTE = 60.0
UNKNOWN = "Who was the first bishop of Atlantis?"
FOOTNOTE = re.compile(r'<a class="footnote" href="([^"]+)"')


@dataclass(slots=True)
class Seen:
    """What the sessions saw: outcomes of questions and sources, and the seconds of answers."""

    answers: Counter[str] = field(default_factory=Counter)
    sources: Counter[str] = field(default_factory=Counter)
    starts: Counter[str] = field(default_factory=Counter)
    seconds: list[float] = field(default_factory=list)
    memory: dict[str, float] = field(default_factory=dict)


async def session(
    site: Site, client: httpx.AsyncClient, number: int, files: int, until: float, seen: Seen
) -> None:
    """Open the page and hold a conversation until the time is over."""
    chance, name = random.Random(number), f"s{number}"
    await asyncio.sleep(chance.uniform(0, THINKING[1]))
    try:
        await _opened(site, client, name, seen)
    except httpx.HTTPError as error:
        seen.starts[type(error).__name__] += 1
        return
    async with client.stream("GET", f"{site.address}/gradio_api/heartbeat/{name}"):
        asked: list[str] = []
        while time.monotonic() < until:
            question, expected = _next(chance, len(asked), files)
            try:
                await _ask(site, client, name, question, asked[-EARLIER:], expected, seen)
            except httpx.HTTPError as error:
                seen.answers[type(error).__name__] += 1
            asked.append(question)
            await asyncio.sleep(chance.uniform(*THINKING))


async def _opened(site: Site, client: httpx.AsyncClient, name: str, seen: Seen) -> None:
    page = await client.get(site.address)
    seen.starts[f"page {page.status_code}"] += 1
    for event, values in (("listed", [""]), ("welcomed", []), ("started", [])):
        data: list[object] = [*values]
        seen.starts[f"{event} {await site.call(client, event, data, name)}"] += 1


def _next(chance: random.Random, turn: int, files: int) -> tuple[str, str]:
    """Return a question and the words that its answer holds, "" for none that is known.

    Every third is a follow-up of the one before, every seventh has no answer.
    """
    number = chance.randrange(files)
    if turn % 7 == 6:
        return UNKNOWN, ""
    if turn % 3 == 2:
        return f"and of town {number}?", ""
    inhabitants = re.findall(r"[\d,]+(?= inhabitants)", town(number))[0]
    return f"How many inhabitants has town {number}?", inhabitants


async def _ask(
    site: Site,
    client: httpx.AsyncClient,
    name: str,
    question: str,
    history: list[str],
    expected: str,
    seen: Seen,
) -> None:
    """Ask, note what came of it, and open the first quote."""
    body = {"question": question, "session": name, "history": history, "within": []}
    began = time.monotonic()
    answer = await client.post(f"{site.address}/answer", json=body)
    took = time.monotonic() - began
    if answer.status_code != 200 or "data-answer=" not in answer.text:
        seen.answers[f"failed with {answer.status_code}"] += 1
        return
    seen.seconds.append(took)
    quoted = FOOTNOTE.search(answer.text)
    right = not expected or expected in re.sub(r"<[^>]+>", "", answer.text)
    seen.answers["answered" if right and quoted else "refused" if right else "wrong"] += 1
    if quoted:
        source = await client.get(f"{site.address}/{html.unescape(quoted[1]).lstrip('/')}")
        lit = 'id="quote"' in source.text
        seen.sources["opened" if lit else f"failed with {source.status_code}"] += 1


def held(site: Site, sessions: int, seconds: float, files: int) -> Seen:
    """Hold so many sessions for so many seconds, and note the memory each minute."""
    seen = Seen()
    seen.memory["MB before the first question"] = round(site.megabytes(), 1)
    began = time.monotonic()
    until = began + seconds

    async def watch() -> None:
        for minute in range(1, int(seconds / MINUTE) + 1):
            await asyncio.sleep(began + minute * MINUTE - time.monotonic())
            seen.memory[f"MB at {minute} min"] = round(site.megabytes(), 1)

    async def work(client: httpx.AsyncClient) -> None:
        each = (session(site, client, n, files, until, seen) for n in range(sessions))
        await asyncio.gather(watch(), *each)

    connected(work)
    seen.memory["MB at the end"] = round(site.megabytes(), 1)
    return seen


def figures(seen: Seen, sessions: int, seconds: float) -> dict[str, dict[str, object]]:
    """Return the rows of the table."""
    took = sorted(seen.seconds) or [float("nan")]
    name = f"{sessions} sessions for {seconds:g} s"
    return {
        "opened": dict(sorted(seen.starts.items())),
        name: {
            **seen.answers,
            "a second": round(len(seen.seconds) / seconds, 2),
            "median s": round(statistics.median(took), 3),
            "99 % s": round(took[int(0.99 * (len(took) - 1))], 3),
            "slowest s": round(took[-1], 3),
        },
        "sources": dict(seen.sources),
        "memory": dict(seen.memory),
    }


def main() -> None:
    """Hold the sessions, print the table and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=25)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--files", type=int, default=10_000)
    options = parser.parse_args()
    with TemporaryDirectory() as place:
        corpus = written(Path(place) / "corpus", options.files)
        build(corpus, Path(place) / "index")
        with serving(Path(place) / "index", corpus) as site:
            seen = held(site, options.sessions, options.seconds, options.files)
    found = figures(seen, options.sessions, options.seconds)
    print(loads(found))
    if (options.sessions, options.seconds, options.files) == (25, 600.0, 10_000):
        print(write_result("sessions", found))


if __name__ == "__main__":
    main()
