"""How much may be asked: rates, and over the wire the gate and what ends when a client leaves."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.callers import Caller
from api.limits import open_limits
from api.limits.counters import MOST_KEYS, OwnMemory
from api.limits.rates import Rates
from api.problems import TurnedAway
from pipeline.config import LimitsConfig
from pipeline.errors import ConfigError
from tests.conftest import QUESTION, config_for, serving
from tests.fakes.openai_scripts import Body, Step
from tests.fakes.openai_server import Hang, OpenAIServer, Reply

ASK = {"messages": [{"role": "user", "content": QUESTION}]}
JSON = {"accept": "application/json"}
SOMEBODY = Caller("192.0.2.1")


async def refused(rates: Rates, caller: Caller = SOMEBODY, times: int = 1) -> list[str]:
    """The codes of the refusals among `times` requests."""
    codes = []
    for _ in range(times):
        try:
            await rates.count(caller)
        except TurnedAway as error:
            codes.append(error.code if error.retry_after else "no Retry-After")
    return codes


def rates(**limits: Any) -> Rates:
    return Rates(LimitsConfig(**{"per_client": (), "per_key": (), **limits}), OwnMemory())


# --- rates ---------------------------------------------------------------------------------


async def test_each_client_has_its_own_count() -> None:
    """The third request of one address is refused, the first of another is not."""
    counted = rates(per_client=("2/minute",))
    assert await refused(counted, times=3) == ["rate-limited"]
    assert await refused(counted, Caller("192.0.2.2")) == []


async def test_a_key_has_a_count_of_its_own() -> None:
    """Programs are counted by the name of their key, from wherever they ask."""
    counted = rates(per_client=("1/minute",), per_key=("2/minute",))
    assert await refused(counted, times=2) == ["rate-limited"]
    assert await refused(counted, Caller("192.0.2.1", key="nightly"), times=2) == []
    assert await refused(counted, Caller("192.0.2.9", key="nightly")) == ["rate-limited"]
    assert await refused(counted, Caller("192.0.2.9", key="other")) == []


async def test_a_site_and_everybody_have_limits_too() -> None:
    """A site's pages are counted together; programs have no site; all of them are counted together."""
    counted = rates(per_origin=("2/minute",), total=("4/minute",))
    pages = [Caller(f"192.0.2.{n}", "https://docs.example.com") for n in range(3)]
    assert [await refused(counted, page) for page in pages] == [[], [], ["rate-limited"]]
    assert await refused(counted, times=3) == ["rate-limited"]


async def test_who_is_over_his_own_limit_uses_nothing_of_the_others() -> None:
    """One client that hammers does not lock everybody out."""
    counted = rates(per_client=("1/minute",), total=("2/minute",))
    assert len(await refused(counted, times=50)) == 49
    assert await refused(counted, Caller("192.0.2.2")) == []


async def test_tokens_are_counted_when_they_are_known() -> None:
    """An answer may go over the limit, the next question is refused; a key has tokens of its own."""
    counted = rates(tokens=("1000/day",))
    await counted.spend(SOMEBODY, 999)
    assert await refused(counted) == []
    await counted.spend(SOMEBODY, 5000)
    assert await refused(counted) == ["rate-limited"]
    assert await refused(counted, Caller("192.0.2.1", key="nightly")) == []


@pytest.mark.parametrize(("limit", "least", "most"), [("1/minute", 59, 60), ("1 per 10 minutes", 599, 600)])
async def test_retry_after_is_the_time_until_the_window_ends(limit: str, least: int, most: int) -> None:
    """In whole seconds, and asking again does not put it off."""
    counted = rates(per_client=(limit,))
    await counted.count(SOMEBODY)
    for _ in range(5):
        with pytest.raises(TurnedAway) as caught:
            await counted.count(SOMEBODY)
    assert least <= (caught.value.retry_after or 0) <= most


