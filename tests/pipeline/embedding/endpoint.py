"""An embeddings endpoint on the loopback: answers what it is told to and remembers what it was sent."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Endpoint:
    """Gives `failures` (status, body) first, then `vectors`, or one made from each text's length."""

    base_url: str = ""
    width: int = 4
    vectors: list[list[float]] | None = None
    failures: list[tuple[int, str]] = field(default_factory=list)
    silent: bool = False
    hold: asyncio.Event | None = None  # answers wait for it
    retry_after: str = "retry-after-ms: 1"
    headers: list[dict[str, str]] = field(default_factory=list)
    bodies: list[dict[str, Any]] = field(default_factory=list)
    open: int = 0
    asking: int = 0
    most_at_once: int = 0
    _came: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def asked_at_once(self, count: int) -> None:
        """Returns when so many requests wait for their answers."""
        async with self._came:
            await self._came.wait_for(lambda: self.asking >= count)

    def answer(self, body: dict[str, Any]) -> tuple[int, str]:
        if self.failures:
            return self.failures.pop(0)
        texts = body["input"]
        found = self.vectors or [[float(len(text))] * self.width for text in texts]
        data = [{"object": "embedding", "index": i, "embedding": v} for i, v in enumerate(found)]
        usage = {"prompt_tokens": 1, "total_tokens": 1}
        return 200, json.dumps({"object": "list", "data": data, "model": body["model"], "usage": usage})

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.open += 1
        try:
            while head := await _head(reader):
                self.headers.append(head)
                body = json.loads(await reader.readexactly(int(head["content-length"])))
                self.bodies.append(body)
                if self.silent:
                    await reader.read()  # until the client hangs up
                    return
                self.asking += 1
                self.most_at_once = max(self.most_at_once, self.asking)
                async with self._came:
                    self._came.notify_all()
                if self.hold is not None:
                    await self.hold.wait()
                self.asking -= 1
                status, text = self.answer(body)
                content = text.encode()
                line = f"HTTP/1.1 {status} x\r\ncontent-type: application/json\r\n{self.retry_after}\r\n"
                writer.write(f"{line}content-length: {len(content)}\r\n\r\n".encode() + content)
                await writer.drain()
        finally:
            self.open -= 1
            writer.close()


async def _head(reader: asyncio.StreamReader) -> dict[str, str]:
    try:
        raw = await reader.readuntil(b"\r\n\r\n")
    except (asyncio.IncompleteReadError, ConnectionError):
        return {}
    lines = raw.decode().split("\r\n")[1:-2]
    return {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}


@asynccontextmanager
async def serve(**options: Any) -> AsyncIterator[Endpoint]:
    endpoint = Endpoint(**options)
    server = await asyncio.start_server(endpoint.handle, "127.0.0.1", 0)
    endpoint.base_url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    async with server:
        yield endpoint
