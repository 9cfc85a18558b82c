"""When each question is asked: closed loop (readers who wait for their answer) or open loop (arrivals).

A closed loop shows what so many readers at once get; an open one does not wait for a slow server, and so
shows what a rate of questions does to it.  Both end by themselves: by count, and by time.
"""

import asyncio
import random
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from evals.load.requests import Reader, Sample, Target

SEED = 20_240_601  # the same load again

Ask = Iterator[Mapping[str, Any]]
"""Bodies of requests, without end."""

Progress = Callable[[int, int], None]
"""Called with (answers that ended, answers to come in all)."""


@dataclass(frozen=True, slots=True)
class Closed:
    """`users` readers ask `answers` questions each; they come within `ramp` seconds."""

    users: int
    answers: int
    ramp: float = 0.0

    @property
    def requests(self) -> int:
        return self.users * self.answers

    def __str__(self) -> str:
        return f"{self.users} users, {self.answers} answers each, within {self.ramp:g} s"


@dataclass(frozen=True, slots=True)
class Open:
    """`rate` questions a second for `seconds`, as a Poisson process: independent readers."""

    rate: float
    seconds: float

    @property
    def requests(self) -> int:
        return round(self.rate * self.seconds)

    def __str__(self) -> str:
        return f"{self.rate:g} questions a second for {self.seconds:g} s (Poisson)"


@dataclass(frozen=True, slots=True)
class Bounds:
    """What no load goes beyond: requests in all, seconds until the last one begins, connections at once."""

    requests: int = 20_000
    seconds: float = 600.0
    connections: int = 5_000


async def run(
    traffic: Closed | Open, target: Target, asked: Ask, bounds: Bounds, progress: Progress
) -> list[Sample]:
    """Every sample, in the order in which the questions ended.  Nothing is under way when it returns."""
    began = time.perf_counter()
    load = _Load(target, asked, bounds, began, progress, min(traffic.requests, bounds.requests))
    if isinstance(traffic, Closed):
        await load.closed(traffic)
    else:
        await load.open(traffic)
    return load.samples


class _Load:
    def __init__(
        self, target: Target, asked: Ask, bounds: Bounds, began: float, progress: Progress, planned: int
    ) -> None:
        self.samples: list[Sample] = []
        self._target, self._asked, self._bounds, self._began = target, asked, bounds, began
        self._progress, self._planned, self._sent = progress, planned, 0

    def _may_send(self) -> bool:
        elapsed = time.perf_counter() - self._began
        if self._sent >= self._bounds.requests or elapsed >= self._bounds.seconds:
            return False
        self._sent += 1
        return True

    def _took(self, sample: Sample) -> None:
        self.samples.append(sample)
        self._progress(len(self.samples), self._planned)

    async def closed(self, traffic: Closed) -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(traffic.users):
                group.create_task(self._user(traffic.answers, traffic.ramp * number / traffic.users))

    async def _user(self, answers: int, wait: float) -> None:
        await asyncio.sleep(wait)
        reader = Reader(self._target, self._began)
        try:
            for _ in range(answers):
                if not self._may_send():
                    return
                self._took(await reader.ask(next(self._asked)))
        finally:
            reader.close()

    async def open(self, traffic: Open) -> None:
        random_gaps = random.Random(SEED)  # noqa: S311 -- arrivals, not secrets  # nosec B311
        idle: list[Reader] = []
        due = self._began
        async with asyncio.TaskGroup() as group:
            under_way: set[asyncio.Task[None]] = set()
            while (due := due + random_gaps.expovariate(traffic.rate)) < self._began + traffic.seconds:
                await asyncio.sleep(max(0.0, due - time.perf_counter()))
                if not self._may_send():
                    break
                if len(under_way) >= self._bounds.connections:
                    self._took(Sample(due - self._began, "failed", "not sent: too many are under way"))
                    continue
                reader = idle.pop() if idle else Reader(self._target, self._began)
                task = group.create_task(self._arrival(reader, due, idle))
                under_way.add(task)
                task.add_done_callback(under_way.discard)
        for reader in idle:
            reader.close()

    async def _arrival(self, reader: Reader, due: float, idle: list[Reader]) -> None:
        # Timed from when it was due: a load that falls behind would otherwise hide the server's waits.
        self._took(await reader.ask(next(self._asked), due))
        idle.append(reader)
