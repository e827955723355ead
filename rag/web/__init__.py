"""The chat page, its source pane, REST and MCP, all from one server."""

from rag.web.server import create_app, serve

__all__ = ["create_app", "serve"]
