"""`python -m api` as a process: it starts once, says plainly what is wrong, and ends in order."""

import asyncio
import json
import re
import signal
import socket
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import httpx
from sqlalchemy import select

from api.memory import tables
from api.memory.database import open_engine
from tests.api.memory_databases import memory_config
from tests.conftest import QUESTION

ROOT = Path(__file__).parent.parent.parent


def written(folder: Path, site: Path, **sections: object) -> Path:
    """A configuration file for the site."""
    values = {
        "site": {"root": str(site), "url": "https://docs.example.com"},
        "store": {"path": str(site / ".fingerpost/index")},
        "llm": {"providers": []},
        **sections,
    }
    file = folder / "config.yaml"
    file.write_text(json.dumps(values))
    return file


@asynccontextmanager
async def started(config: Path, *options: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "api", "--config", str(config), *options,
        cwd=ROOT, stderr=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()


async def test_a_stop_loses_nothing(tmp_path: Path, site: Path) -> None:
    """With port 0 it says where it answers; after SIGTERM what was asked is in the memory, and it ends with 0."""
    async with started(written(tmp_path, site), "--port", "0") as process:
        assert process.stderr is not None
        said = b""
        while not (found := re.search(rb"answers at (http://127.0.0.1:\d+/)", said)):
            said += await asyncio.wait_for(process.stderr.readline(), 60)
        async with httpx.AsyncClient(base_url=found[1].decode(), timeout=30) as client:
            body = {"messages": [{"role": "user", "content": QUESTION}]}
            assert (await client.post("v1/chat", json=body)).status_code == 200
        process.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(process.wait(), 30) == 0
    engine = open_engine(memory_config(f"sqlite+aiosqlite:///{tmp_path / '.fingerpost/memory.db'}"))
    async with engine.connect() as db:
        assert list(await db.scalars(select(tables.answers.c.question))) == [QUESTION]
    await engine.dispose()


async def refusal(config: Path, *options: str) -> str:
    """What it says when it cannot start: exit code 2, and no traceback."""
    async with started(config, *options) as process:
        _, said = await asyncio.wait_for(process.communicate(), 60)
    assert process.returncode == 2
    assert b"Traceback" not in said
    return said.decode()


async def test_what_is_wrong_is_said_plainly(tmp_path: Path, site: Path) -> None:
    """A part that cannot be opened is named with its reason, before the server begins."""
    config = written(tmp_path, site, api={"admin_key": None}, query={"retriever": {"class": "no_such.Thing"}})
    assert "no_such" in await refusal(config, "--port", "0")


async def test_a_port_that_somebody_has_is_said_first(tmp_path: Path, site: Path) -> None:
    """Before anything is opened, with the way out."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        said = await refusal(written(tmp_path, site), "--port", str(port))
    assert f"127.0.0.1:{port} cannot be had (Address already in use); choose another with --port P" in said
