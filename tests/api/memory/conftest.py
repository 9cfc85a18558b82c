"""A memory's database for each test."""

from pathlib import Path

import pytest

from pipeline.config.memory import MemoryConfig
from tests.api.memory_databases import KINDS, fresh_url, memory_config


@pytest.fixture(params=KINDS)
async def config(request: pytest.FixtureRequest, tmp_path: Path) -> MemoryConfig:
    """An empty database, of each kind in turn."""
    return memory_config(await fresh_url(request.param, tmp_path, request))
