"""The chat page, its source pane, REST and MCP, all from one server; `rag.web.server` runs it.

It imports nothing, so that the report of an evaluation is made without the server.
"""
