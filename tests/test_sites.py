"""Pages of the web: read when asked, again only if they changed, and nowhere they must not be."""

import gzip
import json
import re
import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from lab.encoder import FakeEncoder
from rag import Pipeline, SiteError
from rag.cli import main
from rag.sites import Fetcher, fetch, pages, read_pages
from tests.conftest import write

PAGE = b"<html><title>Kiln</title><body><p>The kiln is locked at nine.</p></body></html>"
MAP = (
    '<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">'
    "<url><loc>{site}/kiln?a=1&amp;b=2</loc></url><url><loc> {site}/secret/x </loc></url>"
    "<url><loc>https://elsewhere.example/</loc></url><url><loc>{site}/picture</loc></url>"
    "<url><loc>{site}/gone</loc></url><url><loc>{site}/notes/</loc></url></urlset>"
)
INDEX = "<sitemapindex><sitemap><loc>{site}/sitemap.xml</loc></sitemap></sitemapindex>"
SHORTER = "<urlset><url><loc>{site}/notes/</loc></url></urlset>"
SECURE = "<urlset><loc>https://{host}/a</loc><loc>https://{host}/b</loc></urlset>"
RELATIVE = b"<urlset><url><loc>/notes/#top</loc></url><url><loc>/notes/</loc></url></urlset>"
POLISH = "<html><title>Piec</title><body><p>Żółw śpi w Łodzi.</p></body></html>"
FEED = (
    b"<?xml version='1.0'?><rss><channel><title>News</title><item><title>Kiln</title>"
    b"<description>It is hot.</description></item></channel></rss>"
)
ROBOTS = b"User-agent: *\nDisallow: /secret/\n"


class Site(BaseHTTPRequestHandler):
    """A small site; `asked` has every request with its conditions."""

    asked: list[tuple[str, str]]
    page = PAGE
    statuses: dict[str, int]  # of paths that do not answer as usual
    moved: dict[str, str]  # where other paths lead

    def do_GET(self) -> None:
        condition = self.headers.get("If-None-Match", "")
        self.asked.append((self.path, condition))
        site = f"http://{self.headers['Host']}"
        replies: dict[str, tuple[int, str, bytes]] = {
            "/robots.txt": (200, "text/plain", ROBOTS),
            "/kiln?a=1&b=2": (200, "text/html; charset=utf-8", self.page),
            "/notes/": (200, "text/plain", b"The lamps go out at ten."),
            "/picture": (200, "image/png", b"\x89PNG"),
            "/packed": (200, "application/gzip", gzip.compress(b"x")),
            "/sitemap.xml": (200, "application/xml", MAP.format(site=site).encode()),
            "/index.xml": (200, "application/xml", INDEX.format(site=site).encode()),
            "/big": (200, "text/plain", b"a" * 2000),
            "/short": (200, "text/plain", b"The kiln is"),
            "/squeezed": (200, "text/plain", gzip.compress(b"x")),
            "/notes.xml": (200, "application/xml", SHORTER.format(site=site).encode()),
            "/secure.xml": (200, "application/xml", SECURE.format(host=site[7:]).encode()),
            "/dead.xml": (200, "application/xml", dead(site)),
            "/latin": (200, "text/html; charset=iso-8859-2", POLISH.encode("iso-8859-2")),
            "/wrong": (200, "text/plain; charset=x-nothing", b"The kiln is hot."),
            "/feed": (200, "text/xml", FEED),
            "/raw/README.md": (200, "text/plain", b"# Kiln\n\nIt is hot.\n"),
            "/b.docx": (200, "application/octet-stream", b"PK"),
            "/tool.exe": (200, "application/octet-stream", b"MZ"),
            "/map.xml.gz": (200, "application/gzip", gzip.compress(RELATIVE)),
            "/away": (302, "http://127.0.0.2:9/", b""),
            "/to-secret": (302, "/secret/x", b""),
            "/loop": (302, "/loop", b""),
        }
        status, kind, body = replies.get(self.path, (404, "text/html", b"no"))
        if self.path in self.moved:
            status, kind = 302, self.moved[self.path]
        status = self.statuses.get(self.path, status)
        if condition and condition == self.tag(body) and status == 200:
            status, body = 304, b""
        self.send_response(status)
        if status == 302:
            self.send_header("Location", kind)
        self.send_header("Content-Type", kind)
        self.send_header("ETag", self.tag(body))
        more = 900 if self.path == "/short" else 0
        self.send_header("Content-Length", str(len(body) + more))
        if self.path == "/squeezed":
            self.send_header("Content-Encoding", "gzip")
        self.end_headers()
        self.wfile.write(body)

    def tag(self, body: bytes) -> str:
        return f'"{len(body)}"'

    def log_message(self, *_: object) -> None:
        pass


