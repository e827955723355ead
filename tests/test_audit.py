"""The audit: one record an answer, whatever the door, without a word of any document."""

import json
import logging
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from gradio_client import Client

from lab.site import running_site
from rag import Pipeline, RagError
from rag.web import audit as audit_module
from rag.web.access import access_to
from rag.web.audit import Audit
from rag.web.keys import write_keys

ASKED = "At what temperature is black tea steeped?"
UNANSWERED = "Who is the mayor of Springfield?"
MESSAGES = [{"role": "user", "content": ASKED}]
TOOL = {"name": "ask", "arguments": {"question": ASKED}}
RPC = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": TOOL}
ACCEPT = {"Accept": "application/json, text/event-stream"}


class Site:
    """A running site with keys that records in a folder."""

    def __init__(self, address: str, key: str, folder: Path) -> None:
        self.address, self.folder = address, folder
        self.bearer = {"Authorization": f"Bearer {key}"}

    def post(self, path: str, body: Mapping[str, object]) -> httpx.Response:
        headers = {**self.bearer, **ACCEPT}
        answer = httpx.post(f"{self.address}{path}", json=body, headers=headers, timeout=60)
        assert answer.status_code == 200, answer.text
        return answer

    def records(self) -> list[dict[str, object]]:
        lines = (path.read_text().splitlines() for path in sorted(self.folder.iterdir()))
        return [json.loads(line) for some in lines for line in some]


@pytest.fixture
def site(folder: Path, tmp_path: Path) -> Iterator[Site]:
    key = write_keys(tmp_path / "keys")["ask"]
    access = access_to("127.0.0.1", public=False, urls=[], password_file=tmp_path / "keys")
    records = tmp_path / "audit"
    with running_site(folder / "index", folder / "corpus", access, Audit(records)) as address:
        yield Site(address, key, records)


def test_every_door_records_who_asked_and_what_was_quoted_from_which_revision(
    site: Site, folder: Path
) -> None:
    site.post("/answer", {"question": ASKED, "session": "abc"})
    site.post("/api/v1/ask", {"question": ASKED})
    site.post("/v1/chat/completions", {"messages": MESSAGES})
    site.post("/mcp", RPC)
    Client(site.address, headers=site.bearer, verbose=False).predict(ASKED, api_name="/ask")
    records = site.records()
    assert [one["door"] for one in records] == ["page", "rest", "chat completions", "mcp", "gradio"]
    assert [one["session"] for one in records] == ["abc", *["programs at 127.0.0.1"] * 4]
    pipeline = Pipeline.open(folder / "index")
    (cited,) = pipeline.ask(ASKED).citations
    for one in records:
        assert (one["who"], one["question"], one["refused"]) == ("ask", ASKED, False)
        revision = pipeline.documents["tea.txt"].sha256
        assert one["documents"] == [{"id": "tea.txt", "sha256": revision}]
        place = {"document": "tea.txt", "start": cited.start, "end": cited.end}
        assert one["quotes"] == [place]
        assert one["generation"] == "gen-000001"
        assert isinstance(one["milliseconds"], int)
        assert abs(datetime.now(UTC) - datetime.fromisoformat(str(one["time"]))).seconds < 600
        assert cited.quote not in json.dumps(one)


def test_a_failing_disk_costs_the_record_and_is_seen_but_not_the_answer(
    site: Site, caplog: pytest.LogCaptureFixture
) -> None:
    def ready() -> object:
        return httpx.get(f"{site.address}/health/ready", timeout=60).json()

    def failing() -> bool:
        text = httpx.get(f"{site.address}/metrics", headers=site.bearer).text
        return "footnote_audit_failing 1.0" in text

    refused = site.post("/api/v1/ask", {"question": UNANSWERED}).json()
    (record,) = site.records()
    assert (record["refused"], record["quotes"], record["documents"]) == (True, [], [])
    assert record["confidence"] == round(refused["confidence"], 4)
    assert (ready(), failing()) == ({"status": "ready"}, False)
    away = site.folder.rename(site.folder.with_name("away"))
    with caplog.at_level(logging.ERROR, "rag"):
        assert site.post("/api/v1/ask", {"question": ASKED}).json()["citations"]
    assert "the audit cannot be written: No such file or directory" in caplog.text
    assert (ready(), failing()) == (
        {"status": "ready", "audit": "cannot be written; see the log"},
        True,
    )
    away.rename(site.folder)
    site.post("/api/v1/ask", {"question": ASKED})
    assert len(site.records()) == 2
    assert (ready(), failing()) == ({"status": "ready"}, False)


def test_records_are_kept_for_some_days_and_may_leave_questions_out(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    records = tmp_path / "audit"
    records.mkdir()
    today = datetime.now(UTC)
    for age in (0, 1, 2, 3, 4):
        day = (today - timedelta(age)).date().isoformat()
        (records / f"answers-{day}.jsonl").write_text("")
    (records / "answers-2025-02-30.jsonl").write_text("not ours")
    audit = Audit(records, 3, questions=False)
    assert len(list(records.iterdir())) == 4  # three days, and the one that is no day
    monkeypatch.setattr(audit_module, "now", lambda: today + timedelta(1))
    with running_site(folder / "index", folder / "corpus", audit=audit) as address:
        httpx.post(f"{address}/api/v1/ask", json={"question": ASKED}, timeout=60)
    newest = records / f"answers-{(today + timedelta(1)).date().isoformat()}.jsonl"
    (line,) = newest.read_text().splitlines()
    assert {"question", "asked"}.isdisjoint(json.loads(line))
    assert "steeped" not in line
    assert len(list(records.iterdir())) == 4  # the oldest of them went
    assert newest.stat().st_mode & 0o777 == 0o600


def test_a_folder_that_cannot_be_written_is_refused_at_the_start(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(RagError, match="No audit can be written to .*Name another folder"):
        Audit(tmp_path / "file")
