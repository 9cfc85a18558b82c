"""The fault matrix: whatever a provider or a client does, over real sockets, on each wire.

For each fault: what the client gets, within the time that the configuration allows, and that no
connection, task, place or stream is left.  `alone` the provider is the only one; with a `spare` there is
a second one that answers.
"""

import asyncio
import json
import os
import socket
import ssl
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import pytest_asyncio
import trustme
from fastapi import FastAPI

from api.app import create_app
from pipeline.prompts import DEGRADED_INTRO
from tests.conftest import QUESTION, config_for, serving
from tests.fakes.openai_scripts import Body, Step
from tests.fakes.openai_server import (
    Comments,
    Cut,
    ErrorEvent,
    Garbage,
    Hang,
    OpenAIServer,
    Reply,
    Script,
    Status,
)

pytestmark = pytest.mark.asyncio(loop_scope="module")

KEY = "sk-never-to-be-shown"
TOLD = f"{KEY} says: {QUESTION}"
ECHO = {"error": {"message": TOLD, "type": TOLD, "code": TOLD}}
SHORT = 0.3  # seconds: each limit of time
SLACK = 10.0  # seconds that a busy machine may take besides
WIRES = ("stream", "json", "openai")
ANSWER = Reply("The spare says [1].")


@dataclass(frozen=True)
class Fault:
    """What the provider does; whether an answer breaks off by it; and the time that ends it, if one does."""

    script: Script
    limit: str = ""
    breaks: bool = False

    def asked(self, applications: "Applications") -> "Asked":
        return applications[self.limit or ("idle_timeout" if self.breaks else "timeout")]


FAULTS = {
    "429": Fault(Status(429, body=ECHO)),
    "429 for an hour": Fault(Status(429, {"retry-after": "3600"}, ECHO)),
    "500": Fault(Status(500, body=ECHO)),
    "a page of HTML": Fault(Status(200, {"content-type": "text/html"}, b"<html>" + TOLD.encode())),
    "hang before headers": Fault(Hang(), "timeout"),
    "hang in an error's body": Fault(Status(500, hang=True), "timeout"),
    "hang before the first token": Fault(Hang("before-first-token"), "timeout"),
    "comments and no token": Fault(Comments(forever=True, gap=0.05), "timeout"),
    "cut before headers": Fault(Cut()),
    "cut before the first token": Fault(Cut(0)),
    "reset before the first token": Fault(Cut(0, reset=True)),
    "garbage before the first token": Fault(Garbage(line=TOLD)),
    "an error event before the first token": Fault(ErrorEvent(error={"code": 502, "message": TOLD})),
    "nothing at all": Fault(Reply([])),
    "hang between tokens": Fault(Hang("between-tokens", after_tokens=2), "idle_timeout", breaks=True),
    "comments and no next token": Fault(
        Comments(forever=True, gap=0.05, after_tokens=2), "idle_timeout", breaks=True
    ),
    "cut mid-stream": Fault(Cut(2), breaks=True),
    "reset mid-stream": Fault(Cut(2, reset=True), breaks=True),
    "no end": Fault(Reply(["The", " guide"], finish=None, done=False), breaks=True),
    "garbage mid-stream": Fault(Garbage(2, line=TOLD), breaks=True),
    "an error event mid-stream": Fault(ErrorEvent(2, {"code": 502, "message": TOLD}), breaks=True),
    "a drip": Fault(Reply(["drip "] * 1000, gap=0.05), "answer_timeout", breaks=True),
    "a flood": Fault(Reply(["flood "] * 2000, together=100), breaks=True),
}


# --- an application, and what is left in the process -----------------------------------------