def dead(site: str) -> bytes:
    """Return a sitemap of pages that are not there, the last place without an end."""
    places = "".join(f"<url><loc>{site}/dead{n}</loc></url>" for n in range(9))
    return f"<urlset>{places}<loc>{' ' * 5000}".encode()


@pytest.fixture
def site() -> Iterator[str]:
    Site.asked, Site.page, Site.statuses, Site.moved = [], PAGE, {}, {}
    with ThreadingHTTPServer(("127.0.0.1", 0), Site) as server:
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()


def states(url: str, folder: Path, most: int = 100) -> list[tuple[str, str]]:
    found = read_pages(url, folder, Fetcher(private=True), most)
    return [(one.state, one.reason) for one in found]


def test_a_sitemap_is_read_page_by_page_and_again_only_what_changed(
    site: str, tmp_path: Path
) -> None:
    others = [
        ("not read", "its robots.txt excludes programs from this page"),
        ("not read", "on another site than the sitemap"),
        ("not read", "image/png is not the type of a text"),
        ("not read", "the site answers with status 404"),
    ]
    assert states(f"{site}/index.xml", tmp_path) == [("read", ""), *others, ("read", "")]
    files = [path for path in tmp_path.rglob("*.*") if path.is_file() and path.name[0] != "."]
    assert sorted(path.suffix for path in files) == [".html", ".txt"]
    host = site.removeprefix("http://").replace(":", "-")
    for path in files:
        name = path.relative_to(tmp_path).as_posix()
        assert re.fullmatch(
            rf"{host}/(kiln-[0-9a-f]{{8}}.html|notes/index-[0-9a-f]{{8}}.txt)", name
        )
    assert ("/secret/x", "") not in Site.asked
    assert [path for path, _ in Site.asked].count("/robots.txt") == 1
    Site.asked.clear()
    assert states(f"{site}/index.xml", tmp_path)[0] == ("unchanged", "")
    assert ("/kiln?a=1&b=2", f'"{len(PAGE)}"') in Site.asked
    Site.page = PAGE.replace(b"nine", b"eleven")
    assert states(f"{site}/index.xml", tmp_path)[0] == ("read", "")
    (page,) = tmp_path.rglob("*.html")
    assert b"eleven" in page.read_bytes()
    page.unlink()
    assert states(f"{site}/index.xml", tmp_path)[0] == ("read", "")
    limited = states(f"{site}/sitemap.xml", tmp_path / "few", 1)
    assert limited[-1] == ("not read", "over the limit of pages (--pages)")


def test_a_page_is_removed_if_its_site_says_that_it_is_gone_and_for_no_other_reason(
    site: str, tmp_path: Path
) -> None:
    def kept() -> set[str]:
        return {path.suffix for path in tmp_path.glob("*/**/*.*") if path.is_file()}

    states(f"{site}/index.xml", tmp_path)
    assert kept() == {".html", ".txt"}
    Site.statuses = {"/kiln?a=1&b=2": 503, "/notes/": 500}
    failed = [("not read", f"the site answers with status {status}") for status in (500, 503)]
    assert states(f"{site}/notes.xml", tmp_path) == failed
    assert states("http://127.0.0.1:9/notes/", tmp_path)[0][0] == "not read"
    assert kept() == {".html", ".txt"}
    Site.statuses = {"/kiln?a=1&b=2": 404}  # the sitemap does not name it any more
    gone = ("gone", "the site answers with status 404")
    assert states(f"{site}/notes.xml", tmp_path) == [("unchanged", ""), gone]
    assert kept() == {".txt"}
    Site.statuses = {"/notes/": 410}
    assert states(f"{site}/notes/", tmp_path) == [("gone", "the site answers with status 410")]
    assert kept() == set()
    assert states(f"{site}/notes/", tmp_path)[0][0] == "not read"


