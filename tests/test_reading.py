"""Files read for the page: in threads of their own, in a line, so that questions go on."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import islice
from threading import Event

import httpx
import pytest

from rag.web import checked
from rag.web.live import Live
from rag.web.reading import AT_ONCE, SHARE

KIND = {"Content-Type": "application/octet-stream"}
HELD = AT_ONCE + SHARE  # of one address: read, and in line
REQUESTS = HELD + 40  # as many more as the threads that all other requests share


class Slow:
    """Reads nothing until it is released; `begun` is set when the first one is read."""

    def __init__(self) -> None:
        self.begun, self.released = Event(), Event()

    def read(self, *_: object) -> bytes:
        """Wait to be released."""
        self.begun.set()
        assert self.released.wait(60)
        return b"read"


@pytest.fixture
def slow() -> Iterator[Slow]:
    found = Slow()
    yield found
    found.released.set()


@pytest.mark.parametrize("path", ["/text?name=a.txt", "/original/tea.txt"])
def test_files_that_are_slow_to_read_hold_up_nothing_else_and_too_many_are_refused(
    site: str, path: str, slow: Slow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checked, "_text", lambda *_: slow.read().decode())
    monkeypatch.setattr(Live, "original", slow.read)
    method = "POST" if "text" in path else "GET"

    def asked() -> int:
        return httpx.request(method, site + path, headers=KIND, timeout=60).status_code

    with ThreadPoolExecutor(REQUESTS) as many:
        sent = [many.submit(asked) for _ in range(REQUESTS)]
        assert slow.begun.wait(30)
        refused = [one.result() for one in islice(as_completed(sent), REQUESTS - HELD)]
        assert httpx.get(f"{site}/source/").status_code == 200
        slow.released.set()
    assert set(refused) == {503}
    assert Counter(one.result() for one in sent) == {503: REQUESTS - HELD, 200: HELD}
