"""No request body may fill the memory.

By hand, because Starlette has no limit of its own and a proxy's may be missing.
"""

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem

MAX_BYTES = 1 << 20


class BodyLimit:
    """Answers 413 to a body of more than MAX_BYTES, declared or not."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        if declared.isdigit() and int(declared) > MAX_BYTES:
            await refusal()(scope, receive, send)
            return
        read, refused = 0, False

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            if message["type"] == "http.request":
                read += len(message.get("body", b""))
                if read > MAX_BYTES:
                    return {"type": "http.request", "body": b"", "more_body": False}
            return message

        async def unless_too_large(message: Message) -> None:
            """What the application says of a body that was cut off is not what was asked."""
            nonlocal refused
            if read <= MAX_BYTES:
                await send(message)
            elif not refused:
                refused = True
                await refusal()(scope, receive, send)

        await self._app(scope, counted, unless_too_large)


def refusal() -> Response:
    """The answer to a body that is too large."""
    return problem("body-too-large", f"at most {MAX_BYTES:,} bytes are read")
