"""Uploads: files are streamed into the index's own folder, and added when the page asks for it."""

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from starlette.concurrency import run_in_threadpool

from rag.errors import UploadError
from rag.said import Said
from rag.uploads import Incoming
from rag.web.live import Live
from rag.web.refusal import Refused

MAX_NAME = 1000


def documents_router(live: Live) -> APIRouter:
    """Return the route /documents?name=…: the body is the file, the response its receipt."""
    router = APIRouter()

    @router.post("/documents", include_in_schema=False)
    async def receive(request: Request, name: str = "") -> Response:
        receipt, kept_as = await received(live, request, name)
        return JSONResponse({"receipt": receipt, "name": kept_as}, 201)

    return router


async def received(live: Live, request: Request, name: str) -> tuple[str, str]:
    """Return the receipt of the file in a request, and the name it is kept as; raises Refused."""
    if (
        not name
        or len(name) > MAX_NAME
        or request.headers.get("content-type") != "application/octet-stream"
    ):
        raise Refused(
            400,
            "Send a file as application/octet-stream, with its name in the address: ?name=NAME",
        )
    try:
        incoming = await run_in_threadpool(Incoming, live.folder, name)
        return await _received(incoming, request), incoming.name
    except UploadError as error:
        raise Refused(400, error.text) from error
    except OSError as error:
        raise Refused(507, Said("not_saved", name=name, error=error.strerror)) from error


async def _received(incoming: Incoming, request: Request) -> str:
    """Return the receipt of a file once it is whole on disk; remove it if it never is."""
    try:
        async for part in request.stream():
            await run_in_threadpool(incoming.write, part)
        return await run_in_threadpool(incoming.finish)
    except BaseException:
        incoming.discard()
        raise
