"""Dependencies that let the owner in and nobody else, and let nobody try keys for long."""

import time
from functools import cached_property
from ipaddress import ip_address
from math import ceil

from fastapi import Request

from api.callers import Callers, client_of
from api.problems import TurnedAway
from pipeline.config.api import MetricsAccess

WRONG_KEYS = "10/minute"  # of one address; the key has 16 characters or more, so this is enough
FORWARDED = ("x-forwarded-for", "forwarded", "x-real-ip", "via", "cf-connecting-ip")
"""What proxies add: a request that has one of these comes from elsewhere than its peer."""


class Guesses:
    """Counts wrong admin keys by address, in this process, whether or not there are other limits."""

    @cached_property
    def _counted(self):  # type: ignore[no-untyped-def]  # the library is loaded when the first owner comes
        from limits import parse
        from limits.aio.strategies import FixedWindowRateLimiter

        from api.limits.counters import OwnMemory

        return FixedWindowRateLimiter(OwnMemory()), parse(WRONG_KEYS)

    async def check(self, address: str) -> None:
        """Raises TurnedAway `rate-limited` when this address has sent too many wrong keys."""
        limiter, limit = self._counted
        if not await limiter.test(limit, address):
            stats = await limiter.get_window_stats(limit, address)
            seconds = max(1, ceil(stats.reset_time - time.time()))
            detail = f"wrong admin keys: at most {limit}; come back in {seconds} seconds"
            raise TurnedAway("rate-limited", detail, retry_after=seconds)

    async def count(self, address: str) -> None:
        """One more wrong key."""
        limiter, limit = self._counted
        await limiter.hit(limit, address)


async def owner(request: Request) -> None:
    """Dependency: lets only the owner through.

    Raises TurnedAway: `not-found` when there is no admin key, `wrong-key`, `rate-limited`.
    """
    callers: Callers = request.app.state.callers
    guesses: Guesses = request.app.state.guesses
    address = client_of(request)
    await guesses.check(address)
    try:
        callers.check_admin(request.headers)
    except TurnedAway as error:
        if error.code == "wrong-key" and "authorization" in request.headers:
            await guesses.count(address)
        raise


async def figures_reader(request: Request) -> None:
    """Dependency: lets through whom `api.metrics` says, and always the owner.  Raises as `owner` does."""
    access: MetricsAccess = request.app.state.pipeline.config.api.metrics
    if access == "off":
        raise TurnedAway("not-found", "api.metrics is off")
    if access == "open" or (access == "local" and _is_near(request)):
        return
    await owner(request)


def _is_near(request: Request) -> bool:
    """Whether it comes from this machine or its private network, and through no proxy."""
    if any(name in request.headers for name in FORWARDED):
        return False
    if request.client is None:
        return True  # a Unix socket
    try:
        address = ip_address(request.client.host)
    except ValueError:
        return False
    return address.is_private or address.is_loopback
