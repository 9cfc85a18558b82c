"""The gate: so many answers at once, a short queue, a clean no for the rest."""

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.limits.gate import Gate
from api.problems import TurnedAway


async def never() -> None:
    """A client that stays."""
    await asyncio.Event().wait()


async def at_once() -> None:
    """A client that has left already."""


async def settled() -> None:
    """Everything that can run has run."""
    for _ in range(5):
        await asyncio.sleep(0)


async def test_who_waits_comes_in_in_order() -> None:
    """First come, first served, and no place is lost."""
    gate, order = Gate(1, 3, 5), []

    async def answer(name: str, done: asyncio.Event) -> None:
        async with gate.place(never):
            order.append(name)
            await done.wait()

    done = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        for name in "abcd":
            group.create_task(answer(name, done))
        await settled()
        assert (order, gate.taken, gate.waiting) == (["a"], 1, 3)
        with pytest.raises(TurnedAway, match="come back in"):
            await gate.place(never).__aenter__()
        done.set()
    assert (order, gate.taken, gate.waiting) == (["a", "b", "c", "d"], 0, 0)


async def test_who_waits_too_long_is_sent_away() -> None:
    """`overloaded` after `queue_wait`, and the queue is shorter by one."""
    gate = Gate(1, 1, 0.01)
    async with gate.place(never):
        with pytest.raises(TurnedAway) as caught:
            await gate.place(never).__aenter__()
        assert (caught.value.code, gate.waiting) == ("overloaded", 0)
    assert gate.taken == 0


async def test_who_leaves_the_queue_frees_its_place_there() -> None:
    """A client that hung up is not waited for, neither is a request that was cancelled."""
    gate = Gate(1, 1, 60)
    async with gate.place(never):
        with pytest.raises(TurnedAway) as caught:
            await gate.place(at_once).__aenter__()
        assert (caught.value.code, gate.waiting) == ("client-left", 0)
        task = asyncio.ensure_future(gate.place(never).__aenter__())
        await settled()
        assert gate.waiting == 1
        task.cancel()
        await asyncio.wait({task})
        assert gate.waiting == 0
    assert gate.taken == 0


async def test_a_turn_that_comes_to_somebody_who_leaves_goes_on_to_the_next() -> None:
    """Cancelled in the very moment of its turn, a caller still gives its place back."""
    gate = Gate(1, 2, 60)
    place = gate.place(never)
    await place.__aenter__()
    task = asyncio.ensure_future(gate.place(never).__aenter__())
    await settled()
    await place.__aexit__(None, None, None)  # the turn is the task's, which has not run yet
    task.cancel()
    await asyncio.wait({task})
    assert (gate.taken, gate.waiting) == (0, 0)


async def test_a_crowd_is_told_to_come_back_one_after_the_other() -> None:
    """Retry-After grows with the number sent away, and has an end."""
    gate, told = Gate(2, 0, 0), []
    async with gate.place(never), gate.place(never):
        for _ in range(100):
            with pytest.raises(TurnedAway) as caught:
                await gate.place(never).__aenter__()
            told.append(caught.value.retry_after or 0)
    assert told == sorted(told)
    assert told[0] < told[10] < told[20]
    assert told[-1] == 60


@given(st.lists(st.tuples(st.sampled_from(["ask", "end", "cancel"]), st.integers(0, 30)), max_size=40))
def test_whatever_happens_no_place_is_lost_or_made(steps: list[tuple[str, int]]) -> None:
    """Never more answers than places, never an idle place while somebody waits, all free at the end."""

    async def happens() -> None:
        gate = Gate(3, 4, 60)
        asked: list[tuple[asyncio.Task[None], asyncio.Event]] = []
        inside: set[asyncio.Event] = set()

        async def answer(end: asyncio.Event) -> None:
            async with gate.place(never):
                inside.add(end)
                try:
                    await end.wait()
                finally:
                    inside.discard(end)

        for step, number in steps:
            if step == "ask":
                end = asyncio.Event()
                asked.append((asyncio.create_task(answer(end)), end))
            elif asked:
                task, end = asked[number % len(asked)]
                end.set() if step == "end" else task.cancel()
            if number % 2:  # sometimes several things happen before anybody can look
                await settled()
                assert len(inside) == gate.taken <= 3
                assert gate.waiting <= 4
                assert gate.taken == 3 or not gate.waiting
        for _, end in asked:
            end.set()
        await asyncio.gather(*(task for task, _ in asked), return_exceptions=True)
        assert (gate.taken, gate.waiting) == (0, 0)

    asyncio.run(happens())
