"""The limits as the routes use them: dependencies, and what ends when a client leaves."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from fastapi import Request

from api.callers import Caller, caller_of
from api.challenge import Challenge
from api.exchange import TakenTooSlowly, current
from api.limits.gate import Gate
from api.problems import TurnedAway
from pipeline.config import LimitsConfig

if TYPE_CHECKING:
    from api.limits.rates import Rates

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Limits:
    """What is counted, and the gate."""

    rates: "Rates"
    gate: Gate
    stream_timeout: float


@asynccontextmanager
async def open_limits(config: LimitsConfig | None) -> AsyncIterator[Limits | None]:
    """The limits of `config`, open until the block ends; None for None.  Raises ConfigError."""
    if config is None:
        yield None
        return
    from api.limits.counters import open_counters  # here, so that whoever has no limits does not load them
    from api.limits.rates import Rates

    async with open_counters(config.storage) as storage:
        gate = Gate(config.streams, config.queue, config.queue_wait)
        yield Limits(Rates(config, storage), gate, config.stream_timeout)


def _limits_of(request: Request) -> Limits | None:
    limits: Limits | None = request.app.state.limits
    return limits


async def asking(request: Request) -> Caller:
    """Dependency: who asks, and that he may.  Counts one request.

    Raises TurnedAway: `wrong-key`, `key-required`, `origin-not-allowed`, `rate-limited`,
    `challenge-required`, `challenge-unavailable`.
    """
    caller = request.state.caller = await caller_of(request)
    limits = _limits_of(request)
    if limits is not None:
        await limits.rates.count(caller)
    challenge: Challenge | None = request.app.state.challenge
    if challenge is not None:  # after the count: each token is a request of ours to its provider
        await challenge.check(request.headers, caller)
    return caller


def place_for(request: Request) -> AbstractAsyncContextManager[None]:
    """A place at the gate for one answer, whose tokens are counted when it is over.

    The request's body must have been read, and `asking` must stand before it.  Entering it raises
    TurnedAway: `overloaded`, `client-left`.
    """
    limits = _limits_of(request)
    return nullcontext() if limits is None else _place(request, limits)


@asynccontextmanager
async def _place(request: Request, limits: Limits) -> AsyncIterator[None]:
    try:
        async with limits.gate.place(lambda: _left(request)), _in_time(limits.stream_timeout):
            yield
    finally:
        exchange = current.get()  # whoever watches the answer has told the request's event its tokens
        event = exchange.event if exchange else {}
        tokens = (event.get("prompt_tokens") or 0) + (event.get("completion_tokens") or 0)
        if tokens:
            await limits.rates.spend(request.state.caller, tokens)


@asynccontextmanager
async def _in_time(seconds: float) -> AsyncIterator[None]:
    """Ends the request when the block takes longer.  Raises TakenTooSlowly.

    A model is held to its own limits; this is for a client that does not read, and so holds a place.
    """
    try:
        async with asyncio.timeout(seconds) as limit:
            yield
    except TimeoutError:
        if not limit.expired():
            raise
        raise TakenTooSlowly(f"an answer was not taken within {seconds:g} seconds") from None


async def unless_left(request: Request, work: Coroutine[Any, Any, T]) -> T:
    """What `work` returns; when the client hangs up before, `work` is cancelled and waited for.

    For answers that are sent whole: a stream notices by itself.  The request's body must have been
    read.  Raises TurnedAway `client-left`.
    """
    task, watch = asyncio.create_task(work), asyncio.create_task(_left(request))
    try:
        await asyncio.wait({task, watch}, return_when=asyncio.FIRST_COMPLETED)
        if not task.done():
            raise TurnedAway("client-left", "the client left before its answer was ready")
        return task.result()
    finally:
        task.cancel()
        watch.cancel()
        await asyncio.wait({task, watch})


async def _left(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass
