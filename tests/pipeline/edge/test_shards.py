"""Open collections at work: optimizing, many calls at once, cancelled calls."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from qdrant_client import models

from pipeline.edge import AsyncEdgeClient

M = models


async def test_optimize_keeps_points_and_builds_the_index(tmp_path: Path) -> None:
    """Optimizing builds HNSW for a large enough segment, keeps every point, and leaves the loop free."""
    client = AsyncEdgeClient(tmp_path)
    await client.create_collection(
        "large",
        vectors_config={"v": M.VectorParams(size=64, distance=M.Distance.DOT)},
        optimizers_config=M.OptimizersConfigDiff(indexing_threshold=1),
    )
    rows = [M.PointStruct(id=n, vector={"v": [float(n % (at + 2)) for at in range(64)]}) for n in range(300)]
    await client.upsert("large", rows)
    query: dict[str, Any] = {
        "query": [1.0] * 64,
        "using": "v",
        "limit": 3,
        "search_params": M.SearchParams(exact=True),
    }
    before = await client.query_points("large", **query)
    optimizing = asyncio.ensure_future(client.optimize("large"))
    turns = 0
    while not optimizing.done():
        await asyncio.sleep(0)
        turns += 1
    assert await optimizing is True
    assert turns > 100, "the event loop stood still"
    assert await client.optimize("large") is False
    info = await client.get_collection("large")
    assert (info.points_count, info.indexed_vectors_count) == (300, 300)
    assert [one.id for one in (await client.query_points("large", **query)).points] == [
        one.id for one in before.points
    ]
    await client.close()


async def test_writes_and_reads_at_once(tmp_path: Path) -> None:
    """Twenty writers at once all get their points in, with readers in between."""
    client = AsyncEdgeClient(tmp_path)
    await client.create_collection("busy", vectors_config=M.VectorParams(size=2, distance=M.Distance.DOT))

    async def write(start: int) -> None:
        rows = [M.PointStruct(id=start + n, vector=[1.0, float(n)], payload={"n": n}) for n in range(20)]
        await client.upsert("busy", rows)
        assert (await client.query_points("busy", query=[0.0, 1.0], limit=1)).points

    await asyncio.gather(*(write(start * 20) for start in range(20)))
    assert (await client.count("busy")).count == 400
    await client.close()


async def test_cancelled_write_ends_before_the_next_begins(tmp_path: Path) -> None:
    """A write whose caller was cancelled is whole or not there, and the client goes on working."""
    client = AsyncEdgeClient(tmp_path)
    await client.create_collection("busy", vectors_config=M.VectorParams(size=2, distance=M.Distance.DOT))
    rows = [M.PointStruct(id=n, vector=[1.0, float(n)], payload={}) for n in range(200)]
    writing = asyncio.ensure_future(client.upsert("busy", rows))
    await asyncio.sleep(0)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert (await client.count("busy")).count in (0, 200)
    await client.upsert("busy", rows)
    assert (await client.count("busy")).count == 200
    await client.close()
