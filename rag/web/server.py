"""Puts together the page, the source pane, REST, MCP and their guards, and serves them."""

import os
import socket
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import gradio as gr
import uvicorn
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, Response
from starlette.types import ASGIApp

from rag.config import AskConfig
from rag.errors import RagError
from rag.uploads import sweep
from rag.web.access import Access, access_to
from rag.web.audit import Audit
from rag.web.caller import caller_of
from rag.web.changes import changes_router
from rag.web.chat import chat_router
from rag.web.checked import check_router
from rag.web.completions import completions_router
from rag.web.connection import PatientProtocol
from rag.web.documents import documents_router
from rag.web.doors import Doors
from rag.web.events import EVENTS
from rag.web.exports import exports_router
from rag.web.feedback import feedback_router
from rag.web.functions import Functions
from rag.web.live import Live
from rag.web.map import map_router
from rag.web.mcp import mcp_app, mcp_server
from rag.web.measures import Measures, measures_router
from rag.web.original import original_router
from rag.web.page import build_page
from rag.web.proxies import NO_PROXIES, Proxies
from rag.web.refusal import Refused, is_for_programs, refused_by, refused_value
from rag.web.rest import rest_router
from rag.web.security import Guard
from rag.web.similar import similar_router
from rag.web.source import source_router
from rag.web.spoken import Spoken, wording_router
from rag.web.templates import render
from rag.web.wording import words_for

HERE = Path(__file__).parent
VIEWS = (
    source_router, changes_router, similar_router, original_router, map_router, feedback_router,
)  # fmt: skip
STYLES = ("page.css", "chat.css", "panel.css")
TYPES = {".js": "text/javascript", ".css": "text/css"}
FONTS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif"]
CONNECTIONS = 1000  # at once; each open page holds one or two
# How long an unused connection is kept. Clients drop theirs sooner, so none uses one just closed.
IDLE_SECONDS = 30
ADDRESS = "A value in the address has the wrong type"


def create_app(
    index: Path,
    corpus: Path = Path("corpus"),
    access: Access | None = None,
    config: AskConfig | None = None,
    audit: Audit | None = None,
) -> ASGIApp:
    """Return the whole site as an ASGI application; the `audit` records every answer."""
    access = access or Access()
    live = Live(index, corpus, config)
    measures = Measures(live, audit)
    functions = Functions(live, measures.answered)
    tools = mcp_app(mcp_server(functions, access.prefix))

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with tools.router.lifespan_context(tools):
            yield

    app = FastAPI(openapi_url=None, redirect_slashes=False, lifespan=lifespan)
    for kind in (Refused, RagError, RequestValidationError):
        app.add_exception_handler(kind, _refused)
    for router in VIEWS:
        app.include_router(router(live, access.prefix))
    for made in (documents_router(live), wording_router(), exports_router()):
        app.include_router(made)
    app.include_router(check_router(functions))
    app.add_api_route("/caller", _caller(access), include_in_schema=False)
    app.include_router(measures_router(live, measures))
    app.include_router(rest_router(functions, live, access.prefix))
    app.include_router(completions_router(functions, access.prefix))
    app.include_router(chat_router(live, measures.answered))
    for path in sorted([*HERE.glob("js/*.js"), *HERE.glob("css/*.css")]):
        address = f"/{path.parent.name}/{path.name}"
        app.add_api_route(address, _file(path), include_in_schema=False)
    app.mount("/mcp", tools)
    page = build_page(live, functions, changeable=access.can_change)
    _mount(app, page, access.prefix)
    has_session = page._queue.pending_messages_per_session.__contains__  # Gradio fails without one
    return Guard(Doors(Spoken(app), access, events_of(page), has_session, functions.lines))


def events_of(page: gr.Blocks) -> dict[int, str]:
    """Return the name of each event that the page may call, by Gradio's number for it."""
    names = {
        number: event.fn.__name__ for number, event in page.fns.items() if event.fn is not None
    }
    return {number: name for number, name in names.items() if name in EVENTS}