@dataclass
class Asked:
    """An application behind a real server, and a way to ask it."""

    app: FastAPI
    address: str
    tasks: set[asyncio.Task[Any]] = field(default_factory=set)

    async def ask(self, wire: str) -> tuple[int, str]:
        """The status and the body of one answer."""
        body: dict[str, Any] = {"messages": [{"role": "user", "content": QUESTION}]}
        path, headers = "/v1/chat", {"accept": "application/json" if wire == "json" else "*/*"}
        if wire == "openai":
            path, body = "/v1/chat/completions", {**body, "model": "fingerpost", "stream": True}
        async with httpx.AsyncClient(base_url=self.address, timeout=60) as client:
            response = await client.post(path, json=body, headers=headers)
        return response.status_code, response.text

    async def figure(self, name: str) -> float:
        async with httpx.AsyncClient(base_url=self.address) as client:
            lines = (await client.get("/metrics")).text.splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))

    async def nothing_is_left(self) -> None:
        """Returns when every task of a request has ended; holds that nothing else is held by then."""
        before = {asyncio.current_task(), *self.tasks}
        await comes_true(lambda: all(map(of_a_provider, asyncio.all_tasks() - before)))
        assert self.app.state.limits.gate.taken == 0
        assert self.app.state.limits.gate.waiting == 0
        assert await self.figure("fingerpost_streams") == 0


@asynccontextmanager
async def asked_of(
    site: Path, *base_urls: str, short: Sequence[str] = (), retries: int = 0
) -> AsyncIterator[Asked]:
    """The application with these providers, none of which ever rests; the times named in `short` are.

    The others are long, so that a busy machine does not make one fault into another.
    """
    times = dict.fromkeys(("connect_timeout", "timeout", "idle_timeout", "answer_timeout"), 60.0)
    times |= dict.fromkeys(short, SHORT)
    providers = [
        {"name": f"p{number}", "base_url": url, "api_key": KEY, **times}
        for number, url in enumerate(base_urls)
    ]
    llm = {"providers": providers, "rest": 0, "patience": 5, "max_chars": 5000, "retries": retries}
    app = create_app(config_for(site, llm=llm, api={"limits": {"per_client": []}}))
    async with serving(app) as address:
        asked = Asked(app, address)
        await asked.ask("json")  # loads what is loaded late
        asked.tasks = asyncio.all_tasks()
        yield asked


Applications = dict[str, Asked]
"""By the time that is short in them."""


def of_a_provider(task: asyncio.Task[Any]) -> bool:
    """Whether it serves a connection of the scripted server, which may be kept for the next question."""
    return getattr(task.get_coro(), "__qualname__", "") == "OpenAIServer._serve"


async def comes_true(check: Callable[[], bool]) -> None:
    """Returns when `check` holds: for ends that nobody can be told of, such as a socket's."""
    for _ in range(int(SLACK / 0.02)):
        if check():
            return
        await asyncio.sleep(0.02)
    assert check()


def sockets() -> int:
    """How many sockets this process has open: of the servers, the application and the client alike."""
    links = (Path(f"/proc/self/fd/{name}") for name in os.listdir("/proc/self/fd"))
    return sum(1 for link in links if link.is_symlink() and os.readlink(link).startswith("socket:"))


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def upstream() -> AsyncIterator[OpenAIServer]:
    async with OpenAIServer() as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def spare() -> AsyncIterator[OpenAIServer]:
    async with OpenAIServer(ANSWER) as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def alone(site: Path, upstream: OpenAIServer) -> AsyncIterator[Applications]:
    upstream.default = ANSWER
    async with (
        asked_of(site, upstream.base_url, short=["timeout"]) as before,
        asked_of(site, upstream.base_url, short=["idle_timeout"]) as after,
        asked_of(site, upstream.base_url, short=["answer_timeout"]) as dripping,
    ):
        yield {"timeout": before, "idle_timeout": after, "answer_timeout": dripping}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def spared(site: Path, upstream: OpenAIServer, spare: OpenAIServer) -> AsyncIterator[Applications]:
    urls = upstream.base_url, spare.base_url
    upstream.default = ANSWER
    async with (
        asked_of(site, *urls, short=["timeout"]) as before,
        asked_of(site, *urls, short=["idle_timeout"]) as after,
        asked_of(site, *urls, short=["answer_timeout"]) as dripping,
    ):
        yield {"timeout": before, "idle_timeout": after, "answer_timeout": dripping}


# --- what a client gets ----------------------------------------------------------------------


def is_degraded(wire: str, status: int, body: str) -> None:
    """The docs' own words, said to be so, and a proper end."""
    assert status == 200
    assert DEGRADED_INTRO in body
    assert "pip install widgetry" in body
    assert '"degraded"' in body.replace('"outcome": ', '"outcome":')
    is_whole(wire, body)


def is_whole(wire: str, body: str) -> None:
    if wire == "stream":
        assert '{"type":"finish"}' in body
    if wire != "json":
        assert body.endswith("data: [DONE]\n\n")
        assert '"error' not in body