async def test_a_window_that_is_over_counts_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """After its time a caller begins anew, and what is over is forgotten."""
    storage, now = OwnMemory(), 1000.0
    monkeypatch.setattr("time.time", lambda: now)
    counted = Rates(LimitsConfig(per_client=("1/minute",)), storage)
    assert await refused(counted, times=2) == ["rate-limited"]
    now += 60.5
    assert await refused(counted) == []
    now += 90
    assert await refused(counted, Caller("192.0.2.2")) == []
    assert [key for key in storage.storage if "192.0.2.1" in key] == []


async def test_ever_new_addresses_do_not_fill_the_memory() -> None:
    """The oldest counts make room; a full table is never larger than its bound."""
    storage = OwnMemory()
    for number in range(MOST_KEYS + 1000):
        await storage.incr(str(number), 3600)
    assert len(storage.storage) <= MOST_KEYS
    assert await storage.get(str(MOST_KEYS + 999)) == 1


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "no rate": ({"per_client": ["often"]}, "api.limits.per_client"),
    "no place": ({"streams": 0}, "api.limits.streams"),
    "an unknown storage": ({"storage": "memcached://x"}, "api.limits.storage"),
    "a storage without a proper port": ({"storage": "redis://host:port"}, "api.limits.storage"),
    "an unknown key": ({"stream": 5}, "did you mean `streams`?"),
}


@pytest.mark.parametrize("case", BAD)
def test_limits_that_cannot_be_meant_are_reported(case: str) -> None:
    """With the dotted key, as everything in config.yaml."""
    section, words = BAD[case]
    with pytest.raises(ConfigError, match=words.replace("?", r"\?")):
        config_for(Path("/"), api={"limits": section})


async def test_false_switches_everything_off() -> None:
    """`api.limits: false` leaves nothing that could count."""
    assert config_for(Path("/"), api={"limits": False}).api.limits is None
    async with open_limits(None) as limits:
        assert limits is None


# --- over the wire -------------------------------------------------------------------------


@dataclass(frozen=True)
class Held:
    """A reply whose first token comes at once, and whose others wait for `go`."""

    go: asyncio.Event = field(default_factory=asyncio.Event)

    def steps(self, body: Body) -> Iterator[Step]:
        first, rest = Reply(["Use "]), Reply(["pip ", "[1]."])
        yield first.opening(body) + first.token(body, "Use ")
        yield self.go
        yield from list(rest.steps(body))[1:]


@pytest.fixture
async def model() -> AsyncIterator[OpenAIServer]:
    async with OpenAIServer() as server:
        yield server


