"""One request and its response: its id, its client, and the one event that the log gets of it.

A pure ASGI middleware; it looks at nothing but the response's first message.
"""

import logging
import re
import secrets
import time
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.callers import Callers
from api.metrics import Metrics

log = logging.getLogger("api.requests")

GIVEN_ID = re.compile(rb"[A-Za-z0-9._-]{1,64}")
METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS", "DELETE"})


class TakenTooSlowly(Exception):
    """A client does not read its answer."""


@dataclass(slots=True)
class Exchange:
    """What is known of a request while it is served.  `event` and the response's `headers` are added to by whoever knows more."""

    request_id: str
    scope: Scope
    callers: Callers
    event: dict[str, Any] = field(default_factory=dict)
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)

    def client(self) -> str:
        """The address that the request came from, "" when nobody can be named."""
        peer = self.scope.get("client")
        return self.callers.address(Headers(scope=self.scope), peer[0] if peer else None)


current: ContextVar[Exchange | None] = ContextVar("exchange", default=None)
"""The request that is being served, None outside of one."""


class Exchanges:
    """Gives each request its id and the log its event."""

    def __init__(self, app: ASGIApp, metrics: Metrics, callers: Callers) -> None:
        self._app = app
        self._metrics = metrics
        self._callers = callers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        exchange = Exchange(_given_id(scope) or secrets.token_hex(8), scope, self._callers)
        scope.setdefault("state", {}).update(request_id=exchange.request_id, exchange=exchange)
        token = current.set(exchange)
        status = 0
        started = time.perf_counter()
        own_header = (b"x-request-id", exchange.request_id.encode())

        def sending(message: Message) -> Any:  # no coroutine of its own: this is called for every token
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", ()), own_header, *exchange.headers]
            return send(message)

        try:
            await self._app(scope, receive, sending)
        except TakenTooSlowly as error:
            log.warning("%s", error)  # nothing more can be said to the client: the server hangs up
        except Exception:
            status = 500
            raise
        finally:
            self._told(scope, exchange, status, started)
            current.reset(token)

    def _told(self, scope: Scope, exchange: Exchange, status: int, started: float) -> None:
        route, method = route_of(scope), method_of(scope)
        self._metrics.requests.labels(route, method, status).inc()
        if not log.isEnabledFor(logging.INFO):
            return
        event = {
            "request_id": exchange.request_id,
            "method": method,
            "route": route,
            "status": status,  # 0: the client left before there was one
            "ms": round(1000 * (time.perf_counter() - started), 1),
            **exchange.event,
        }
        log.info("request", extra={"event": event})


def _given_id(scope: Scope) -> str:
    """The caller's `X-Request-Id`, when it is one that can stand in a log and in a header."""
    for name, value in scope["headers"]:
        if name == b"x-request-id" and GIVEN_ID.fullmatch(value):
            return str(value, "ascii")
    return ""


def method_of(scope: Scope) -> str:
    """The method, "other" for one that no route knows: it could be anything."""
    method: str = scope["method"]
    return method if method in METHODS else "other"


def route_of(scope: Scope) -> str:
    """The route's template, never the path that was asked for: that could be anything."""
    route = scope.get("route")
    path = getattr(route, "path", None)
    if path:
        return str(path)
    return "static" if scope.get("path", "").startswith("/static/") else "unknown"
