"""Many jobs, a few at a time."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence


async def in_turns(jobs: Sequence[Callable[[], Awaitable[None]]], concurrency: int) -> None:
    """Runs every job, at most `concurrency` at once.  The first error ends the others, and is raised as it is."""
    turn = asyncio.Semaphore(concurrency)

    async def one(job: Callable[[], Awaitable[None]]) -> None:
        async with turn:
            await job()

    try:
        async with asyncio.TaskGroup() as group:
            for job in jobs:
                group.create_task(one(job))
    except ExceptionGroup as errors:
        # One reason is enough, and commands know errors by their own class.
        raise errors.exceptions[0] from errors