def test_a_page_is_not_removed_because_another_site_says_that_it_is_gone(
    site: str, tmp_path: Path
) -> None:
    other = site.replace("127.0.0.1", "localhost")
    assert states(f"{site}/notes/", tmp_path) == [("read", "")]
    Site.moved = {"/notes/": f"{other}/login"}
    Site.statuses = {"/login": 404}
    assert states(f"{site}/notes/", tmp_path)[0][0] == "not read"
    assert list(tmp_path.rglob("*.txt"))


def test_no_file_outside_the_folder_is_deleted(site: str, tmp_path: Path) -> None:
    kept = {f"{site}/none": {"file": "../secret.txt"}}
    write(tmp_path, {"secret.txt": "mine", "web/.pages.json": json.dumps(kept)})
    with pytest.raises(SiteError, match="is not the file of"):
        states(f"{site}/none", tmp_path / "web")
    assert (tmp_path / "secret.txt").exists()


def test_robots_that_cannot_be_read_excludes_the_site_and_says_so_once(
    site: str, tmp_path: Path
) -> None:
    Site.statuses = {"/robots.txt": 503}
    why = f"{site}/robots.txt could not be read (status 503), so no page of {site} is read. "
    assert states(f"{site}/notes/", tmp_path) == [("not read", why + "Try again later")]
    Site.statuses = {"/robots.txt": 403}
    assert states(f"{site}/notes/", tmp_path) == [("read", "")]
    first, second = states(f"{site}/secure.xml", tmp_path / "secure")
    secure = site.replace("http:", "https:")
    assert first[1].startswith(f"{secure}/robots.txt could not be read (no answer: ")
    left_out = f"{secure} is left out, since its robots.txt could not be read"
    assert second == ("not read", left_out)


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/loop", "more than 5 redirects"),
        ("/big", "over the limit of 1,000 bytes"),
        ("/away", "127.0.0.2, an address of a private network (see --allow-private)"),
    ],
)
def test_limits_hold_for_every_redirect(
    site: str, path: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fetch, "_is_public", lambda address: address == "127.0.0.1")
    with pytest.raises(SiteError) as raised:
        Fetcher(max_bytes=1000).get(site + path)
    assert str(raised.value) == reason


def test_what_robots_excludes_is_not_kept_after_a_redirect_either(
    site: str, tmp_path: Path
) -> None:
    excluded = ("not read", "its robots.txt excludes programs from this page")
    assert states(f"{site}/to-secret", tmp_path) == [excluded]


def test_what_is_not_whole_or_not_readable_is_not_kept(site: str, tmp_path: Path) -> None:
    ended = ("not read", "the connection ended before the page was whole")
    assert states(f"{site}/short", tmp_path) == [ended]
    squeezed = ("not read", "it is compressed, which was not asked for")
    assert states(f"{site}/squeezed", tmp_path) == [squeezed]


def test_the_limit_of_pages_counts_those_that_are_not_there(site: str, tmp_path: Path) -> None:
    missing = ("not read", "the site answers with status 404")
    over = ("not read", "over the limit of pages (--pages)")
    assert states(f"{site}/dead.xml", tmp_path, 3) == [missing] * 3 + [over]


def test_the_name_of_a_page_is_short_enough_for_any_disk() -> None:
    name = pages._name(f"https://a.org/{'x/' * 3000}{'🍵' * 80}", ".txt")
    assert len(name) < 200
    assert max(len(part.encode()) for part in name.split("/")) < 120


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "10.1.2.3", "169.254.169.254", "100.64.0.1", "::1", "fe80::1%eth0", "fd00::1",
     "::ffff:192.168.0.1", "0.0.0.0", "224.0.0.1", "64:ff9b::a9fe:a9fe", "2002:7f00:1::",
     "fec0::1", "::127.0.0.1"],
)  # fmt: skip
def test_addresses_of_private_networks_are_not_public(address: str) -> None:
    assert not fetch._is_public(address)
    assert fetch._is_public("93.184.215.14")
    assert fetch._is_public("2606:2800:21f:cb07:6820:80da:af6b:8b2c")


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "http://",
        "http://user@a.example/",
        "http://a.example/ b",
        "ftp://a.b/",
    ],
)
def test_only_plain_addresses_are_fetched(url: str) -> None:
    with pytest.raises(SiteError, match="is not an address like https://example.org/page"):
        Fetcher(private=True).get(url)


