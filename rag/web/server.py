"""Puts page, source pane and guard together and listens."""

import os
import socket
from collections.abc import Callable
from pathlib import Path

import gradio as gr
import uvicorn
from fastapi import FastAPI
from starlette.types import ASGIApp

from rag.config import AskConfig
from rag.errors import RagError
from rag.web.feedback import feedback_router
from rag.web.live import Live
from rag.web.map import map_router
from rag.web.page import build_page
from rag.web.security import Guard, is_loopback
from rag.web.source import source_router

HERE = Path(__file__).parent
SCRIPTS = ("page.js", "feedback.js")
MAX_UPLOAD = "100mb"
FONTS = ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "sans-serif"]


def create_app(
    index: Path, corpus: Path = Path("corpus"), host: str = "127.0.0.1", config: AskConfig | None = None
) -> ASGIApp:
    """Return the whole site as an ASGI application that listens on `host`."""
    live = Live(index, corpus, config)
    app = FastAPI(title="Footnote", docs_url=None, redoc_url=None, openapi_url=None)
    app.include_router(source_router(live))
    app.include_router(map_router(live))
    app.include_router(feedback_router(live))
    mounted = gr.mount_gradio_app(
        app,
        build_page(live),
        path="/",
        show_error=True,
        max_file_size=MAX_UPLOAD,
        allowed_paths=[],
        ssr_mode=False,
        enable_monitoring=False,
        mcp_server=True,
        footer_links=["api", "settings"],
        theme=gr.themes.Soft(
            primary_hue="teal", neutral_hue="slate", font=FONTS, font_mono=["ui-monospace", "monospace"]
        ),
        css_paths=HERE / "page.css",
        head="".join(f"<script>{(HERE / name).read_text(encoding='utf-8')}</script>" for name in SCRIPTS),
    )
    return Guard(mounted, host)


def serve(
    index: Path,
    host: str = "127.0.0.1",
    port: int = 7860,
    *,
    corpus: Path = Path("corpus"),
    public: bool = False,
    config: AskConfig | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> None:
    """Serve until interrupted; `tell` is given the address once the site is ready to listen there.

    Raises RagError for an address that is taken, or public without being asked to be.
    """
    if not is_loopback(host) and not public:
        raise RagError(
            f"{host} can be reached from other machines, and there is no password. "
            "If that is meant, say so: rag serve --public"
        )
    _check_free(host, port)
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    app = create_app(index, corpus, host, config)
    tell(f"http://{host}:{port}")
    uvicorn.run(app, host=host, port=port, log_level="warning")


def _check_free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            raise RagError(
                f"Cannot listen on {host}:{port}: {error}. Choose another port: rag serve --port {(port + 1) % 65536}"
            ) from error
