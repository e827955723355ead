"""A server in its own process, and clients that ask it. A part of `benchmarks.serving`."""

import asyncio
import re
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx

from lab.site import free_port
from rag.web.live import Live
from rag.web.page import build_page
from rag.web.server import events_of

KIND = {"Content-Type": "application/octet-stream"}
PATIENCE = 300.0  # seconds that a client waits

Asked = tuple[str, float]  # the outcome of a question, and its seconds


class Site:
    """A server in its own process, and the ways to ask it."""

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

    async def ask(self, client: httpx.AsyncClient, question: str) -> Asked:
        """Ask over REST; return the outcome and the seconds."""
        began = time.monotonic()
        calls = f"{self.address}/gradio_api/call/ask"
        sent = await client.post(calls, json={"data": [question]})
        if sent.status_code != 200:
            return f"refused with {sent.status_code}", time.monotonic() - began
        answer = await client.get(f"{calls}/{sent.json()['event_id']}")
        ended = "answered" if "event: complete" in answer.text else "failed"
        if "Busy: " in answer.text:
            ended = "refused in the answer"
        return ended, time.monotonic() - began

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
    """Run work with a client whose number of connections is not limited."""

    async def run() -> None:
        async with httpx.AsyncClient(
            timeout=PATIENCE, limits=httpx.Limits(max_connections=None)
        ) as client:
            await work(client)

    asyncio.run(run())
