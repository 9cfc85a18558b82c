"""A scripted OpenAI-compatible server on a real loopback socket.

    async with OpenAIServer() as server:
        server.script(Status(429), Reply("Run the install command [1]."))
        ... ask server.base_url ...
        assert server.requests[0].body["model"] == "gpt-4o-mini"

Each request takes the next script of its route's queue, or the default one.  It serves POST
/v1/chat/completions and /v1/embeddings and GET /v1/models; people run it with
`python -m tests.fakes.openai_server --port 9000 --text "Hello there"`.
The scripts are in `openai_scripts` and are imported from here.
"""

import argparse
import asyncio
import base64
import contextlib
import json
import math
import re
import struct
import sys
import zlib
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.openai_scripts import (
    Comments,
    Cut,
    Ending,
    ErrorEvent,
    Garbage,
    Hang,
    Obey,
    Reply,
    Script,
    Status,
    Step,
)

__all__ = [
    "Comments",
    "Cut",
    "ErrorEvent",
    "Garbage",
    "Hang",
    "Obey",
    "OpenAIServer",
    "Reply",
    "Request",
    "Script",
    "Status",
    "embedded",
]

CHAT, EMBEDDINGS, MODELS = "/v1/chat/completions", "/v1/embeddings", "/v1/models"
DIMENSIONS = 1536  # of text-embedding-3-small
WORD = re.compile(r"\w+")


@dataclass
class Request:
    """What came in, and how it ended.  Names of headers are in small letters."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: dict[str, Any]
    closed_early: bool = False
    """Whether the client hung up, or was hung up on, before the reply's last byte."""
    finished: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the reply is out or the connection is gone."""


class OpenAIServer:
    """The server; `port` 0 is any free one.  `requests` holds all that came, in order."""

    def __init__(self, default: Script | None = None, *, port: int = 0) -> None:
        self.default: Script = default or Reply()
        self.requests: list[Request] = []
        self._port = port
        self._queues: dict[str, deque[Script]] = {CHAT: deque(), EMBEDDINGS: deque()}
        self._connections: set[asyncio.Task[None]] = set()
        self._arrived = asyncio.Condition()

    @property
    def base_url(self) -> str:
        return f"http://127.0.0.1:{self._port}/v1"

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return len(self._connections)

    def script(self, *scripts: Script, route: str = CHAT) -> None:
        """Puts `scripts` at the end of a route's queue, one for each request to come."""
        self._queues[route].extend(scripts)

    async def received(self, count: int = 1) -> Request:
        """The request number `count`, from 1, once it is there."""
        async with self._arrived:
            await self._arrived.wait_for(lambda: len(self.requests) >= count)
        return self.requests[count - 1]

    async def deserted(self) -> None:
        """Returns when no client is connected any more."""
        while self._connections:
            await asyncio.wait(self._connections)

    async def __aenter__(self) -> "OpenAIServer":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", self._port, limit=2**24)
        self._port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._connections:
            task.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._connections.add(task)
        try:
            await _Connection(self, reader, writer).serve()
        except asyncio.CancelledError:  # the server is being closed; asyncio would log it
            pass
        finally:
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
            self._connections.discard(task)

    async def record(self, request: Request) -> None:
        async with self._arrived:
            self.requests.append(request)
            self._arrived.notify_all()

    def script_for(self, request: Request) -> Script:
        """The next script of the route's queue; for embeddings and models the plain answer."""
        queue = self._queues.get(request.path)
        if queue:
            return queue.popleft()
        if request.path == CHAT:
            return self.default
        if request.path == EMBEDDINGS:
            return Status(200, body=_embeddings(request.body))
        if request.path == MODELS:
            return Status(200, body={"object": "list", "data": [{"id": "scripted", "object": "model"}]})
        return Status(404)


