"""A visit to the page in Chromium: what it loads, and when a question can be asked and is answered.

`python -m benchmarks.visit` starts `rag serve` over the sample corpus; it needs no data. Each visit
is the first of a new browser profile, then a second one of the same profile; over the network as it
is, and as slow as a bad phone (Chromium's own emulation). The server has answered a question
before, so that no model is loaded meanwhile.
"""

import argparse
import shutil
import statistics
import time
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from playwright.sync_api import Browser, BrowserContext, CDPSession, sync_playwright

from benchmarks.record import write_result
from benchmarks.server import serving
from lab.table import table
from rag import build

CORPUS = Path(__file__).parents[1] / "corpus"
QUESTION = "How many companies took part in the conference?"
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-background-networking",
         "--disable-component-update", "--disable-sync")  # fmt: skip
NETWORKS: dict[str, dict[str, float]] = {  # bytes a second, milliseconds
    "as it is": {},
    "400 kbit/s, 400 ms": {
        "latency": 400,
        "downloadThroughput": 50_000,
        "uploadThroughput": 50_000,
    },
}
PATIENCE = 180_000  # ms
ASKABLE = """() => document.body?.dataset.ready === "yes"
  && document.querySelector("#question textarea")?.checkVisibility() && performance.now()"""
ANSWERED = "() => document.querySelector('.answer') && performance.now()"
ENTER = """() => document.addEventListener("keydown",
  (event) => { if (event.key === "Enter") window.pressed ??= performance.now(); }, true)"""
PAINTED = """() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 0"""


class Traffic:
    """The requests of a page and the bytes that came, heads included."""

    def __init__(self, session: CDPSession) -> None:
        self.requests, self.bytes = 0, 0
        self.answered = Counter[int]()
        session.on("Network.requestWillBeSent", self._sent)
        session.on("Network.responseReceived", self._received)
        session.on("Network.loadingFinished", self._finished)

    def _sent(self, _: dict[str, Any]) -> None:
        self.requests += 1

    def _received(self, event: dict[str, Any]) -> None:
        response = event["response"]
        self.answered[0 if response.get("fromDiskCache") else response["status"]] += 1

    def _finished(self, event: dict[str, Any]) -> None:
        self.bytes += int(event["encodedDataLength"])


def visit(context: BrowserContext, address: str, network: dict[str, float]) -> dict[str, float]:
    """Open the page, ask a question as soon as that is possible, and return what it took."""
    page = context.new_page()
    page.set_default_timeout(PATIENCE)
    session = context.new_cdp_session(page)
    session.send("Network.enable")
    if network:
        session.send("Network.emulateNetworkConditions", {"offline": False, **network})
    traffic = Traffic(session)
    page.goto(address, wait_until="commit")
    askable = page.wait_for_function(ASKABLE).json_value()
    page.evaluate(ENTER)
    page.locator("#question textarea").fill(QUESTION)
    page.locator("#question textarea").press("Enter")
    answered = page.wait_for_function(ANSWERED).json_value()
    pressed, painted = page.evaluate("() => window.pressed"), page.evaluate(PAINTED)
    page.wait_for_load_state("load")
    time.sleep(1)  # for what the page loads after the answer
    page.evaluate("() => localStorage.clear()")  # the next visit begins without a conversation
    page.close()
    return {
        "KB": traffic.bytes / 1000,
        "requests": traffic.requests,
        "from the cache": traffic.answered[0],
        "unchanged (304)": traffic.answered[304],
        "first paint s": painted / 1000,
        "question can be asked s": askable / 1000,
        "Enter to answer s": (answered - pressed) / 1000,
    }


def visits(browser: Browser, address: str, times: int) -> dict[str, dict[str, float]]:
    """Return the medians of first and second visits over every network."""
    found: dict[str, dict[str, float]] = {}
    for name, network in NETWORKS.items():
        taken: dict[str, list[dict[str, float]]] = {"first": [], "second": []}
        for _ in range(times):
            context = browser.new_context(viewport={"width": 1280, "height": 800})
            for rows in taken.values():
                rows.append(visit(context, address, network))
            context.close()
        for which, rows in taken.items():
            found[f"{which} visit, network {name}"] = {
                figure: statistics.median(row[figure] for row in rows) for figure in rows[0]
            }
    return found


def main() -> None:
    """Visit the page, print the table and write the results."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=5)
    parser.add_argument("--chromium", default=shutil.which("chromium"), metavar="PATH")
    options = parser.parse_args()
    with TemporaryDirectory() as place, sync_playwright() as playwright:
        build(CORPUS, Path(place) / "index")
        browser = playwright.chromium.launch(executable_path=options.chromium, args=list(FLAGS))
        with serving(Path(place) / "index", CORPUS) as site:
            asked = f"{site.address}/api/v1/ask"
            httpx.post(asked, json={"question": QUESTION}, timeout=60).raise_for_status()
            found = visits(browser, site.address, options.times)
        browser.close()
    header = list(next(iter(found.values())))
    print(table(["", *header], [[name, *row.values()] for name, row in found.items()]))
    if options.times >= 5:
        print(write_result("visit", found))


if __name__ == "__main__":
    main()
