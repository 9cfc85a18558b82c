"""The gate: so many answers at once, a short queue, and a clean no for everybody else.

Fair (first come, first served) and cheap: nothing but a number is touched while there is room.
Counts one process; several workers have a gate each.
"""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from math import ceil
from typing import Any

from api.problems import TurnedAway

FIRST_GUESS = 5.0  # seconds that an answer takes, until some have been seen
LEARNING = 0.1  # the weight of the newest answer in the mean
LONGEST_WAIT = 60  # seconds: nobody is told to come back later than this


class Gate:
    """At most `streams` places; at most `queue` callers wait for one, each at most `wait` seconds."""

    def __init__(self, streams: int, queue: int, wait: float) -> None:
        self._streams = streams
        self._queue_length = queue
        self._wait = wait
        self._taken = 0
        self._queue: deque[asyncio.Future[None]] = deque()
        self._mean = FIRST_GUESS
        self._sent_away = 0

    @property
    def taken(self) -> int:
        """How many places are taken."""
        return self._taken

    @property
    def waiting(self) -> int:
        """How many callers wait for one."""
        return len(self._queue)

    @asynccontextmanager
    async def place(self, left: Callable[[], Coroutine[Any, Any, None]]) -> AsyncIterator[None]:
        """A place, held until the block ends.  `left()` returns when the client has hung up.

        Raises TurnedAway: `overloaded` with `retry_after`, `client-left`.
        """
        if self._taken < self._streams:
            self._taken += 1
        else:
            await self._queued(left)
        began = time.monotonic()
        try:
            yield
        finally:
            self._mean += LEARNING * (time.monotonic() - began - self._mean)
            self._leave()

    async def _queued(self, left: Callable[[], Coroutine[Any, Any, None]]) -> None:
        if len(self._queue) >= self._queue_length:
            raise self._overloaded()
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._queue.append(turn)
        watch = asyncio.create_task(left())
        try:
            await asyncio.wait({turn, watch}, timeout=self._wait, return_when=asyncio.FIRST_COMPLETED)
        except asyncio.CancelledError:
            self._give_up(turn)
            raise
        finally:
            watch.cancel()
        if watch.done() and not watch.cancelled():
            self._give_up(turn)
            raise TurnedAway("client-left", "the client left before its turn")
        if not turn.done():
            self._give_up(turn)
            raise self._overloaded()

    def _give_up(self, turn: "asyncio.Future[None]") -> None:
        if turn.done():  # its turn had come in the same moment
            self._leave()
        else:
            self._queue.remove(turn)

    def _leave(self) -> None:
        """Hands the place to the first who waits, or frees it."""
        self._sent_away = max(0, self._sent_away - 1)
        if self._queue:
            self._queue.popleft().set_result(None)
        else:
            self._taken -= 1

    def _overloaded(self) -> TurnedAway:
        """Each who is sent away is told a time when a place should be free for all sent away before.

        So a crowd comes back spread out, and not as the same crowd.
        """
        self._sent_away += 1
        ahead = len(self._queue) + self._sent_away
        seconds = min(LONGEST_WAIT, max(1, ceil(self._mean * ahead / self._streams)))
        detail = f"the server is writing {self._streams} answers already; come back in {seconds} seconds"
        return TurnedAway("overloaded", detail, retry_after=seconds)