def test_a_server_that_does_not_answer_is_an_error_of_ours() -> None:
    with pytest.raises(SiteError, match="no answer: "):
        Fetcher(private=True).get("http://127.0.0.1:9/")


def test_a_page_is_kept_by_its_type_and_else_by_its_address(site: str, tmp_path: Path) -> None:
    expected = {
        "/latin": (".html", f"\ufeff{POLISH}"),
        "/wrong": (".txt", "The kiln is hot."),
        "/feed": (".rss", FEED.decode()),
        "/raw/README.md": (".md", "# Kiln\n\nIt is hot.\n"),
        "/b.docx": (".docx", "PK"),
    }
    for path, (suffix, text) in expected.items():
        (read,) = read_pages(f"{site}{path}", tmp_path, Fetcher(private=True), 9)
        assert Path(read.file).suffix == suffix
        assert (tmp_path / read.file).read_text(encoding="utf-8") == text
    (refused,) = read_pages(f"{site}/tool.exe", tmp_path, Fetcher(private=True), 9)
    assert refused.reason == "application/octet-stream is not the type of a text"


def test_an_address_is_read_once_however_it_is_written(site: str, tmp_path: Path) -> None:
    found = [*read_pages(f"{site}/map.xml.gz", tmp_path, Fetcher(private=True), 9)]
    assert [(one.url, one.state) for one in found] == [(f"{site}/notes/", "read")]
    (again,) = read_pages(f"HTTP{site[4:]}/notes/#lamps", tmp_path, Fetcher(private=True), 9)
    assert (again.url, again.state) == (f"{site}/notes/", "unchanged")


def test_a_host_of_other_letters_is_asked_for_as_the_name_system_has_it(
    site: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []
    found: Any = socket.getaddrinfo

    def lookup(host: str, *rest: int, **named: int) -> Any:  # noqa: ANN401  as in socket
        asked.append(host)
        return found(host if host[0].isdigit() else "127.0.0.1", *rest, **named)

    monkeypatch.setattr("rag.sites.fetch.socket.getaddrinfo", lookup)
    (read,) = read_pages(
        f"http://bücher.example:{site.rpartition(':')[2]}/notes/",
        tmp_path,
        Fetcher(private=True),
        9,
    )
    assert (read.state, set(asked)) == ("read", {"xn--bcher-kva.example", "127.0.0.1"})


@pytest.mark.usefixtures("_fake_encoder")
def test_add_reads_a_page_and_indexes_it(
    site: str, tmp_path: Path, encoder: FakeEncoder, capsys: pytest.CaptureFixture[str]
) -> None:
    url, index = f"{site}/kiln?a=1&b=2", tmp_path / "index"
    asked = ["add", url, "--index", str(index), "--into", str(tmp_path / "web")]
    assert main(asked) == 1
    refused = capsys.readouterr().err
    assert "127.0.0.1, an address of a private network (see --allow-private)" in refused
    assert "No page could be read; the index is as it was" in refused
    assert not index.exists()
    assert main([*asked, "--allow-private"]) == 0
    assert f"read: {url}" in capsys.readouterr().err
    (document,) = Pipeline.open(index, encoder=encoder).documents.summaries()
    assert document.title == "Kiln"
    both = ["add", f"{site}/notes/", *asked[1:], "--allow-private"]
    Site.statuses = {"/kiln?a=1&b=2": 410}
    assert main(both) == 0
    said = capsys.readouterr().err
    assert f"gone: {url}: the site answers with status 410\n" in said
    assert "\n1 page read, 1 page gone\n" in said
    (document,) = Pipeline.open(index, encoder=encoder).documents.summaries()
    assert document.title.startswith("index-")
