"""Limits that several processes share through a Redis: a real one, started here on loopback."""

import asyncio
import os
import shutil
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from api.callers import Caller
from api.limits.counters import open_counters
from api.limits.rates import Rates
from api.problems import TurnedAway
from pipeline.config import LimitsConfig

ROOT = Path(__file__).parent.parent.parent
SOMEBODY = Caller("192.0.2.1")


async def refused(rates: Rates, times: int = 1) -> int:
    """How many of `times` requests are refused."""
    count = 0
    for _ in range(times):
        try:
            await rates.count(SOMEBODY)
        except TurnedAway:
            count += 1
    return count


@asynccontextmanager
async def redis_server(folder: Path) -> AsyncIterator[str]:
    """A Redis of our own on a free port of loopback, with nothing kept on disk."""
    program = shutil.which("redis-server")
    if program is None:
        give_up = pytest.fail if os.environ.get("FINGERPOST_TEST_SERVERS") == "required" else pytest.skip
        give_up("redis-server is not installed: apt-get install redis-server")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    process = await asyncio.create_subprocess_exec(
        program, "--bind", "127.0.0.1", "--port", str(port), "--save", "", "--dir", str(folder),
        stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        async for line in process.stdout:
            if b"eady to accept connections" in line:
                break
        yield f"redis://127.0.0.1:{port}"
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()


@asynccontextmanager
async def two_machines(address: str, limits: dict[str, Any]) -> AsyncIterator[list[Rates]]:
    """Two counters that share nothing but the Redis."""
    async with AsyncExitStack() as stack:
        config = LimitsConfig(**{"per_client": (), "storage": address, **limits})
        storages = [await stack.enter_async_context(open_counters(address)) for _ in range(2)]
        yield [Rates(config, storage) for storage in storages]


async def test_limits_hold_across_machines(tmp_path: Path) -> None:
    """What one has counted the other knows, to the request, even when both ask at once."""
    async with (
        redis_server(tmp_path) as address,
        two_machines(address, {"per_client": ("10/minute",)}) as (here, there),
    ):
        counts = await asyncio.gather(*(refused(rates) for rates in (here, there) * 10))
        assert sum(counts) == 10
        with pytest.raises(TurnedAway) as caught:
            await there.count(SOMEBODY)
        assert 50 < (caught.value.retry_after or 0) <= 60


COUNTING = """
import asyncio, sys
from tests.api.test_limits_redis import refused, two_machines

async def main():
    async with two_machines(sys.argv[1], {"per_client": ("6/hour",)}) as (rates, _):
        print(await refused(rates, times=5))

asyncio.run(main())
"""


async def test_limits_hold_across_two_processes(tmp_path: Path) -> None:
    """Of five requests to each of two processes, asked at the same time, six are answered."""
    async with redis_server(tmp_path) as address:
        line = [sys.executable, "-c", COUNTING, address]
        processes = [
            await asyncio.create_subprocess_exec(*line, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
            for _ in range(2)
        ]
        told = [(await process.communicate())[0] for process in processes]
        assert sum(map(int, told)) == 4


async def test_without_redis_each_process_counts_for_itself(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A Redis that is away, or goes away, costs no answer and no limit; the log says so once."""
    async with AsyncExitStack() as stack:
        async with redis_server(tmp_path) as address:
            (here, _) = await stack.enter_async_context(two_machines(address, {"per_client": ("2/minute",)}))
            assert await refused(here) == 0
        assert await refused(here, times=4) == 2
        assert len([record for record in caplog.records if "api.limits" in record.message]) == 1
