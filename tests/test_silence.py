"""Nothing leaves the machine: each command runs under strace, with its child processes.

It runs in its own network, with an empty home and without the settings that keep some libraries
quiet (`CI` is one of them). strace sees the system calls: it also finds a refusal that was
swallowed, a look-up in native code and a forked child.
"""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.conftest import CORPUS, write

ROOT = Path(__file__).parents[1]
QUIET = (
    "CI",
    "HF_",
    "TRANSFORMERS_",
    "GRADIO_",
    "DO_NOT_TRACK",
    "OPENVINO_",
    "HTTP",
    "ALL_PROXY",
    "XDG_",
)
ADDRESS = re.compile(r'inet_addr\("([^"]+)"\)|inet_pton\(AF_INET6, "([^"]+)"')
INSIDE = re.compile(r"127\.|::1$|0\.0\.0\.0$|::$|::ffff:127\.")
TRACED = "trace=connect,sendto,sendmsg,sendmmsg"
ASKED = """
import os, signal, subprocess, sys, time
import httpx
server = subprocess.Popen(sys.argv[1:], start_new_session=True)
site = "http://127.0.0.1:7861"
try:
    while True:
        try:
            assert httpx.get(site).status_code == 200
            break
        except httpx.TransportError:
            time.sleep(0.2)
    source = "/source/tea.txt?start=0&end=5"
    for path in ("/config", "/gradio_api/info", source, "/map/?question=tea"):
        assert httpx.get(site + path, timeout=60).status_code == 200, path
    asked = {"data": ["At what temperature is black tea steeped?"]}
    event = httpx.post(f"{site}/gradio_api/call/ask", json=asked).json()["event_id"]
    assert "95 degrees" in httpx.get(f"{site}/gradio_api/call/ask/{event}", timeout=60).text
finally:
    os.killpg(server.pid, signal.SIGTERM)
    server.wait(30)
"""


def watched(
    command: list[str], folder: Path, driver: Sequence[str] = ()
) -> tuple[str, set[str], list[str]]:
    """Run a command; return its output, the outside addresses it tried, and the files in its home.

    A `driver` is a separate program, not watched, that gets the watched command and runs it.
    """
    home, trace = folder / "home", folder / "trace.txt"
    home.mkdir(exist_ok=True)
    settings = {
        name: value for name, value in os.environ.items() if not name.upper().startswith(QUIET)
    }
    traced = ["strace", "-f", "-qq", "-e", TRACED, "-o", str(trace), *command]
    done = subprocess.run(
        ["unshare", "--net", "--map-root-user", "sh", "-c", 'ip link set lo up && '
                                                            'exec "$@"', "sh", *driver, *traced],
        cwd=ROOT, env={**settings, "HOME": str(home)}, capture_output=True, text=True, timeout=300,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    asked = {name for found in ADDRESS.findall(trace.read_text()) for name in found if name}
    outside = {name for name in asked if not INSIDE.match(name)}
    return (
        done.stdout,
        outside,
        sorted(path.relative_to(home).as_posix() for path in home.rglob("*")),
    )


def rag(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "rag", *arguments]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("silent")
    write(folder / "corpus", CORPUS)
    return folder


def test_the_watch_sees_a_connection_of_a_forked_child_that_swallows_its_error(
    folder: Path,
) -> None:
    code = (
        "import os, socket, pathlib\n"
        "if os.fork() == 0:\n"
        "    pathlib.Path.home().joinpath('id').touch()\n"
        "    try:\n        socket.create_connection(('192.0.2.1', 80), 1)\n"
        "    except OSError:\n        os._exit(0)\n"
        "os.wait()\n"
    )
    output, outside, home = watched([sys.executable, "-c", code], folder)
    (folder / "home" / "id").unlink()
    assert (output, outside, home) == ("", {"192.0.2.1"}, ["id"])


def test_no_command_connects_outside_or_writes_to_the_home_folder(
    folder: Path,
) -> None:
    index = ["--index", str(folder / "index")]
    output, *seen = watched(rag("build", str(folder / "corpus"), *index), folder)
    assert ("3 documents" in output, seen) == (True, [set(), []])
    for command, answer in (
        (["ask", "At what temperature is black tea steeped?"], "95 degrees"),
        (["search", "green tea"], "80 degrees"),
        (["eval", "--make", "2"], "question"),
        (["add", str(folder / "corpus" / "tea.txt")], "3 documents"),
        (["remove", "tea.txt"], "2 documents"),
        (["status"], "kept out: tea.txt"),
        (["verify"], "is intact"),
    ):
        output, *seen = watched(rag(*command, *index), folder)
        assert (answer in output, seen) == (True, [set(), []]), command


def test_serving_and_asking_over_http_connect_nowhere_and_write_nothing_to_the_home_folder(
    folder: Path,
) -> None:
    index = folder / "served"
    watched(rag("build", str(folder / "corpus"), "--index", str(index)), folder)
    output, *seen = watched(
        rag("serve", "--index", str(index), "--port", "7861"), folder, [sys.executable, "-c", ASKED]
    )
    assert ("http://127.0.0.1:7861" in output, seen) == (True, [set(), []])
