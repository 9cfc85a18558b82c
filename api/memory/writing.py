"""The writer: records go into a bounded queue, one task brings them to the database in batches.

Taking a record never waits and never fails.  A database that is away is waited for, a record that it
refuses is left out, and what finds the queue full is dropped; all that is lost is counted.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import fields
from datetime import timedelta

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from api.memory.models import AnswerRecord, now
from api.memory.tables import answers, found_sections, votes

log = logging.getLogger(__name__)

QUEUE = 10_000  # records; about 10 MB of long questions
BATCH = 200  # records in one transaction
GATHER = 1.0  # seconds before each: a transaction costs 2 ms of CPU, one more record in it 0.07
PURGE_EVERY = 24 * 3600.0  # seconds
PATIENCE = (0.2, 1.0, 2.0, 5.0, 10.0, 30.0)  # seconds between tries while the database is away
END_WAIT = 10.0  # seconds that a call to the database has to end when the server stops: as long as SQLite itself waits
FLUSH_WAIT = 5.0  # seconds that a shut-down waits for what is still in the queue

Ready = Callable[[], Awaitable[None]]


class Writer:
    """Writes records behind everybody's back.  `ready` prepares the database, and may be called again.

    `lost` is told of each number of records that never reach the database.
    """

    def __init__(
        self, engine: AsyncEngine, retention_days: int, ready: Ready, lost: Callable[[int], object]
    ) -> None:
        self._engine = engine
        self._retention = timedelta(days=retention_days)
        self._ready = ready
        self._lost = lost
        self._queue: asyncio.Queue[AnswerRecord] = asyncio.Queue(QUEUE)
        self._batch: Sequence[AnswerRecord] = ()
        self._tasks: tuple[asyncio.Task[None], ...] = ()
        self._prepared = asyncio.Event()
        self._purged = asyncio.Event()
        self._hurry = asyncio.Event()
        self._away = False

    @property
    def waiting(self) -> int:
        """How many records are in the queue."""
        return self._queue.qsize()

    def start(self) -> None:
        """Begins to write, and to forget what is too old."""
        self._tasks = (asyncio.create_task(self._run()), asyncio.create_task(self._forget()))

    def put(self, record: AnswerRecord) -> None:
        """Takes a record; drops it when the queue is full."""
        try:
            self._queue.put_nowait(record)
        except asyncio.QueueFull:
            self._lost(1)

    async def flush(self) -> None:
        """Returns when all that was put is written or given up."""
        self._hurry.set()
        await self._queue.join()
        self._hurry.clear()

    async def forgotten(self) -> None:
        """Returns when what was too old at the start is deleted."""
        await self._purged.wait()

    async def aclose(self) -> None:
        """Writes what is left, for FLUSH_WAIT at most and not while the database is away, and ends."""
        if not self._tasks:
            return
        self._hurry.set()
        if not self._away:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._queue.join(), FLUSH_WAIT)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks = ()
        if left := len(self._batch) + self.waiting:
            log.warning("%d records of answers were not written", left)
            self._lost(left)

    async def _run(self) -> None:
        await self._insisting(self._ready)
        self._prepared.set()
        while True:
            self._batch = batch = [await self._queue.get()]
            if self.waiting < BATCH:
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._hurry.wait(), GATHER)
            while len(batch) < BATCH and not self._queue.empty():
                batch.append(self._queue.get_nowait())
            await self._write(batch)
            self._batch = ()
            for _ in batch:
                self._queue.task_done()

    async def _forget(self) -> None:
        await self._prepared.wait()
        while True:
            await self._insisting(self._purge)
            self._purged.set()
            await asyncio.sleep(PURGE_EVERY)

    async def _write(self, batch: Sequence[AnswerRecord]) -> None:
        try:
            await self._insert(batch)
        except Exception as error:  # noqa: BLE001 drivers have no common class, and the task must outlive them
            log.warning("records of answers could not be written, once more: %s", cause(error))
            await self._insisting(self._ready)
            # The database is there, so one of them may be to blame: the others shall not suffer.
            for record in batch:
                await self._write_alone(record)

    async def _write_alone(self, record: AnswerRecord) -> None:
        try:
            if not await self._is_written(record):  # as it may be, when the connection broke afterwards
                await self._insert([record])
        except Exception as error:  # noqa: BLE001 as above
            log.warning("the database refused the record of an answer: %s", cause(error))
            self._lost(1)

    async def _is_written(self, record: AnswerRecord) -> bool:
        same = select(answers.c.message_id).where(answers.c.message_id == record.message_id)
        async with self._engine.connect() as connection:
            return await connection.scalar(same) is not None

    async def _insert(self, batch: Sequence[AnswerRecord]) -> None:
        rows = [
            {field.name: getattr(record, field.name) for field in fields(record) if field.name != "sections"}
            for record in batch
        ]
        sections = [
            {"message_id": record.message_id, "place": place, "url": found.url, "cited": found.cited}
            for record in batch
            for place, found in enumerate(record.sections, 1)
        ]
        async with self._engine.begin() as connection:
            await connection.execute(insert(answers), rows)
            if sections:
                await connection.execute(insert(found_sections), sections)

    async def _purge(self) -> None:
        before = now() - self._retention
        async with self._engine.begin() as connection:
            await connection.execute(delete(answers).where(answers.c.asked_at < before))
            await connection.execute(delete(votes).where(votes.c.voted_at < before))

    async def _insisting(self, work: Callable[[], Awaitable[None]]) -> None:
        """Does `work`, again and again while the database is away."""
        tries = 0
        while True:
            try:
                await _to_its_end(work)
            except Exception as error:  # noqa: BLE001 drivers have no common class, and the task must outlive them
                if tries == 0:
                    log.warning("the memory's database is away, it will be tried again: %s", cause(error))
                self._away = True
                await asyncio.sleep(PATIENCE[min(tries, len(PATIENCE) - 1)])
                tries += 1
            else:
                if tries:
                    self._away = False
                    log.warning("the memory's database is back")
                return


async def _to_its_end(work: Callable[[], Awaitable[None]]) -> None:
    """Does `work`; when cancelled, gives it END_WAIT to end.

    aiosqlite's thread, cut off while it connects, would speak to an event loop that is gone.
    """
    task = asyncio.ensure_future(work())
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait({task}, timeout=END_WAIT)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        raise


def cause(error: Exception) -> str:
    """What the driver said, without the statement and its values, which hold the question."""
    said = error.orig if isinstance(error, DBAPIError) else error
    return f"{type(said).__name__}: {str(said).partition(chr(10))[0]}"
