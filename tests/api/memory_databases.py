"""Databases for the memory's tests: an SQLite file and, where there is one, a real PostgreSQL."""

import itertools
from collections.abc import Iterator
from pathlib import Path

import asyncpg  # type: ignore[import-untyped]
import pytest

from pipeline.config.memory import MemoryConfig
from tests.api import postgres

NUMBERS = itertools.count()
KINDS = [
    "sqlite",
    pytest.param(
        "postgresql",
        marks=pytest.mark.skipif(bool(postgres.why_not()), reason=postgres.why_not() or "there is one"),
    ),
]


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    """The PostgreSQL server of this session."""
    with postgres.running() as address:
        yield address


async def fresh_url(kind: str, folder: Path, request: pytest.FixtureRequest) -> str:
    """The address of an empty database of this kind."""
    if kind == "sqlite":
        return f"sqlite+aiosqlite:///{folder / 'memory.db'}"
    address = request.getfixturevalue("server")
    name = f"memory_{next(NUMBERS)}"
    connection = await asyncpg.connect(f"postgresql://fingerpost@{address}/postgres")
    try:
        await connection.execute(f"CREATE DATABASE {name}")
    finally:
        await connection.close()
    return f"postgresql+asyncpg://fingerpost@{address}/{name}"


def memory_config(url: str, **more: object) -> MemoryConfig:
    """`api.memory` for this database."""
    return MemoryConfig.model_validate({"url": url, **more})
