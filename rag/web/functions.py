"""What programs can call over REST and MCP: values in, plain fields out, errors in our words."""

from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import asdict
from datetime import date

from rag.errors import QuestionError
from rag.scope import Scope
from rag.web.events import MAX_TEXTS
from rag.web.live import Live
from rag.words import day_of, hit_fields

MAX_PASSAGES = 100

Fields = dict[str, object]


class Functions:
    """The three functions, each over the generation current at the call; they raise RagError.

    Those that search take a turn of the session that asks.
    """

    def __init__(self, live: Live) -> None:
        self._live = live

    def ask(self, session: str, question: str, scope: Scope) -> Future[Fields]:
        """Return the fields of an Answer."""

        def work() -> Fields:
            return asdict(self._live.pipeline().ask(question, scope=scope))

        return self._live.turns.take(session, work)

    def search(self, session: str, question: str, k: int, scope: Scope) -> Future[list[Fields]]:
        """Return the fields of the k closest passages, 1 to 100."""

        def work() -> list[Fields]:
            hits = self._live.pipeline().search(question, max(1, min(k, MAX_PASSAGES)), scope)
            return [hit_fields(hit) for hit in hits]

        return self._live.turns.take(session, work)

    def documents(self) -> Fields:
        """Return the indexed documents, and the files that could not be read, with reasons."""
        index = self._live.pipeline().index
        unreadable = [{"id": name, "reason": reason} for name, reason in index.manifest.unreadable]
        return {
            "documents": [asdict(item) for item in index.documents.summaries()],
            "unreadable": unreadable,
        }


def scope_of(
    documents: Sequence[str] = (),
    folders: Sequence[str] = (),
    types: Sequence[str] = (),
    since: str = "",
    until: str = "",
) -> Scope:
    """Return the scope of these values; empty ones set no limit. Raises QuestionError."""
    for name, values in (("documents", documents), ("folders", folders), ("types", types)):
        if len(values) > MAX_TEXTS:
            raise QuestionError(f"{name} has {len(values):,} names; the limit is {MAX_TEXTS:,}")
    return Scope(tuple(documents), tuple(folders), tuple(types), _day(since), _day(until))


def _day(text: str) -> date | None:
    try:
        return day_of(text) if text else None
    except ValueError as error:
        raise QuestionError(str(error)) from error
