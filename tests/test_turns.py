"""Questions take turns: a short line, fair between sessions, that says at once when it is full."""

from collections.abc import Iterator
from concurrent.futures import Future
from functools import partial
from pathlib import Path
from threading import Event

import httpx
import pytest

from lab.site import running_site
from rag.checking import CheckedText
from rag.errors import QuestionError, ServerBusy
from rag.pipeline import Pipeline
from rag.scope import Scope
from rag.types import Answer
from rag.web import live
from rag.web.caller import Asker
from rag.web.functions import Functions
from rag.web.turns import AT_ONCE, Turns, program_at, turns_to_check

ACCEPTS = {"Accept": "application/json, text/event-stream"}


def mcp(site: str, tool: str, **values: str) -> httpx.Response:
    """Call a tool over MCP."""
    call = {"jsonrpc": "2.0", "id": 1, "method": "tools/call"}
    message = {**call, "params": {"name": tool, "arguments": values}}
    return httpx.post(f"{site}/mcp", json=message, headers=ACCEPTS)


class Work:
    """Notes its name when it is done; the first one is held until all others are in line."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.begun, self.released = Event(), Event()

    def held(self) -> str:
        """Begin, and wait to be released."""
        self.begun.set()
        assert self.released.wait(30)
        return "held"

    def named(self, name: str) -> str:
        """Note that the work with this name is done."""
        self.done.append(name)
        return name


@pytest.fixture
def work() -> Iterator[Work]:
    found = Work()
    yield found
    found.released.set()


def busy(turns: Turns, work: Work) -> Future[str]:
    """Keep the only worker busy."""
    first = turns.take("first", work.held)
    assert work.begun.wait(30)
    return first


def test_sessions_take_turns(work: Work) -> None:
    turns = Turns(at_once=1)
    first = busy(turns, work)
    asked = [
        turns.take(name[0], partial(work.named, name))
        for name in ("a1", "a2", "a3", "b1", "c1", "b2")
    ]
    work.released.set()
    assert [future.result(30) for future in (first, *asked)] == [
        "held", "a1", "a2", "a3", "b1", "c1", "b2",
    ]  # fmt: skip
    assert work.done == ["a1", "b1", "c1", "a2", "b2", "a3"]


def test_several_are_answered_at_the_same_time(work: Work) -> None:
    turns, second = Turns(at_once=2), Event()
    first = busy(turns, work)
    turns.take("other", second.set)
    assert second.wait(30)  # although the first has not ended
    assert not first.done()


def test_a_full_line_is_said_at_once_with_the_seconds_to_wait(work: Work) -> None:
    turns = Turns(at_once=1, most=2)
    busy(turns, work)
    for session in "ab":
        turns.take(session, lambda: "")
    words = "^Busy: 2 questions are waiting. Ask again in 1 s$"
    with pytest.raises(ServerBusy, match=words):
        turns.check("c")
    with pytest.raises(ServerBusy, match=words) as refused:
        turns.take("c", lambda: "")
    assert refused.value.seconds == 1


def test_one_session_cannot_fill_the_line(work: Work) -> None:
    turns = Turns(at_once=1, most=4, share=2)
    busy(turns, work)
    for _ in range(2):
        turns.take("a", lambda: "")
    with pytest.raises(ServerBusy):
        turns.take("a", lambda: "")
    assert turns.take("b", lambda: "b") is not None


def test_requests_that_are_coming_count_as_waiting() -> None:
    turns = Turns(at_once=1, most=2)
    with turns.coming("a"), turns.coming("b"), pytest.raises(ServerBusy):
        turns.check("c")
    turns.check("c")


def test_an_error_goes_to_the_one_who_asked_and_the_next_one_is_answered() -> None:
    turns = Turns(at_once=1)

    def failing() -> str:
        raise QuestionError("The question is empty")

    with pytest.raises(QuestionError, match="empty"):
        turns.take("a", failing).result(30)
    assert turns.take("a", lambda: "answer").result(30) == "answer"


def test_work_that_was_cancelled_in_line_is_not_done(work: Work) -> None:
    turns = Turns(at_once=1)
    busy(turns, work)
    cancelled = turns.take("a", lambda: work.named("cancelled"))
    after = turns.take("a", lambda: work.named("after"))
    assert cancelled.cancel()
    work.released.set()
    assert after.result(30) == "after"
    assert work.done == ["after"]


def test_rest_and_mcp_say_503_with_the_seconds_to_wait(
    index: Path, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = Turns(at_once=1, most=1)
    monkeypatch.setattr(live, "Turns", lambda: turns)
    with running_site(index, index.parent / "corpus") as site:
        busy(turns, work)
        turns.take("other", lambda: "")
        rest = httpx.post(f"{site}/gradio_api/call/ask", json={"data": ["Who?"]})
        tool = mcp(site, "ask", question="Who?")
        for response in (rest, tool):
            assert (response.status_code, response.headers["retry-after"]) == (503, "1")
            assert response.json() == {"detail": "Busy: 1 question is waiting. Ask again in 1 s."}
        listed = httpx.post(f"{site}/gradio_api/call/documents", json={"data": []})
        assert listed.status_code == 200  # it searches nothing
        work.released.set()


def test_the_page_says_in_the_chat_that_the_line_is_full(
    index: Path, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = Turns(at_once=1, most=1)
    monkeypatch.setattr(live, "Turns", lambda: turns)
    with running_site(index, index.parent / "corpus") as site:
        busy(turns, work)
        turns.take("other", lambda: "")
        asked = httpx.post(f"{site}/answer", json={"question": "Who?", "session": "a"})
        assert "Busy: 1 question is waiting. Ask again in 1 s" in asked.text
        work.released.set()


def test_questions_over_rest_from_one_address_are_one_session(
    index: Path, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    turns = Turns(at_once=1, most=4, share=1)
    monkeypatch.setattr(live, "Turns", lambda: turns)
    with running_site(index, index.parent / "corpus") as site:
        busy(turns, work)
        turns.take(program_at("127.0.0.1"), lambda: "")
        rest = httpx.post(f"{site}/gradio_api/call/ask", json={"data": ["Who?"]})
        assert rest.status_code == 503
        turns.check("a page")
        work.released.set()


def test_an_answer_is_waited_for_without_holding_up_the_site(
    index: Path, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(*_: object, **__: object) -> Answer:
        work.held()
        return Answer("Who?", "", "none", 0.0)

    monkeypatch.setattr(Pipeline, "ask", ask)
    monkeypatch.setattr(live.Live, "pipeline", lambda self: Pipeline)
    with running_site(index, index.parent / "corpus") as site:
        sent = httpx.post(f"{site}/gradio_api/call/ask", json={"data": ["Who?"]})
        assert work.begun.wait(30)
        assert httpx.get(f"{site}/source/").status_code == 200
        work.released.set()
        address = f"{site}/gradio_api/call/ask/{sent.json()['event_id']}"
        assert "event: complete" in httpx.get(address, timeout=30).text


def test_texts_that_one_session_has_checked_leave_questions_their_turns(
    work: Work, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def check(*_: object) -> CheckedText:
        work.held()
        return CheckedText("", (), {})

    monkeypatch.setattr(Pipeline, "check", check)
    monkeypatch.setattr(Pipeline, "ask", lambda *_, **__: Answer("Who?", "", "none", 0.0))
    monkeypatch.setattr(live.Live, "pipeline", lambda self: Pipeline)
    functions = Functions(live.Live(tmp_path, tmp_path))
    checks = [functions.check(Asker("rest", "a"), "Ten came.", Scope()) for _ in range(AT_ONCE)]
    assert work.begun.wait(30)
    assert functions.ask(Asker("page", "b"), "Who?", Scope()).result(20)["kind"] == "none"
    assert [one.running() for one in checks] == [True, False, False, False]
    work.released.set()
    assert [one.result(30)["sentences"] for one in checks] == [()] * AT_ONCE


def test_every_door_says_that_the_line_of_texts_to_check_is_full(
    index: Path, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rag.web.turns.CHECKS_WAITING", 1)
    checks = turns_to_check()
    monkeypatch.setattr(live, "turns_to_check", lambda: checks)
    with running_site(index, index.parent / "corpus") as site:
        busy(checks, work)
        checks.take("other", lambda: "")
        said = "Busy: 1 text is waiting to be checked. Send yours again in 2 s."
        rest = httpx.post(f"{site}/api/v1/check", json={"text": "Ten came."})
        tool = mcp(site, "check", text="Ten came.")
        for response in (rest, tool):
            assert (response.status_code, response.headers["retry-after"]) == (503, "2")
        assert (rest.json()["error"]["message"], tool.json()["detail"]) == (said, said)
        page = httpx.post(f"{site}/check", json={"text": "Ten came.", "session": "a"})
        assert said in page.text
        work.released.set()
