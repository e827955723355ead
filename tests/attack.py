"""Send hostile values to every address of a server, and print what went wrong as JSON.

`python -m tests.attack INDEX COMMAND …` runs the command, which serves that index on port 7862.
The addresses come from the application itself: every route of its libraries, blocked or not, and
the page's events.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx

from rag.web.events import EVENTS
from tests.test_doors import SECRET, inner, routes_of

SITE = "http://127.0.0.1:7862"
OUTSIDE = "http://192.0.2.1/x"  # no machine has it (RFC 5737)
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE")
JOIN = "/gradio_api/queue/join"
TAKING = (
    "/gradio_api/call/ask", "/gradio_api/call/search", "/gradio_api/cancel", "/feedback", "/mcp",
    "/gradio_api/upload", "/gradio_api/run/answered", "/api/v1/ask", "/api/v1/search",
    "/v1/chat/completions",
)  # fmt: skip
PYTHON = re.compile(
    r"Traceback|<class '|object at 0x|NoneType|pydantic|type_error|\.py\"|(Type|Value|Key)Error"
)
STREAMS = re.compile(
    r"/gradio_api/(queue/data|heartbeat/|call/[^/]+/)"
)  # these stay open until there is something to send
JSON = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
PARAMETERS = (
    "start",
    "end",
    "question",
    "name",
    "session_hash",
    "deep_link",
    "check",
    "from",
    "to",
    "k",
)
NUMBERS = 24  # more than there are events
ASKED = {"data": ["At what temperature is black tea steeped?"]}


def values(secret: Path) -> list[str]:
    """Return the hostile values for the path and the parameters of an address."""
    return [
        str(secret), f"../../{secret.name}", f"..%2f..%2f{secret.name}",
        f"%2e%2e/%2e%2e/{secret.name}", "%00", "%ff",
        f"file://{secret}", OUTSIDE, "x" * 5000, "-1", "1e999", "NaN", "%F0%9F%8D%B5",
        "<script>alert(1)</script>",
    ]  # fmt: skip


def addresses(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield the method and the address of every request without a body."""
    templates = {path for path, _ in routes_of(inner(folder))}
    templates |= {f"/gradio_api/call/{name}" for name in [*EVENTS, "answered_1", "js_fn"]}
    for template in sorted(templates):
        plain = re.sub(r"\{[^}]*\}", "tea.txt", template)
        yield from ((method, plain) for method in METHODS)
        for value in values(folder / "secret.md"):
            if plain != template:
                yield "GET", re.sub(r"\{[^}]*\}", value, template)
            yield "GET", f"{plain}?" + "&".join(f"{name}={value}" for name in PARAMETERS)


def bodies(secret: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the address and the body of every request that has one."""
    file = {
        "path": str(secret),
        "url": OUTSIDE,
        "meta": {"_type": "gradio.FileData"},
        "orig_name": "x.md",
    }
    texts = ["", "\0", str(secret), OUTSIDE, f"../../{secret.name}", "x" * 30_000]
    singles: list[object] = [
        file,
        [file],
        {"file": file},
        *texts,
        None,
        5,
        -1,
        10**30,
        1.5,
        True,
        [[]],
        {},
        [texts],
    ]
    for value in singles:
        calls = [
            {"data": [value] * count, "session_hash": "attack", "trigger_id": 1} for count in (1, 2)
        ]
        numbered = [{**call, "fn_index": number} for number in range(NUMBERS) for call in calls]
        yield from ((JOIN, json.dumps(call).encode()) for call in numbered)
        yield from ((path, json.dumps(call).encode()) for path in TAKING for call in calls)
    plain = (
        b"",
        b"{",
        b"[" * 50_000,
        b'{"data": NaN}',
        b"\xff",
        b'{"data": ["\\ud800"]}',
        b"null",
        b"x" * 70_000,
    )
    yield from ((path, body) for path in (JOIN, *TAKING) for body in plain)


class Attacker:
    """Sends requests and keeps every response that must not come back."""

    def __init__(self) -> None:
        self.client = httpx.Client()
        self.wrong: list[str] = []
        self.sent = 0

    def send(
        self, method: str, path: str, content: bytes = b"", headers: Mapping[str, str] = JSON
    ) -> None:
        """Send a request and check the first part of its response."""
        stream = STREAMS.match(path)
        self.sent += 1
        said = f"{method} {path[:120]} {content[:120]!r}"
        seconds = 0.3 if stream else 60
        request = self.client.stream(
            method, f"{SITE}{path}", content=content, headers=headers, timeout=seconds
        )
        try:
            with request as answer:
                text = next(answer.iter_text(65_536), "") if method != "HEAD" else ""
        except (httpx.InvalidURL, httpx.LocalProtocolError):
            return  # httpx cannot send this
        except httpx.TransportError as error:
            if not (stream and isinstance(error, httpx.ReadTimeout)):
                self.wrong.append(f"{said}: {error!r}")
            return
        leads_out = OUTSIDE in answer.headers.get("location", "")
        speaks_python = answer.status_code >= 400 and PYTHON.search(text)
        if answer.status_code >= 500 or SECRET in text or leads_out or speaks_python:
            self.wrong.append(f"{said}: {answer.status_code} {text[:300]}")

    def attack(self, folder: Path) -> None:
        """Send every request."""
        for method, path in addresses(folder):
            self.send(method, path)
        for path, body in bodies(folder / "secret.md"):
            self.send("POST", path, body)
        self.send("GET", "/gradio_api/queue/data?session_hash=attack")
        for name, value in (
            ("Host", "["),
            ("Host", "evil"),
            ("Origin", "["),
            ("Range", "bytes=9-1"),
            ("Cookie", "="),
        ):
            self.send("GET", "/", headers={name: value})

    def still_answers(self) -> bool:
        """Return whether a question is answered."""
        event = self.client.post(f"{SITE}/gradio_api/call/ask", json=ASKED).json()["event_id"]
        return (
            "95 degrees" in self.client.get(f"{SITE}/gradio_api/call/ask/{event}", timeout=60).text
        )


def main() -> None:
    """Run the server, attack it, and print what went wrong."""
    index, *command = sys.argv[1:]
    folder = Path(index).parent
    attacker = Attacker()
    with (folder / "server.log").open("wb") as log:
        server = subprocess.Popen(command, start_new_session=True, stderr=log, stdout=log)
        try:
            while not started():
                time.sleep(0.2)
            attacker.attack(folder)
            answers = attacker.still_answers()
        finally:
            os.killpg(server.pid, signal.SIGTERM)
            server.wait(30)
    printed = (folder / "server.log").read_text(encoding="utf-8", errors="replace")
    logged = re.findall(r"Traceback[\s\S]{0,2000}", printed)
    sys.stdout.write(
        json.dumps(
            {"sent": attacker.sent, "wrong": [*attacker.wrong, *logged][:20], "answers": answers}
        )
    )


def started() -> bool:
    """Return whether the server answers."""
    try:
        return httpx.get(SITE).status_code == 200
    except httpx.TransportError:
        return False


if __name__ == "__main__":
    main()
