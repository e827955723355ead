"""A running site: the real server on a free port of this machine."""

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from time import sleep

import uvicorn

from rag.web.access import Access
from rag.web.audit import Audit
from rag.web.server import create_app, settings


@contextmanager
def running_site(
    index: Path, corpus: Path, access: Access | None = None, audit: Audit | None = None
) -> Iterator[str]:
    """Serve an index until the block ends; yields its address."""
    port = free_port()
    app = create_app(index, corpus, access, audit=audit)
    server = uvicorn.Server(settings(app, "127.0.0.1", port))
    thread = Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        sleep(0.05)
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=10)


def free_port() -> int:
    """Return a port of this machine that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
