"""What answers cost: by the provider's word or by price, guessed before, and kept to a limit by a meter."""

import asyncio
from typing import Any

import pytest

from pipeline.config import LlmConfig, PriceConfig, ProviderConfig
from pipeline.errors import BudgetSpent, ProviderFailed
from pipeline.llm.costs import Settle, cost_of, guessed
from pipeline.llm.wire import usage_of
from pipeline.models import Usage
from tests.fakes.openai_server import Cut, Hang, OpenAIServer, Reply, Status
from tests.pipeline.llm.conftest import MESSAGES, Ask, gathered

PRICE = {"prompt": 1.0, "completion": 10.0}  # for a million
DEAR = {"price": PRICE, "max_tokens": 100}


@pytest.mark.parametrize(
    ("usage", "price", "cost"),
    [
        (Usage(2_000_000, 100_000), PRICE, 3.0),
        (Usage(0, 0), PRICE, 0.0),
        (Usage(2_000_000, 100_000), None, None),
        (Usage(None, 5), PRICE, None),
        (Usage(5, None), PRICE, None),
        (Usage(5, 5, 0.25), PRICE, 0.25),
        (Usage(None, None, 0.25), None, 0.25),
    ],
)
def test_the_provider_s_word_goes_before_the_price(
    usage: Usage, price: dict[str, float] | None, cost: float | None
) -> None:
    """Without either the cost is not known, which is not the same as nothing."""
    assert cost_of(usage, PriceConfig(**price) if price else None) == cost


@pytest.mark.parametrize(
    ("said", "usage"),
    [
        ({"prompt_tokens": 7, "completion_tokens": 2}, Usage(7, 2)),
        ({"prompt_tokens": 7, "completion_tokens": 2, "cost": 0.5}, Usage(7, 2, 0.5)),
        ({"cost": 0, "cost_details": {"upstream_inference_cost": 0.5}}, Usage(cost=0)),
        ({"cost": 0.01, "is_byok": True, "cost_details": {"upstream_inference_cost": 0.5}}, Usage(cost=0.51)),
        ({"cost": 0.01, "is_byok": True, "cost_details": None}, Usage(cost=0.01)),
        ({"prompt_tokens": "7", "completion_tokens": -2, "cost": "free"}, Usage()),
        ({"cost": -1}, Usage()),
        ({"cost": float("nan")}, Usage()),
        ({"cost": float("inf"), "prompt_tokens": 1.5}, Usage()),
    ],
)
def test_usage_is_read_as_providers_say_it(said: dict[str, Any], usage: Usage) -> None:
    """OpenRouter's cost too, with the maker's own bill for those who bring their key; no nonsense."""
    assert usage_of(said) == usage


def test_a_guess_is_rather_high_and_takes_the_dearest() -> None:
    """The bytes of all messages by three, and the longest answer that whoever may answer is allowed."""
    cheap = ProviderConfig(name="a", price=PriceConfig(prompt=0, completion=0), max_tokens=5000)
    dear = ProviderConfig(name="b", price=PriceConfig(**PRICE), max_tokens=50)
    messages = [{"role": "user", "content": "é" * 150}, {"role": "user", "content": ""}]
    guess = guessed(LlmConfig(), [cheap, dear], messages)
    assert guess == Usage(116, 50, (116 + 50 * 10) / 1_000_000)
    endless = ProviderConfig(max_tokens=None)
    assert guessed(LlmConfig(max_chars=300), [endless], messages) == Usage(116, 100, None)


class Purse:
    """A meter that notes what is set aside and what is settled; empty, it lets nobody ask."""

    def __init__(self, *, empty: bool = False) -> None:
        self.reserved: list[float] = []
        self.settled: list[float] = []
        self._empty = empty

    async def reserve(self, cost: float) -> Settle:
        if self._empty:
            raise BudgetSpent("nothing is left")
        self.reserved.append(cost)
        return self.settled.append


