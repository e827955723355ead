"""What an operator sees: alive, ready, and figures without a word of any document or question."""

import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from lab.site import free_port, running_site
from rag.web import live
from rag.web.access import access_to
from rag.web.keys import write_keys
from rag.web.turns import Turns, program_at
from tests.test_turns import Work, busy

ROOT = Path(__file__).parents[1]
ASKED = "At what temperature is black tea steeped?"
UNANSWERED = "Who is the mayor of Springfield?"


@pytest.fixture
def site(folder: Path) -> Iterator[str]:
    with running_site(folder / "index", folder / "corpus") as address:
        yield address


def figures(site: str) -> dict[str, float]:
    answer = httpx.get(f"{site}/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    lines = (line for line in answer.text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in (line.rpartition(" ") for line in lines)}


def test_the_figures_count_answers_refusals_seconds_and_the_index(site: str) -> None:
    before = figures(site)
    assert before['footnote_waiting{line="questions"}'] == 0
    assert before['footnote_busy_total{line="questions"}'] == 0
    assert "footnote_passages" not in before  # nothing is open yet
    for question in (ASKED, UNANSWERED, UNANSWERED):
        httpx.post(f"{site}/api/v1/ask", json={"question": question}, timeout=60)
    on_the_page = {"question": UNANSWERED, "session": "abc"}
    assert httpx.post(f"{site}/answer", json=on_the_page, timeout=60).status_code == 200
    check = {"text": "Black tea is steeped at 95 degrees."}
    assert httpx.post(f"{site}/api/v1/check", json=check, timeout=60).status_code == 200
    after = figures(site)
    assert after['footnote_answers_total{kind="none"}'] == 3
    assert sum(value for name, value in after.items() if "answers_total" in name) == 4
    assert after['footnote_seconds_count{line="questions",stage="working"}'] == 4
    assert after['footnote_seconds_count{line="checks",stage="working"}'] == 1
    assert after['footnote_seconds_sum{line="questions",stage="working"}'] > 0
    assert (after["footnote_documents"], after["footnote_generation"]) == (3, 1)
    assert after["footnote_passages"] >= 3
    text = httpx.get(f"{site}/metrics").text
    assert not re.search("tea|mayor|Mars", text)


def test_a_full_line_is_counted(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    turns, work = Turns(at_once=1, most=1), Work()
    monkeypatch.setattr(live, "Turns", lambda: turns)
    with running_site(folder / "index", folder / "corpus") as site:
        busy(turns, work)
        turns.take(program_at("elsewhere"), lambda: "")
        asked = httpx.post(f"{site}/api/v1/ask", json={"question": ASKED})
        assert (asked.status_code, asked.headers["retry-after"]) == (503, "1")
        assert asked.json()["error"]["code"] == "server_busy"
        after = figures(site)
        assert after['footnote_waiting{line="questions"}'] == 1
        assert after['footnote_waiting{line="checks"}'] == 0
        assert after['footnote_busy_total{line="questions"}'] == 1
        work.released.set()


def test_a_site_is_alive_before_it_is_ready(site: str, tmp_path: Path) -> None:
    assert httpx.get(f"{site}/health/live").json() == {"status": "alive"}
    assert httpx.get(f"{site}/health/ready", timeout=60).json() == {"status": "ready"}
    with running_site(tmp_path / "none", tmp_path) as empty:
        assert httpx.get(f"{empty}/health/live").status_code == 200
        ready = httpx.get(f"{empty}/health/ready", timeout=60)
        assert (ready.status_code, str(tmp_path) in ready.text) == (503, False)


def test_probes_need_no_key_and_figures_do(folder: Path, tmp_path: Path) -> None:
    key = write_keys(tmp_path / "keys")["ask"]
    access = access_to(
        "127.0.0.1", public=False, urls=["https://a.example"], password_file=tmp_path / "keys"
    )
    with running_site(folder / "index", folder / "corpus", access) as site:
        for name in ("live", "ready"):
            assert httpx.get(f"{site}/health/{name}", timeout=60).status_code == 200
            foreign = httpx.get(f"{site}/health/{name}", headers={"Host": "evil.example"})
            assert foreign.status_code == 400
        assert httpx.get(f"{site}/metrics").status_code == 401
        bearer = {"Authorization": f"Bearer {key}"}
        assert httpx.get(f"{site}/metrics", headers=bearer).status_code == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_server_that_is_ended_stops_without_a_traceback(
    folder: Path, number: signal.Signals
) -> None:
    port = str(free_port())
    command = [sys.executable, "-m", "rag", "serve", "--index", str(folder / "index")]
    with subprocess.Popen(
        [*command, "--port", port],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as server:  # fmt: skip
        assert server.stdout
        assert "is running at" in server.stdout.readline()
        client = httpx.Client(transport=httpx.HTTPTransport(retries=8), timeout=60)
        with client:
            assert client.get(f"http://127.0.0.1:{port}/health/live").status_code == 200
        server.send_signal(number)
        _, printed = server.communicate(timeout=60)
    assert printed == ""
    assert server.returncode in {0, -number}
