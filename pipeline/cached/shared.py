"""Answers kept in a Redis, which all processes and machines share.

    fingerpost:answer:KEY     the answer, with its time to live
    fingerpost:near:GROUP     a sorted set: key and vector of each first question, by the order they came in
    fingerpost:near:GROUP:n   the number of the last one

A plain Redis searches no vectors, so each process holds those of a group, and asks for what is new.
"""

import logging
import time
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from cachetools import LRUCache

from pipeline.cached.storage import Neighbours, Vector
from pipeline.errors import ConfigError

if TYPE_CHECKING:
    from redis.asyncio import Redis

log = logging.getLogger(__name__)

T = TypeVar("T")
PATIENCE = 0.3  # seconds: a reader who waits longer for the cache is better served without it
REST = 10.0  # seconds in which a Redis that failed is left alone
PREFIX = "fingerpost"
KEY_LENGTH = 40  # bytes of a key before the vector; see pipeline.cached.keys


def open_redis(address: str, entries: int, ttl: int) -> "RedisStorage":
    """The storage in the Redis at `address`; it is not asked yet.  Raises ConfigError without its client library."""
    try:
        from redis.asyncio import Redis
    except ImportError:
        raise ConfigError("answer.cache.storage", ["Redis needs `pip install fingerpost[redis]`"]) from None
    client = Redis.from_url(address, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)
    return RedisStorage(client, entries, ttl)


class RedisStorage:
    """The `Storage` in a Redis.  While that is away, every question is a new one."""

    def __init__(self, client: "Redis", entries: int, ttl: int) -> None:
        self._client = client
        self._entries = entries
        self._ttl = ttl
        self._groups: LRUCache[str, tuple[Neighbours, float]] = LRUCache(entries)
        self._resting_until = 0.0

    async def get(self, key: str) -> bytes | None:
        return await self._asked(lambda: self._get(key))

    async def _get(self, key: str) -> bytes | None:
        found = await self._client.get(f"{PREFIX}:answer:{key}")
        return found if isinstance(found, bytes) else None

    async def put(self, key: str, answer: bytes) -> None:
        await self._asked(lambda: self._client.set(f"{PREFIX}:answer:{key}", answer, ex=self._ttl))

    async def nearest(self, group: str, vector: Vector) -> tuple[str, float] | None:
        known, last = self._groups.get(group, (Neighbours(self._entries), 0.0))
        name = f"{PREFIX}:near:{group}"
        for member, place in await self._asked(partial(self._since, name, last)) or ():
            stored = np.frombuffer(member[KEY_LENGTH:], np.float32)
            if stored.size == vector.size:
                known.add(member[:KEY_LENGTH].decode(), stored)
            last = place
        self._groups[group] = (known, last)
        return known.nearest(vector)

    async def _since(self, name: str, last: float) -> list[tuple[bytes, float]]:
        found: Any = await self._client.zrangebyscore(name, f"({last}", "+inf", withscores=True)
        return list(found)

    async def add(self, group: str, key: str, vector: Vector) -> None:
        await self._asked(lambda: self._add(f"{PREFIX}:near:{group}", key.encode() + vector.tobytes()))

    async def _add(self, name: str, member: bytes) -> None:
        place = await self._client.incr(f"{name}:n")
        async with self._client.pipeline(transaction=False) as commands:
            commands.zadd(name, {member: place})
            commands.zremrangebyrank(name, 0, -self._entries - 1)
            commands.expire(name, self._ttl)
            # Longer than the set: numbers that began anew would hide new questions from who knows the old.
            commands.expire(f"{name}:n", 2 * self._ttl)
            await commands.execute()

    async def _asked(self, ask: Callable[[], Awaitable[T]]) -> T | None:
        from redis.exceptions import RedisError

        if time.monotonic() < self._resting_until:
            return None
        try:
            return await ask()
        except (RedisError, OSError, TimeoutError) as error:
            self._resting_until = time.monotonic() + REST
            log.warning("the storage of answer.cache fails, so answers are made anew: %s", error)
            return None

    async def aclose(self) -> None:
        await self._client.aclose()
