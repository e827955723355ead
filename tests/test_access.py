"""Who may do what: on this machine, at a public address, with a key and without."""

import base64
import os
import stat
from collections.abc import Iterator
from pathlib import Path

import gradio as gr
import httpx
import pytest
from gradio_client import Client

from lab.site import running_site
from rag import RagError
from rag.cli import main
from rag.errors import KeysError
from rag.web.access import Access, access_to
from rag.web.caller import Caller
from rag.web.keys import Key, KeyFile, Keys, add_key, read_keys, revoke_key, write_keys
from rag.web.live import Live
from rag.web.page import build_page
from rag.web.refusal import Refused
from rag.web.server import events_of

PUBLIC = {"Host": "docs.example.org"}
HASH = "0" * 64
KIND = {"Content-Type": "application/octet-stream"}


@pytest.fixture(scope="module")
def keys(folder: Path) -> dict[str, str]:
    return write_keys(folder / "keys")


def access(folder: Path, *, file: Path | None = None) -> Access:
    return access_to(
        "127.0.0.1", public=False, urls=["https://docs.example.org/"], password_file=file
    )


@pytest.fixture(scope="module")
def keyed(folder: Path, keys: dict[str, str]) -> Iterator[str]:
    with running_site(
        folder / "index", folder / "corpus", access(folder, file=folder / "keys")
    ) as address:
        yield address


@pytest.fixture(scope="module")
def keyless(folder: Path) -> Iterator[str]:
    with running_site(folder / "index", folder / "corpus", access(folder)) as address:
        yield address


def test_nobody_may_change_an_index_that_is_only_read(folder: Path, keys: dict[str, str]) -> None:
    assert access(folder, file=folder / "keys").can_change
    rules = access_to(
        "127.0.0.1", public=False, urls=[], password_file=folder / "keys", read_only=True
    )
    assert not rules.can_change
    with pytest.raises(Refused, match="reads a published index. Change the folder"):
        rules.check_right(Caller("", "127.0.0.1", "change"), "change")
    rules.check_right(Caller("", "127.0.0.1", "change"), "ask")


def basic(key: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(f"anyone:{key}".encode()).decode()}


def rebuilt(folder: Path, site: str, **headers: str) -> httpx.Response:
    number = next(
        n
        for n, name in events_of(build_page(Live(folder / "index", folder / "corpus"))).items()
        if name == "rebuilt"
    )
    call = {"data": [False, ""], "fn_index": number, "session_hash": "abc"}
    return httpx.post(f"{site}/gradio_api/queue/join", json=call, headers=headers)


def test_requests_to_a_public_address_are_answered_and_to_other_hosts_refused(keyless: str) -> None:
    for host, status in (
        ("docs.example.org", 200),
        ("DOCS.example.org", 200),
        ("127.0.0.1", 200),
        ("localhost:1", 200),
    ):
        assert httpx.get(keyless, headers={"Host": host}).status_code == status
    for host in (
        "evil.example",
        "docs.example.org:81",
        "docs.example.org.evil.example",
        "x.docs.example.org",
        "192.0.2.1",
    ):
        assert httpx.get(keyless, headers={"Host": host}).status_code == 400


def test_a_page_at_a_public_address_loads_its_assets_from_that_address(keyless: str) -> None:
    page = httpx.get(keyless, headers=PUBLIC).text
    assert '"root":"https://docs.example.org"' in page
    assert "127.0.0.1" not in page


def test_only_the_public_origin_with_its_scheme_counts_as_the_same_site(keyless: str) -> None:
    for origin, status in (
        ("https://docs.example.org", 200),
        ("http://docs.example.org", 403),
        ("https://evil.example", 403),
        ("http://127.0.0.1", 403),
    ):
        answer = httpx.post(
            f"{keyless}/gradio_api/call/documents",
            json={"data": []},
            headers={**PUBLIC, "Origin": origin},
        )
        assert answer.status_code == status, origin


