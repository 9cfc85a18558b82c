"""Where requests are counted: in this process, or in a Redis that several machines share.

Both are storages of the `limits` library (https://limits.readthedocs.io); the windows are fixed.
"""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from limits.aio.storage import MemoryStorage, RedisStorage, Storage

from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from redis.asyncio import ConnectionPool

PREFIX = "fingerpost"  # of every key in Redis
PATIENCE = 1.0  # seconds that Redis has to answer
SWEEP = 60.0  # seconds between two looks for counts that are over
MOST_KEYS = 200_000  # about 60 MB; nobody can fill the memory by asking from ever new addresses


class OwnMemory(MemoryStorage):
    """The library's storage, but swept once a minute and bounded.

    As it comes it looks through all its keys at every count: measured, 6 ms a request with 20,000
    clients, as much as a whole answer; this takes .01 ms.  Only a fixed window's calls are used.
    """

    STORAGE_SCHEME = ["async+own-memory"]  # noqa: RUF012 -- the library declares it so, and registers by it

    def __init__(self) -> None:
        super().__init__()
        self._next_sweep = 0.0

    async def incr(self, key: str, expiry: float, amount: int = 1) -> int:
        """Adds `amount` to the count of `key`, which begins anew `expiry` seconds after its first one."""
        now = time.time()
        if now >= self._next_sweep or len(self.expirations) >= MOST_KEYS:
            self._sweep(now)
        if self.expirations.get(key, 0.0) <= now:
            self._forget(key)
            self.expirations[key] = now + expiry
        self.storage[key] += amount
        return self.storage[key]

    def _sweep(self, now: float) -> None:
        self._next_sweep = now + SWEEP
        for key in [key for key, end in self.expirations.items() if end <= now]:
            self._forget(key)
        if len(self.expirations) >= MOST_KEYS:
            for key in list(self.expirations)[: MOST_KEYS // 10]:  # the oldest
                self._forget(key)

    def _forget(self, key: str) -> None:
        self.storage.pop(key, None)
        self.expirations.pop(key, None)


@asynccontextmanager
async def open_counters(storage: str) -> AsyncIterator[Storage]:
    """`memory`, or the Redis at `storage`, open until the block ends.

    Redis is not asked yet: it may come later, and go.  Its counts raise StorageError of `limits`.
    Raises ConfigError when its client library is not installed.
    """
    if storage == "memory":
        yield OwnMemory()
        return
    pool = _pool(storage)
    try:
        yield RedisStorage(
            storage,
            wrap_exceptions=True,
            implementation="redispy",
            key_prefix=PREFIX,
            connection_pool=pool,  # type: ignore[arg-type]  # documented, but not in the annotation
        )
    finally:
        await pool.aclose()


def _pool(address: str) -> "ConnectionPool":
    try:
        from redis.asyncio import ConnectionPool
        from redis.asyncio.retry import Retry
        from redis.backoff import NoBackoff
    except ImportError:
        raise ConfigError("api.limits.storage", ["Redis needs `pip install fingerpost[redis]`"]) from None
    return ConnectionPool.from_url(
        address,
        socket_timeout=PATIENCE,
        socket_connect_timeout=PATIENCE,
        retry=Retry(NoBackoff(), 1),  # once, for a connection that was lost while it was idle
    )
