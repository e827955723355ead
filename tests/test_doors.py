"""Requests from the network: only known addresses, only the values they take, within limits."""

import json
import re
import socket
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from time import sleep

import httpx
import pytest
from fastapi import FastAPI
from gradio.routes import App
from starlette.routing import BaseRoute, Mount

from lab.site import running_site
from rag import build
from rag.web import body, connection, server
from rag.web.access import Access
from rag.web.doors import DOORS, UPLOAD_BYTES, Doors
from rag.web.events import EVENTS, named_call
from rag.web.live import Live
from rag.web.page import SESSIONS, WAITING, build_page
from rag.web.security import Guard
from rag.web.server import create_app, events_of
from rag.web.spoken import Spoken
from tests.conftest import CORPUS, write

SECRET = "The vault opens at 4711."
ASKED = "At what temperature is black tea steeped?"
LARGE = 20_000_000  # bytes: more than the socket buffers on both sides hold
JOIN = "/gradio_api/queue/join"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("doors")
    write(
        folder, {"secret.md": SECRET, **{f"corpus/{name}": text for name, text in CORPUS.items()}}
    )
    write(folder, {"corpus/large.txt": "x" * LARGE})
    build(folder / "corpus", folder / "index")
    return folder


@pytest.fixture(scope="module")
def numbers(folder: Path) -> dict[str, int]:
    """Gradio's number of each event, by the event's name."""
    page = build_page(Live(folder / "index", folder / "corpus"))
    return {name: number for number, name in events_of(page).items()}


def join(site: str, number: int, data: list[object], **fields: object) -> httpx.Response:
    call = {"data": data, "fn_index": number, "session_hash": "abc", "trigger_id": None, **fields}
    return httpx.post(f"{site}{JOIN}", json=call)


def detail(answer: httpx.Response) -> str:
    return str(answer.json()["detail"])


# Files and addresses in a body


def asked(site: str, **fields: object) -> httpx.Response:
    body = {"question": ASKED, "session": "abc", **fields}
    return httpx.post(f"{site}/answer", json=body, timeout=60)


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"history": [{"role": "user", "path": "/etc/passwd"}]}, "history.0"),
        ({"question": {"path": "/etc/passwd"}}, "question"),
        ({"session": "../x"}, "session"),
        ({"within": ["x"] * 1001}, "within"),
        ({"threshold": 2}, "threshold"),
        ({"quotes": True}, "quotes"),
        ({"files": []}, "files"),
    ],
)
def test_the_chat_accepts_only_the_fields_of_a_question(
    site: str, fields: dict[str, object], said: str
) -> None:
    answer = asked(site, **fields)
    words = f"{said} is missing or not as expected."
    assert (answer.status_code, detail(answer)) == (400, words)


def test_a_form_on_another_site_cannot_ask(site: str) -> None:
    body = json.dumps({"question": ASKED, "session": "abc"})
    plain = httpx.post(f"{site}/answer", content=body, headers={"Content-Type": "text/plain"})
    assert (plain.status_code, detail(plain)) == (400, "The request is not JSON.")


@pytest.mark.parametrize("event", [name for name, event in EVENTS.items() if event.takes])
def test_no_event_accepts_a_file_an_address_or_an_object(
    site: str, folder: Path, numbers: dict[str, int], event: str
) -> None:
    file = {"path": str(folder / "secret.md"), "meta": {"_type": "gradio.FileData"}}
    url = {"url": "http://127.0.0.1:1/", "meta": {"_type": "gradio.FileData"}}
    values: list[object] = [file, [file], url, [url], 1.5, [[]]]
    for value in values:
        data = [value] * len(EVENTS[event].takes)
        assert join(site, numbers[event], data).status_code == 400
        assert httpx.post(f"{site}/gradio_api/call/{event}", json={"data": data}).status_code in {
            400,
            404,
        }


def test_asking_returns_only_the_answer_as_html(site: str) -> None:
    answer = asked(site, history=["An earlier question"])
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert answer.text.lstrip().startswith('<div class="answer')
    assert "An earlier question" not in answer.text


def test_the_page_makes_gradio_check_paths(folder: Path) -> None:
    assert build_page(Live(folder / "index", folder / "corpus")).has_launched


def test_every_event_of_the_page_is_in_the_table_and_only_three_are_public(
    folder: Path,
) -> None:
    page = build_page(Live(folder / "index", folder / "corpus"))
    called = {number for number, event in page.fns.items() if event.fn is not None}
    assert set(events_of(page)) == called
    assert set(events_of(page).values()) == set(EVENTS)
    assert [name for name, event in EVENTS.items() if event.public] == [
        "ask",
        "search",
        "documents",
    ]
    assert {name for name, event in EVENTS.items() if event.changes} == {
        "added",
        "removed",
        "restored",
        "rebuilt",
    }
    fixed = build_page(Live(folder / "index", folder / "corpus"), changeable=False)
    assert set(events_of(fixed).values()) == {
        name for name, event in EVENTS.items() if not event.changes
    }


def test_gradio_keeps_few_sessions_since_each_rest_call_opens_one(folder: Path) -> None:
    (mounted,) = [
        route for route in inner(folder).routes if isinstance(route, Mount) and not route.path
    ]
    assert isinstance(mounted.app, App)
    assert mounted.app.state_holder.capacity == SESSIONS <= 64


# Addresses


def routes_of(app: object, prefix: str = "") -> Iterator[tuple[str, set[str]]]:
    """Yield every path and its methods of an application and of those mounted in it."""
    routes: list[BaseRoute] = getattr(app, "routes", [])
    for route in routes:
        path = prefix + getattr(route, "path", "")
        if isinstance(route, Mount):
            yield from routes_of(route.app, path)
        elif hasattr(route, "original_router"):  # FastAPI's wrapper of an included router
            yield from routes_of(route.original_router, path)
        else:
            yield path, getattr(route, "methods", None) or {"GET"}


def inner(folder: Path) -> FastAPI:
    guard = create_app(folder / "index", folder / "corpus")
    assert isinstance(guard, Guard)
    assert isinstance(guard._app, Doors)
    assert isinstance(guard._app._app, Spoken)
    assert isinstance(guard._app._app._app, FastAPI)
    return guard._app._app._app


def test_routes_of_the_libraries_outside_our_doors_are_not_found(site: str, folder: Path) -> None:
    ours = 0
    shut = set()
    for template, methods in {(path, tuple(methods)) for path, methods in routes_of(inner(folder))}:
        path = re.sub(r"\{[^}]*\}", "x", template)
        if any(
            re.fullmatch(door.path, path or "/", re.ASCII) and set(methods) & door.methods
            for door in DOORS
        ):
            ours += 1
            continue
        shut.add(template)
        for method in methods:
            assert httpx.request(method, f"{site}{path}").status_code in {404, 405}, (method, path)
    assert ours >= 15
    assert {
        "/gradio_api/upload",
        "/gradio_api/run/{api_name}",
        "/gradio_api/runs",
        "/gradio_api/openapi.json",
    } <= shut
    assert len(shut) > 40


@pytest.mark.parametrize(
    "path",
    ["/gradio_api/file={url}", "/gradio_api/proxy={url}", "/gradio_api/file/{url}",
     "/gradio_api/run-history/buckets",
     "/gradio_api/runs", "/gradio_api/deep_link", "/?deep_link=..%2f..%2fsecret",
     "/gradio_api/stream/a/b/c/d.ts"],
)  # fmt: skip
def test_no_address_makes_the_server_call_another_server(site: str, path: str) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as other:
        other.settimeout(0.3)
        url = f"http://127.0.0.1:{other.getsockname()[1]}/x"
        answer = httpx.get(f"{site}{path.format(url=url)}")
        assert answer.status_code == (200 if path.startswith("/?") else 404)
        with pytest.raises(TimeoutError):
            other.accept()