async def test_an_answer_is_settled_by_what_it_used(first: OpenAIServer, model: Ask) -> None:
    """Set aside before, settled once it has been read, by the provider's cost if it says one."""
    llm = model(**DEAR)
    llm.meter = purse = Purse()
    for reply, cost in ((Reply(usage=(1000, 10)), 0.0011), (Reply(usage=(1000, 10), cost=0.5), 0.5)):
        first.script(reply)
        stream = await llm.open(MESSAGES)
        assert len(purse.settled) < len(purse.reserved)
        async for _ in stream:
            pass
        await stream.aclose()
        assert stream.usage == stream.used == Usage(1000, 10, cost)
        assert purse.settled.pop() == cost
        purse.reserved.pop()


@pytest.mark.parametrize("script", [Cut(1), Hang("between-tokens"), Reply(counts=False)])
async def test_what_nobody_counted_costs_what_was_guessed(
    first: OpenAIServer, model: Ask, script: Any
) -> None:
    """An answer that broke off, that its reader left, or whose provider does not count."""
    first.script(script)
    llm = model(**DEAR)
    llm.meter = purse = Purse()
    stream = await llm.open(MESSAGES)
    if isinstance(script, Hang):
        await anext(stream)
    elif isinstance(script, Cut):
        with pytest.raises(ProviderFailed):
            [piece async for piece in stream]
    else:
        [piece async for piece in stream]
    await stream.aclose()
    assert purse.settled == purse.reserved
    assert stream.used.completion_tokens == 100


async def test_who_is_refused_pays_nothing(first: OpenAIServer, second: OpenAIServer, model: Ask) -> None:
    """No provider has answered: what was set aside is free again."""
    first.script(Status(500))
    second.script(Status(500))
    llm = model()
    llm.meter = purse = Purse()
    with pytest.raises(Exception, match="no language model answered"):
        await llm.open(MESSAGES)
    assert purse.settled == [0]


async def test_a_reader_who_leaves_before_the_first_token_is_paid_for(
    first: OpenAIServer, model: Ask
) -> None:
    """The provider has the question by then: what was set aside stays spent."""
    first.script(Hang())
    llm = model(**DEAR)
    llm.meter = purse = Purse()
    asking = asyncio.create_task(llm.open(MESSAGES))
    await first.received()
    asking.cancel()
    await asyncio.wait({asking})
    assert (len(purse.reserved), purse.settled) == (1, [])


async def test_an_empty_purse_asks_nobody(first: OpenAIServer, model: Ask) -> None:
    """No provider hears of the question."""
    llm = model()
    llm.meter = Purse(empty=True)
    with pytest.raises(BudgetSpent):
        await llm.open(MESSAGES)
    assert not first.requests


async def test_a_model_that_never_stops_is_stopped(first: OpenAIServer, model: Ask) -> None:
    """At `max_chars`, however much arrives at once; it is no reason to send the provider to rest."""
    first.default = Reply(["0123456789"] * 1000, together=50)
    llm = model({"max_chars": 2000, "rest": 60, "rest_after": 1})
    for _ in range(2):
        stream, pieces = await llm.open(MESSAGES), list[str]()
        with pytest.raises(ProviderFailed, match=r"one: said more than llm\.max_chars"):
            await gathered(stream, pieces)
        assert 1000 <= len("".join(pieces)) <= 2000
    await asyncio.wait_for(first.requests[1].finished.wait(), 5)


async def test_the_rest_of_an_answer_is_read_for_its_usage(first: OpenAIServer, model: Ask) -> None:
    """The connection serves the next question; a model that goes on talking is not listened to for long."""
    first.script(Reply(["NOT_IN_DOCS", "."], usage=(9, 3)), Hang("between-tokens"))
    llm = model()
    stream = await llm.open(MESSAGES)
    await anext(stream)
    await stream.drain()
    assert stream.usage == Usage(9, 3)
    stream = await llm.open(MESSAGES)
    assert first.connections == 1
    await stream.drain()
    assert stream.usage == Usage()
    await asyncio.wait_for(first.requests[1].finished.wait(), 5)
