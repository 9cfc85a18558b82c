"""Money for answers: what may be spent, by whom, and what readers get when it is gone."""

import asyncio
import json
import sys
from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mcp import Client
from sqlalchemy import insert

from api.app import create_app
from api.limits.budget import Budget, open_budget
from api.limits.ledger import Ledger, Limits, Spent, today, whole
from api.memory.database import migrate, open_engine
from api.memory.tables import spending
from pipeline.config import ApiConfig, BudgetConfig, parse_config
from pipeline.errors import BudgetSpent, ConfigError
from pipeline.prompts import BUDGET_INTRO
from tests.api.memory_databases import KINDS, fresh_url, memory_config
from tests.conftest import QUESTION, config_for, serving
from tests.fakes.openai_server import Hang, OpenAIServer, Reply, Status

ROOT = Path(__file__).parent.parent.parent
ASK = {"messages": [{"role": "user", "content": QUESTION}]}
JSON = {"accept": "application/json"}
PRICE = {"prompt": 0, "completion": 1000}  # a token of the answer costs a thousandth


def api_config(url: str, **budget: float) -> ApiConfig:
    return ApiConfig(memory=memory_config(url), budget=BudgetConfig(**budget))


@pytest.fixture(params=KINDS)
async def url(tmp_path: Path, request: pytest.FixtureRequest) -> str:
    return await fresh_url(request.param, tmp_path, request)


async def granted(budget: Budget, cost: float, times: int) -> int:
    """How many of `times` reservations at once are granted."""
    asked = [budget.reserve(cost) for _ in range(times)]
    return sum(
        not isinstance(done, BudgetSpent) for done in await asyncio.gather(*asked, return_exceptions=True)
    )


@asynccontextmanager
async def opened(url: str, **budget: float) -> AsyncIterator[Budget]:
    async with open_budget(api_config(url, **budget)) as budget_:
        assert budget_ is not None
        yield budget_


# --- what is left --------------------------------------------------------------------------


async def test_a_hundred_at_once_get_no_more_than_there_is(url: str) -> None:
    """And two processes share what there is, when they ask at the same time."""
    async with opened(url, daily=10) as here, opened(url, daily=10) as there:
        counts = await asyncio.gather(granted(here, 0.3, 50), granted(there, 0.3, 50))
        assert sum(counts) == 33
        await there.refresh()
        assert there.account.today == pytest.approx(9.9)
        assert there.account.spent


async def test_what_is_spent_is_known_after_a_restart(url: str) -> None:
    """Also what was set aside by answers that never came to their end."""
    async with opened(url, daily=1) as budget:
        (await budget.reserve(0.5))(0.25)
        await budget.reserve(0.25)
    async with opened(url, daily=1) as budget:
        assert budget.account.today == pytest.approx(0.5)
        assert await granted(budget, 0.3, 3) == 1


async def test_what_was_not_used_is_free_again(url: str) -> None:
    """Settling gives back at once, and takes what an answer cost beyond its guess."""
    async with opened(url, daily=1) as budget:
        settle = await budget.reserve(0.9)
        assert await granted(budget, 0.2, 1) == 0
        assert budget.account.spent
        settle(0.1)
        assert await granted(budget, 0.2, 1) == 1
        assert not budget.account.spent
        (await budget.reserve(0.1))(5)
        assert await granted(budget, 0.0001, 1) == 0
        assert budget.account.today == pytest.approx(5.3)


async def test_a_reader_who_left_while_he_waited_pays_nothing(url: str) -> None:
    """His share is there for the next."""
    async with opened(url, daily=1) as budget:
        leaving = asyncio.create_task(budget.reserve(0.9))
        await asyncio.sleep(0)
        leaving.cancel()
        await asyncio.wait({leaving})
        await budget.refresh()
        assert await granted(budget, 0.9, 1) == 1


async def test_a_month_has_a_limit_of_its_own(url: str) -> None:
    """Earlier days of the month count for it, and not for today; other months count for nothing."""
    first = today().replace(day=1)
    engine = open_engine(memory_config(url))
    await migrate(engine)
    rows = [{"day": first - timedelta(days=1), "spent": whole(100)}]
    if today() != first:
        rows.append({"day": first, "spent": whole(2)})
    async with engine.begin() as db:
        await db.execute(insert(spending), rows)
    await engine.dispose()
    async with opened(url, daily=3, monthly=4) as budget:
        assert (budget.account.today, budget.account.month) == (0, 2 if today() != first else 0)
        assert await granted(budget, 1, 5) == (2 if today() != first else 3)


