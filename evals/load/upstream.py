"""A stand-in for a model provider: OpenAI's chat completions and embeddings, at a pace that is said.

Everything that it sends is rendered once, so that on one machine the server under load gets the CPU.
It knows nothing: its answers are fixed words that cite the first source, its vectors hashed words.
"""

import asyncio
import base64
import json
import math
import re
import struct
import sys
import zlib
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import httptools
import orjson

from evals.errors import RunError

MODEL = "stand-in"
DIMENSIONS = 1536  # of text-embedding-3-small, which is what most would use
WORD = re.compile(r"\w+")
WORDS = [
    "The",
    "guide",
    "says",
    "to",
    "run",
    "the",
    "install",
    "command",
    "first",
    "and",
    "then",
    "to",
    "open",
    "the",
    "page",
    "[1]",
    "before",
    "its",
    "file",
    ".",
]
SSE_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds until the first token and between two, and how many tokens an answer has."""

    ttft: float = 0.4
    gap: float = 0.012
    tokens: int = 200


class Script:
    """The bytes of every answer, made once."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        words = [f" {WORDS[i % len(WORDS)]}" for i in range(pace.tokens)]
        usage = {
            "prompt_tokens": 1000,
            "completion_tokens": pace.tokens,
            "total_tokens": 1000 + pace.tokens,
        }
        self.opening = SSE_HEAD + _frame(_chunk({"role": "assistant", "content": ""}))
        self.tokens = [_frame(_chunk({"content": word})) for word in words]
        self.closing = (
            _frame(_chunk({}, finish="stop"))
            + _frame({**_chunk({}), "choices": [], "usage": usage})
            + _frame(b"[DONE]")
            + b"0\r\n\r\n"
        )
        message = {"role": "assistant", "content": "".join(words).strip()}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        head = {"id": "chatcmpl-1", "object": "chat.completion", "created": 1_700_000_000, "model": MODEL}
        self.whole = _response({**head, "choices": [choice], "usage": usage})


def _chunk(delta: Mapping[str, str], finish: str | None = None) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
    head = {"id": "chatcmpl-1", "object": "chat.completion.chunk", "created": 1_700_000_000, "model": MODEL}
    return {**head, "choices": [choice]}


def _frame(data: Any) -> bytes:
    """One server-sent event as one piece of a chunked body."""
    event = b"data: " + (data if isinstance(data, bytes) else orjson.dumps(data)) + b"\n\n"
    return b"%x\r\n%s\r\n" % (len(event), event)


def _response(content: Any, status: bytes = b"200 OK") -> bytes:
    body = orjson.dumps(content)
    head = b"HTTP/1.1 %s\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
    return head % (status, len(body)) + body


@lru_cache(maxsize=20_000)
def vector(text: str, dimensions: int) -> bytes:
    """A hashed bag of words of length 1 as float32: texts that share words are near."""
    values = [0.0] * dimensions
    for word in WORD.findall(text.lower()):
        mark = zlib.crc32(word.encode())
        values[mark % dimensions] += 1.0 if mark & 65536 else -1.0
    length = math.sqrt(sum(value * value for value in values)) or 1.0
    return struct.pack(f"<{dimensions}f", *(value / length for value in values))


def _embeddings(asked: Mapping[str, Any]) -> dict[str, Any]:
    given = asked.get("input", "")
    texts = [given] if isinstance(given, str) else [str(text) for text in given]
    dimensions = int(asked.get("dimensions") or DIMENSIONS)
    packed = [vector(text, dimensions) for text in texts]
    if asked.get("encoding_format") == "base64":
        values: list[Any] = [base64.b64encode(one).decode() for one in packed]
    else:
        values = [struct.unpack(f"<{dimensions}f", one) for one in packed]
    data = [{"object": "embedding", "index": i, "embedding": value} for i, value in enumerate(values)]
    words = sum(len(text.split()) for text in texts)
    usage = {"prompt_tokens": words, "total_tokens": words}
    return {"object": "list", "model": asked.get("model", MODEL), "data": data, "usage": usage}


class _Client(asyncio.Protocol):
    """One connection of a client; it may ask again and again."""

    def __init__(self, script: Script) -> None:
        self._script = script
        self._parser = httptools.HttpRequestParser(self)
        self._transport: Any = None
        self._streaming: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError:
            self._transport.close()

    def on_url(self, url: bytes) -> None:
        self._path, self._body = url, b""

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        if self._path.endswith(b"/models"):
            self._transport.write(_response({"object": "list", "data": [{"id": MODEL, "object": "model"}]}))
            return
        try:
            asked = json.loads(self._body)
        except ValueError:
            self._transport.write(_response({"error": {"message": "no JSON"}}, b"400 Bad Request"))
            return
        if self._path.endswith(b"/embeddings"):
            self._transport.write(_response(_embeddings(asked)))
        elif self._path.endswith(b"/chat/completions"):
            self._streaming = asyncio.create_task(self._speak(stream=bool(asked.get("stream"))))
        else:
            self._transport.write(_response({"error": {"message": "no such route"}}, b"404 Not Found"))

    async def _speak(self, *, stream: bool) -> None:
        script, pace = self._script, self._script.pace
        loop = asyncio.get_running_loop()
        due = loop.time() + pace.ttft
        await asyncio.sleep(pace.ttft)
        if not stream:
            self._transport.write(script.whole)
            return
        if not pace.gap:
            self._transport.write(script.opening + b"".join(script.tokens) + script.closing)
            return
        self._transport.write(script.opening)
        for token in script.tokens:
            self._transport.write(token)
            due += pace.gap  # by the clock, so that a busy machine does not make the pace slower
            await asyncio.sleep(max(0.0, due - loop.time()))
        self._transport.write(script.closing)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._streaming is not None:
            self._streaming.cancel()


@asynccontextmanager
async def listening(port: int, pace: Pace) -> AsyncIterator[str]:
    """The stand-in on loopback until the block ends; gives its base URL.  `port` 0 is any free one.

    Raises RunError when the port is taken.
    """
    script = Script(pace)
    try:
        server = await asyncio.get_running_loop().create_server(
            lambda: _Client(script), "127.0.0.1", port, backlog=4096
        )
    except OSError as error:
        raise RunError(
            f"port {port} cannot be had ({error.strerror}); choose another with --port P"
        ) from None
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"


async def serve(port: int, pace: Pace) -> None:
    """Prints its address, and serves until cancelled."""
    async with listening(port, pace) as address:
        sys.stdout.write(f"{address}\n")
        sys.stdout.flush()
        await asyncio.Event().wait()
