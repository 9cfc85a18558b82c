"""A whole server of our own to be measured: the stand-in, an index, and the API with its workers.

    async with started(config, stack, folder) as server:
        ... load server.url ...

Everything is a child process of the very commands that people run, on free ports of loopback, with a
configuration that is written into `folder`; all of them are ended when the block ends.
"""

import asyncio
import json
import socket
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from evals.errors import RunError
from evals.load.upstream import MODEL, Pace
from pipeline.config import Config

READY_WITHIN = 120.0  # seconds; a first start writes the local model's graph
INGEST_WITHIN = 1800.0
END_WITHIN = 10.0
FREE = "1000000000/minute"  # limits that are counted like any others, and never reached


@dataclass(frozen=True, slots=True)
class Stack:
    """How the server is made: whose embeddings, how many workers, how many answers at once each admits."""

    pace: Pace = field(default_factory=Pace)
    embedding: Literal["local", "endpoint"] = "local"
    workers: int = 1
    streams: int = 1000


@dataclass(frozen=True, slots=True)
class Running:
    """`pid` is the API's first process; workers are below it."""

    url: str
    pid: int
    upstream: str


@asynccontextmanager
async def started(
    config: Config, stack: Stack, folder: Path, said: Callable[[str], object] = lambda what: None
) -> AsyncIterator[Running]:
    """The server over the site of `config`, with the rest of `config` as it is.

    Raises RunError when a part does not start, with its last words.
    """
    async with AsyncExitStack() as parts:
        said("starting the stand-in")
        pace = stack.pace
        upstream = await parts.enter_async_context(
            _program(
                folder / "upstream.log", "-m", "evals", "upstream", "--port", "0",
                "--ttft", str(pace.ttft), "--gap", str(pace.gap), "--tokens", str(pace.tokens),
            )
        )  # fmt: skip
        address = await upstream.first_line()
        file = folder / "config.yaml"
        file.write_text(json.dumps(configuration(config, stack, address, folder)), encoding="utf-8")
        said("ingesting")
        async with _program(folder / "ingest.log", "-m", "ingest", "--config", str(file)) as ingest:
            await ingest.ended(INGEST_WITHIN)
        said("starting the server")
        port = _free_port()
        server = await parts.enter_async_context(
            _program(
                folder / "api.log", "-m", "api", "--config", str(file), "--port", str(port),
                "--workers", str(stack.workers),
            )
        )  # fmt: skip
        await _ready(server, port)
        yield Running(f"http://127.0.0.1:{port}", server.pid, address)


def configuration(config: Config, stack: Stack, upstream: str, folder: Path) -> dict[str, Any]:
    """The values of a config.yaml: the site and the retrieval of `config`, everything else of our own."""
    kept = config.model_dump(mode="json", include={"site", "ingestion", "query"})
    for section, key in (("ingestion", "transformations"), ("query", "postprocessors")):
        kept[section][key] = [{"class": one["name"], **one["args"]} for one in kept[section][key]]
    kept["query"]["retriever"] = {
        "name": kept["query"]["retriever"]["name"],
        **kept["query"]["retriever"]["args"],
    }
    endpoint = {"provider": "openai", "base_url": upstream, "api_key": "none"}
    return {
        **kept,
        "store": {"path": str(folder / "index")},
        "embedding": endpoint if stack.embedding == "endpoint" else {"provider": "local"},
        "answer": config.answer.model_dump(mode="json"),
        "llm": {"providers": [{"name": "stand-in", "base_url": upstream, "model": MODEL, "api_key": "none"}]},
        "api": {
            "limits": {"per_client": [FREE], "total": [FREE], "streams": stack.streams, "queue": 0},
            "memory": {"url": f"sqlite+aiosqlite:///{folder / 'memory.db'}"},
        },
    }


class _Program:
    """A child process; what it writes to stderr is in `log`."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path, name: str) -> None:
        self._process, self._log, self._name = process, log, name

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def is_alive(self) -> bool:
        return self._process.returncode is None

    async def first_line(self) -> str:
        assert self._process.stdout is not None
        line = (await asyncio.wait_for(self._process.stdout.readline(), READY_WITHIN)).decode().strip()
        if not line:
            raise self.failed()
        return line

    async def ended(self, within: float) -> None:
        assert self._process.stdout is not None
        await asyncio.wait_for(self._process.communicate(), within)
        if self._process.returncode:
            raise self.failed()

    def failed(self) -> RunError:
        words = self._log.read_text(encoding="utf-8", errors="replace").strip()[-800:]
        return RunError(f"{self._name} ended before its time: {words or 'it said nothing'}")

    async def stop(self) -> None:
        if self._process.returncode is None:
            self._process.terminate()
            try:
                await asyncio.wait_for(self._process.communicate(), END_WITHIN)
            except TimeoutError:
                self._process.kill()
                await self._process.communicate()


@asynccontextmanager
async def _program(log: Path, *words: str) -> AsyncIterator[_Program]:
    with log.open("wb") as errors:
        process = await asyncio.create_subprocess_exec(
            sys.executable, *words, stdout=asyncio.subprocess.PIPE, stderr=errors,
            stdin=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
    program = _Program(process, log, f"`python {' '.join(words[:3])}`")
    try:
        yield program
    finally:
        await program.stop()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return int(free.getsockname()[1])


async def _ready(server: _Program, port: int) -> None:
    """Returns when the API says that it can answer."""
    async with asyncio.timeout(READY_WITHIN):
        while not await _answers(port):
            if not server.is_alive:
                raise server.failed()
            await asyncio.sleep(0.05)


async def _answers(port: int) -> bool:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"GET /readyz HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        line = await reader.readline()
        writer.close()
    except OSError:
        return False
    return b" 200 " in line