SPENDING = """
import asyncio, sys
from api.limits.budget import open_budget
from pipeline.config import ApiConfig
from pipeline.errors import BudgetSpent

async def main():
    config = ApiConfig.model_validate({"memory": {"url": sys.argv[1]}, "budget": {"daily": 1}})
    async with open_budget(config) as budget:
        asked = [budget.reserve(0.01) for _ in range(80)]
        done = await asyncio.gather(*asked, return_exceptions=True)
        print(sum(not isinstance(one, BudgetSpent) for one in done))

asyncio.run(main())
"""


async def test_processes_share_one_budget(url: str) -> None:
    """Of 80 answers for a hundredth each in each of two processes, a hundred are granted."""
    line = [sys.executable, "-c", SPENDING, url]
    processes = [
        await asyncio.create_subprocess_exec(*line, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
        for _ in range(2)
    ]
    told = [(await process.communicate())[0] for process in processes]
    assert sum(map(int, told)) == 100


class AwayAtTimes(Ledger):
    """A ledger whose database can be away."""

    away = False
    refused = 0

    async def book(
        self, owed: Mapping[date, int], wanted: Sequence[int], limits: Limits
    ) -> tuple[Spent, list[bool]]:
        if self.away:
            self.refused += 1
            raise OSError("the database is away")
        return await super().book(owed, wanted, limits)


async def test_without_its_database_a_process_goes_on_from_what_it_knew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It spends no more than was left then; what it has spent is booked when the database is back."""
    monkeypatch.setattr("api.limits.budget.REST", 0.0)
    config = memory_config(f"sqlite+aiosqlite:///{tmp_path / 'memory.db'}")
    ledger = AwayAtTimes(open_engine(config))
    budget = Budget(BudgetConfig(daily=1), ledger)
    assert await granted(budget, 0.3, 1) == 1
    ledger.away = True
    assert await granted(budget, 0.3, 5) == 2
    assert budget.account.today == pytest.approx(0.9)
    ledger.away = False
    await budget.refresh()
    assert budget.account.today == pytest.approx(0.9)
    await budget.aclose()


async def test_what_is_owed_is_booked_without_another_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also what was settled while the database was away: others learn of it when it is back."""
    monkeypatch.setattr("api.limits.budget.REST", 0.0)
    monkeypatch.setattr("api.limits.budget.SETTLE_WAIT", 0.0)
    config = memory_config(f"sqlite+aiosqlite:///{tmp_path / 'memory.db'}")
    ledger = AwayAtTimes(open_engine(config))
    here = Budget(BudgetConfig(daily=1), ledger)
    there = Budget(BudgetConfig(daily=1), Ledger(open_engine(config)))
    settle = await here.reserve(0.9)
    ledger.away = True
    settle(0.1)
    async with asyncio.timeout(30):
        while not ledger.refused:  # noqa: ASYNC110 -- of the timer that books nobody is told
            await asyncio.sleep(0.01)
        ledger.away = False
        while await granted(there, 0.8, 1) == 0:  # noqa: ASYNC110 -- nor the other process
            await asyncio.sleep(0.01)
    await here.aclose()
    await there.aclose()


async def test_what_nobody_knows_is_not_spent(tmp_path: Path) -> None:
    """A database that cannot be opened grants nothing; the server starts all the same."""
    (tmp_path / "file").write_text("")
    async with opened(f"sqlite+aiosqlite:///{tmp_path / 'file' / 'memory.db'}", daily=1) as budget:
        assert not budget.account.known
        assert await granted(budget, 0.1, 2) == 0


@given(
    st.lists(st.integers(0, 30), max_size=20),
    st.one_of(st.none(), st.integers(0, 100)),
    st.one_of(st.none(), st.integers(0, 100)),
    st.integers(0, 100),
)
def test_no_limit_is_ever_passed(
    wanted: list[int], daily: int | None, monthly: int | None, spent: int
) -> None:
    """Whatever is wanted: what is granted fits, and what is refused would not have."""
    limits = Limits(daily, monthly)
    now = Spent(date(2026, 5, 10), spent // 2, spent)
    for amount, fits in zip(wanted, limits.granted(now, wanted), strict=True):
        after = now.plus(amount)
        over = any(
            limit is not None and said > limit
            for said, limit in ((after.today, daily), (after.month, monthly))
        )
        assert fits is not over
        now = after if fits else now


def test_days_and_months_begin_anew() -> None:
    """A day's spending is the month's too, until the month is over."""
    spent = Spent(date(2026, 12, 30), 5, 50)
    assert spent.on(date(2026, 12, 31)) == Spent(date(2026, 12, 31), 0, 50)
    assert spent.on(date(2027, 1, 1)) == Spent(date(2027, 1, 1), 0, 0)
    assert spent.on(date(2027, 12, 30)) == Spent(date(2027, 12, 30), 0, 0)


# --- the configuration ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("sections", "words"),
    [
        ("api: {budget: {}}", "api.budget: should have daily, monthly or both"),
        ("api: {budget: {daily: 0}}", "api.budget.daily: should be greater than 0"),
        ("api: {budget: {weekly: 1}}", "api.budget.weekly: there is no such key"),
        (
            "api: {budget: {daily: 1}}\nllm: {providers: [{name: a}, {name: b, price: {prompt: 1, completion: 2}}]}",
            "api.budget: needs the price of every provider: set llm.providers[0].price",
        ),
    ],
)
def test_a_budget_that_cannot_be_kept_is_reported(sections: str, words: str) -> None:
    """With its dotted key, before anything starts."""
    with pytest.raises(ConfigError) as caught:
        parse_config(f"site: {{}}\n{sections}", source="config.yaml", base=Path("/"), environ={})
    assert caught.value.problems[0].startswith(words)


def test_the_default_providers_have_prices() -> None:
    """A budget is one line for whoever uses the defaults; without one there is none."""
    config = parse_config("site: {}\napi: {budget: {monthly: 20}}", source="c", base=Path("/"), environ={})
    assert config.api.budget == BudgetConfig(monthly=20)
    assert parse_config("site: {}\napi: {budget: false}", source="c", base=Path("/")).api.budget is None


# --- over the wire -------------------------------------------------------------------------


@pytest.fixture
async def model() -> AsyncIterator[OpenAIServer]:
    async with OpenAIServer() as server:
        yield server


@asynccontextmanager
async def asked_of(
    site: Path,
    model: OpenAIServer,
    tmp_path: Path,
    *,
    limits: Any = False,
    cache: Any = None,
    offline: str = "extractive",
    **budget: float,
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the API with this budget; an answer is guessed to cost 0.1."""
    provider = {"name": "scripted", "base_url": model.base_url, "price": PRICE, "max_tokens": 100}
    memory = {"url": f"sqlite+aiosqlite:///{tmp_path / 'memory.db'}"}
    config = config_for(
        site,
        llm={"providers": [provider], "offline": offline},
        api={"limits": limits, "budget": budget or False, "memory": memory},
        answer={"cache": cache or {}},
    )
    many = httpx.Limits(max_connections=None)
    async with (
        serving(create_app(config)) as address,
        httpx.AsyncClient(base_url=address, limits=many, timeout=60) as client,
    ):
        yield client


async def asks(client: httpx.AsyncClient, wire: str) -> tuple[str, str]:
    """The outcome and the text of one answer by one of the wires."""
    if wire == "mcp":
        async with Client(f"{client.base_url}/mcp") as agent:
            told = (await agent.call_tool("ask", {"question": QUESTION})).structured_content
        assert told is not None
        return told["outcome"], told["text"]
    if wire == "openai":
        body = {**ASK, "model": "fingerpost"}
        told = (await client.post("/v1/chat/completions", json=body)).json()
        return told["fingerpost"]["outcome"], told["choices"][0]["message"]["content"]
    told = (await client.post("/v1/chat", json=ASK, headers=JSON)).json()
    return told["outcome"], told["text"]


@pytest.mark.parametrize("wire", ["chat", "openai", "mcp"])
async def test_when_it_is_spent_the_docs_speak_for_themselves(
    site: Path, model: OpenAIServer, tmp_path: Path, wire: str
) -> None:
    """By whichever wire: the answer is degraded and says so, and no model is asked."""
    model.default = Reply("Use pip [1].", usage=(10, 90))
    async with asked_of(site, model, tmp_path, daily=0.2) as client:
        assert [await asks(client, wire) for _ in range(2)][1][0] == "answered"
        outcome, text = await asks(client, wire)
        assert outcome == "degraded"
        assert text.startswith(f"*{BUDGET_INTRO}*")
        assert "pip install widgetry" in text
        assert len(model.requests) == 2
        ready = await client.get("/readyz")
        assert ready.status_code == 200
        assert ready.json()["parts"]["budget"] == {"ok": True, "known": True, "spent": True}
        figures = (await client.get("/metrics")).text
        assert 'fingerpost_budget_spent{period="day"} 0.18' in figures
        assert 'fingerpost_budget_limit{period="day"} 0.2' in figures
        assert 'fingerpost_cost_total{model="gpt-4o-mini"} 0.18' in figures


async def test_without_the_docs_own_words_it_is_an_error(
    site: Path, model: OpenAIServer, tmp_path: Path
) -> None:
    """`llm.offline: none`: an error part in the stream, a problem with its code as JSON."""
    async with asked_of(site, model, tmp_path, offline="none", daily=0.05) as client:
        response = await client.post("/v1/chat", json=ASK, headers=JSON)
        assert (response.status_code, response.json()["code"]) == (503, "budget-spent")
        assert int(response.headers["retry-after"]) > 0
        stream = (await client.post("/v1/chat", json=ASK)).text
        assert '"type":"error"' in stream
        assert (await client.get("/readyz")).status_code == 503
    assert not model.requests


async def test_a_question_that_the_docs_do_not_answer_is_refused_then_too(
    site: Path, model: OpenAIServer, tmp_path: Path
) -> None:
    """No section is quoted that has nothing to do with it."""
    async with asked_of(site, model, tmp_path, daily=0.05) as client:
        body = {"messages": [{"role": "user", "content": "Who won the 1998 World Cup?"}]}
        answer = (await client.post("/v1/chat", json=body, headers=JSON)).json()
        assert (answer["outcome"], answer["sources"]) == ("refused", [])
    assert not model.requests


async def test_a_hundred_readers_at_once_do_not_overshoot(
    site: Path, model: OpenAIServer, tmp_path: Path
) -> None:
    """Ten answers are paid for, the ninety others are the docs' own words."""
    go = asyncio.Event()
    model.default = Hang("before-first-token", until=go, reply=Reply("Use pip [1].", usage=(10, 100)))
    limits = {"per_client": [], "streams": 100}
    async with asked_of(site, model, tmp_path, limits=limits, daily=1) as client, asyncio.timeout(60):
        asking = [asyncio.create_task(asks(client, "chat")) for _ in range(100)]
        done: set[asyncio.Task[tuple[str, str]]] = set()
        while len(done) < 90:
            done, _ = await asyncio.wait(asking, return_when=asyncio.FIRST_COMPLETED)
            asking = [task for task in asking if task not in done] + list(done)
            if len(done) < 90:
                await asyncio.wait(
                    [task for task in asking if not task.done()], return_when=asyncio.FIRST_COMPLETED
                )
        go.set()
        outcomes = Counter(outcome for outcome, _ in await asyncio.gather(*asking))
    assert outcomes == {"answered": 10, "degraded": 90}
    assert len(model.requests) == 10


async def test_an_answer_that_is_given_again_costs_nothing(
    site: Path, model: OpenAIServer, tmp_path: Path
) -> None:
    """The cache stands before the budget, and works when that is spent."""
    model.default = Reply("Use pip [1].", usage=(10, 100))
    async with asked_of(site, model, tmp_path, cache={"exact": True}, daily=0.1) as client:
        assert [(await asks(client, "chat"))[0] for _ in range(3)] == ["answered"] * 3
        assert 'fingerpost_cost_total{model="gpt-4o-mini"} 0.1' in (await client.get("/metrics")).text
    assert len(model.requests) == 1


async def test_what_no_provider_answered_is_not_paid_for(
    site: Path, model: OpenAIServer, tmp_path: Path
) -> None:
    """A provider that is down does not eat the budget."""
    model.default = Status(403)
    async with asked_of(site, model, tmp_path, daily=0.1) as client:
        for _ in range(3):
            assert (await asks(client, "chat"))[0] == "degraded"
    assert len(model.requests) == 3


async def test_a_reader_who_hangs_up_has_still_cost_something(
    site: Path, model: OpenAIServer, tmp_path: Path
) -> None:
    """The guess is spent, and counts for the reader's own tokens."""
    model.default = Hang("between-tokens")
    limits = {"tokens": ["100/day"]}
    async with asked_of(site, model, tmp_path, limits=limits, daily=1) as client:
        async with client.stream("POST", "/v1/chat", json=ASK) as response:
            async for line in response.aiter_lines():
                if "text-delta" in line:
                    break
        await model.deserted()
        assert 'fingerpost_cost_total{model="gpt-4o-mini"} 0.1' in (await client.get("/metrics")).text
        assert (await client.post("/v1/chat", json=ASK)).json()["code"] == "rate-limited"


async def test_an_agent_s_answers_use_its_tokens(site: Path, model: OpenAIServer, tmp_path: Path) -> None:
    """MCP's `ask` is counted like any other question."""
    model.default = Reply("Use pip [1].", usage=(600, 399))
    async with (
        asked_of(site, model, tmp_path, limits={"tokens": ["900/day"]}) as client,
        Client(f"{client.base_url}/mcp") as agent,
    ):
        first, second = [await agent.call_tool("ask", {"question": QUESTION}) for _ in range(2)]
    assert not first.is_error
    assert second.is_error
    assert "rate-limited" in json.dumps(second.model_dump(mode="json"))
