"""The open collections of one folder: loading, one write at a time, flushing, optimizing, closing.

What does not live here: what a call means (collection_calls, write_calls, read_calls).
"""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import qdrant_edge as edge
from qdrant_client import models

from pipeline.edge.conversion.schema import engine_config
from pipeline.edge.folder import Folder
from pipeline.edge.refusals import CollectionExists, engine_errors
from pipeline.errors import StoreError, Unsupported

T = TypeVar("T")

_OPTIMIZING = Path(__file__).with_name("optimizing.py")


@dataclass(slots=True)
class OpenShard:
    """A loaded collection.  `written` says that its files are not yet as a finished one's are."""

    shard: edge.EdgeShard
    settings: models.CreateCollection
    written: bool = False


class Shards:
    """The collections under `path`, each loaded at its first use and kept open until `close`."""

    def __init__(self, path: Path, *, read_only: bool) -> None:
        self.folder = Folder(path)
        self._read_only = read_only
        self._open: dict[str, OpenShard] = {}
        self._order: dict[str, asyncio.Lock] = {}
        self._closed = False

    async def reading(self, name: str) -> OpenShard:
        """The collection, loaded.  Raises CollectionMissing, StoreLocked."""
        # The hot path: no lock, no thread.  Close and optimize take the collection out first.
        found = self._open.get(name)
        if found is not None:
            return found
        async with self._turn(name):
            return await self._load(name)

    async def write(self, call: str, name: str, change: Callable[[OpenShard], T]) -> T:
        """Runs one change of the collection in a worker thread, after all earlier ones."""
        self.writable(call)
        async with self._turn(name):
            held = await self._load(name)
            held.written = True
            return await in_thread(call, lambda: change(held))

    async def create(self, name: str, settings: models.CreateCollection) -> None:
        """Makes a new, empty collection.  Raises CollectionExists, Unsupported."""
        self.writable("create_collection")
        async with self._turn(name):
            self._open[name] = await in_thread("create_collection", lambda: self._create(name, settings))

    async def drop(self, name: str) -> bool:
        """Removes the collection with its files; False when there was none."""
        self.writable("delete_collection")
        async with self._turn(name):
            held = self._open.pop(name, None)
            return await in_thread("delete_collection", lambda: self._drop(name, held))

    async def flush(self, name: str) -> None:
        """When this returns, all that was written is on disk.  A crash loses what came after."""
        await self.write("flush", name, lambda held: held.shard.flush())

    async def optimize(self, name: str) -> bool:
        """Merges segments and builds indexes in a child process; reads of this collection wait for it.

        Returns whether there was anything to do.  Raises StoreError with the child's last words.
        """
        self.writable("optimize")
        async with self._turn(name):
            held = await self._load(name)
            del self._open[name]
            try:
                return await in_thread("optimize", lambda: _optimize(held, self.folder.shard(name)))
            finally:
                await self._load(name)

    async def close(self) -> None:
        """Flushes and closes all collections and lets the next writer in.  Idempotent."""
        self._closed = True
        try:
            for name in list(self._open):
                async with self._order[name]:
                    await in_thread("close", lambda name=name: self._close(name))  # type: ignore[misc]
        finally:
            self.folder.unlock()

    def writable(self, call: str) -> None:
        """Raises Unsupported, by name, for a writing call of a client that was opened to read."""
        if self._read_only:
            raise Unsupported(f"{call}: this client was opened with read_only=True")

    def _turn(self, name: str) -> asyncio.Lock:
        if self._closed:
            raise StoreError("the client is closed: open a new one")
        return self._order.setdefault(name, asyncio.Lock())

    async def _load(self, name: str) -> OpenShard:
        if name not in self._open:
            self._open[name] = await in_thread("load", lambda: self._opened(name))
        return self._open[name]

    # --- what runs in worker threads ---

    def _opened(self, name: str) -> OpenShard:
        settings = self.folder.settings(name)
        if self._read_only:
            self.folder.share()
        else:
            self.folder.lock()
        return OpenShard(edge.EdgeShard.load(str(self.folder.shard(name))), settings)

    def _create(self, name: str, settings: models.CreateCollection) -> OpenShard:
        config = engine_config(settings)
        if self.folder.has(name):
            raise CollectionExists(name)
        path = self.folder.shard(name)
        self.folder.lock()
        self.folder.make_room(name)
        shard = edge.EdgeShard.create(str(path), config)
        shard.flush()
        self.folder.save_settings(name, settings)
        return OpenShard(shard, settings, written=True)

    def _drop(self, name: str, held: OpenShard | None) -> bool:
        if not self.folder.has(name):
            return False
        self.folder.lock()
        if held is not None:
            held.shard.close()
        self.folder.remove(name)
        return True

    def _close(self, name: str) -> None:
        held = self._open.pop(name)
        if held.written:
            held.shard.flush()
        held.shard.close()
        if held.written:
            _settle(self.folder.shard(name))


async def in_thread(call: str, work: Callable[[], T]) -> T:
    """Runs blocking work in a worker thread; the engine's errors come out as Refused.

    Cancelled, it waits for the work's end before it says so: an engine call cannot be stopped, and
    whoever holds the collection's turn must not give it away while one is running.
    """

    def run() -> T:
        with engine_errors(call):
            return work()

    task = asyncio.ensure_future(asyncio.to_thread(run))
    try:
        return await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


def _settle(path: Path) -> None:
    """Opens and closes a written shard once more, so that later openings leave its bytes alone.

    The first opening after a write removes the engine's journal files and fills in
    edge_config.json; from the second on every file keeps its content (measured with checksums).
    """
    edge.EdgeShard.load(str(path)).close()


def _optimize(held: OpenShard, path: Path) -> bool:
    held.shard.flush()
    held.shard.close()
    # -P: the script's own folder stays out of sys.path.
    command = [sys.executable, "-P", str(_OPTIMIZING), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines()[-1:] or [f"exit code {done.returncode}"]
        raise StoreError(f"optimize: {said[0]}")
    return done.stdout.strip() == "optimized"
