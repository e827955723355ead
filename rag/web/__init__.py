"""The chat page, its source pane, REST and MCP, all from one server; `rag.web.server` runs it.

This module imports nothing, so that an evaluation report can be made without the server.
"""
