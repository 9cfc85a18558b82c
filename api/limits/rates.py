"""Requests in a time: by client, by key, by origin and in all; and the tokens of a caller.

A window is fixed: it begins with a caller's first request and ends when its time is over, so that
`Retry-After` is exact; the price is that two windows' worth can come around its end.
"""

import logging
import time
from collections.abc import Iterable, Iterator
from math import ceil

from limits import RateLimitItem, parse
from limits.aio.storage import Storage
from limits.aio.strategies import FixedWindowRateLimiter
from limits.errors import StorageError

from api.callers import Caller
from api.limits.counters import OwnMemory
from api.problems import TurnedAway
from pipeline.config import LimitsConfig

log = logging.getLogger(__name__)

COUNTED = {
    "client": "requests of one address",
    "key": "requests with one key",
    "origin": "requests from one site",
    "all": "requests in all",
    "tokens": "tokens of one caller",
}
REST = 10.0  # seconds in which a storage that failed is left alone


class Rates:
    """Counts in `storage`; while that fails, in this process, so that limits never fall away."""

    def __init__(self, config: LimitsConfig, storage: Storage) -> None:
        self._limits = {
            "client": _parsed(config.per_client),
            "key": _parsed(config.per_key),
            "origin": _parsed(config.per_origin),
            "all": _parsed(config.total),
        }
        self._tokens = _parsed(config.tokens)
        self._shared = FixedWindowRateLimiter(storage)
        self._own = FixedWindowRateLimiter(OwnMemory())
        self._resting_until = 0.0

    async def count(self, caller: Caller) -> None:
        """Counts one request of `caller`.  Raises TurnedAway `rate-limited` with `retry_after`.

        The narrow limits come first: who is over his own uses nothing of what belongs to all.
        """
        for limit in self._tokens:
            _raise_if(await self._used_up(limit, "tokens", _bucket(caller), 0), limit, "tokens")
        for kind, who in _counted(caller):
            for limit in self._limits[kind]:
                _raise_if(await self._used_up(limit, kind, who, 1), limit, kind)

    async def spend(self, caller: Caller, tokens: int) -> None:
        """Counts the tokens of an answer, which are known only when it is over."""
        for limit in self._tokens:
            await self._used_up(limit, "tokens", _bucket(caller), tokens)

    async def _used_up(self, limit: RateLimitItem, kind: str, who: str, cost: int) -> int:
        """Counts `cost`; 0 when that fits, else the seconds until it does.  A `cost` of 0 only looks."""
        if time.monotonic() >= self._resting_until:
            try:
                return await _hit(self._shared, limit, (kind, who), cost)
            except StorageError as error:
                self._resting_until = time.monotonic() + REST
                log.warning("the storage of api.limits fails, so this process counts by itself: %s", error)
        return await _hit(self._own, limit, (kind, who), cost)


async def _hit(limiter: FixedWindowRateLimiter, limit: RateLimitItem, who: tuple[str, str], cost: int) -> int:
    if await (limiter.hit(limit, *who, cost=cost) if cost else limiter.test(limit, *who)):
        return 0
    stats = await limiter.get_window_stats(limit, *who)
    return max(1, ceil(stats.reset_time - time.time()))


def _raise_if(seconds: int, limit: RateLimitItem, kind: str) -> None:
    if seconds:
        detail = f"{COUNTED[kind]}: at most {limit}; come back in {seconds} seconds"
        raise TurnedAway("rate-limited", detail, retry_after=seconds)


def _bucket(caller: Caller) -> str:
    return f"client {caller.address}" if caller.key is None else f"key {caller.key}"


def _counted(caller: Caller) -> Iterator[tuple[str, str]]:
    if caller.key is None:
        yield "client", caller.address
    else:
        yield "key", caller.key
    if caller.origin is not None:
        yield "origin", caller.origin
    yield "all", ""


def _parsed(limits: Iterable[str]) -> tuple[RateLimitItem, ...]:
    return tuple(sorted((parse(limit) for limit in limits), key=lambda limit: limit.get_expiry()))
