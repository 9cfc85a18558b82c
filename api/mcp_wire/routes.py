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
from api.limits import asking, place_for
from api.mcp_wire.tools import Tool, tools_of
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
    async with place_for(request) if tool.answers else nullcontext():
        yield


class _HandedOver(Response):
    """The request goes on to the SDK, which answers it."""

    def __init__(self, manager: "StreamableHTTPSessionManager") -> None:
        super().__init__()
        self._manager = manager

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._manager.handle_request(scope, receive, send)


# Not in the OpenAPI document: what goes in and out is JSON-RPC, described by the protocol.
@router.post("/mcp", include_in_schema=False, dependencies=[Depends(caller_of)])
async def mcp(request: Request) -> Response:
    return _HandedOver(request.app.state.mcp)
