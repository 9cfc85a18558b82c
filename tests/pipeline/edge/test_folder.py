"""The folder: one writer, many readers, what is there after close, flush and a crash."""

import asyncio
import hashlib
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from qdrant_client import models

from pipeline.edge import AsyncEdgeClient
from pipeline.errors import StoreError, StoreLocked, Unsupported
from tests.pipeline.edge.site import NAME, POINTS, QUERY, fill, index

M = models

READER = """
import sys
from qdrant_edge import CountRequest, EdgeShard, Query, QueryRequest

shards = []
for turn in range(int(sys.argv[2])):
    shard = EdgeShard.load(sys.argv[1])
    found = shard.query(QueryRequest(limit=3, query=Query.Nearest([0.9, 0.1, 0.4, -0.2], "dense")))
    print(shard.count(CountRequest()), *[point.id for point in found])
    shard.close()
"""

CRASHING_WRITER = """
import asyncio, os, sys
from pipeline.edge import AsyncEdgeClient
from qdrant_client import models

async def main():
    client = AsyncEdgeClient(sys.argv[1])
    await client.set_payload("site", {"kept": True}, points=[1])
    await client.flush("site")
    os.kill(os.getpid(), 9)

asyncio.run(main())
"""


@pytest.fixture
async def folder(tmp_path: Path) -> Path:
    """A finished folder: filled, indexed, closed."""
    path = tmp_path / "index"
    client = AsyncEdgeClient(path)
    await fill(client)
    await index(client)
    await client.close()
    return path


def checksums(path: Path) -> dict[str, str]:
    files = (found for found in path.rglob("*") if found.is_file())
    return {str(found.relative_to(path)): hashlib.sha256(found.read_bytes()).hexdigest() for found in files}


def start_reader(path: Path, turns: int = 1) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", READER, str(path / NAME), str(turns)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


async def test_points_are_there_after_reopening(folder: Path) -> None:
    """What was written before close is there for the next client, with its settings and indexes."""
    client = AsyncEdgeClient(folder)
    assert (await client.count(NAME)).count == len(POINTS)
    info = await client.get_collection(NAME)
    assert info.config.params.vectors == {"dense": M.VectorParams(size=4, distance=M.Distance.COSINE)}
    assert info.payload_schema["doc"].data_type == M.PayloadSchemaType.KEYWORD
    await client.close()


async def test_second_writer_is_refused(folder: Path) -> None:
    """A second writing client gets StoreLocked, which says who writes; it may try again after close."""
    first, second = AsyncEdgeClient(folder), AsyncEdgeClient(folder)
    await first.get_collection(NAME)
    with pytest.raises(StoreLocked, match=r"written by this process"):
        await second.upsert(NAME, POINTS)
    with pytest.raises(StoreLocked):
        await second.create_collection(
            "other", vectors_config=M.VectorParams(size=2, distance=M.Distance.DOT)
        )
    await first.close()
    await second.upsert(NAME, POINTS)
    await second.close()


async def test_crashed_writer_leaves_no_lock_and_its_flushed_points(folder: Path) -> None:
    """After kill -9 what was flushed is there, and the next writer is let in."""
    done = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", CRASHING_WRITER, str(folder)], cwd=Path(__file__).parents[3]
    )
    assert done.returncode == -9
    client = AsyncEdgeClient(folder)
    assert ((await client.retrieve(NAME, ids=[1]))[0].payload or {})["kept"] is True
    await client.upsert(NAME, POINTS)
    await client.close()


WRITING: dict[str, Callable[[Any], Awaitable[Any]]] = {
    "create_collection": lambda it: it.create_collection("new"),
    "delete_collection": lambda it: it.delete_collection(NAME),
    "upsert": lambda it: it.upsert(NAME, POINTS),
    "delete": lambda it: it.delete(NAME, points_selector=[1]),
    "set_payload": lambda it: it.set_payload(NAME, {}, points=[1]),
    "overwrite_payload": lambda it: it.overwrite_payload(NAME, {}, points=[1]),
    "delete_payload": lambda it: it.delete_payload(NAME, ["n"], points=[1]),
    "clear_payload": lambda it: it.clear_payload(NAME, points_selector=[1]),
    "update_vectors": lambda it: it.update_vectors(NAME, points=[]),
    "delete_vectors": lambda it: it.delete_vectors(NAME, ["dense"], points=[1]),
    "create_payload_index": lambda it: it.create_payload_index(NAME, "n", "integer"),
    "delete_payload_index": lambda it: it.delete_payload_index(NAME, "n"),
    "optimize": lambda it: it.optimize(NAME),
    "flush": lambda it: it.flush(NAME),
}


async def test_read_only_client_refuses_to_write(folder: Path) -> None:
    """Every writing call of a read-only client raises Unsupported with its own name and changes nothing."""
    before = checksums(folder)
    client = AsyncEdgeClient(folder, read_only=True)
    for name, write in WRITING.items():
        with pytest.raises(Unsupported, match=f"{name}.*read_only"):
            await write(client)
    assert (await client.count(NAME)).count == len(POINTS)
    await client.close()
    assert checksums(folder) == before