def is_broken(wire: str, status: int, body: str) -> None:
    """An honest error after what had come, and nothing after it."""
    if wire == "json":
        assert (status, json.loads(body)["code"]) == (502, "model")
        return
    assert status == 200
    *parts, done = [line.removeprefix("data: ") for line in body.split("\n\n") if line]
    assert done == "[DONE]"
    before, last = [json.loads(part) for part in parts[-2:]]
    if wire == "stream":
        assert before["type"] == "text-end"
        assert last == {"type": "error", "errorText": "The language model broke off. Please ask again."}
    else:
        assert last["error"]["code"] == "model"
        assert "broke off" in last["error"]["message"]


@pytest.mark.parametrize("name", FAULTS)
async def test_a_provider_that_fails_alone(
    alone: Applications, upstream: OpenAIServer, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Degraded before the first token, an error after it; in time, in our words, and nothing stays."""
    fault = FAULTS[name]
    asked = fault.asked(alone)
    asked.tasks = asyncio.all_tasks()
    upstream.default = fault.script
    held = sockets() - 2 * upstream.connections
    for wire in WIRES:
        started = time.monotonic()
        status, body = await asked.ask(wire)
        took = time.monotonic() - started
        (is_broken if fault.breaks else is_degraded)(wire, status, body)
        assert KEY not in body + caplog.text
        assert TOLD not in body + caplog.text
        assert took < SHORT + SLACK
        assert took >= SHORT or not fault.limit
    await asked.nothing_is_left()
    # What is kept is a connection that a whole reply has left free for the next question, with two ends.
    assert upstream.connections <= len(alone)
    await comes_true(lambda: sockets() - 2 * upstream.connections <= held)
    assert all(request.finished.is_set() for request in upstream.requests)


@pytest.mark.parametrize("name", FAULTS)
async def test_a_provider_that_fails_beside_another(
    spared: Applications, upstream: OpenAIServer, spare: OpenAIServer, name: str
) -> None:
    """The other one answers, unless the reader has seen the first one's words."""
    fault = FAULTS[name]
    asked = fault.asked(spared)
    asked.tasks = asyncio.all_tasks()
    upstream.default = fault.script
    spare.requests.clear()
    status, body = await asked.ask("stream")
    if fault.breaks:
        is_broken("stream", status, body)
    else:
        assert status == 200
        assert "The" in body
        assert "spare" in body
        is_whole("stream", body)
    assert len(spare.requests) == (0 if fault.breaks else 1)
    await asked.nothing_is_left()


# --- providers that cannot be reached ----------------------------------------------------------


@asynccontextmanager
async def refusing() -> AsyncIterator[str]:
    """An address at which nobody listens."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        yield f"http://127.0.0.1:{unused.getsockname()[1]}/v1"


@asynccontextmanager
async def unknown() -> AsyncIterator[str]:
    """A host that no name server can know: longer than a name may be (RFC 1035), so that none is asked."""
    yield f"http://{'.'.join(['a' * 60] * 5)}/v1"


@asynccontextmanager
async def untrusted() -> AsyncIterator[str]:
    """A server whose certificate nobody has signed that we know."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    async with speaking(context) as port:
        yield f"https://127.0.0.1:{port}/v1"


@asynccontextmanager
async def plain() -> AsyncIterator[str]:
    """A server without TLS, asked for it."""
    async with speaking(None) as port:
        yield f"https://127.0.0.1:{port}/v1"


@asynccontextmanager
async def speaking(context: ssl.SSLContext | None) -> AsyncIterator[int]:
    async def greet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"220 mail ready\r\n")
        writer.close()

    server = await asyncio.start_server(greet, "127.0.0.1", 0, ssl=context)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


