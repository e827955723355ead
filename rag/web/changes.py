"""What changed between two revisions of a document, as a page of the source pane."""

from collections.abc import Iterator
from urllib.parse import quote as quote_url

from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from rag.comparing import Comparison, folded
from rag.errors import RagError, UnknownDocument
from rag.index.revisions import Revision
from rag.web.archive import Newer, Older
from rag.web.links import REVISION
from rag.web.live import Live
from rag.web.reading import Reading
from rag.web.refusal import said_by
from rag.web.source import POLICY, message_page
from rag.web.spoken import Requested
from rag.web.templates import stream

Link = tuple[str, str]  # an address, and the kind of the words that open it


def changes_router(live: Live, root: str) -> APIRouter:
    """Return the route /changes/DOCUMENT?from=…&to=… of two revisions; `root` is the site's path.

    Without `to`, it compares with the last one; without `from`, the one before.
    """
    router, reading = APIRouter(), Reading()

    @router.get("/changes/{document_id:path}", include_in_schema=False)
    async def changes(
        document_id: str, request: Request, words: Requested, old: Older = "", new: Newer = ""
    ) -> Response:
        def work() -> tuple[Comparison, list[Revision]]:
            pipeline = live.pipeline()
            found = pipeline.compare(document_id, old, new)
            return found, pipeline.index.versions(document_id)

        try:
            found, versions = await reading.turn(request, work)
        except RagError as error:
            status = 404 if isinstance(error, UnknownDocument) else 503
            return message_page("what_changed", words.sentence(said_by(error)), root, words, status)
        body = stream("changes.html", _values(found, versions, root), words)
        headers = {"Content-Security-Policy": POLICY}
        return StreamingResponse(body, media_type="text/html", headers=headers)

    return router


def _values(found: Comparison, versions: list[Revision], root: str) -> dict[str, object]:
    """Return the values for changes.html."""
    counts = {kind: sum(one.kind == kind for one in found.lines) for kind in ("removed", "added")}

    def address(one: Revision) -> str:
        return f"{root}/source/{quote_url(one.id)}?revision={one.sha256[:REVISION]}"

    def pairs(one: Revision) -> Iterator[Link]:
        """Yield what an earlier revision can be compared with: the last and the next one."""
        at = versions.index(one)
        for other, kind in ((0, "with_last"), (at - 1, "with_next"))[: min(at, 2)]:
            to = versions[other].sha256[:REVISION]
            place = f"{quote_url(one.id)}?from={one.sha256[:REVISION]}&to={to}"
            yield f"{root}/changes/{place}", kind

    def when(one: Revision) -> str:
        return one.modified[:16].replace("T", " ") or one.sha256[:REVISION]

    return {
        "title": found.new.title,
        "root": root,
        "old": found.old,
        "new": found.new,
        "lines": folded(found.lines),
        "versions": versions,
        "address": address,
        "when": when,
        "pairs": pairs,
        **counts,
    }
