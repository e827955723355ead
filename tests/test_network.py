"""Nothing leaves the machine: building, asking and serving open no outside connection.

Each test runs in its own interpreter. An audit hook there sees every connection and every name
look-up that Python makes, refuses those that lead outside, and keeps a list of them, in case the
refusal is swallowed.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import CORPUS, write
from tests.tiny import tiny_model

ROOT = Path(__file__).parents[1]
HOOK = """
import json, sys
from pathlib import Path

outside = []

def is_inside(host):
    host = host.decode() if isinstance(host, bytes) else host
    return host in (None, "", "localhost", "::1") or str(host).startswith("127.")

def refuse(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None  # else a Unix socket
    elif event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        host = arguments[0]
    else:
        return
    if not is_inside(host):
        outside.append([event, str(host)])
        raise ConnectionRefusedError(f"refused by the test: {event} {host}")

sys.addaudithook(refuse)
folder = Path(sys.argv[1])
result = None
"""
SETTINGS = (
    "HF_",
    "TRANSFORMERS_",
    "GRADIO_",
    "DO_NOT_TRACK",
    "OPENVINO_",
    "http",
    "HTTP",
    "all_proxy",
    "ALL_PROXY",
)


def run(code: str, folder: Path) -> tuple[object, list[list[str]]]:
    """Run code under the hook, without offline settings; return `result` and what it tried."""
    environment = {
        name: value for name, value in os.environ.items() if not name.startswith(SETTINGS)
    }
    # leave at once: threads of a server that still compute would abort the interpreter's shutdown
    report = "\nprint()\nprint(json.dumps([result, outside]), flush=True)\nimport os\nos._exit(0)"
    done = subprocess.run(
        [sys.executable, "-c", f"{HOOK}{code}{report}", str(folder)],
        cwd=ROOT, env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    result, outside = json.loads(done.stdout.splitlines()[-1])
    return result, outside


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("offline")
    write(folder / "corpus", CORPUS)
    return folder


@pytest.mark.parametrize(
    ("attempt", "seen"),
    [
        ("socket.create_connection(('192.0.2.1', 80), 1)", ["socket.getaddrinfo", "192.0.2.1"]),
        ("socket.socket().connect(('192.0.2.1', 80))", ["socket.connect", "192.0.2.1"]),
        (
            "socket.socket(type=socket.SOCK_DGRAM).sendto(b'x', ('192.0.2.1', 53))",
            ["socket.sendto", "192.0.2.1"],
        ),
        ("socket.gethostbyname('example.org')", ["socket.gethostbyname", "example.org"]),
        ("urllib.request.urlopen('http://example.org')", ["socket.getaddrinfo", "example.org"]),
        ("httpx.get('http://[2001:db8::1]/')", ["socket.getaddrinfo", "2001:db8::1"]),
    ],
)
def test_the_hook_sees_and_refuses_outside_connections(
    tmp_path: Path, attempt: str, seen: list[str]
) -> None:
    code = f"""
import socket, urllib.request, httpx
try:
    {attempt}
except (OSError, httpx.HTTPError) as error:
    result = str(error)
"""
    result, outside = run(code, tmp_path)
    assert "refused by the test" in str(result)
    assert outside == [seen]


def test_building_and_asking_make_no_outside_connection(folder: Path) -> None:
    code = """
from rag import Pipeline, build
build(folder / "corpus", folder / "index")
answer = Pipeline.open(folder / "index").ask("At what temperature is black tea steeped?")
result = answer.citations[0].quote
"""
    assert run(code, folder) == ("Black tea is steeped at 95 degrees.", [])


def test_the_page_the_source_pane_and_a_question_make_no_outside_connection(folder: Path) -> None:
    code = """
import httpx
from rag import build
from lab.site import running_site
build(folder / "corpus", folder / "site")
with running_site(folder / "site", folder / "corpus") as site:
    paths = ("/", "/config", "/source/tea.txt?start=0&end=5")
    pages = [httpx.get(f"{site}{path}").status_code for path in paths]
    asked = {"data": ["At what temperature is black tea steeped?"]}
    event = httpx.post(f"{site}/gradio_api/call/ask", json=asked).json()["event_id"]
    lines = httpx.get(f"{site}/gradio_api/call/ask/{event}", timeout=60).text.splitlines()
result = [pages, json.loads(lines[1].removeprefix("data: "))[0]["citations"][0]["quote"]]
"""
    assert run(code, folder) == ([[200, 200, 200], "Black tea is steeped at 95 degrees."], [])


def test_only_a_model_that_is_not_on_this_machine_is_requested_and_only_from_the_hub(
    folder: Path,
) -> None:
    tiny_model(folder / "model")
    code = """
from rag import BuildConfig, Pipeline, build
from rag.embed import load_encoder
from rag.errors import EncoderError
config = BuildConfig(encoder=str(folder / "model"), passage_tokens=12)
build(folder / "corpus", folder / "tiny", config)
result = [len(Pipeline.open(folder / "tiny").search("green tea", 3)), list(outside)]
try:
    load_encoder("nobody/no-such-model")
except EncoderError as error:
    result.append(str(error).partition(",")[0])
"""
    result, outside = run(code, folder)
    assert result == [3, [], "No encoder nobody/no-such-model: not on this machine"]
    assert {host for _, host in outside} == {"huggingface.co"}