@asynccontextmanager
async def silent() -> AsyncIterator[str]:
    """A server that takes connections and never begins its TLS."""

    async def wait(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    server = await asyncio.start_server(wait, "127.0.0.1", 0)
    try:
        yield f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    finally:
        server.close()


UNREACHABLE = {
    "refused": (refusing, "connect"),
    "unknown host": (unknown, "dns"),
    "certificate": (untrusted, "tls"),
    "no TLS": (plain, "tls"),
    "silence in the TLS handshake": (silent, "connect"),
}


@pytest.mark.parametrize("name", UNREACHABLE)
async def test_a_provider_that_cannot_be_reached(site: Path, name: str) -> None:
    """Degraded, within the time to connect, and counted as what it is."""
    where, kind = UNREACHABLE[name]
    async with where() as base_url, asked_of(site, base_url, short=["connect_timeout"]) as asked:
        held = sockets()
        for wire in WIRES:
            started = time.monotonic()
            is_degraded(wire, *await asked.ask(wire))
            assert time.monotonic() - started < SHORT + SLACK
        await asked.nothing_is_left()
        await comes_true(lambda: sockets() <= held)
        failures = f'fingerpost_provider_errors_total{{kind="{kind}",provider="p0"}}'
        assert await asked.figure(failures) >= len(WIRES)


async def test_a_provider_that_wants_a_moment(site: Path, upstream: OpenAIServer) -> None:
    """429 with a `Retry-After` that fits: the reader waits so long and gets a model's answer."""
    upstream.default = ANSWER
    async with asked_of(site, upstream.base_url, retries=1) as asked:
        for wire in WIRES:
            upstream.script(Status(429, {"retry-after-ms": "300"}, ECHO))
            started = time.monotonic()
            status, body = await asked.ask(wire)
            assert 0.3 <= time.monotonic() - started < 0.3 + SLACK
            assert status == 200
            assert DEGRADED_INTRO not in body
            is_whole(wire, body)
        await asked.nothing_is_left()


# --- clients -------------------------------------------------------------------------------------


LEAVING: dict[str, Script] = {
    "before headers": Hang(),
    "before the first token": Hang("before-first-token"),
    "between tokens": Hang("between-tokens", after_tokens=2),
}


@pytest.mark.parametrize("when", LEAVING)
async def test_a_client_that_leaves(site: Path, when: str) -> None:
    """Its provider is hung up on at once, long before a limit of time would do it."""
    async with OpenAIServer() as upstream:
        async with asked_of(site, upstream.base_url) as asked:
            for count, wire in enumerate(WIRES, 2):
                upstream.script(LEAVING[when])
                leaving = asyncio.create_task(asked.ask(wire))
                request = await upstream.received(count)
                leaving.cancel()
                await asyncio.wait({leaving})
                await asyncio.wait_for(request.finished.wait(), SLACK)
                assert request.closed_early
                await asked.nothing_is_left()
        await asyncio.wait_for(upstream.deserted(), SLACK)


@dataclass(frozen=True)
class Endless:
    """A reply that goes on as long as somebody takes it."""

    def steps(self, body: Body) -> Iterator[Step]:
        reply = Reply(["word "] * 50, together=50)
        yield reply.opening(body)
        while True:
            yield b"".join(reply.token(body, token) for token in reply.tokens)


async def test_a_client_that_reads_nothing(site: Path) -> None:
    """Its place is free again after `stream_timeout`, and its provider hung up on: others are served."""
    async with OpenAIServer() as upstream:
        provider = {"name": "p0", "base_url": upstream.base_url, "answer_timeout": 600}
        limits = {"streams": 1, "queue": 0, "per_client": [], "stream_timeout": 1}
        config = config_for(site, llm={"providers": [provider], "max_chars": 10**9}, api={"limits": limits})
        app = create_app(config)
        async with serving(app) as address:
            asked = Asked(app, address)
            await asked.ask("json")
            asked.tasks = asyncio.all_tasks()
            upstream.script(Endless())
            with reader_of(address) as slow:
                body = json.dumps({"messages": [{"role": "user", "content": QUESTION}]}).encode()
                head = f"POST /v1/chat HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
                await asyncio.get_running_loop().sock_sendall(slow, head.encode() + body)
                request = await upstream.received(2)
                assert json.loads((await asked.ask("json"))[1])["code"] == "overloaded"
                await asyncio.wait_for(request.finished.wait(), SLACK)
                assert request.closed_early
                await asked.nothing_is_left()
                assert (await asked.ask("json"))[0] == 200
        await asyncio.wait_for(upstream.deserted(), SLACK)


def reader_of(address: str) -> socket.socket:
    """A connected client with as small a buffer as the system gives."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    host, _, port = address.removeprefix("http://").partition(":")
    client.connect((host, int(port)))
    client.setblocking(False)
    return client