async def test_readers_share_a_folder_and_keep_writers_out(folder: Path) -> None:
    """Any number of readers open a folder; a writer is refused until the last of them has closed."""
    readers = [AsyncEdgeClient(folder, read_only=True) for _ in range(3)]
    assert [(await reader.count(NAME)).count for reader in readers] == [len(POINTS)] * 3
    writer = AsyncEdgeClient(folder)
    for reader in readers:
        with pytest.raises(StoreLocked, match=r"being read.*copy"):
            await writer.upsert(NAME, POINTS)
        await reader.close()
    await writer.upsert(NAME, POINTS)
    await writer.close()


async def test_reader_is_refused_while_a_writer_is_there(folder: Path) -> None:
    """A reader would take away the journals that a live writer needs: it gets StoreLocked instead."""
    writer, reader = AsyncEdgeClient(folder), AsyncEdgeClient(folder, read_only=True)
    await writer.upsert(NAME, POINTS)
    await writer.flush(NAME)
    with pytest.raises(StoreLocked, match="being written by this process"):
        await reader.count(NAME)
    await writer.upsert(NAME, POINTS)
    await writer.close()
    assert (await reader.count(NAME)).count == len(POINTS)
    await reader.close()


async def test_reading_leaves_every_file_as_it_is(folder: Path) -> None:
    """Opening a finished folder, querying and closing changes no byte and leaves no file behind."""
    before = checksums(folder)
    for _ in range(3):
        client = AsyncEdgeClient(folder, read_only=True)
        await client.query_points(NAME, query=QUERY, using="dense", limit=5)
        await client.scroll(NAME, limit=50, with_vectors=True)
        await client.close()
    assert checksums(folder) == before


async def test_four_processes_read_one_folder_at_once(folder: Path) -> None:
    """Four processes open, query and close one folder again and again: equal answers, equal bytes."""
    before = checksums(folder)
    readers = [start_reader(folder, turns=5) for _ in range(4)]
    ends = [await asyncio.to_thread(reader.communicate) for reader in readers]
    assert [reader.returncode for reader in readers] == [0] * 4, ends
    lines = {line for out, _ in ends for line in out.splitlines()}
    assert len(lines) == 1
    assert lines.pop().startswith("12 ")
    assert checksums(folder) == before


async def test_copy_of_a_flushed_folder_opens_in_another_process(folder: Path) -> None:
    """What flush returned for is in a copy of the folder, read by another process beside the writer."""
    client = AsyncEdgeClient(folder)
    await client.upsert(NAME, [M.PointStruct(id=500, vector={"dense": QUERY}, payload={})])
    await client.flush(NAME)
    copy = folder.with_name("copy")
    await asyncio.to_thread(shutil.copytree, folder, copy)
    out, err = await asyncio.to_thread(start_reader(copy).communicate)
    assert out.startswith("13 500 "), err
    await client.close()


async def test_closed_client_says_so(folder: Path) -> None:
    """Closing twice is fine; a call after it raises StoreError."""
    client = AsyncEdgeClient(folder)
    await client.count(NAME)
    await client.close()
    await client.close()
    with pytest.raises(StoreError, match="closed"):
        await client.count(NAME)


async def test_files_of_somebody_else_are_left_alone(tmp_path: Path) -> None:
    """A collection is not created over a folder that holds other things."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "intro.md").write_text("# Intro")
    client = AsyncEdgeClient(tmp_path)
    with pytest.raises(StoreError, match="not a collection's"):
        await client.create_collection("docs", vectors_config=M.VectorParams(size=2, distance=M.Distance.DOT))
    assert (tmp_path / "docs" / "intro.md").read_text() == "# Intro"
    await client.close()


async def test_half_made_collection_is_made_anew(tmp_path: Path) -> None:
    """What a creation left that was cut short is no collection, and the next creation clears it away."""
    (tmp_path / "new" / "segments").mkdir(parents=True)
    client = AsyncEdgeClient(tmp_path)
    assert not await client.collection_exists("new")
    await client.create_collection("new", vectors_config=M.VectorParams(size=2, distance=M.Distance.DOT))
    assert (await client.count("new")).count == 0
    await client.close()


async def test_folder_that_is_not_there_holds_nothing(tmp_path: Path) -> None:
    """A client over a missing folder answers that there are no collections and makes no folder."""
    for read_only in (True, False):
        client = AsyncEdgeClient(tmp_path / "none", read_only=read_only)
        assert (await client.get_collections()).collections == []
        assert not await client.collection_exists(NAME)
        with pytest.raises(ValueError, match="not found"):
            await client.count(NAME)
        await client.close()
    assert not (tmp_path / "none").exists()
