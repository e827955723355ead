"""MCP with the official client, over HTTP and over standard streams, in both eras of the protocol.

What the server refuses is tested in test_web.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from pathlib import Path
from typing import Any, TypeVar

import httpx
import mcp
import pytest
from mcp.shared.exceptions import MCPError
from mcp.types import ResourceLink, TextContent, TextResourceContents

from rag import Pipeline, __version__
from rag.cli.arguments import make_parser
from rag.web import functions
from rag.web.links import document_address, place_in, resource_address, result_id
from rag.web.tools import NOTICE
from tests.conftest import CORPUS

ROOT = Path(__file__).parents[1]
CLAIMS = "Black tea is steeped at 95 degrees. Green tea is steeped at 60 degrees."
ASKED = "At what temperature is black tea steeped?"
UNANSWERED = "Who is the mayor of Springfield?"
T = TypeVar("T")
Use = Callable[[mcp.Client], Awaitable[T]]
Connect = Callable[[], mcp.Client]


@pytest.fixture(params=["http", "http legacy", "stdio", "stdio legacy"])
def connect(request: pytest.FixtureRequest, site: str, folder: Path) -> Connect:
    """Return what makes a client; "legacy" is the protocol before 2026-07-28."""
    transport, _, legacy = str(request.param).partition(" ")
    arguments = ["-m", "rag", "mcp", "--index", str(folder / "index")]
    streams = mcp.StdioServerParameters(command=sys.executable, args=arguments, cwd=ROOT)
    to = f"{site}/mcp" if transport == "http" else streams
    return lambda: mcp.Client(to, mode="legacy" if legacy else "auto")


def used(connect: Connect, use: Use[T]) -> T:
    """Use a client in a new thread: the browser tests leave a loop running in this one."""

    async def work() -> T:
        async with connect() as client:
            return await use(client)

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work()).result()


async def called(client: mcp.Client, name: str, **arguments: object) -> dict[str, Any]:
    """Return the fields that a tool returned; the text holds the same."""
    result = await client.call_tool(name, arguments)
    assert not result.is_error
    assert isinstance(result.content[0], TextContent)
    fields: dict[str, Any] = result.structured_content or {}
    assert json.loads(result.content[0].text) == fields
    assert fields.pop("notice") == NOTICE
    return fields


def test_a_client_asks_searches_fetches_and_opens_a_quote(connect: Connect, folder: Path) -> None:
    pipeline = Pipeline.open(folder / "index")

    async def use(client: mcp.Client) -> None:
        assert client.server_info
        assert (client.server_info.name, client.server_info.version) == ("Footnote", __version__)
        assert NOTICE in (client.instructions or "")
        for question in (ASKED, UNANSWERED):
            answer = await called(client, "ask", question=question)
            for citation in [*answer["citations"], *answer["nearest"]]:
                assert citation.pop("url")
            assert answer == json.loads(json.dumps(asdict(pipeline.ask(question))))
        links = (await client.call_tool("ask", {"question": ASKED})).content[1:]
        quotes = [citation.quote for citation in pipeline.ask(ASKED).citations]
        assert len(links) == len(quotes)
        for link, quote in zip(links, quotes, strict=True):
            assert isinstance(link, ResourceLink)
            (read,) = (await client.read_resource(link.uri)).contents
            assert isinstance(read, TextResourceContents)
            assert (read.text, read.uri) == (quote, link.uri)
        results = (await called(client, "search", query=ASKED, k=3))["results"]
        for result in results:
            assert {"id", "title", "url"} <= result.keys()
            found = await called(client, "fetch", id=result["id"])
            assert found.keys() == {"id", "title", "text", "url", "metadata"}
            assert found["text"] == pipeline.documents[found["id"]].text
            assert found["text"][result["start"] : result["end"]] == result["text"]
            assert found["url"] == result["url"]
            near = (await called(client, "similar", id=result["id"], k=2))["results"]
            assert result["id"] not in [one["id"] for one in near]
            assert [one["similarity"] for one in near] == sorted(
                (one["similarity"] for one in near), reverse=True
            )
        checked = await called(client, "check", text=CLAIMS)
        assert [one["verdict"] for one in checked["sentences"]] == ["supported", "contradicted"]
        assert all(one["citation"]["url"] for one in checked["sentences"])

    used(connect, use)


def test_every_tool_only_reads_and_describes_what_it_takes_and_returns(connect: Connect) -> None:
    async def use(client: mcp.Client) -> None:
        tools = (await client.list_tools()).tools
        names = ["ask", "search", "fetch", "similar", "check", "documents"]
        assert [tool.name for tool in tools] == names
        for tool in tools:
            assert tool.annotations
            hints = tool.annotations
            assert (hints.read_only_hint, hints.destructive_hint) == (True, False)
            assert NOTICE in (tool.description or "")
            assert tool.output_schema
            assert "notice" in tool.output_schema["properties"]
            assert tool.input_schema["additionalProperties"] is False
        required = {tool.name: tool.input_schema["required"] for tool in tools}
        assert required == {
            "ask": ["question"], "search": ["query"], "fetch": ["id"], "similar": ["id"],
            "check": ["text"], "documents": [],
        }  # fmt: skip
        (template,) = (await client.list_resource_templates()).resource_templates
        assert template.uri_template == "footnote://document/{+id}#char={start},{end}"

    used(connect, use)


def test_what_cannot_be_fetched_or_read_is_an_error_with_what_to_do(connect: Connect) -> None:
    async def use(client: mcp.Client) -> None:
        for name in ("nothing.md", "../secret.md", "/etc/passwd", "file:///etc/passwd", ""):
            result = await client.call_tool("fetch", {"id": name})
            assert result.is_error
            assert isinstance(result.content[0], TextContent)
            assert result.content[0].text.endswith("List the documents: rag documents.")
            for address in (f"footnote://document/{name}", name or "x", "file:///etc/passwd"):
                with pytest.raises(MCPError, match="List the documents"):
                    await client.read_resource(address)
        for place in ("#char=9,3", "#char=0,999999999999"):
            result = await client.call_tool("fetch", {"id": f"tea.txt{place}"})
            assert result.is_error == (place == "#char=9,3")

    used(connect, use)


def test_over_http_a_url_opens_the_quote_in_the_source_pane(site: str) -> None:
    async def use(client: mcp.Client) -> str:
        answer = await called(client, "ask", question=ASKED)
        url: str = answer["citations"][0]["url"]
        return url

    url = used(lambda: mcp.Client(f"{site}/gradio_api/mcp/"), use)
    assert url.startswith(f"{site}/source/tea.txt?start=")
    assert "95 degrees.</mark>" in httpx.get(url.partition("#")[0]).text


def test_a_long_document_is_fetched_in_parts(
    site: str, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(functions, "MAX_FETCHED", 20)

    async def use(client: mcp.Client) -> str:
        text, end = "", 0
        while True:
            part = await called(client, "fetch", id="tea.txt", start=end)
            text, end = f"{text}{part['text']}", part["metadata"]["end"]
            assert len(part["text"]) <= 20
            if end == part["metadata"]["characters"]:
                return text

    assert used(lambda: mcp.Client(f"{site}/mcp"), use) == CORPUS["tea.txt"]


def test_a_result_far_into_a_document_is_in_what_is_fetched(
    site: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(functions, "MAX_FETCHED", 20)
    text = CORPUS["tea.txt"]
    start = text.index("95 degrees")

    async def use(client: mcp.Client) -> dict[str, Any]:
        return await called(client, "fetch", id=f"tea.txt#char={start},{start + 10}")

    part = used(lambda: mcp.Client(f"{site}/mcp"), use)
    assert part["text"] == text[start : start + 20]
    assert part["metadata"]["start"] == start


def test_an_index_that_is_missing_is_said_over_streams(tmp_path: Path) -> None:
    arguments = ["-m", "rag", "mcp", "--index", str(tmp_path / "none")]
    streams = mcp.StdioServerParameters(command=sys.executable, args=arguments, cwd=ROOT)

    async def use(client: mcp.Client) -> str:
        result = await client.call_tool("ask", {"question": ASKED})
        assert result.is_error
        assert isinstance(result.content[0], TextContent)
        return result.content[0].text

    assert "rag build" in used(lambda: mcp.Client(streams), use)


def test_an_id_and_an_address_name_the_same_place() -> None:
    for name in ("tea.txt", "a b/naïve ☕.md", "x#char=1,2.md", "100%.md", "a?b#c.md"):
        place = {"document_id": name, "start": 3, "end": 7}
        assert place_in(result_id(place)) == (name, (3, 7))
        assert place_in(resource_address(name, 3, 7)) == (name, (3, 7))
        assert place_in(document_address(name, "")) == (name, None)
        assert place_in(name) == (name, None)


def test_the_entry_for_registries_has_our_version_and_a_command_that_exists() -> None:
    entry = json.loads((ROOT / "server.json").read_text(encoding="utf-8"))
    (package,) = entry["packages"]
    assert entry["version"] == package["version"] == __version__
    assert f"mcp-name: {entry['name']}" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert f'name = "{package["identifier"]}"' in (ROOT / "pyproject.toml").read_text()
    command = [one.get("value", one.get("name")) for one in package["packageArguments"]]
    assert make_parser().parse_args([*command, "x"]).index == Path("x")
    assert len(entry["description"]) <= 100
