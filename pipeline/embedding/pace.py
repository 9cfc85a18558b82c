"""How fast an ingest may ask an endpoint: so many requests at once, so much in a minute, and rests.

A question of a reader never waits here.
"""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from aiolimiter import AsyncLimiter

MINUTE = 60.0
LETTERS_OF_A_TOKEN = 4
"""OpenAI's own rule of thumb: https://help.openai.com/en/articles/4936856"""


class Pace:
    """`concurrency` requests at once, and at most so many requests and tokens in a minute."""

    def __init__(
        self, concurrency: int, requests_per_minute: int | None = None, tokens_per_minute: int | None = None
    ) -> None:
        self._places = asyncio.Semaphore(concurrency)
        self._requests = AsyncLimiter(requests_per_minute, MINUTE) if requests_per_minute else None
        self._tokens = AsyncLimiter(tokens_per_minute, MINUTE) if tokens_per_minute else None
        self._resting_until = 0.0

    @asynccontextmanager
    async def turn(self, letters: int) -> AsyncIterator[None]:
        """The right to send one request with texts of so many letters, once everything allows it."""
        async with AsyncExitStack() as held:
            await held.enter_async_context(self._places)
            if self._requests:
                await self._requests.acquire()
            if self._tokens:
                # What is more than a minute's worth waits for a whole minute's.
                await self._tokens.acquire(min(self._tokens.max_rate, max(1, letters // LETTERS_OF_A_TOKEN)))
            while (rest := self._resting_until - time.monotonic()) > 0:  # noqa: ASYNC110 -- it may grow meanwhile
                await asyncio.sleep(rest)
            yield

    def rest(self, seconds: float) -> None:
        """Nobody sends anything for so long: the endpoint is busy, and more requests make it busier."""
        self._resting_until = max(self._resting_until, time.monotonic() + seconds)
