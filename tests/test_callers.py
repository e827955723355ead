"""Who calls: users whom a trusted proxy names, what they may do, and how often they may ask."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import httpx
import pytest
from starlette.datastructures import Headers

from lab.site import running_site
from rag import RagError
from rag.web.access import access_to
from rag.web.audit import Audit
from rag.web.proxies import Proxies, network_of, proxies_of
from rag.web.rates import Rates
from rag.web.refusal import Refused
from rag.web.turns import program_at

ASKED = {"question": "At what temperature is black tea steeped?"}
ON_THE_PAGE = {**ASKED, "session": "abc"}
FILE = {"Content-Type": "application/octet-stream"}
USER = "X-Forwarded-User"
RPC = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "tools/call",
    "params": {"name": "search", "arguments": {"query": "tea"}},
}

SIMILAR = RPC | {"params": {"name": "similar", "arguments": {"document_id": "tea.txt"}}}


def trusting(*addresses: str, header: str = USER) -> Proxies:
    return proxies_of(addresses, header, ["eve"] if header else [])


def served(
    folder: Path, proxies: Proxies, audit: Audit | None = None, per_minute: int = 0
) -> AbstractContextManager[str]:
    access = access_to(
        "127.0.0.1",
        public=False,
        urls=["https://docs.example.org"],
        password_file=None,
        proxies=proxies,
        per_minute=per_minute,
    )
    return running_site(folder / "index", folder / "corpus", access, audit)


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("records")


@pytest.fixture(scope="module")
def behind(folder: Path, records: Path) -> Iterator[str]:
    with served(folder, trusting("127.0.0.1"), Audit(records)) as address:
        yield address


def status(address: str, path: str, body: object = None, **headers: str) -> int:
    if body is None:
        return httpx.get(f"{address}{path}", headers=headers).status_code
    return httpx.post(f"{address}{path}", json=body, headers=headers, timeout=60).status_code


def test_a_user_whom_the_proxy_names_may_ask_and_is_recorded(behind: str, records: Path) -> None:
    for path, body in (("/", None), ("/api/v1/ask", ASKED), ("/answer", ON_THE_PAGE)):
        assert status(behind, path, body) == 401
        assert status(behind, path, body, **{USER: "ann"}) == 200
        assert status(behind, path, body, **{USER: "an\x7fn"}) == 401
    two = [(USER, "ann"), (USER, "eve")]  # the proxy passed on what the client sent
    assert httpx.get(behind, headers=two).status_code == 401
    assert status(behind, "/health/live") == 200
    (file,) = records.iterdir()
    assert file.read_text().count('"who": "ann"') == 2


def test_only_editors_add_documents(behind: str) -> None:
    for path in ("/documents", "/api/v1/documents"):
        address = f"{behind}{path}?name=mate.txt"
        refused = httpx.post(address, content=b"Mate is hot.", headers={**FILE, USER: "ann"})
        assert refused.status_code == 403
        assert "ann may ask, but not add, remove or rebuild" in refused.text
        sent = {**FILE, USER: "eve"}
        added = httpx.post(address, content=b"Mate is hot.", headers=sent, timeout=60)
        assert added.status_code == 201
    for name, may in (("ann", False), ("eve", True)):
        caller = httpx.get(f"{behind}/caller", headers={USER: name}).json()
        assert caller == {"name": name, "may_change": may}


def test_nobody_else_can_name_a_user(folder: Path) -> None:
    with served(folder, trusting("10.0.0.0/8")) as address:
        assert status(address, "/api/v1/ask", ASKED, **{USER: "eve"}) == 401


def test_a_caller_over_the_limit_is_refused_at_every_door_and_others_are_not(folder: Path) -> None:
    with served(folder, trusting("127.0.0.1", header=""), per_minute=2) as address:
        first = {"X-Forwarded-For": "192.0.2.1"}
        accept = {**first, "Accept": "application/json, text/event-stream"}
        assert status(address, "/mcp", RPC, **accept) == 200
        assert status(address, "/answer", ON_THE_PAGE, **first) == 200
        call = {"data": ["tea"]}
        events = httpx.get(f"{address}/config", headers=first).json()["dependencies"]
        number = next(one["id"] for one in events if one["api_name"] == "ask")
        for path, body in (
            ("/answer", ON_THE_PAGE),
            ("/mcp", RPC),
            ("/mcp", SIMILAR),
            ("/gradio_api/call/ask", call),
            ("/gradio_api/queue/join", {**call, "fn_index": number, "session_hash": "abc"}),
            ("/v1/chat/completions", {"messages": [{"role": "user", "content": "tea"}]}),
        ):
            assert status(address, path, body, **accept) == 429, path
        for path in ("/similar/tea.txt?start=0&end=9", "/api/v1/similar/tea.txt?start=0&end=9"):
            assert status(address, path, **first) == 429, path
        refused = httpx.post(f"{address}/api/v1/ask", json=ASKED, headers=first)
        assert refused.status_code == 429
        assert 0 < int(refused.headers["retry-after"]) <= 30
        assert refused.json()["error"]["code"] == "too_many_questions"
        assert "The limit is 2 questions a minute" in refused.text
        assert status(address, "/source/tea.txt", **first) == 200
        forged = {"X-Forwarded-For": "192.0.2.1, 192.0.2.2"}  # the proxy added the last one
        assert status(address, "/api/v1/ask", ASKED, **forged) == 200
        passed = [
            "2001:db8::1",
            "2001:db8::2",
            "2001:db8::3",
            "2001:db8:0:1::1",
            "::ffff:192.0.2.1",
        ]
        asked = [
            status(address, "/answer", ON_THE_PAGE, **{"X-Forwarded-For": one}) for one in passed
        ]
        assert asked == [200, 200, 429, 200, 429]


def test_questions_come_back_one_by_one() -> None:
    now = 100.0
    rates = Rates(2, lambda: now)
    for _ in range(2):
        rates.check("ann")
    with pytest.raises(Refused, match="Ask again in 30 s"):
        rates.check("ann")
    rates.check("bob")
    now = 130.0
    rates.check("ann")
    with pytest.raises(Refused, match="Ask again in 30 s"):
        rates.check("ann")
    for _ in range(1000):
        Rates(0).check("ann")


@pytest.mark.parametrize("code", ["utf-8", "latin-1"])
def test_the_name_of_a_user_is_read_as_the_proxy_sent_it(code: str) -> None:
    for name in ("José", "Josè", "Nicolà"):
        sent = Headers(raw=[(USER.lower().encode(), name.encode(code))])
        assert trusting("10.0.0.1").user("10.0.0.1", sent) == name


def test_an_address_is_taken_from_trusted_proxies_only() -> None:
    proxies = trusting("10.0.0.0/8", "::1")

    def address(client: str, passed: str) -> str:
        return proxies.address(client, Headers({"X-Forwarded-For": passed}))

    assert address("10.0.0.1", "198.51.100.7, 192.0.2.9, 10.0.0.2") == "192.0.2.9"
    assert address("::1", "192.0.2.9") == "192.0.2.9"
    assert address("192.0.2.1", "198.51.100.7") == "192.0.2.1"
    assert address("10.0.0.1", "198.51.100.7, not an address") == "10.0.0.1"
    assert (address("10.0.0.1", ""), address("", "192.0.2.9")) == ("10.0.0.1", "")


@pytest.mark.parametrize(
    ("addresses", "header", "editors", "error"),
    [
        ((), USER, (), "Anyone could send X-Forwarded-User"),
        (("127.0.0.1",), "", ("eve",), "--editor names users of a proxy"),
        (("127.0.0.1",), "X User", (), "'X User' is no name of a header"),
        (("proxy",), USER, (), "proxy is not the address of a proxy"),
    ],
)
def test_options_that_would_let_anyone_in_are_errors(
    addresses: Sequence[str], header: str, editors: Sequence[str], error: str
) -> None:
    with pytest.raises(RagError, match=error):
        proxies_of(addresses, header, editors)
    with pytest.raises(RagError, match="Add one: rag serve --public-url"):
        access_to(
            "127.0.0.1",
            public=False,
            urls=[],
            password_file=None,
            proxies=trusting("127.0.0.1"),
        )


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("::1", "::/64"),
        ("testclient", "testclient"),
        ("", ""),
    ],
)
def test_all_addresses_that_one_user_of_ipv6_has_count_as_one(address: str, counted: str) -> None:
    assert network_of(address) == counted
    assert program_at(address) == f"programs at {counted}"