def test_without_keys_anyone_may_ask_and_nobody_may_change_anything(
    folder: Path, keyless: str
) -> None:
    assert Client(keyless, verbose=False).predict("How is green tea steeped?", api_name="/ask")[
        "kind"
    ]
    for headers in (PUBLIC, {}):  # nor from this machine: a proxy may have rewritten the host
        assert rebuilt(folder, keyless, **headers).status_code != 200
        answer = httpx.post(
            f"{keyless}/documents?name=a.md", content=b"x", headers={**KIND, **headers}
        )
        said = (
            "This server does not accept changes. "
            "To allow them with a key: rag serve --password-file FILE."
        )
        assert (answer.status_code, answer.json()["detail"]) == (403, said)
    assert not (folder / "index" / "incoming").exists()


def test_with_keys_set_a_request_without_a_valid_key_is_refused(
    folder: Path, keyed: str, keys: dict[str, str]
) -> None:
    for headers in (
        {},
        basic("wrong"),
        basic(""),
        {"Authorization": "Basic !"},
        {"Authorization": "Bearer x"},
        PUBLIC,
    ):
        for path in (
            "/",
            "/source/tea.txt",
            "/original/tea.txt",
            "/map/",
            "/config",
            "/feedback/questions.jsonl",
        ):
            answer = httpx.get(f"{keyed}{path}", headers=headers)
            assert (answer.status_code, "Footnote" in answer.headers["www-authenticate"]) == (
                401,
                True,
            )
            assert "tea" not in answer.text
        assert httpx.post(f"{keyed}/mcp", json={}, headers=headers).status_code == 401


def test_the_ask_key_only_asks_and_the_change_key_does_both(
    folder: Path, keyed: str, keys: dict[str, str]
) -> None:
    for key in (keys["ask"], keys["change"]):
        for headers in (basic(key), {"Authorization": f"Bearer {key}"}):
            client = Client(keyed, verbose=False, headers=headers)
            assert client.predict("How is green tea steeped?", api_name="/ask")["kind"]
    assert rebuilt(folder, keyed, **basic(keys["ask"])).status_code == 401
    assert rebuilt(folder, keyed, **basic(keys["change"])).status_code == 200
    for key, status in ((keys["ask"], 401), (keys["change"], 201)):
        sent = httpx.post(
            f"{keyed}/documents?name=a.md", content=b"x", headers={**KIND, **basic(key)}
        )
        assert sent.status_code == status


def shown(folder: Path, *, changeable: bool) -> set[str]:
    """Return the ids of the visible components: those whose parents are all visible too."""
    page = build_page(Live(folder / "index", folder / "corpus"), changeable=changeable)

    def is_shown(part: gr.blocks.Block | None) -> bool:
        return part is None or (
            getattr(part, "visible", True) is not False and is_shown(part.parent)
        )

    return {part.elem_id for part in page.blocks.values() if part.elem_id and is_shown(part)}


def test_a_read_only_page_offers_no_changes(folder: Path) -> None:
    changes = {"upload", "rebuild", "restore", "chosen", "remove", "undo", "receipts"}
    assert changes | {"documents", "filter", "asking"} <= shown(folder, changeable=True)
    assert shown(folder, changeable=True) - shown(folder, changeable=False) >= changes
    assert {"documents", "filter", "asking"} <= shown(folder, changeable=False)


# Keys


def test_a_key_file_holds_no_plain_key_and_only_its_owner_can_read_it(tmp_path: Path) -> None:
    made = write_keys(tmp_path / "keys")
    text = (tmp_path / "keys").read_text()
    assert sorted(made) == ["ask", "change"]
    assert all(len(key) == 22 and key not in text for key in made.values())
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o600
    read = read_keys(tmp_path / "keys")
    for right, key in made.items():
        assert read.allows(f"Bearer {key}", "ask")
        assert read.allows(f"Bearer {key}", "change") == (right == "change")


@pytest.mark.parametrize(
    "header", ["Basic é", "Basic \xff", "Basic YQ", "Basic /w==", "Basic", "", "Bearer é"]
)
def test_a_malformed_authorization_header_is_denied_without_an_error(header: str) -> None:
    assert not Keys((Key("ask", HASH, "a"), Key("change", HASH, "c"))).allows(header, "ask")


def test_an_existing_key_file_is_not_overwritten(tmp_path: Path) -> None:
    write_keys(tmp_path / "keys")
    before = (tmp_path / "keys").read_bytes()
    with pytest.raises(KeysError, match="exists, and its keys may be in use"):
        write_keys(tmp_path / "keys")
    assert (tmp_path / "keys").read_bytes() == before