def serve(
    index: Path,
    host: str = "127.0.0.1",
    port: int = 7860,
    *,
    corpus: Path = Path("corpus"),
    public: bool = False,
    public_urls: Sequence[str] = (),
    password_file: Path | None = None,
    config: AskConfig | None = None,
    audit: Audit | None = None,
    proxies: Proxies = NO_PROXIES,
    per_minute: int = 0,
    read_only: bool = False,
    announce: Callable[[str], None] = lambda _: None,
) -> None:
    """Serve until interrupted; `announce` gets the address once the site is ready to listen.

    `public_urls` are the addresses that others use, `password_file` holds the keys (see `rag
    keys`), the `audit` records every answer, the `proxies` are believed, and each caller may ask
    `per_minute` questions in a minute. Nobody can change an index that is `read_only`. Raises
    RagError if the address is taken, or if other machines can reach it and it is not `public` or
    has no public URL.
    """
    access = access_to(
        host,
        public=public,
        urls=public_urls,
        password_file=password_file,
        proxies=proxies,
        per_minute=per_minute,
        read_only=read_only,
    )
    _check_free(host, port)
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    sweep(index, starting=True)
    app = create_app(index, corpus, access, config, audit)
    announce(access.addresses[0].geturl() if access.addresses else f"http://{host}:{port}")
    with suppress(KeyboardInterrupt):  # the usual way to end it
        uvicorn.Server(settings(app, host, port)).run()


def settings(app: ASGIApp, host: str, port: int) -> uvicorn.Config:
    """Return uvicorn's settings, with limits on how long clients may take and how many connect."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        log_level="error",
        http=PatientProtocol,
        ws="none",
        proxy_headers=False,
        server_header=False,
        limit_concurrency=CONNECTIONS,
        timeout_keep_alive=IDLE_SECONDS,
        timeout_graceful_shutdown=5,
    )


def _mount(app: FastAPI, page: gr.Blocks, prefix: str) -> None:
    gr.mount_gradio_app(
        app,
        page,
        path="/",
        root_path=prefix or None,
        show_error=True,
        allowed_paths=[],
        ssr_mode=False,
        enable_monitoring=False,
        run_history=False,
        mcp_server=False,
        footer_links=[],
        favicon_path=HERE / "favicon.svg",
        theme=gr.themes.Soft(
            primary_hue="teal",
            neutral_hue="slate",
            font=FONTS,
            font_mono=["ui-monospace", "monospace"],
        ),
        head=render("head.html", {"root": prefix, "styles": STYLES}),
    )


def _caller(access: Access) -> Callable[[Request], Response]:
    def caller(request: Request) -> Response:
        found = caller_of(request)
        return JSONResponse({"name": found.name, "may_change": access.may_change(found)})

    return caller


def _file(path: Path) -> Callable[[Request], Response]:
    def file(request: Request) -> Response:
        # asked for each time: after an update, a script could meet another one from before it
        headers, kind = {"Cache-Control": "no-cache"}, TYPES[path.suffix]
        whole = FileResponse(path, headers=headers, media_type=kind, stat_result=path.stat())
        tag = whole.headers["etag"]
        if tag in request.headers.get("if-none-match", ""):  # proxies write W/ before it
            return Response(status_code=304, headers={**headers, "ETag": tag})
        return whole

    return file


async def _refused(request: Request, error: Exception) -> Response:
    """Answer a request that a route refuses; FastAPI's own words name Python types."""
    path = request.url.path
    if isinstance(error, RagError):
        error = refused_by(error)
    elif isinstance(error, RequestValidationError):
        error = refused_value(error.errors()) if is_for_programs(path) else Refused(400, ADDRESS)
    assert isinstance(error, Refused)
    return error.response(request.method, path, words_for(request.headers))


def _check_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            raise RagError(
                f"Cannot listen on {host}:{port}: {error}. "
                f"Choose another port: rag serve --port {(port + 1) % 65536}"
            ) from error
