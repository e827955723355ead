"""The nginx of deploy/, unchanged, before several servers: what it sends where, and how often."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import NamedTuple

import httpx
import pytest

from benchmarks.servers import nginx
from lab.site import free_port, running_site
from rag.web.access import access_to
from rag.web.proxies import proxies_of

QUESTIONS = (
    "/api/v1/ask", "/api/v1/search", "/api/v1/check", "/v1/chat/completions", "/mcp", "/answer",
    "/check",
)  # fmt: skip
CHANGES = ("/api/v1/documents?name=a.md", "/documents?name=a.md", "/gradio_api/queue/join")
REFUSES, ENDS = 503, 0  # what a server does with what is posted to it: a status, or no answer


class Got(NamedTuple):
    """A posted request, as a server got it."""

    server: int
    client: str


@contextmanager
def server(number: int, status: int, got: list[Got]) -> Iterator[int]:
    """Run a server that notes in `got` what is posted, until the block ends; yields its port."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.reply(200)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            got.append(Got(number, self.headers.get("X-Forwarded-For", "")))
            if status != ENDS:
                self.reply(status)

        def reply(self, status: int) -> None:
            self.send_response(status)
            self.send_header("Retry-After", "7")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        Thread(target=running.serve_forever, args=(0.01,), daemon=True).start()
        yield running.server_port
        running.shutdown()


@contextmanager
def site(folder: Path, *statuses: int) -> Iterator[tuple[str, list[Got]]]:
    """Run servers that answer so, with nginx before them; yields its address and what they got."""
    port, got = free_port(), list[Got]()
    with ExitStack() as stack:
        ports = [stack.enter_context(server(*one, got)) for one in enumerate(statuses)]
        stack.enter_context(nginx(folder / "nginx", port, ports))
        yield f"http://127.0.0.1:{port}", got


def client(address: str, number: int) -> httpx.Client:
    """Return a client of a site that is at 127.0.0.NUMBER."""
    transport = httpx.HTTPTransport(local_address=f"127.0.0.{number}")
    return httpx.Client(base_url=address, transport=transport, timeout=60)


def test_a_refused_question_is_sent_once_and_takes_no_server_out(tmp_path: Path) -> None:
    with site(tmp_path, *[REFUSES] * 4) as (address, got):
        for number, path in enumerate(QUESTIONS, 1):
            refused = httpx.post(f"{address}{path}", content=b"{}")
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "7")
            assert len(got) == number
            assert httpx.get(f"{address}/").status_code == 200


@pytest.mark.parametrize("path", QUESTIONS)
def test_a_question_is_asked_again_if_its_server_ends(tmp_path: Path, path: str) -> None:
    with site(tmp_path, 200, ENDS, ENDS, 200) as (address, got):
        for _ in range(4):
            assert httpx.post(f"{address}{path}", content=b"{}").status_code == 200
        assert {one.server for one in got} == {0, 1, 2, 3}


@pytest.mark.parametrize("path", CHANGES)
def test_what_may_change_the_index_is_sent_once(tmp_path: Path, path: str) -> None:
    with site(tmp_path, ENDS, ENDS) as (address, got):
        assert httpx.post(f"{address}{path}", content=b"{}").status_code == 502
        assert len(got) == 1


def test_servers_know_which_client_asks(tmp_path: Path) -> None:
    with site(tmp_path, 200) as (address, got):
        for number in (2, 3):
            with client(address, number) as asking:
                for path in (*QUESTIONS, *CHANGES):
                    asking.post(path, content=b"{}", headers={"X-Forwarded-For": "x"})
            assert {one.client for one in got} == {f"x, 127.0.0.{number}"}
            got.clear()


def test_a_page_stays_with_its_server_and_questions_go_to_all(tmp_path: Path) -> None:
    with site(tmp_path, 200, 200, 200, 200) as (address, got):
        for number in range(2, 14):
            with client(address, number) as page:
                for path in ("/gradio_api/queue/join", "/documents", "/gradio_api/call/ask"):
                    page.post(path, content=b"{}")
        assert len({one.client for one in got}) == len(set(got)) == 12
        assert len({one.server for one in got}) > 1
        got.clear()
        for path in (*QUESTIONS, "/api/v1/documents"):
            for _ in range(4):
                httpx.post(f"{address}{path}", content=b"{}")
            assert {one.server for one in got[-4:]} == {0, 1, 2, 3}


def test_a_page_whose_server_ended_goes_on_with_another(tmp_path: Path) -> None:
    stopped, port, got = free_port(), free_port(), list[Got]()
    with ExitStack() as stack:
        running = stack.enter_context(server(0, 200, got))
        stack.enter_context(nginx(tmp_path / "nginx", port, [stopped, running]))
        for number in range(2, 14):
            with client(f"http://127.0.0.1:{port}", number) as page:
                assert page.post("/gradio_api/queue/join", content=b"{}").status_code == 200
        assert len(got) == 12


def test_pages_behind_two_servers_work_and_clients_have_limits_of_their_own(
    folder: Path, tmp_path: Path
) -> None:
    port = free_port()
    address = f"http://127.0.0.1:{port}"
    nginx_alone = proxies_of(["127.0.0.1"], "", [])
    access = access_to(
        "127.0.0.1", public=False, urls=[address], password_file=None, proxies=nginx_alone,
        per_minute=1,
    )  # fmt: skip
    with ExitStack() as stack:
        sites = [
            stack.enter_context(running_site(folder / "index", folder / "corpus", access))
            for _ in "12"
        ]
        ports = [int(one.rpartition(":")[2]) for one in sites]
        stack.enter_context(nginx(tmp_path / "nginx", port, ports))
        for number in (2, 3):
            with client(address, number) as page:
                assert "tea.txt" in documents_of(page)
                asked = [page.get("/similar/tea.txt?start=0&end=9").status_code for _ in "12"]
                assert asked == [200, 429]


def documents_of(page: httpx.Client) -> str:
    """Return what Gradio's queue answers to a page that asks for the documents."""
    events = page.get("/config").json()["dependencies"]
    number = next(one["id"] for one in events if one["api_name"] == "documents")
    call = {"data": [], "fn_index": number, "session_hash": "abc"}
    assert page.post("/gradio_api/queue/join", json=call).status_code == 200
    return page.get("/gradio_api/queue/data", params={"session_hash": "abc"}).text