def test_private_events_cannot_be_called_by_name(site: str) -> None:
    for name in (
        "rebuilt",
        "removed",
        "added",
        "restored",
        "welcomed",
        "listed",
        "nothing",
        "x" * 64,
    ):
        answer = httpx.post(f"{site}/gradio_api/call/{name}", json={"data": []})
        said = "There is no such function. The functions are: ask, search, documents."
        assert (answer.status_code, detail(answer)) == (404, said)


def test_a_header_cannot_make_the_page_load_its_assets_from_elsewhere(site: str) -> None:
    page = httpx.get(site, headers={"X-Gradio-Server": "http://evil.example"}).text
    assert "evil.example" not in page


# Values


@pytest.mark.parametrize(
    ("sent", "said"),
    [
        (b"{", "The request is not JSON."),
        (b"[]", "The request is not a JSON object."),
        (b'{"data": [NaN]}', "The request is not JSON."),
        (b'{"data": ["x", 1e999]}', "Value 2 of data is not a whole number."),
        (b"[" * 60_000, "The request is not JSON."),
        (b'{"data": ["x", ' + b"9" * 5000 + b"]}", "The request is not JSON."),
        (b"\xff\xfe", "The request is not JSON."),
        (b"{}", "data is missing, or not a list."),
        (b'{"data": {}}', "data is missing, or not a list."),
        (b'{"data": []}', "data has 0 values instead of 8."),
        (b'{"data": ["x", 3, 4]}', "Value 3 of data is not a list of strings."),
        (b'{"data": [null, 3]}', "Value 1 of data is not a string."),
        (b'{"data": ["x", 3, [1]]}', "Value 3 of data is not a list of strings."),
        (
            b'{"data": ["x", 3, [' + b'"a",' * 1999 + b'"a"]]}',
            "Value 3 of data has 2,000 names; the limit is 1,000.",
        ),
        (b'{"data": ["x", true]}', "Value 2 of data is not a whole number."),
        (b'{"data": ["x", "3"]}', "Value 2 of data is not a whole number."),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_with_a_message(
    site: str, sent: bytes, said: str
) -> None:
    answer = httpx.post(f"{site}/gradio_api/call/search", content=sent)
    assert (answer.status_code, detail(answer)) == (400, said)


@pytest.mark.parametrize(
    ("fields", "status", "said"),
    [
        ({"fn_index": 999}, 404, "There is no such event."),
        ({"fn_index": "0"}, 404, "There is no such event."),
        ({"fn_index": True}, 404, "There is no such event."),
        ({"session_hash": None}, 400, "session_hash must be 1 to 64 letters or digits."),
        ({"session_hash": "../x"}, 400, "session_hash must be 1 to 64 letters or digits."),
        ({"trigger_id": {}}, 400, "trigger_id is not a whole number."),
    ],
)
def test_a_field_of_the_wrong_type_is_refused_with_a_message(
    site: str, numbers: dict[str, int], fields: dict[str, object], status: int, said: str
) -> None:
    answer = join(site, numbers["listed"], ["x"], **fields)
    assert (answer.status_code, detail(answer)) == (status, said)


def test_search_returns_at_most_ten_passages_by_default(site: str) -> None:
    event = httpx.post(f"{site}/gradio_api/call/search", json={"data": ["tea"]}).json()["event_id"]
    lines = httpx.get(f"{site}/gradio_api/call/search/{event}", timeout=60).text.splitlines()
    found = json.loads(lines[1].removeprefix("data: "))[0]
    assert 1 <= len(found) <= 10


def test_values_can_be_sent_by_name(site: str) -> None:
    for sent, found in (({"question": "tea", "k": 1}, 1), ({"k": 2, "question": "tea"}, 2)):
        event = httpx.post(f"{site}/gradio_api/call/v2/search", json=sent).json()["event_id"]
        lines = httpx.get(f"{site}/gradio_api/call/search/{event}", timeout=60).text.splitlines()
        assert len(json.loads(lines[1].removeprefix("data: "))[0]) == found
    for wrong in ({}, {"question": {"path": "/etc/passwd"}}, {"query": "tea"}):
        assert httpx.post(f"{site}/gradio_api/call/v2/ask", json=wrong).status_code == 400


TAKES = "It takes: question, documents, folders, types, since, until, without."


@pytest.mark.parametrize(
    ("name", "sent", "said"),
    [
        ("ask", {"question": "x", "folder": ["a"]}, f"ask does not take folder. {TAKES}"),
        ("ask", {"question": "x", "k": None}, f"ask does not take k. {TAKES}"),
        ("ask", {"question": "x", "\ud800" * 99: 1}, f"ask does not take {'?' * 64}. {TAKES}"),
        ("documents", {"k": 1}, "documents does not take k. It takes: nothing."),
        ("ask", {}, "question is missing."),
        ("ask", {"question": None}, "question is not a string."),
        ("ask", {"question": "x", "since": 2025}, "since is not a string."),
        ("search", {"question": "x", "k": "3"}, "k is not a whole number."),
        ("ask", {"question": "x", "types": "pdf"}, "types is not a list of strings."),
        ("ask", {"question": "x", "types": [1]}, "types is not a list of strings."),
        (
            "ask",
            {"question": "x", "folders": ["a"] * 2000},
            "folders has 2,000 names; the limit is 1,000.",
        ),
    ],
)
def test_an_error_of_a_call_by_name_names_the_field(
    site: str, name: str, sent: dict[str, object], said: str
) -> None:
    answer = httpx.post(f"{site}/gradio_api/call/v2/{name}", content=json.dumps(sent))
    assert (answer.status_code, detail(answer)) == (400, said)


def test_null_counts_as_a_value_left_out() -> None:
    left_out = {"data": ["tea", 10, [], [], [], "", "", []]}
    for sent, named in (
        (b'{"data": ["tea", null, null, null, null, null, null, null]}', False),
        (b'{"question": "tea", "k": null, "folders": null, "since": null}', True),
    ):
        assert json.loads(named_call("search", sent, named_values=named)) == left_out


def test_a_lone_surrogate_is_replaced(site: str) -> None:
    call = named_call("ask", b'{"data": ["half \\ud800"]}', named_values=False)
    assert json.loads(call) == {"data": ["half ?", [], [], [], "", "", []]}
    body = b'{"data": ["half \\ud800 a character of tea"]}'
    event = httpx.post(f"{site}/gradio_api/call/ask", content=body).json()["event_id"]
    answer = httpx.get(f"{site}/gradio_api/call/ask/{event}", timeout=60).text
    assert "half ? a character" in answer


@pytest.mark.parametrize(
    "path", ["/source/tea.txt?start=x", "/source/tea.txt?end=1.5", "/source/tea.txt?start="]
)
def test_an_offset_that_is_not_a_number_is_refused_with_a_message(site: str, path: str) -> None:
    answer = httpx.get(f"{site}{path}")
    assert (answer.status_code, answer.text) == (400, "A value in the address has the wrong type.")


def test_an_unknown_session_is_refused_with_a_message(site: str) -> None:
    for path in (
        "queue/data",
        "queue/data?session_hash=nobody",
        "queue/data?session_hash=",
        "call/ask/nobody",
    ):
        answer = httpx.get(f"{site}/gradio_api/{path}")
        said = "There is no such session, or all its results have been sent."
        assert (answer.status_code, answer.text) == (404, said)


# Hosts and sites


HOSTS = (
    "[",
    "[::1",
    "[.]",
    "[:::]",
    "[1]",
    "evil.example",
    "127.0.0.1:x",
    "a b",
    "127.0.0.1@evil.example",
    "",
    "é",
)


@pytest.mark.parametrize("host", HOSTS)
def test_an_unknown_or_malformed_host_is_refused(site: str, host: str) -> None:
    port = int(site.rpartition(":")[2])
    with closing(socket.create_connection(("127.0.0.1", port))) as client:
        client.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
        assert client.recv(100).startswith(b"HTTP/1.1 400 ")


def test_a_body_with_two_lengths_is_refused_and_the_next_request_is_not_read(site: str) -> None:
    with closing(socket.create_connection(("127.0.0.1", int(site.rpartition(":")[2])))) as client:
        client.settimeout(10)
        head = (
            b"POST /gradio_api/call/ask HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 4\r\n"
            b"Transfer-Encoding: chunked"
        )
        client.sendall(head + b"\r\n\r\n0\r\n\r\nGET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        answer = b""
        with suppress(ConnectionResetError):
            while part := client.recv(65_536):
                answer += part
    assert answer.count(b"HTTP/1.1") == 1
    assert answer.startswith(b"HTTP/1.1 400 ")


def test_an_internal_error_gets_a_plain_message_and_is_logged(
    site: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(Access, "check_site", broken)
    answer = httpx.get(f"{site}/config")
    assert (answer.status_code, answer.text) == (
        500,
        "Something went wrong. The log of the server has the details.",
    )
    assert "GET /config failed" in caplog.text


def test_a_head_request_gets_no_body(site: str) -> None:
    for path in ("/", "/source/tea.txt", "/source/", "/original/tea.txt", "/js/page.js"):
        answer = httpx.head(f"{site}{path}")
        assert (answer.status_code, answer.content) == (200, b"")


def test_no_browser_keeps_a_script_that_an_update_replaces(site: str) -> None:
    for path in ("/js/page.js", "/js/kept.js", "/css/page.css"):
        first = httpx.get(f"{site}{path}").headers
        assert first["cache-control"] == "no-cache"
        for known in (first["etag"], f"W/{first['etag']}"):
            again = httpx.get(f"{site}{path}", headers={"If-None-Match": known})
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["cache-control"] == "no-cache"
        assert httpx.get(f"{site}{path}", headers={"If-None-Match": '"x"'}).status_code == 200


def test_a_range_request_gets_a_part_of_an_original(site: str) -> None:
    answer = httpx.get(f"{site}/original/tea.txt", headers={"Range": "bytes=0-8"})
    assert (answer.status_code, answer.content) == (206, b"Green tea")


CROSS = {"Sec-Fetch-Site": "cross-site"}


@pytest.mark.parametrize("site_of", ["cross-site", "same-site"])
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/source/tea.txt",
        "/original/tea.txt",
        "/feedback/questions.jsonl",
        "/config",
        "/theme.css",
        "/x",
    ],
)
def test_another_site_can_embed_and_fetch_nothing(site: str, path: str, site_of: str) -> None:
    for mode, kind in (
        ("no-cors", "image"),
        ("navigate", "iframe"),
        ("cors", "empty"),
        ("no-cors", "script"),
    ):
        headers = {"Sec-Fetch-Site": site_of, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": kind}
        assert httpx.get(f"{site}{path}", headers=headers).status_code == 403


def test_a_link_on_another_site_opens_a_page_but_no_file(site: str) -> None:
    link = {**CROSS, "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    assert httpx.get(f"{site}/source/tea.txt", headers=link).status_code == 200
    assert httpx.get(site, headers=link).status_code == 200
    assert httpx.get(f"{site}/original/tea.txt", headers=link).status_code == 403
    assert (
        httpx.get(f"{site}/source/tea.txt", headers={**link, "Origin": "http://[bad"}).status_code
        == 403
    )


def test_a_request_through_an_undeclared_proxy_is_refused(site: str) -> None:
    for name in ("X-Forwarded-For", "X-Forwarded-Host", "Forwarded"):
        answer = httpx.get(site, headers={name: "192.0.2.1"})
        assert (answer.status_code, "--public-url" in answer.text) == (400, True)


# The policy of the page


def test_the_page_allows_its_own_inline_scripts_by_hash_and_no_others(site: str) -> None:
    answer = httpx.get(site, headers={"Accept-Encoding": "br, gzip"})
    directives = dict(
        item.strip().split(" ", 1) for item in answer.headers["content-security-policy"].split(";")
    )
    assert "'unsafe-inline'" not in directives["script-src"]
    inline = re.findall(r"<script(?![^>]*\ssrc=)[^>]*>", answer.text)
    assert len(inline) == directives["script-src"].count("'sha256-") == 5
    assert (
        "'unsafe-inline'"
        not in httpx.get(f"{site}/config").headers["content-security-policy"].split("style-src")[0]
    )


# Sizes and times


def test_a_body_over_the_limit_is_refused_before_all_of_it_is_read(
    site: str,
) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(100):
            yield b"x" * 10_000

    for content in (b"x" * 65_537, endless()):
        answer = httpx.post(f"{site}/gradio_api/call/ask", content=content)
        assert (answer.status_code, detail(answer)) == (
            413,
            "The request is over the limit of 65,536 bytes.",
        )
    with closing(socket.create_connection(("127.0.0.1", int(site.rpartition(":")[2])))) as client:
        head = (
            "POST /documents?name=a.txt HTTP/1.1\r\nHost: 127.0.0.1\r\n"
            f"Content-Length: {UPLOAD_BYTES + 1}\r\n\r\n"
        )
        client.sendall(head.encode())
        assert client.recv(100).startswith(b"HTTP/1.1 413 ")


def test_a_body_that_arrives_too_slowly_is_refused(
    site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(body, "GRACE_SECONDS", 0.3)
    for path in ("/gradio_api/call/ask", "/documents?name=a.txt"):
        with closing(
            socket.create_connection(("127.0.0.1", int(site.rpartition(":")[2])))
        ) as client:
            client.settimeout(10)
            kind = "Content-Type: application/octet-stream\r\n"
            client.sendall(
                f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n"
                f"{kind}Content-Length: 50\r\n\r\n{{".encode()
            )
            assert client.recv(100).startswith(b"HTTP/1.1 408 ")


def test_a_connection_that_never_sends_a_complete_head_is_closed(
    site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.3)
    port = int(site.rpartition(":")[2])
    whole = b"GET /css/source.css HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    for sent in (b"", b"GET / HTTP/1.1\r\nHost: 127", whole + b"GET / HTTP"):
        with closing(socket.create_connection(("127.0.0.1", port))) as client:
            client.settimeout(10)
            client.sendall(sent)
            with suppress(ConnectionResetError):  # a reset closes it too
                while client.recv(65_536):
                    pass


def test_a_client_that_does_not_read_its_response_is_disconnected(
    site: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "STALLED_SECONDS", 0.3)
    with closing(socket.socket()) as client:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        client.connect(("127.0.0.1", int(site.rpartition(":")[2])))
        client.settimeout(10)
        asked = "GET /original/large.txt HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
        client.sendall(asked.encode())
        sleep(1.5)
        received = 0
        with suppress(ConnectionResetError):
            while part := client.recv(65_536):
                received += len(part)
    assert 0 < received < LARGE


def test_connections_over_the_limit_are_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "CONNECTIONS", 3)
    with running_site(folder / "index", folder / "corpus") as few, ExitStack() as stack:
        assert httpx.get(f"{few}/source/").status_code == 200
        for _ in range(3):
            stack.enter_context(
                closing(socket.create_connection(("127.0.0.1", int(few.rpartition(":")[2]))))
            )
        assert httpx.get(f"{few}/source/").status_code == 503


def test_waiting_calls_and_unread_messages_are_bounded(folder: Path) -> None:
    queue = build_page(Live(folder / "index", folder / "corpus"))._queue
    assert (queue.max_size, queue.pending_messages_per_session.max_size) == (WAITING, 2 * WAITING)


def test_a_slow_response_is_not_cut_off(site: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "HEAD_SECONDS", 0.2)
    with closing(socket.create_connection(("127.0.0.1", int(site.rpartition(":")[2])))) as client:
        client.sendall(b"GET /gradio_api/heartbeat/abc HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert b"200 OK" in client.recv(65_536)
        client.settimeout(1)
        ended = False
        with suppress(TimeoutError):
            while not ended:
                ended = not client.recv(65_536)
        assert not ended
