"""`HEAD` on every route that knows `GET`: the same headers, no body (RFC 9110, 9.3.2).

FastAPI's routes know only the methods that they name, and naming both would describe each twice.
"""

from starlette.types import ASGIApp, Message, Receive, Scope, Send


class Heads:
    """Asks for `GET` where `HEAD` was asked for, and sends no body."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self._app(scope, receive, send)
            return

        async def without_body(message: Message) -> None:
            if message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        asked = {**scope, "method": "GET"}  # a copy: servers look at theirs to know that no body may follow
        await self._app(asked, receive, without_body)
        scope["route"] = asked.get("route")  # for the log
