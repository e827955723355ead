"""The MCP server: the functions of REST as tools that only read, over HTTP or standard streams.

The text of documents comes back as data, in fields of a JSON object that starts with a notice to
say so. A tool never repeats it in its own voice. Every quote is also a resource with an address.
"""

import json
import sys
from asyncio import wrap_future
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from mcp.server import Server, ServerRequestContext
from mcp.server.stdio import stdio_server
from mcp.server.transport_security import TransportSecuritySettings
from mcp.shared.exceptions import MCPError
from mcp.types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ListResourceTemplatesResult,
    ListToolsResult,
    PaginatedRequestParams,
    ReadResourceRequestParams,
    ReadResourceResult,
    ResourceLink,
    ResourceTemplate,
    TextContent,
    TextResourceContents,
)
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool

from rag import __version__
from rag.errors import QuestionError, RagError
from rag.scope import Scope
from rag.web.caller import Asker, asker_of, site_of
from rag.web.events import SCOPE_NAMES, named_values_of
from rag.web.fields import Fields
from rag.web.functions import Functions
from rag.web.links import RESOURCES, place_in, resource_address, result_id
from rag.web.refusal import Refused, said_by
from rag.web.scopes import scope_of
from rag.web.tools import INSTRUCTIONS, NOTICE, TAKES, all_tools

QUOTES = ResourceTemplate(
    name="quote",
    uri_template=f"{RESOURCES}{{+id}}#char={{start}},{{end}}",
    description=f"The stored text of a document, or a part of it: {NOTICE}.",
    mime_type="text/plain",
)

Context = ServerRequestContext[Any]
Call = Callable[[Asker, str, Mapping[str, Any]], Awaitable[Fields]]  # takes the asker and the site
DOOR = "mcp"  # as the audit names it


def mcp_server(functions: Functions, root: str = "") -> Server[Any]:
    """Return the server; `root` is the path of the site that it is part of."""
    tools, calls = all_tools(), _calls(functions)

    async def list_tools(_: Context, __: PaginatedRequestParams | None) -> ListToolsResult:
        return ListToolsResult(tools=tools)

    async def call_tool(context: Context, params: CallToolRequestParams) -> CallToolResult:
        request = context.request
        site = site_of(request, root) if request else ""
        try:
            if params.name not in calls:
                raise QuestionError(f"There is no such tool. The tools are: {', '.join(calls)}")
            values = _values(params.name, params.arguments or {})
            asker = asker_of(request, DOOR) if request else Asker(DOOR)
            return _result(await calls[params.name](asker, site, values))
        except RagError as error:
            return CallToolResult(content=[TextContent(text=f"{said_by(error)}.")], is_error=True)

    return Server(
        "Footnote",
        version=__version__,
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        on_list_resource_templates=_list_templates,
        on_read_resource=_reader(functions),
    )


def mcp_app(server: Server[Any]) -> Starlette:
    """Return the server as an ASGI application at "/", without sessions; the site guards it."""
    return server.streamable_http_app(
        streamable_http_path="/",
        json_response=True,
        stateless_http=True,
        # rag.web.access checks hosts
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )


async def serve_streams(server: Server[Any]) -> None:
    """Serve one client over standard input and output until it ends the input."""
    async with stdio_server() as (reading, writing):
        await server.run(reading, writing, server.create_initialization_options())


async def _list_templates(
    _: Context, __: PaginatedRequestParams | None
) -> ListResourceTemplatesResult:
    return ListResourceTemplatesResult(resource_templates=[QUOTES])


def _reader(
    functions: Functions,
) -> Callable[[Context, ReadResourceRequestParams], Awaitable[ReadResourceResult]]:
    async def read(_: Context, params: ReadResourceRequestParams) -> ReadResourceResult:
        try:
            text = await run_in_threadpool(functions.resource, params.uri)
        except RagError as error:
            raise MCPError(INVALID_PARAMS, f"{said_by(error)}.", {"uri": params.uri}) from error
        contents = TextResourceContents(uri=params.uri, mime_type="text/plain", text=text)
        return ReadResourceResult(contents=[contents])

    return read


def _calls(functions: Functions) -> dict[str, Call]:
    async def ask(asker: Asker, site: str, values: Mapping[str, Any]) -> Fields:
        asked = functions.ask(asker, values["question"], _scope(values), site=site, linked=True)
        return await wrap_future(asked)

    async def search(asker: Asker, site: str, values: Mapping[str, Any]) -> Fields:
        scope = _scope(values)
        found = functions.search(asker, values["query"], values["k"], scope, site=site, linked=True)
        return _results(await wrap_future(found))

    async def fetch(_: Asker, site: str, values: Mapping[str, Any]) -> Fields:
        return await run_in_threadpool(functions.fetch, values["id"], values["start"], site)

    async def similar(asker: Asker, site: str, values: Mapping[str, Any]) -> Fields:
        name, place = place_in(values["id"])
        start, end = place or (0, sys.maxsize)
        found = functions.similar(asker, name, start, end, values["k"], site=site)
        return _results(await wrap_future(found))

    async def check(asker: Asker, site: str, values: Mapping[str, Any]) -> Fields:
        checked = functions.check(asker, values["text"], _scope(values), site=site)
        return await wrap_future(checked)

    async def documents(_: Asker, __: str, ___: Mapping[str, Any]) -> Fields:
        return await run_in_threadpool(functions.documents)

    calls: list[Call] = [ask, search, fetch, similar, check, documents]
    return dict(zip(TAKES, calls, strict=True))


def _results(hits: list[Fields]) -> Fields:
    """Return passages as results, each with an id for `fetch`."""
    return {"results": [{"id": result_id(hit), **hit} for hit in hits]}


def _result(fields: Fields) -> CallToolResult:
    """Return the result of a tool: its fields as data, and a link for each quote."""
    result = {"notice": NOTICE, **fields}
    text = TextContent(text=json.dumps(result, ensure_ascii=False))
    citations = fields.get("citations", ())
    links = [_link(one) for one in citations] if isinstance(citations, list) else []
    return CallToolResult(content=[text, *links], structured_content=result)


def _link(citation: Mapping[str, Any]) -> ResourceLink:
    name, start, end = (citation[field] for field in ("document_id", "start", "end"))
    return ResourceLink(
        uri=resource_address(name, start, end),
        name=f"[{citation['number']}] {name}",
        title=citation["title"],
        mime_type="text/plain",
    )


def _values(name: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return all values that a tool takes, checked as for REST; raises QuestionError."""
    if name == "search" and "question" in arguments:  # as before `query` was its name
        arguments = {"query": arguments["question"]} | {
            field: value for field, value in arguments.items() if field != "question"
        }
    try:
        return named_values_of(name, arguments, TAKES)
    except Refused as error:
        raise QuestionError(error.words) from error


def _scope(values: Mapping[str, Any]) -> Scope:
    return scope_of(**{name: values[name] for name in SCOPE_NAMES})
