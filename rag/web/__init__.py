"""The chat page, its source pane, REST and MCP, all from one server; `rag.web.server` runs it.

This file imports nothing, so that one template can be used without the server.
"""
