"""Both clients: empty for a test that writes, filled and shared for those that only read."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from qdrant_client import AsyncQdrantClient

from pipeline.edge import AsyncEdgeClient
from tests.pipeline.edge.same import Both
from tests.pipeline.edge.site import fill, index


@pytest.fixture
async def both(tmp_path: Path) -> AsyncIterator[Both]:
    """Local mode and ours, without any collection."""
    local, edge = AsyncQdrantClient(":memory:"), AsyncEdgeClient(tmp_path / "index")
    yield Both(local, edge)
    await edge.close()
    await local.close()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def site(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Both]:
    """Both with the collection `site.NAME`, filled and indexed.  Shared: only read it."""
    local, edge = AsyncQdrantClient(":memory:"), AsyncEdgeClient(tmp_path_factory.mktemp("site") / "index")
    both = Both(local, edge)
    await both.do(fill)
    await both.do(index)
    yield both
    await edge.close()
    await local.close()
