"""What an operator sees: whether the site is alive, whether it can answer, and its figures.

Nothing here holds the text of a question or of a document. The figures are Prometheus's, kept by
its own client library in a registry of this site.
"""

import logging
from collections.abc import Iterator
from dataclasses import dataclass

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, InfoMetricFamily, Metric
from starlette.concurrency import run_in_threadpool

from rag import __version__
from rag.errors import RagError
from rag.web.audit import Audit
from rag.web.caller import Answered
from rag.web.live import Live

FORMAT = "text/plain; version=0.0.4; charset=utf-8"
SECONDS = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)
LOG = logging.getLogger(__name__)


class Measures:
    """The figures of one site; safe to use from several threads."""

    def __init__(self, live: Live, audit: Audit | None = None) -> None:
        self._live, self._audit = live, audit
        self._lines = {"questions": live.turns, "checks": live.checks}
        self.registry = CollectorRegistry()
        self._answers = Counter(
            "footnote_answers",
            "Questions of people and programs, by the kind of answer; none is a refusal",
            ["kind"],
            registry=self.registry,
        )
        self._seconds = Histogram(
            "footnote_seconds",
            "Seconds of questions and of texts to check, by stage: waiting for a turn, or working",
            ["line", "stage"],
            buckets=SECONDS,
            registry=self.registry,
        )
        self._busy = Counter(
            "footnote_busy",
            "Questions and texts to check that were refused since their line was full",
            ["line"],
            registry=self.registry,
        )
        self.registry.register(self)
        for line, turns in self._lines.items():
            turns.watch(_Line(self, line))
            self._busy.labels(line)  # shown as 0 from the start

    def took(self, line: str, waited: float, worked: float) -> None:
        """Note that something that a session asked is done, after so many seconds."""
        self._seconds.labels(line, "waiting").observe(waited)
        self._seconds.labels(line, "working").observe(worked)
        fields = {"line": line, "waited": round(waited, 3), "worked": round(worked, 3)}
        LOG.info("a session was served", extra={"fields": fields})

    def refused(self, line: str) -> None:
        """Note that the line was full."""
        self._busy.labels(line).inc()

    def answered(self, answered: Answered) -> None:
        """Note the kind of an answer, and record it."""
        answer = answered.answer
        if self._audit:
            self._audit.note(answered)
        self._answers.labels(answer.kind).inc()
        fields = {"kind": answer.kind, "quotes": len(answer.citations)}
        LOG.info("a question is answered", extra={"fields": fields})

    @property
    def fault(self) -> str:
        """Why the last answer could not be recorded, "" if it could or need not be."""
        return self._audit.fault if self._audit else ""

    def collect(self) -> Iterator[Metric]:
        """Yield the figures that are read when they are asked for, as Prometheus's client wants."""
        yield InfoMetricFamily("footnote", "The program", value={"version": __version__})
        waiting = GaugeMetricFamily(
            "footnote_waiting", "Questions and texts to check in line", labels=["line"]
        )
        for line, turns in self._lines.items():
            waiting.add_metric([line], turns.waiting())
        yield waiting
        if self._audit:
            text = "1 if the last answer could not be recorded"
            yield GaugeMetricFamily("footnote_audit_failing", text, value=int(bool(self.fault)))
        if (pipeline := self._live.opened()) is None:
            return
        manifest = pipeline.index.manifest
        number = int(manifest.generation.rpartition("-")[2])
        for name, text, value in (
            ("footnote_generation", "The number of the open generation", number),
            ("footnote_documents", "Documents in the index", manifest.documents),
            ("footnote_passages", "Passages in the index", manifest.passages),
            ("footnote_unreadable", "Files that could not be read", len(manifest.unreadable)),
        ):
            yield GaugeMetricFamily(name, text, value=value)


@dataclass(frozen=True, slots=True)
class _Line:
    """Notes what happens in one line of those who wait."""

    measures: Measures
    name: str

    def took(self, waited: float, worked: float) -> None:
        self.measures.took(self.name, waited, worked)

    def refused(self) -> None:
        self.measures.refused(self.name)


def measures_router(live: Live, measures: Measures) -> APIRouter:
    """Return the routes /health/live, /health/ready and /metrics."""
    router = APIRouter(include_in_schema=False)

    @router.get("/health/live")
    async def alive() -> Response:
        return JSONResponse({"status": "alive"})

    @router.get("/health/ready")
    async def ready() -> Response:
        try:
            await run_in_threadpool(live.pipeline)
        except RagError:
            LOG.exception("not ready")
            return JSONResponse({"status": "no index can be opened"}, 503)
        broken = {"audit": "cannot be written; see the log"} if measures.fault else {}
        return JSONResponse({"status": "ready", **broken})

    @router.get("/metrics")
    def metrics() -> Response:
        return Response(generate_latest(measures.registry), media_type=FORMAT)

    return router
