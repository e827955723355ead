"""The file of a document as it is, and its pages as pictures."""

from functools import partial
from pathlib import Path, PurePosixPath
from urllib.parse import quote as quote_url

from fastapi import APIRouter, Request
from fastapi.responses import FileResponse, Response

from rag.errors import RagError
from rag.web.live import Live
from rag.web.reading import Reading
from rag.web.refusal import said_by
from rag.web.source import message_page
from rag.web.spoken import Requested

KEPT = {"Cache-Control": "private, max-age=600"}


def original_router(live: Live, root: str) -> APIRouter:
    """Return the routes /original/DOCUMENT and /page/DOCUMENT?start=…&end=…

    The second is the page where a quote begins, with the quote lit up. `root` is the path of the
    site.
    """
    router, reading = APIRouter(), Reading()

    def drawn(document_id: str, start: int, end: int) -> bytes:
        return live.page_picture(live.pipeline().documents[document_id], start, end)

    @router.get("/original/{document_id:path}", include_in_schema=False)
    async def original(document_id: str, request: Request, words: Requested) -> Response:
        try:
            found = await reading.turn(request, partial(live.original, document_id))
        except RagError as error:
            return message_page("original", words.sentence(said_by(error)), root, words, 404)
        return _original(found, document_id)

    @router.get("/page/{document_id:path}", include_in_schema=False)
    async def page(
        document_id: str, request: Request, words: Requested, start: int = 0, end: int = 0
    ) -> Response:
        try:
            picture = await reading.turn(request, partial(drawn, document_id, start, end))
        except RagError as error:
            return message_page("page_picture", words.sentence(said_by(error)), root, words, 404)
        return Response(picture, media_type="image/png", headers=KEPT)

    return router


def _original(found: Path | bytes, document_id: str) -> Response:
    """Return a PDF to view or another file to save: a browser might show it as a page of ours."""
    is_pdf = document_id.lower().endswith(".pdf")
    kind = "application/pdf" if is_pdf else "application/octet-stream"
    name = quote_url(PurePosixPath(document_id).name)
    shown = "inline" if is_pdf else "attachment"
    headers = {"Content-Disposition": f"{shown}; filename*=UTF-8''{name}"}
    if isinstance(found, Path):
        return FileResponse(found, media_type=kind, headers=headers)
    return Response(found, media_type=kind, headers=headers)
