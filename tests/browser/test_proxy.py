"""The proxies of docs/deployment.md, unchanged: real nginx and Caddy before the real server."""

import os
import re
import shutil
import socket
import ssl
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial
from pathlib import Path
from time import sleep
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, HttpCredentials, expect

from lab.site import free_port, running_site
from rag import build
from rag.web.access import access_to
from rag.web.keys import write_keys
from tests.conftest import write

DOCS = (Path(__file__).parents[2] / "docs" / "deployment.md").read_text(encoding="utf-8")
BLOCKS = {kind: re.findall(rf"```{kind}\n(.*?)```", DOCS, re.DOTALL) for kind in ("nginx", "caddy")}
NAME = "docs.example.org"
SBIN = f"{os.environ['PATH']}:/usr/sbin:/sbin"


def certificate(folder: Path) -> tuple[Path, Path]:
    crt, key = folder / "site.crt", folder / "site.key"
    subject = ["-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"]
    made = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *subject]
    subprocess.run([*made, "-out", str(crt), "-keyout", str(key)], check=True, capture_output=True)
    return crt, key


def nginx(block: str, folder: Path, port: int) -> list[str]:
    """Write a whole configuration around a block; return the command that runs it."""
    crt, key = certificate(folder)
    if block.startswith("location"):
        listening = (
            f"listen 443 ssl; server_name {NAME}; ssl_certificate /etc/ssl/x.crt; "
            "ssl_certificate_key /etc/ssl/x.key;"
        )
        block = f"server {{ {listening}\n{block} }}"
    block = block.replace("listen 443 ssl;", f"listen 127.0.0.1:{port} ssl;")
    block = re.sub(r"/etc/ssl/\S+\.crt", str(crt), re.sub(r"/etc/ssl/\S+\.key", str(key), block))
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    places = "\n".join(f"{kind}_temp_path {folder}/{kind};" for kind in kinds)
    user = "user root;" if os.geteuid() == 0 else ""
    conf = (
        f"{user} daemon off; pid {folder}/pid; events {{}} http {{ access_log off; {places}\n"
        f"{block} }}"
    )
    (folder / "nginx.conf").write_text(conf)
    return ["nginx", "-p", str(folder), "-e", "stderr", "-c", str(folder / "nginx.conf")]


def caddy(block: str, folder: Path, port: int) -> list[str]:
    """Write a block with a certificate that Caddy makes; return the command that runs it."""
    site = block.replace(f"{NAME} {{", f"https://{NAME}:{port} {{\n    tls internal", 1)
    options = (
        "{\n  admin off\n  auto_https disable_redirects\n  skip_install_trust\n"
        "  default_bind 127.0.0.1\n}\n"
    )
    (folder / "Caddyfile").write_text(options + site)
    return ["caddy", "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]


@contextmanager
def running(command: list[str], folder: Path, port: int) -> Iterator[None]:
    """Run a proxy until the block ends."""
    program = shutil.which(command[0], path=SBIN)
    assert program, f"{command[0]} is not installed: make test installs it"
    homes = dict.fromkeys(("HOME", "XDG_DATA_HOME", "XDG_CONFIG_HOME"), str(folder))
    log = (folder / "log").open("wb")
    with (
        log,
        subprocess.Popen(
            [program, *command[1:]], env={**os.environ, **homes}, stdout=log, stderr=log
        ) as proxy,
    ):
        try:
            while not answers(port):
                assert proxy.poll() is None, (folder / "log").read_text()
                sleep(0.1)
            yield
        finally:
            proxy.terminate()


def answers(port: int) -> bool:
    trusting = ssl._create_unverified_context()
    with suppress(OSError), closing(socket.create_connection(("127.0.0.1", port), 5)) as client:
        trusting.wrap_socket(client, server_hostname=NAME).close()
        return True
    return False


@pytest.mark.parametrize(
    ("kind", "number"),
    [(kind, number) for kind, blocks in BLOCKS.items() for number in range(len(blocks))],
)
def test_the_documented_proxy_serves_the_whole_page(
    browser: Browser, tmp_path: Path, kind: str, number: int
) -> None:
    assert [len(blocks) for blocks in BLOCKS.values()] == [2, 2]
    block = BLOCKS[kind][number]
    port = free_port()
    address = f"https://{NAME}:{port}{'/footnote' if '/footnote/' in block else ''}"
    assert urlsplit(address).path == ("/footnote" if number else "")
    keys = write_keys(tmp_path / "keys")
    access = access_to("127.0.0.1", public=False, urls=[address], password_file=tmp_path / "keys")
    corpus = write(
        tmp_path / "corpus", {"tea/green.md": "# Tea\n\nGreen tea is steeped at 80 degrees."}
    )
    build(corpus, tmp_path / "index")
    with running_site(tmp_path / "index", corpus, access) as site:
        block = block.replace("127.0.0.1:7860", site.removeprefix("http://"))
        command = (nginx if kind == "nginx" else caddy)(block, tmp_path, port)
        with running(command, tmp_path, port):
            me: HttpCredentials = {"username": "me", "password": keys["change"]}
            context = browser.new_context(ignore_https_errors=True, http_credentials=me)
            failed: list[str] = []
            ours = partial(str.startswith, f"{address}/")
            page = context.new_page()
            page.on(
                "response",
                lambda answer: (
                    failed.append(answer.url) if answer.status >= 400 and ours(answer.url) else None
                ),
            )
            page.on(
                "console", lambda said: failed.append(said.text) if "Policy" in said.text else None
            )
            page.goto(f"{address}/")
            page.locator("#question textarea").fill("At what temperature is green tea steeped?")
            page.locator("#ask").click()
            expect(page.locator(".answer blockquote")).to_contain_text("80 degrees")
            page.locator(".answer a.footnote").first.click()
            source = page.frame_locator('iframe[name="source"]')
            expect(source.locator("mark#quote")).to_contain_text("80 degrees")
            style = source.locator("body").evaluate("body => document.styleSheets.length")
            page.get_by_role("tab", name="Documents").click()
            note = tmp_path / "note.md"
            note.write_text("Black tea is steeped at 95 degrees.")
            page.locator("#upload input[type=file]").set_input_files(str(note))
            expect(page.locator("#documents")).to_contain_text("uploads/note.md")
            original = source.locator("header a[target]").evaluate("link => link.href")
            assert page.evaluate(
                "link => fetch(link).then((answer) => answer.text())", original
            ).startswith("# Tea")
            assert (style, failed) == (1, [])
            context.close()
            if number == 0 and kind == "caddy":
                expect_nothing_to_change(browser, f"{address}/", keys["ask"])


def expect_nothing_to_change(browser: Browser, address: str, key: str) -> None:
    """A reader finds the documents, and nothing that would change them."""
    me: HttpCredentials = {"username": "me", "password": key}
    context = browser.new_context(ignore_https_errors=True, http_credentials=me)
    page = context.new_page()
    page.goto(address)
    page.get_by_role("tab", name="Documents").click()
    expect(page.locator("#documents")).to_contain_text("tea/green.md")
    expect(page.locator("body.reader")).to_have_count(1)
    for name in ("#upload", "#reading-again", "#documents input[type=checkbox]"):
        expect(page.locator(name).first).to_be_hidden()
    context.close()