class _Connection:
    """One client: its requests one after the other, and an eye on whether it is still there."""

    def __init__(
        self, server: OpenAIServer, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._server, self._reader, self._writer = server, reader, writer
        self._early = b""  # the first byte of a next request that came before its turn

    async def serve(self) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while await self._exchange(await self._request()):
                pass

    async def _request(self) -> Request:
        top = self._early + await self._reader.readuntil(b"\r\n\r\n")
        self._early = b""
        first, *lines = top.decode("latin-1").strip().split("\r\n")
        method, path, _ = first.split(" ", 2)
        pairs = (line.partition(":") for line in lines)
        headers = {name.strip().lower(): value.strip() for name, _, value in pairs}
        body = await self._reader.readexactly(int(headers.get("content-length", 0)))
        return Request(method, path.partition("?")[0], headers, json.loads(body or b"{}"))

    async def _exchange(self, request: Request) -> bool:
        """Replies; says whether the connection can carry another request."""
        await self._server.record(request)
        script = self._server.script_for(request)
        gone = asyncio.create_task(self._gone())
        request.closed_early = True
        try:
            for step in script.steps(request.body):
                if gone.done() or not await self._done(step, gone):
                    return False
            request.closed_early = False
        finally:
            gone.cancel()
            await asyncio.wait([gone])
            request.finished.set()
        return True

    async def _gone(self) -> None:
        """Ends when the client has hung up."""
        with contextlib.suppress(ConnectionError):
            self._early = await self._reader.read(1)
            if self._early:
                await asyncio.Event().wait()

    async def _done(self, step: Step, gone: asyncio.Task[None]) -> bool:
        """Carries one step out, unless the client leaves; says whether to go on."""
        if isinstance(step, Ending):
            if step is Ending.RESET:
                self._writer.transport.abort()
            return False
        if isinstance(step, bytes):
            self._writer.write(step)
            await self._writer.drain()
            await asyncio.sleep(0)  # lets a client in the same loop read this before the next write
            return True
        if not step:  # no pause at all
            return True
        wait = step.wait() if isinstance(step, asyncio.Event) else asyncio.sleep(step)
        waiting = asyncio.ensure_future(wait)
        try:
            await asyncio.wait({waiting, gone}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            waiting.cancel()
        return not gone.done()


def embedded(text: str, dimensions: int = DIMENSIONS) -> list[float]:
    """A hashed bag of words of length 1: the same text the same vector, texts that share words near."""
    vector = [0.0] * dimensions
    for word in WORD.findall(text.lower()):
        mark = zlib.crc32(word.encode())
        vector[mark % dimensions] += 1.0 if mark & 65536 else -1.0
    length = math.sqrt(sum(x * x for x in vector)) or 1.0
    return [x / length for x in vector]


def _embeddings(body: Mapping[str, Any]) -> dict[str, object]:
    inputs = body.get("input", "")
    texts = [inputs] if isinstance(inputs, str) else [str(text) for text in inputs]
    vectors = [embedded(text, body.get("dimensions", DIMENSIONS)) for text in texts]
    coded = body.get("encoding_format") == "base64"
    data = [
        {"object": "embedding", "index": i, "embedding": _base64(vector) if coded else vector}
        for i, vector in enumerate(vectors)
    ]
    words = sum(len(text.split()) for text in texts)
    usage = {"prompt_tokens": words, "total_tokens": words}
    return {"object": "list", "model": body.get("model", "scripted"), "data": data, "usage": usage}


def _base64(vector: list[float]) -> str:
    """Little-endian 32-bit floats, as OpenAI packs them."""
    return base64.b64encode(struct.pack(f"<{len(vector)}f", *vector)).decode()


async def _serve_people(port: int, reply: Reply) -> None:
    async with OpenAIServer(reply, port=port) as server:
        sys.stdout.write(server.base_url + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


def main() -> None:
    parser = argparse.ArgumentParser(description="Serves one scripted answer in OpenAI's form.")
    parser.add_argument("--port", type=int, default=0, help="default: any free one")
    parser.add_argument("--text", default=Reply().text, help="the answer")
    parser.add_argument("--ttft", type=float, default=0.4, help="seconds to the first token")
    parser.add_argument("--gap", type=float, default=0.012, help="seconds between tokens")
    args = parser.parse_args()
    with contextlib.suppress(KeyboardInterrupt):
        asyncio.run(_serve_people(args.port, Reply(args.text, ttft=args.ttft, gap=args.gap)))


if __name__ == "__main__":
    main()
