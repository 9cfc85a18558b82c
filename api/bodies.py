"""No request body may fill the memory.

By hand, because Starlette has no limit of its own and a proxy's may be missing.
"""

from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import problem

MAX_BYTES = 1 << 20


class _TooLarge(Exception):
    pass


class BodyLimit:
    """Answers 413 to a body of more than MAX_BYTES, declared or not."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = dict(scope["headers"]).get(b"content-length", b"0")
        refusal: Any = problem("body-too-large", f"at most {MAX_BYTES:,} bytes are read")
        if declared.isdigit() and int(declared) > MAX_BYTES:
            await refusal(scope, receive, send)
            return
        read = 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            if message["type"] == "http.request":
                read += len(message.get("body", b""))
                if read > MAX_BYTES:
                    raise _TooLarge
            return message

        try:
            await self._app(scope, counted, send)
        except _TooLarge:
            await refusal(scope, receive, send)
