"""Generations in a folder, on Qdrant's engine in process.

    <path>/CURRENT                 the name of the generation to serve
    <path>/generations/<name>/     finished, or being written by the holder of the lock
    <path>/readers/<random>/       a serving process's own view of a generation
    <path>/readers/<random>.lock   held as long as that process uses it
    <path>/writer.lock             held while an ingest runs

A reader does not open the generation itself, because the engine rewrites a few small files when it
opens a folder: it opens a view, in which the large files are hard links (one copy in the page cache
for all processes) and the small ones copies.
"""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex

from filelock import BaseFileLock, FileLock, Timeout

from pipeline.edge import AsyncEdgeClient
from pipeline.errors import NoIndex, StoreError, StoreLocked
from pipeline.store.generation import Generation, Writer
from pipeline.store.views import copy_tree, link_tree, remove_tree

log = logging.getLogger(__name__)
COLLECTION = "chunks"


class EmbeddedStore:
    """The `Store` in a folder.  Opening it touches nothing; folders are made by the first writer."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._held: dict[Path, BaseFileLock] = {}

    async def current(self) -> str | None:
        try:
            return (self._path / "CURRENT").read_text(encoding="utf-8").strip() or None
        except FileNotFoundError:
            return None
        except OSError as error:
            raise StoreError(f"{self._path} cannot be read: {error}") from error

    async def open_reader(self, name: str) -> Generation:
        whole = self._path / "generations" / name
        view = self._path / "readers" / token_hex(8)
        try:
            self._held[view] = await asyncio.to_thread(_made_view, whole, view)
            client = AsyncEdgeClient(view, read_only=True)
            if not await client.collection_exists(COLLECTION):
                raise NoIndex(f"{whole} holds no collection: run `python -m ingest --rebuild`")
        except BaseException as error:
            await asyncio.to_thread(self._give_up, view)
            if isinstance(error, FileNotFoundError):
                raise NoIndex(f"the index {name} is gone: run `python -m ingest`") from None
            if isinstance(error, OSError):
                raise StoreError(f"{self._path} cannot be read: {error}") from error
            raise
        return Generation(name, client, COLLECTION, view)

    async def close_reader(self, generation: Generation) -> None:
        await generation.client.close()
        if generation.folder is not None:
            await asyncio.to_thread(self._give_up, generation.folder)

    def _give_up(self, view: Path) -> None:
        remove_tree(view)
        if (lock := self._held.pop(view, None)) is not None:
            Path(lock.lock_file).unlink(missing_ok=True)
            lock.release()

    @asynccontextmanager
    async def writer(self) -> AsyncIterator[Writer]:
        try:
            self._path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{self._path} cannot be made: {error}") from error
        lock = FileLock(self._path / "writer.lock")
        try:
            lock.acquire(blocking=False)
        except Timeout:
            raise StoreLocked(
                f"another ingest is writing {self._path}; wait for it to end (the lock is released when it does)"
            ) from None
        try:
            yield EmbeddedWriter(self._path, await self.current())
        finally:
            lock.release()

    async def aclose(self) -> None:
        return None


class EmbeddedWriter:
    """Made by `EmbeddedStore.writer`, which holds the lock."""

    def __init__(self, path: Path, current: str | None) -> None:
        self._path = path
        self._generations = path / "generations"
        self._current = current

    async def begin(self, *, copy_of: str | None) -> Generation:
        name = f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{token_hex(3)}"
        folder = self._generations / name
        await asyncio.to_thread(self._prepare, folder, copy_of)
        return Generation(name, AsyncEdgeClient(folder), COLLECTION, folder)

    def _prepare(self, folder: Path, copy_of: str | None) -> None:
        self._sweep(keep={self._current})
        folder.parent.mkdir(parents=True, exist_ok=True)
        if copy_of:
            copy_tree(self._generations / copy_of, folder)
        else:
            folder.mkdir()

    async def commit(self, generation: Generation, *, optimize: bool) -> None:
        if optimize:
            await generation.client.optimize(generation.collection)
        await generation.client.flush(generation.collection)
        await generation.client.close()
        await _to_its_end(self._switch, generation.name)
        # The one before stays until the next ingest: a server may be making its view of it now.
        before, self._current = self._current, generation.name
        await asyncio.to_thread(self._sweep, {generation.name, before})

    def _switch(self, name: str) -> None:
        folder = self._generations / name
        for lock in folder.rglob("*.lock"):
            lock.unlink()
        _sync_tree(folder)
        new = self._path / "CURRENT.new"
        with new.open("w", encoding="utf-8") as file:
            file.write(f"{name}\n")
            file.flush()
            os.fsync(file.fileno())
        new.replace(self._path / "CURRENT")
        _sync(self._path)

    def _sweep(self, keep: set[str | None]) -> None:
        """Removes generations that nobody will open: of crashed ingests, and older ones."""
        if self._generations.is_dir():
            for folder in self._generations.iterdir():
                if folder.name not in keep:
                    try:
                        remove_tree(folder)
                    except OSError as error:  # an ingest that is done stays done
                        log.warning("an old index could not be removed: %s", error)

    async def discard(self, generation: Generation) -> None:
        await generation.client.close()
        if await EmbeddedStore(self._path).current() != generation.name:  # interrupted after the switch
            await asyncio.to_thread(remove_tree, self._generations / generation.name)


async def _to_its_end(work: Callable[[str], None], name: str) -> None:
    """Runs `work` in a thread; when cancelled, not before it has ended: half a switch is none."""
    task = asyncio.ensure_future(asyncio.to_thread(work, name))
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task])
        raise


def _made_view(whole: Path, view: Path) -> BaseFileLock:
    """Makes the view, and the lock that says it is in use: the system lets go of it however a process ends."""
    if not whole.is_dir():
        raise FileNotFoundError(whole)
    view.parent.mkdir(parents=True, exist_ok=True)
    _sweep_readers(view.parent)
    lock = _lock_of(view)
    lock.acquire(blocking=False)  # before there is a view that somebody could take for an abandoned one
    try:
        link_tree(whole, view)
    except BaseException:
        remove_tree(view)
        lock.release()
        raise
    return lock


def _lock_of(view: Path) -> BaseFileLock:
    return FileLock(view.with_name(f"{view.name}.lock"), thread_local=False)


def _sweep_readers(readers: Path) -> None:
    """Removes the views of processes that have ended."""
    for view in [found for found in readers.iterdir() if found.is_dir()]:
        lock = _lock_of(view)
        try:
            lock.acquire(blocking=False)
        except (Timeout, OSError):
            continue  # in use, or another sweeper has it
        remove_tree(view)
        Path(lock.lock_file).unlink(missing_ok=True)
        lock.release()


def _sync_tree(folder: Path) -> None:
    """Everything below is on the disk before the switch names it.

    In many threads, because the file system then joins the waits: 0.2 s instead of 1.5 for the 86
    files of a small index on a busy disk.
    """
    found = [Path(root, name) for root, _, files in os.walk(folder) for name in ("", *files)]
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(_sync, found))


def _sync(path: Path) -> None:
    """Waits until a file or a folder is on the disk."""
    if path.is_dir() and os.name == "nt":
        return  # Windows has no way to do it, and needs none
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
