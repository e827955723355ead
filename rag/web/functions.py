"""What programs can call over REST and MCP: values in, plain fields out, errors in our words."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import asdict
from time import monotonic

from rag.checking import CheckedText, document_of
from rag.checking.claims import claims_of
from rag.errors import QuestionError, UnknownDocument
from rag.progress import Progress
from rag.said import Said
from rag.scope import Scope
from rag.trace import Trace
from rag.types import Answer, Document
from rag.web.caller import Answered, Asker
from rag.web.fields import Fields, text_fields, url_of, with_address
from rag.web.links import document_at, place_in
from rag.web.live import Live
from rag.web.turns import Turns
from rag.web.within import scope_within
from rag.words import hit_fields, passage_fields

MAX_PASSAGES = 100
MAX_FETCHED = 100_000  # characters of a document that are fetched at once
MAX_CHECKED = 200  # sentences of a text; each takes as long as a question


class Functions:
    """The functions, each over the generation current at the call; they raise RagError.

    Those that search take a turn of the session of the asker. With `linked`, citations and passages
    have a `url`: at the address of the `site`, or one that needs no site if that is "".
    """

    def __init__(self, live: Live, answered: Callable[[Answered], None] = lambda _: None) -> None:
        self._live = live
        self._answered = answered  # gets every answer

    @property
    def lines(self) -> Mapping[str, Turns]:
        """The turns that each function takes which counts as a question."""
        turns = self._live.turns
        return {"ask": turns, "search": turns, "similar": turns, "check": self._live.checks}

    def answer(
        self, asker: Asker, question: str, scope: Scope, history: Sequence[str] = ()
    ) -> Future[Answer]:
        """Return an Answer."""
        return self._live.turns.take(
            asker.session, lambda: self._answer(asker, question, scope, history)
        )

    def ask(
        self,
        asker: Asker,
        question: str,
        scope: Scope,
        history: Sequence[str] = (),
        *,
        site: str = "",
        linked: bool = False,
        timed: bool = False,
    ) -> Future[Fields]:
        """Return the fields of an Answer; if `timed`, `timings` too: milliseconds by step."""
        trace = Trace()

        def work() -> Fields:
            trace.milliseconds[Said("step_waiting")] = trace.so_far()
            fields = asdict(self._answer(asker, question, scope, history, trace))
            for name in ("citations", "nearest") if linked else ():
                fields[name] = [with_address(citation, site) for citation in fields[name]]
            if timed:
                fields["timings"] = {step: round(ms, 1) for step, ms in trace.milliseconds.items()}
            return fields

        return self._live.turns.take(asker.session, work)

    def search(
        self,
        asker: Asker,
        question: str,
        k: int,
        scope: Scope,
        *,
        site: str = "",
        linked: bool = False,
    ) -> Future[list[Fields]]:
        """Return the fields of the k closest passages, 1 to 100."""

        def work() -> list[Fields]:
            hits = self._live.pipeline().search(question, max(1, min(k, MAX_PASSAGES)), scope)
            fields = [hit_fields(hit) for hit in hits]
            return [with_address(one, site) for one in fields] if linked else fields

        return self._live.turns.take(asker.session, work)

    def similar(
        self, asker: Asker, document_id: str, start: int, end: int, k: int, *, site: str
    ) -> Future[list[Fields]]:
        """Return the fields of the k passages most similar to a place, 1 to 100."""

        def work() -> list[Fields]:
            hits = self._live.pipeline().similar(
                document_id, start, end, max(1, min(k, MAX_PASSAGES))
            )
            return [with_address(hit_fields(hit), site) for hit in hits]

        return self._live.turns.take(asker.session, work)

    def checked(self, asker: Asker, text: str, within: Sequence[str]) -> Future[CheckedText]:
        """Return a verdict on each sentence; `within` names documents and folders."""

        def work() -> CheckedText:
            pipeline = self._live.pipeline()
            scope = scope_within(within, pipeline.documents)
            return pipeline.check(_short(document_of(text)), scope)

        return self._live.checks.take(asker.session, work)

    def check(self, asker: Asker, text: str, scope: Scope, *, site: str = "") -> Future[Fields]:
        """Return the fields of a CheckedText but its text; each citation has an address.

        Raises QuestionError for a text with more than MAX_CHECKED sentences.
        """

        def work() -> Fields:
            document = _short(document_of(text))
            fields = asdict(self._live.pipeline().check(document, scope))
            for one in fields["sentences"]:
                one["citation"] = one["citation"] and with_address(one["citation"], site)
            return {"sentences": fields["sentences"], "left_out": fields["left_out"]}

        return self._live.checks.take(asker.session, work)

    def documents(self) -> Fields:
        """Return the indexed documents, and the files that could not be read, with reasons."""
        index = self._live.pipeline().index
        unreadable = [{"id": name, "reason": reason} for name, reason in index.manifest.unreadable]
        return {
            "documents": [asdict(item) for item in index.documents.summaries()],
            "unreadable": unreadable,
        }

    def text(
        self, document_id: str, start: int, end: int | None, site: str = "", revision: str = ""
    ) -> Fields:
        """Return the text of a document from `start` to `end`, which may be after its last one.

        It is that of a `revision` if that is kept, else the present one; `changed` in its metadata
        says whether the document has another revision now. Raises UnknownDocument, QuestionError
        for a place that the text cannot have.
        """
        document, changed = document_at(self._live.pipeline().index, document_id, revision)
        return text_fields(document, start, end, site, changed=changed)

    def revisions(self, document_id: str) -> Fields:
        """Return the revisions of a document, the newest first; raises UnknownDocument."""
        versions = self._live.pipeline().index.versions(document_id)
        return {"revisions": [asdict(one) for one in versions]}

    def changes(self, document_id: str, old: str, new: str) -> Fields:
        """Return the fields of a Comparison of two revisions; raises UnknownDocument."""
        return asdict(self._live.pipeline().compare(document_id, old, new))

    def fetch(self, name: str, start: int, site: str) -> Fields:
        """Return the same of a document or a search result, at most MAX_FETCHED characters.

        Without a `start`, a result that is further on is where the text begins.
        """
        document_id, place = place_in(name)
        document = self._live.pipeline().documents[document_id]
        if place and not start and place[1] > MAX_FETCHED:
            start = place[0]
        fields = text_fields(document, start, start + MAX_FETCHED, site)
        if place is None:
            return fields
        quote = text_fields(document, *place, site)
        return {**fields, "url": url_of(document.id, *place, str(quote["text"]), site)}

    def resource(self, address: str) -> str:
        """Return the text of a document, or of the place in it, that an address names."""
        document_id, place = place_in(address)
        fields = self.text(document_id, *(place or (0, None)))
        return str(fields["text"])

    def passage(self, document_id: str, ordinal: int, site: str) -> Fields:
        """Return the fields of one passage; raises UnknownDocument."""
        index = self._live.pipeline().index
        rows = index.documents.stored(document_id).rows
        if not 0 <= ordinal < len(rows):
            raise UnknownDocument(
                f"{document_id} has no passage {ordinal}. "
                f"It has {len(rows):,}, and the first is number 0"
            )
        return with_address(passage_fields(index.passages[rows[ordinal]]), site)

    def add(self, receipt: str) -> Fields:
        """Take an uploaded file into the index; return its name, its outcome and the report."""
        report, ((name, outcome),) = self._live.add([receipt], _silent)
        return {"name": name, "outcome": outcome, "report": asdict(report)}

    def _answer(
        self,
        asker: Asker,
        question: str,
        scope: Scope,
        history: Sequence[str],
        trace: Trace | None = None,
    ) -> Answer:
        began = monotonic()
        answer = self._live.pipeline().ask(question, history, scope, trace)
        self._answered(Answered(answer, asker, monotonic() - began))
        return answer


def _short(text: Document) -> Document:
    """Return a text that one turn can check; raises QuestionError."""
    count = len(claims_of(text)[0])
    if count > MAX_CHECKED:
        raise QuestionError(
            f"The text has {count:,} sentences to check; the limit is {MAX_CHECKED:,}. "
            "Send it in parts"
        )
    return text


def _silent(_: Progress) -> None:
    """Report nothing: the response is the report."""
