"""One question to `/v1/chat`, read as a browser would read it, with a clock beside it.

By hand on a socket and httptools' parser: the load is made on the machine that is measured, and takes
its CPU (1.2 ms for an answer of 200 tokens; 2.0 by aiohttp, measured in one run).
"""

import asyncio
import json
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import SplitResult, urlsplit

import httptools
import orjson

from evals.errors import RunError

FIRST_TOKEN = b'"type":"text-delta"'
END = b"data: [DONE]"
ABOUT = b'data: {"type":"data-answer"'
BROKE_OFF = b'data: {"type":"error"'


@dataclass(frozen=True, slots=True)
class Target:
    """Where to ask, and how long to wait: `timeout` for a whole answer, in seconds."""

    url: SplitResult
    headers: Mapping[str, str]
    timeout: float = 60.0

    @property
    def port(self) -> int:
        return self.url.port or (443 if self.url.scheme == "https" else 80)

    def request(self, body: Mapping[str, Any]) -> bytes:
        """The bytes of one request."""
        content = orjson.dumps(body)
        path = self.url.path.rstrip("/")
        lines = {
            "host": self.url.netloc.rpartition("@")[2],
            "content-type": "application/json",
            "accept": "text/event-stream",
            "content-length": str(len(content)),
            **self.headers,
        }
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        return f"POST {path}/v1/chat HTTP/1.1\r\n{head}\r\n".encode("latin-1") + content


def target(url: str, headers: Mapping[str, str], timeout: float) -> Target:
    """The server at `url`.  Raises RunError when that is no address."""
    try:
        parts = urlsplit(url if "//" in url else f"http://{url}")
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise RunError(f"{url!r} is no address of a server; write http://127.0.0.1:8000")
    return Target(parts, headers, timeout)


@dataclass(frozen=True, slots=True)
class Sample:
    """What became of one question.  Times in seconds; `due` counts from the beginning of the load.

    `kind` is the outcome of a whole answer (answered, refused, degraded), "turned away" for 429 and 503,
    or "failed"; `reason` says more of the last two.  `first` and `total` count from when the question was
    due.  `pause` is the longest wait between two pieces of the stream.  `server` are the server's own
    timings, in ms.
    """

    due: float
    kind: str
    reason: str = ""
    first: float | None = None
    total: float = 0.0
    pause: float = 0.0
    size: int = 0
    cached: bool = False
    server: Mapping[str, float] | None = None


class Connection(asyncio.Protocol):
    """One keep-alive connection of one reader.  `ask` may be called again after it has returned."""

    def __init__(self) -> None:
        self._transport: Any = None  # uvloop's is no asyncio.Transport, only alike
        self._done: asyncio.Future[None] | None = None
        self._parser: Any = None
        self.lost = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    async def ask(self, request: bytes) -> "Connection":
        """Sends the request; when this returns, the response is complete in `status`, `body` and the times.

        Raises ConnectionError when the server hangs up before.
        """
        self.status, self.keeps_alive, self.retry_after = 0, False, ""
        self.first: float | None = None
        self.pieces: list[bytes] = []
        self.pause, self._last = 0.0, 0.0
        self._parser = httptools.HttpResponseParser(self)
        self._done = asyncio.get_running_loop().create_future()
        if self.lost:
            raise ConnectionResetError("the server closed the connection")
        self._transport.write(request)
        await self._done
        return self

    def data_received(self, data: bytes) -> None:
        now = time.perf_counter()
        if self._last:
            self.pause = max(self.pause, now - self._last)
        self._last = now
        if self.first is None and FIRST_TOKEN in data:
            self.first = now
        try:
            self._parser.feed_data(data)
        except httptools.HttpParserError as error:
            self._end(ConnectionError(f"not HTTP: {error}"))

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"retry-after":
            self.retry_after = value.decode("latin-1")

    def on_headers_complete(self) -> None:
        self.status = self._parser.get_status_code()
        self.keeps_alive = self._parser.should_keep_alive()

    def on_body(self, body: bytes) -> None:
        self.pieces.append(body)

    def on_message_complete(self) -> None:
        self._end(None)

    def connection_lost(self, exc: Exception | None) -> None:
        self.lost = True
        self._end(exc or ConnectionResetError("the server hung up"))

    def _end(self, error: Exception | None) -> None:
        if self._done is not None and not self._done.done():
            if error is None:
                self._done.set_result(None)
            else:
                self._done.set_exception(error)

    def close(self) -> None:
        """Hangs up."""
        self._transport.abort()


class Reader:
    """One reader: asks one question after the other, over one connection while the server keeps it."""

    def __init__(self, target: Target, began: float) -> None:
        self._target = target
        self._began = began
        self._connection: Connection | None = None

    async def ask(self, body: Mapping[str, Any], due: float | None = None) -> Sample:
        """Asks and reads to the end.  `due` is the clock's time when it should have been asked.  Never raises
        what a server can cause: that is in the sample."""
        due = time.perf_counter() if due is None else due
        at = due - self._began
        try:
            async with asyncio.timeout(self._target.timeout):
                connection = await self._connected()
                await connection.ask(self._target.request(body))
        except TimeoutError:
            self.close()
            return Sample(at, "failed", "timeout", total=time.perf_counter() - due)
        except OSError as error:
            self.close()
            return Sample(at, "failed", _reason(error), total=time.perf_counter() - due)
        if not connection.keeps_alive:
            self.close()
        return _sample(connection, at, due, time.perf_counter())

    async def _connected(self) -> Connection:
        if self._connection is None or self._connection.lost:
            tls = ssl.create_default_context() if self._target.url.scheme == "https" else None
            _, self._connection = await asyncio.get_running_loop().create_connection(
                Connection, str(self._target.url.hostname), self._target.port, ssl=tls
            )
        return self._connection

    def close(self) -> None:
        """Hangs up, if there is a connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _reason(error: OSError) -> str:
    match error:
        case ConnectionRefusedError():
            return "connection refused"
        case ConnectionResetError() | BrokenPipeError():
            return "connection lost"
        case _:
            return f"no connection: {error.strerror or error}"


def _sample(answer: Connection, at: float, due: float, ended: float) -> Sample:
    body = b"".join(answer.pieces)
    total = ended - due
    if answer.status in (429, 503):
        reason = f"{answer.status} {_problem(body)}".strip()
        return Sample(at, "turned away", reason, total=total, size=len(body))
    if answer.status != 200:
        return Sample(at, "failed", f"{answer.status} {_problem(body)}".strip(), total=total, size=len(body))
    first = None if answer.first is None else answer.first - due
    about = _about(body)
    if about is None or END not in body:
        reason = "error in the stream" if BROKE_OFF in body else "the stream broke off"
        return Sample(at, "failed", reason, first, total, answer.pause, len(body))
    return Sample(
        at, str(about.get("outcome", "failed")), "", first, total, answer.pause, len(body),
        bool(about.get("cached")), about.get("timings") or {},
    )  # fmt: skip


def _about(body: bytes) -> dict[str, Any] | None:
    start = body.rfind(ABOUT)
    if start < 0:
        return None
    line = body[start + len(b"data: ") : body.find(b"\n", start)]
    try:
        data = json.loads(line)["data"]
    except (ValueError, KeyError):
        return None
    return data if isinstance(data, dict) else None


def _problem(body: bytes) -> str:
    """The stable code of a problem document, "" when it is none."""
    try:
        return str(json.loads(body).get("code", ""))
    except (ValueError, AttributeError):
        return ""
