"""`POST /mcp`, and the MCP server that lives as long as the application.

A route like the others, so that the same dependencies say who may ask.  `GET` and `DELETE` are
refused, as the protocol allows: without sessions there is nothing to listen to and nothing to end.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from typing import TYPE_CHECKING

from fastapi import APIRouter, Depends, Request
from fastapi.responses import Response
from starlette.types import Receive, Scope, Send

from api.callers import caller_of
from api.exchange import current
from api.limits import asking, place_for
from api.mcp_wire.tools import Tool, tools_of
from api.problems import TurnedAway, responses
from api.wire import EVENTS
from pipeline.bootstrap import Pipeline

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

router = APIRouter()

HEADERS = ("mcp-protocol-version", "mcp-method", "mcp-name", "mcp-session-id", "last-event-id")
"""What a client in a browser sends besides a body: the protocol's own request headers."""


@asynccontextmanager
async def open_mcp(pipeline: Pipeline) -> "AsyncIterator[StreamableHTTPSessionManager]":
    """The MCP server over `pipeline`, open until the block ends."""
    from api.mcp_wire.server import session_manager

    manager = session_manager(tools_of(pipeline), pipeline.config.site, _admitted)
    async with manager.run():
        yield manager


@asynccontextmanager
async def _admitted(request: Request, tool: Tool) -> AsyncIterator[None]:
    """Counts a call, and gives it a place when it has an answer written.  Raises TurnedAway.

    Not a dependency of the route: connecting and listing tools ask nothing.
    """
    await asking(request)
    token = current.set(request.state.exchange)  # the SDK calls tools in a task that has no request
    try:
        async with place_for(request) if tool.answers else nullcontext():
            yield
    finally:
        current.reset(token)


class _HandedOver(Response):
    """The request goes on to the SDK, which answers it."""

    def __init__(self, manager: "StreamableHTTPSessionManager") -> None:
        super().__init__()
        self._manager = manager

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._manager.handle_request(scope, receive, send)


REQUEST = {
    "type": "object",
    "required": ["jsonrpc", "method"],
    "properties": {
        "jsonrpc": {"const": "2.0"},
        "id": {},
        "method": {"type": "string", "examples": ["tools/list", "tools/call", "ping"]},
        "params": {"type": ["object", "null"]},
    },
}
"""JSON-RPC 2.0.  What methods there are, and what they take, the protocol says and not this document."""
JSON_RPC = {"application/json": {"schema": {"type": "object"}}}


@router.post(
    "/mcp",
    summary="The documentation as tools for agents (Model Context Protocol)",
    response_class=Response,
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": REQUEST}}}},
    responses={
        200: {
            "description": "The answer, or why there is none",
            "content": {**JSON_RPC, **EVENTS},
        },
        202: {"description": "A notification was taken"},
        400: {"description": "No such request", "content": {**JSON_RPC, **responses(400)[400]["content"]}},
        406: {"description": "It can only be answered as JSON or as events", "content": JSON_RPC},
        **responses(401, 403, 413, 500),
    },
    dependencies=[Depends(caller_of)],
)
async def mcp(request: Request) -> Response:
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise TurnedAway("invalid-request", "the header `content-type: application/json` is missing")
    return _HandedOver(request.app.state.mcp)