@asynccontextmanager
async def asked_of(site: Path, model: OpenAIServer, limits: Any) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API with these limits, that may have any number of connections."""
    providers = [{"name": "scripted", "base_url": model.base_url, "timeout": 60, "idle_timeout": 60}]
    app = create_app(config_for(site, llm={"providers": providers}, api={"limits": limits}))
    many = httpx.Limits(max_connections=None)
    async with (
        serving(app) as address,
        httpx.AsyncClient(base_url=address, limits=many, timeout=60) as client,
    ):
        yield client


async def test_too_many_requests_are_429(site: Path, model: OpenAIServer) -> None:
    """A problem with its code and Retry-After, on every route that asks; health is not counted."""
    async with asked_of(site, model, {"per_client": ["2/hour"]}) as client:
        assert (await client.post("/v1/chat", json=ASK)).status_code == 200
        assert (await client.post("/v1/search", json={"query": "palette"})).status_code == 200
        for path, body in (("/v1/chat", ASK), ("/v1/search", {"query": "palette"})):
            response = await client.post(path, json=body)
            assert (response.status_code, response.json()["code"]) == (429, "rate-limited")
            assert 3500 < int(response.headers["retry-after"]) <= 3600
        assert (await client.get("/healthz")).status_code == 200
    assert len(model.requests) == 1


@pytest.mark.parametrize("headers", [{}, JSON])
async def test_an_answer_s_tokens_are_its_caller_s(
    site: Path, model: OpenAIServer, headers: dict[str, str]
) -> None:
    """As the provider counted them, streamed or whole."""
    model.script(Reply("Use pip [1].", usage=(600, 399)), Reply("Use pip [1].", usage=(1, 0)))
    async with asked_of(site, model, {"tokens": ["1000/day"]}) as client:
        statuses = [(await client.post("/v1/chat", json=ASK, headers=headers)).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]


async def test_200_users_against_50_streams(site: Path, model: OpenAIServer) -> None:
    """50 are served, and the 150 others are told at once, before any of the 50 is through."""
    held = Held()
    model.default = held
    limits = {"per_client": [], "streams": 50, "queue": 0}
    told = asyncio.Semaphore(0)

    async def ask(client: httpx.AsyncClient) -> tuple[int, str]:
        async with client.stream("POST", "/v1/chat", json=ASK) as response:
            if response.status_code != 200:
                told.release()
                assert int(response.headers["retry-after"]) > 0
            return response.status_code, (await response.aread()).decode()

    async with asked_of(site, model, limits) as client, asyncio.timeout(60):
        users = [asyncio.create_task(ask(client)) for _ in range(200)]
        for _ in range(150):
            await told.acquire()
        await model.received(50)
        held.go.set()
        answers = await asyncio.gather(*users)
        assert Counter(status for status, _ in answers) == {200: 50, 503: 150}
        assert all('"overloaded"' in body for status, body in answers if status == 503)
        assert all('"finish"' in body for status, body in answers if status == 200)
        assert len(model.requests) == 50
        assert (await client.post("/v1/chat", json=ASK)).status_code == 200  # all places are free again


async def test_who_waits_in_the_queue_is_served(site: Path, model: OpenAIServer) -> None:
    """With one place and one to wait, one of two later users is told to come back, the other has an answer."""
    held = Held()
    model.script(held)
    async with asked_of(site, model, {"streams": 1, "queue": 1, "queue_wait": 30}) as client:
        first = asyncio.create_task(client.post("/v1/chat", json=ASK))
        await model.received(1)
        others = [asyncio.create_task(client.post("/v1/chat", json=ASK)) for _ in range(2)]
        told, waiting = await asyncio.wait(others, return_when=asyncio.FIRST_COMPLETED)
        assert [task.result().json()["code"] for task in told] == ["overloaded"]
        held.go.set()
        assert [(await task).status_code for task in (first, *waiting)] == [200, 200]


@pytest.mark.parametrize("headers", [{}, JSON])
async def test_a_client_that_leaves_frees_its_place(
    site: Path, model: OpenAIServer, headers: dict[str, str]
) -> None:
    """Streamed or whole, while the model still thinks: the next user is served at once."""
    model.script(Hang("between-tokens"))
    async with asked_of(site, model, {"streams": 1, "queue": 1, "queue_wait": 30}) as client:
        leaving = asyncio.create_task(client.post("/v1/chat", json=ASK, headers=headers))
        await model.received(1)
        leaving.cancel()
        await asyncio.wait({leaving})
        assert (await client.post("/v1/chat", json=ASK, headers=headers)).status_code == 200
    await model.deserted()
    assert model.requests[0].closed_early


async def test_a_client_that_leaves_the_queue_is_not_asked_for(site: Path, model: OpenAIServer) -> None:
    """Its place in the queue is free before its turn would have come, and no model is paid for it."""
    model.script(held := Held())
    limits = LimitsConfig(streams=1, queue=1, queue_wait=60)
    async with asked_of(site, model, limits.model_dump()) as client, asyncio.timeout(30):
        first = asyncio.create_task(client.post("/v1/chat", json=ASK))
        await model.received(1)
        for _ in range(3):  # each finds the queue empty, or it would be told `overloaded`
            with pytest.raises(httpx.ReadTimeout):
                await client.post("/v1/chat", json=ASK, timeout=httpx.Timeout(30, read=0.2))
        held.go.set()
        assert (await first).status_code == 200
    assert len(model.requests) == 1


async def test_an_error_gives_the_place_back(site: Path, model: OpenAIServer) -> None:
    """A question that cannot be asked holds no place."""
    async with asked_of(site, model, {"streams": 1, "queue": 0}) as client:
        for _ in range(3):
            wrong = await client.post("/v1/chat", json={**ASK, "filter": {"version": "99"}})
            assert wrong.json()["code"] == "unknown-version"
        assert (await client.post("/v1/chat", json=ASK)).status_code == 200