def test_without_an_ask_line_anyone_may_ask_and_without_a_change_line_nobody_may_change(
    tmp_path: Path,
) -> None:
    write_keys(tmp_path / "keys")
    lines = (tmp_path / "keys").read_text().splitlines()
    (tmp_path / "open").write_text("\n".join(line for line in lines if not line.startswith("ask")))
    (tmp_path / "fixed").write_text(
        "\n".join(line for line in lines if not line.startswith("change"))
    )
    assert read_keys(tmp_path / "open").allows("", "ask")
    assert not read_keys(tmp_path / "open").allows("", "change")
    assert not read_keys(tmp_path / "fixed").allows("Bearer ", "change")
    assert not access(tmp_path, file=tmp_path / "fixed").can_change


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing",
        "ask secret",
        "ask " + "0" * 63,
        "ask " + "0" * 64 + "\nask " + "1" * 64,
        "\xff",
    ],
)
def test_a_file_without_valid_keys_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "keys").write_text(text, encoding="latin-1")
    with pytest.raises(KeysError, match="rag keys"):
        read_keys(tmp_path / "keys")


def test_a_key_that_is_added_asks_or_changes_by_its_right(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    write_keys(file)
    for name, right in (("phone", "ask"), ("editor@home", "change")):
        key = add_key(file, name, "change" if right == "change" else "ask")
        assert key not in file.read_text()
        assert read_keys(file).allows(f"Bearer {key}", "ask")
        assert read_keys(file).allows(f"Bearer {key}", "change") == (right == "change")
        with pytest.raises(KeysError, match=f"already has a key {name}"):
            add_key(file, name, "ask")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    for wrong in ("", "a b", "a\nask", "x" * 65):
        with pytest.raises(KeysError, match="no name for a key"):
            add_key(file, wrong, "ask")


def test_whoever_could_read_the_keys_can_read_them_once_one_is_added(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, link = tmp_path / "keys", tmp_path / "link"
    write_keys(file)
    file.chmod(0o640)
    link.symlink_to(file)
    owners: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "chown", lambda _, user, group: owners.append((user, group)))
    add_key(link, "phone", "ask")
    status = file.stat()
    assert stat.S_IMODE(status.st_mode) == 0o640
    assert owners == [(status.st_uid, status.st_gid)]
    assert (link.is_symlink(), len(read_keys(file).all)) == (True, 3)


def test_keys_that_cannot_be_written_leave_no_file_beside(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    write_keys(tmp_path / "keys")
    monkeypatch.setattr(os, "chown", denied)
    with pytest.raises(KeysError, match="cannot be written: Operation not permitted"):
        add_key(tmp_path / "keys", "phone", "ask")
    assert [path.name for path in tmp_path.iterdir()] == ["keys"]
    assert len(read_keys(tmp_path / "keys").all) == 2


def test_a_revoked_key_is_refused_at_once_and_asking_stays_closed(tmp_path: Path) -> None:
    file = tmp_path / "keys"
    keys = write_keys(file)
    live = KeyFile(file)
    phone = add_key(file, "phone", "ask")
    assert live.now().allows(f"Bearer {phone}", "ask")
    for name in ("phone", "ask"):
        revoke_key(file, name)
    assert not live.now().allows(f"Bearer {phone}", "ask")
    assert not live.now().allows("", "ask")  # although no key to ask is left
    assert not live.now().allows(f"Bearer {keys['ask']}", "ask")
    assert not live.now().allows("Bearer revoked", "ask")
    assert live.now().allows(f"Bearer {keys['change']}", "change")
    revoke_key(file, "change")
    assert not live.now().can_change
    for name in ("phone", "nobody"):
        with pytest.raises(KeysError, match=f"no key {name} to revoke"):
            revoke_key(file, name)


@pytest.mark.parametrize("damage", ["gone", "", "ask x"])
def test_a_key_file_that_can_no_longer_be_read_allows_nothing(tmp_path: Path, damage: str) -> None:
    file = tmp_path / "keys"
    keys = write_keys(file)
    live = KeyFile(file)
    file.unlink() if damage == "gone" else file.write_text(damage)
    for header in ("", f"Bearer {keys['ask']}", f"Bearer {keys['change']}"):
        assert not live.now().allows(header, "ask")
        assert not live.now().allows(header, "change")
    assert not live.now().can_change


def test_a_running_server_refuses_a_key_once_it_is_revoked(folder: Path, tmp_path: Path) -> None:
    file = tmp_path / "keys"
    write_keys(file)
    phone = add_key(file, "phone", "ask")
    with running_site(folder / "index", folder / "corpus", access(folder, file=file)) as site:
        for status in (200, 401):
            asked = httpx.get(f"{site}/api/v1/documents", headers=basic(phone))
            assert asked.status_code == status
            if status == 200:
                revoke_key(file, "phone")


def test_a_file_from_before_keys_had_names_is_read(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text(f"ask {HASH}\nchange {HASH}\n")
    assert [key.name for key in read_keys(tmp_path / "keys").all] == ["ask", "change"]


def test_rag_keys_lists_adds_and_revokes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(tmp_path / "keys")
    assert main(["keys", file]) == 0
    capsys.readouterr()
    assert main(["keys", file, "--add", "phone", "--right", "change"]) == 0
    key = capsys.readouterr().out.split()[1]
    assert read_keys(tmp_path / "keys").allows(f"Bearer {key}", "change")
    assert main(["keys", file, "--revoke", "phone"]) == 0
    assert capsys.readouterr().out == "phone is revoked; a running server refuses it now\n"
    assert main(["keys", file, "--list"]) == 0
    shown = [line.split()[:3] for line in capsys.readouterr().out.splitlines()]
    assert shown == [["ask", "ask", "since"], ["change", "change", "since"],
                     ["phone", "change", "revoked"]]  # fmt: skip


def test_rag_keys_prints_the_keys_once_and_refuses_to_run_again(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["keys", str(tmp_path / "keys")]) == 0
    lines = capsys.readouterr().out.splitlines()
    shown = dict(line.split() for line in lines[:2])
    assert read_keys(tmp_path / "keys").allows(f"Bearer {shown['change']}", "change")
    assert main(["keys", str(tmp_path / "keys")]) == 1
    assert capsys.readouterr().err.startswith(f"rag: {tmp_path / 'keys'} already exists")
    assert main(["keys", str(tmp_path / "no" / "keys")]) == 1
    assert "cannot be written" in capsys.readouterr().err


# Starting a server


@pytest.mark.parametrize(
    ("host", "public", "urls", "message"),
    [
        ("0.0.0.0", False, [], "To allow that: rag serve --public"),
        ("0.0.0.0", True, [], "--public-url http://NAME:PORT"),
        ("::", False, ["http://a.example"], "To allow that: rag serve --public"),
        ("127.0.0.1", False, ["a.example"], "not the address of a site"),
        ("127.0.0.1", False, ["ftp://a.example"], "not the address of a site"),
        ("127.0.0.1", False, ["http://"], "not the address of a site"),
        ("127.0.0.1", False, ["http://["], "not the address of a site"),
        ("127.0.0.1", False, ["http://user@a.example"], "not the address of a site"),
        ("127.0.0.1", False, ["http://a.example/<x>"], "not the address of a site"),
        ("127.0.0.1", False, ["http://a.example?x"], "not the address of a site"),
        ("127.0.0.1", False, ["http://a.example/x", "http://b.example/y"], "the same path"),
    ],
)
def test_an_unsafe_or_malformed_address_is_refused(
    host: str, public: bool, urls: list[str], message: str
) -> None:
    with pytest.raises(RagError, match=message):
        access_to(host, public=public, urls=urls, password_file=None)


def test_addresses_are_normalised() -> None:
    urls = ["HTTPS://Docs.Example.org:443/x/", "http://192.0.2.1:7860/x", "http://[::1]:80/x"]
    known = access_to("0.0.0.0", public=True, urls=urls, password_file=None)
    assert [address.geturl() for address in known.addresses] == [
        "https://docs.example.org/x", "http://192.0.2.1:7860/x", "http://[::1]/x",
    ]  # fmt: skip
    assert (known.prefix, known.can_change) == ("/x", False)
