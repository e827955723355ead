"""The source pane: every document as a page of its own, at an address that a footnote can point to.

Nothing on these pages can run: their policy allows a style sheet of ours and nothing else.
"""

from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from urllib.parse import quote as quote_url

from fastapi import APIRouter
from fastapi.responses import FileResponse, HTMLResponse, Response, StreamingResponse

from rag.errors import RagError, UnknownDocument
from rag.render import escape, quote_check, source_html
from rag.types import Document
from rag.web.live import Live

POLICY = "default-src 'none'; style-src 'self'; frame-ancestors 'self'; base-uri 'none'; form-action 'none'"
STYLE = Path(__file__).with_name("source.css")
EMPTY = "<main class='empty'><p>Click a footnote to open its source here, at the quote.</p></main>"
MOVED = "<p class='notice'>This document has changed since the answer was given. Ask again for the place of the quote.</p>"


def source_router(live: Live, root: str) -> APIRouter:
    """Return the routes of the source pane: /source/ and /source/DOCUMENT?start=…&end=…&check=…

    `root` is the path of the site.
    """
    router = APIRouter()

    @router.get("/source/", include_in_schema=False)
    def nothing_open() -> Response:
        return static_page("Source", EMPTY, root)

    @router.get("/source-style.css", include_in_schema=False)
    def style() -> Response:
        return FileResponse(STYLE, media_type="text/css")

    @router.get("/original/{document_id:path}", include_in_schema=False)
    def original(document_id: str) -> Response:
        try:
            found = live.original(document_id)
        except RagError as error:
            message = f"<main class='empty'><p>{escape(str(error))}</p></main>"
            return static_page("Original", message, root, 404)
        return _original(found, document_id)

    @router.get("/source/{document_id:path}", include_in_schema=False)
    def source(document_id: str, start: int = 0, end: int = 0, check: str = "") -> Response:
        try:
            document = live.pipeline().documents[document_id]
        except RagError as error:
            status = 404 if isinstance(error, UnknownDocument) else 503
            message = f"<main class='empty'><p>{escape(str(error))}</p></main>"
            return static_page("Source", message, root, status)
        body = _document(document, start, end, check, root)
        return StreamingResponse(
            body, media_type="text/html", headers={"Content-Security-Policy": POLICY}
        )

    return router


def _original(found: Path | bytes, document_id: str) -> Response:
    """Return a file to keep, or a PDF to look at: all else might be shown as a page of ours, and run."""
    is_pdf = document_id.lower().endswith(".pdf")
    kind = "application/pdf" if is_pdf else "application/octet-stream"
    name = quote_url(PurePosixPath(document_id).name)
    headers = {
        "Content-Disposition": f"{'inline' if is_pdf else 'attachment'}; filename*=UTF-8''{name}"
    }
    if isinstance(found, Path):
        return FileResponse(found, media_type=kind, headers=headers)
    return Response(found, media_type=kind, headers=headers)


def _document(document: Document, start: int, end: int, check: str, root: str) -> Iterator[str]:
    stands = 0 <= start < end <= len(document.text) and (
        not check or quote_check(document.text[start:end]) == check
    )
    yield _head(document.title, root)
    if end and not stands:
        yield MOVED
    yield from source_html(document, start if stands else 0, end if stands else 0, root)
    yield "</body></html>"


def static_page(title: str, body: str, root: str, status: int = 200) -> Response:
    """Return a whole page on which nothing can run."""
    html = f"{_head(title, root)}{body}</body></html>"
    return HTMLResponse(html, status, headers={"Content-Security-Policy": POLICY})


def _head(title: str, root: str) -> str:
    return (
        '<!doctype html><html lang="und"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        f'<title>{escape(title)}</title><link rel="stylesheet" href="{escape(root)}/source-style.css"></head><body>'
    )
