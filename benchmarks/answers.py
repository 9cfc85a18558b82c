"""Answers under load: CPU beside the floor, crowds of readers, and memory after many answers."""

import asyncio
import itertools
import os
import socket
import statistics
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Literal

from evals.commands.load import bodies, open_files
from evals.load.measuring import Load, measure
from evals.load.requests import target
from evals.load.stack import Running, Stack, started
from evals.load.traffic import Bounds, Closed
from evals.load.upstream import Pace
from evals.load.watching import Processes
from pipeline.config import Config, parse_config

ROOT = Path(__file__).parent.parent
AT_ONCE = Pace(ttft=0.0, gap=0.0)
DRIPPING = Pace(ttft=0.0, gap=0.005)  # each token comes alone, so that nothing can be sent together
TALKING = Pace(ttft=0.4, gap=0.012)
QUESTIONS = [f"How do I configure option number {number} of the server?" for number in range(200)]


def manual() -> Config:
    """The site of our own manual."""
    return parse_config("site: {root: .}", source="benchmark", base=ROOT, environ={})


async def loaded(url: str, pid: int, traffic: Closed) -> dict[str, Any]:
    """The figures of one load."""
    load = Load(traffic, target(url, {}, 120.0), Bounds(requests=50_000, seconds=900.0))
    asked = bodies(QUESTIONS)
    with open_files():
        return (await measure(load, asked, Processes([pid]), lambda done, todo: None)).summary


@asynccontextmanager
async def own(stack: Stack) -> AsyncIterator[Running]:
    """Our server over the manual."""
    with TemporaryDirectory(prefix="fingerpost-bench-") as folder:
        async with started(manual(), stack, Path(folder)) as server:
            yield server


@asynccontextmanager
async def floor(upstream: str) -> AsyncIterator[tuple[str, int]]:
    """The floor's address and process."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "benchmarks.floor", str(port),
        env={**os.environ, "OPENAI_BASE_URL": upstream}, cwd=ROOT,
    )  # fmt: skip
    try:
        for _ in itertools.repeat(None, 600):
            await asyncio.sleep(0.1)
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                continue
            writer.close()
            break
        yield f"http://127.0.0.1:{port}", process.pid
    finally:
        process.terminate()
        await process.wait()


async def cpu() -> dict[str, Any]:
    """Server CPU for an answer of 200 tokens, in turns with the floor: tokens at once, and one by one."""
    return {"at_once": await _beside_floor(AT_ONCE), "one_by_one": await _beside_floor(DRIPPING)}


async def _beside_floor(pace: Pace, rounds: int = 3, users: int = 20, answers: int = 10) -> dict[str, Any]:
    traffic = Closed(users, answers)
    ours: list[float] = []
    least: list[float] = []
    async with AsyncExitStack() as parts:
        server = await parts.enter_async_context(own(Stack(pace, "endpoint")))
        url, pid = await parts.enter_async_context(floor(server.upstream))
        for warm in (server.url, url):
            await loaded(warm, os.getpid(), Closed(users, 2))
        for _ in range(rounds):
            ours.append((await loaded(server.url, server.pid, traffic))["server"]["cpu_ms_per_answer"])
            least.append((await loaded(url, pid, traffic))["server"]["cpu_ms_per_answer"])
    found, base = statistics.median(ours), statistics.median(least)
    return {
        "fingerpost_ms": found,
        "floor_ms": base,
        "ratio": round(found / base, 2),
        "rounds": [ours, least],
    }


async def crowd(
    users: int, answers: int, *, workers: int = 1, embedding: Literal["local", "endpoint"] = "endpoint"
) -> dict[str, Any]:
    """So many readers at once on a model that takes 400 ms to its first token and 12 ms for each."""
    stack = Stack(TALKING, embedding, workers, streams=-(-users // workers) * 2)
    async with own(stack) as server:
        await loaded(server.url, server.pid, Closed(4 * workers, 1))
        return await loaded(server.url, server.pid, Closed(users, answers, ramp=2.3 * users / 100))


async def memory(first: int = 1_000, last: int = 20_000, users: int = 20) -> dict[str, Any]:
    """Resident memory of the server after so many answers; its model answers at once."""
    async with own(Stack(AT_ONCE, "endpoint")) as server:
        early = await loaded(server.url, server.pid, Closed(users, first // users))
        late = await loaded(server.url, server.pid, Closed(users, (last - first) // users))
    before, after = early["server"]["memory_mb"], late["server"]["memory_mb"]
    return {
        "answers": [first, last], "mb": [before, after], "growth": round(after / before - 1, 4),
        "failures": late["failures"],
    }  # fmt: skip
