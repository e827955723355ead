"""Refusals of the site's doors: what people and programs read, and what only the log has."""

import logging
from pathlib import Path

import httpx
import pytest

from lab.site import running_site
from rag.errors import StoreError
from rag.web.live import Live

ENGINE = "milvus://10.1.2.3:19530/private cannot be used: no route. See that the engine runs"
TOOL = {"name": "ask", "arguments": {"question": "Who?"}}
RPC = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": TOOL}
CHAT = {"messages": [{"role": "user", "content": "Who?"}]}
DOORS: dict[str, object] = {
    "/api/v1/ask": {"question": "Who?"},
    "/api/v1/search": {"question": "Who?"},
    "/v1/chat/completions": CHAT,
    "/mcp": RPC,
    "/answer": {"question": "Who?", "session": "a"},
    "/check": {"text": "It is old.", "session": "a"},
    "/map/": None,
    "/source/tea.txt": None,
    "/similar/tea.txt": None,
    "/changes/tea.txt": None,
}


def test_nobody_who_asks_reads_the_address_of_the_engine_and_the_log_has_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(_: Live) -> None:
        raise StoreError(ENGINE)

    monkeypatch.setattr(Live, "pipeline", fails)
    accept = {"Accept": "application/json, text/event-stream", "Accept-Language": "en"}
    with running_site(tmp_path, tmp_path, None) as site, caplog.at_level(logging.ERROR, "rag"):
        for path, body in DOORS.items():
            method = "POST" if body else "GET"
            said = httpx.request(method, f"{site}{path}", json=body, headers=accept, timeout=30)
            assert "10.1.2.3" not in said.text, path
            assert "What the search needs does not answer. Try again later" in said.text, path
        sent = httpx.post(f"{site}/gradio_api/call/ask", json={"data": ["Who?"]}).json()
        said = httpx.get(f"{site}/gradio_api/call/ask/{sent['event_id']}", timeout=30)
        assert "10.1.2.3" not in said.text
        german = {"Accept-Language": "de"}
        said = httpx.post(f"{site}/answer", json=DOORS["/answer"], headers=german)
        assert "Was die Suche braucht, antwortet nicht" in said.text
    assert [ENGINE in record.getMessage() for record in caplog.records] == [True] * 12
