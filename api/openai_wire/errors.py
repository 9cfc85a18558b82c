"""Problems, restated as OpenAI's clients read them.

A middleware and no handler of errors: whoever refuses a request (a route, a dependency, another
middleware, the router) does it as everywhere, and these routes alone say it in another form.
"""

from collections.abc import Mapping
from typing import Any

import orjson
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.openai_wire.schemas import CompletionError, CompletionFailure
from api.problems import problem

ROUTES = ("/v1/chat/completions", "/v1/models")
TYPES: Mapping[int, str] = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}


class OpenAIErrors:
    """Turns `application/problem+json` of these routes into `{"error": ...}`, the status as it is."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(ROUTES):
            await self._app(scope, receive, send)
            return
        restating = _Restating(send)
        try:
            await self._app(scope, receive, restating)
        except Exception:  # whatever it is: Starlette's outermost handler logs it, but knows no form but ours
            if not restating.started:
                await problem("internal", "the server met an error that it does not know")(
                    scope, receive, restating
                )
            raise


class _Restating:
    """A `send` that holds a problem back until it is whole; anything else goes through at once."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._start: Message | None = None
        self._body = b""
        self.started = False

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.started = True
            if MutableHeaders(raw=message["headers"]).get("content-type") == "application/problem+json":
                self._start = message
                return
        if self._start is None:
            await self._send(message)
            return
        self._body += message.get("body", b"")
        if not message.get("more_body"):
            await self._restated(self._start)

    async def _restated(self, start: Message) -> None:
        body = orjson.dumps(restated(orjson.loads(self._body)).model_dump())
        headers = MutableHeaders(raw=start["headers"])
        headers["content-type"] = "application/json"
        headers["content-length"] = str(len(body))
        await self._send({**start, "headers": headers.raw})
        await self._send({"type": "http.response.body", "body": body})


def restated(told: Mapping[str, Any]) -> CompletionFailure:
    """A problem's body (RFC 9457) in OpenAI's form; `param` is the first field that is wrong."""
    status = told["status"]
    kind = TYPES.get(status, "server_error" if status >= 500 else "invalid_request_error")
    wrong = told.get("errors") or [{"field": None}]
    error = CompletionError(
        message=told["detail"], type=kind, code=told["code"], param=wrong[0]["field"] or None
    )
    return CompletionFailure(error=error)
