"""Providers that fail: when they rest, who tries them again, and when asking again is worth a reader's time."""

import asyncio
import time
from collections.abc import Callable
from email.utils import formatdate
from typing import Any

import pytest

from pipeline.errors import ModelError, ProviderFailed, ProvidersExhausted
from pipeline.llm.health import LONGEST_REST, Health
from pipeline.waiting import retry_after
from tests.fakes.openai_server import Cut, ErrorEvent, Hang, OpenAIServer, Reply, Script, Status
from tests.pipeline.llm.conftest import MESSAGES, SHORT, Ask

LONG = 60.0  # seconds: for a rest that does not end within the test
RESTING = {"rest": LONG, "rest_after": 3}

Clock = Callable[[float], None]


async def asked(llm: Any) -> str:
    """Who answers, once the answer is whole; "nobody" when no one does, "broken" when it breaks off."""
    try:
        stream = await llm.open(MESSAGES)
    except ProvidersExhausted:
        return "nobody"
    try:
        async for _ in stream:
            pass
    except ModelError:
        return "broken"
    finally:
        await stream.aclose()
    return str(stream.provider)


# --- over the wire -------------------------------------------------------------------------


@pytest.mark.parametrize("fault", [Status(500), Cut(), ErrorEvent(), Cut(1)])
async def test_a_provider_that_fails_three_times_rests(
    first: OpenAIServer, second: OpenAIServer, model: Ask, fault: Script
) -> None:
    """Before the first token or after it: then the next one answers at once, and the state says so."""
    first.default = fault
    llm = model(RESTING)
    for _ in range(3):
        assert await asked(llm) in ("two", "broken")
    assert await asked(llm) == "two"
    assert len(first.requests) == 3
    one, two = llm.providers
    assert LONG - 10 < one.resting <= LONG
    assert (one.name, bool(one.last_failure), two.resting, two.last_failure) == ("one", True, 0, "")


@pytest.mark.parametrize(
    ("status", "asked_again"), [(401, 0), (402, 0), (404, 0), (307, 0), (400, 4), (403, 4)]
)
async def test_what_will_not_pass_rests_at_once_and_what_a_question_did_never(
    first: OpenAIServer, second: OpenAIServer, model: Ask, status: int, asked_again: int
) -> None:
    """A wrong key is asked for once; a question that is refused cannot send the provider to rest."""
    first.default = Status(status)
    llm = model(RESTING)
    for _ in range(5):
        assert await asked(llm) == "two"
    assert len(first.requests) == 1 + asked_again


async def test_an_answer_in_between_makes_failures_forgotten(
    first: OpenAIServer, second: OpenAIServer, model: Ask
) -> None:
    """Only failures in a row count."""
    llm = model(RESTING)
    for _ in range(3):
        first.script(Status(500), Status(500), Reply())
        assert [await asked(llm) for _ in range(3)] == ["two", "two", "one"]
    assert llm.providers[0].resting == 0


async def rested(llm: Any) -> None:
    """Returns when the first provider may be tried again."""
    await asyncio.sleep(llm.providers[0].resting + 0.01)
    assert llm.providers[0].resting == 0


async def test_one_question_tries_it_again_and_the_others_do_not_wait(
    first: OpenAIServer, second: OpenAIServer, model: Ask
) -> None:
    """After the rest one is on trial; others go on to the next provider until its first token is there."""
    more = asyncio.Event()
    first.script(Status(500), Hang("before-first-token", until=more))
    llm = model({"rest": 0.1, "rest_after": 1})
    assert await asked(llm) == "two"
    await rested(llm)
    trying = asyncio.create_task(asked(llm))
    await first.received(2)
    assert [await asked(llm) for _ in range(3)] == ["two"] * 3
    assert len(first.requests) == 2
    more.set()
    assert await trying == "one"
    assert await asked(llm) == "one"


async def test_a_trial_whose_reader_leaves_is_nobody_s_failure(
    first: OpenAIServer, second: OpenAIServer, model: Ask
) -> None:
    """The next question tries in its place."""
    first.script(Status(500), Hang())
    llm = model({"rest": 0.1, "rest_after": 1})
    assert await asked(llm) == "two"
    await rested(llm)
    trying = asyncio.create_task(asked(llm))
    await first.received(2)
    trying.cancel()
    await asyncio.wait({trying})
    assert await asked(llm) == "one"


async def test_all_are_asked_again_when_all_have_failed(
    first: OpenAIServer, second: OpenAIServer, model: Ask
) -> None:
    """A moment later, and only as often as `retries` says."""
    first.script(Status(500), Cut())
    second.default = Status(503)
    llm = model({"retries": 2})
    assert await asked(llm) == "one"
    assert len(first.requests) == 3
    first.default, before = Status(500), len(second.requests)
    assert await asked(llm) == "nobody"
    assert (len(first.requests), len(second.requests) - before) == (6, 3)


async def test_what_will_not_pass_is_not_asked_again(
    first: OpenAIServer, second: OpenAIServer, model: Ask
) -> None:
    """A wrong key and a time-out cost a reader one round, not two."""
    first.script(Status(401))
    second.script(Hang())
    llm = model({"retries": 5}, {"timeout": SHORT})
    assert await asked(llm) == "nobody"
    assert (len(first.requests), len(second.requests)) == (1, 1)


@pytest.mark.parametrize("code", [429, 503])
async def test_retry_after_is_waited_for_when_it_fits(
    first: OpenAIServer, second: OpenAIServer, model: Ask, code: int
) -> None:
    """It is waited for in full, and nobody else asks in the meantime."""
    second.default = Status(500)
    first.script(Status(code, {"retry-after-ms": "300"}))
    llm = model({"retries": 1, "rest": LONG})
    started = time.monotonic()
    assert set(await asyncio.gather(asked(llm), asked(llm))) == {"one"}
    assert time.monotonic() - started >= 0.3
    assert len(first.requests) in (3, 4)  # the second question came before or after the first one's 429


async def test_retry_after_that_does_not_fit_is_not_waited_for(
    first: OpenAIServer, second: OpenAIServer, model: Ask
) -> None:
    """The reader is told at once, and the provider is left alone by the next question as well."""
    second.default = Status(401)
    first.default = Status(429, {"retry-after": "3600"})
    llm = model({"retries": 5, "rest": LONG, "rest_after": 1})
    async with asyncio.timeout(5):
        assert [await asked(llm) for _ in range(3)] == ["nobody"] * 3
    assert len(first.requests) == 1
    assert llm.providers[0].resting > LONGEST_REST - 10


async def test_patience_bounds_all_of_it(first: OpenAIServer, second: OpenAIServer, model: Ask) -> None:
    """The second provider gets what is left, and is not blamed for that."""
    first.default = second.default = Hang()
    patience = {"patience": 0.6, "retries": 5, "rest": LONG, "rest_after": 1}
    llm = model(patience, {"timeout": 0.5}, timeout=0.4)
    with pytest.raises(ProvidersExhausted) as caught:
        async with asyncio.timeout(5):
            await llm.open(MESSAGES)
    assert caught.value.failures[0] == "one: no first token within 0.4 s"
    assert caught.value.failures[1] < "two: no first token within 0.21"
    assert [bool(state.resting) for state in llm.providers] == [True, False]


async def test_an_answer_that_never_ends_is_ended(first: OpenAIServer, model: Ask) -> None:
    """A model that drips is never silent for long, and still has to be through at some time."""
    first.script(Reply(["drip "] * 1000, gap=0.02))
    stream = await model(answer_timeout=0.3).open(MESSAGES)
    with pytest.raises(ProviderFailed, match=r"one: was not through within 0\.3 s"):
        async with asyncio.timeout(5):
            [piece async for piece in stream]
    await asyncio.wait_for(first.requests[0].finished.wait(), 5)


async def test_each_failure_is_told(first: OpenAIServer, second: OpenAIServer, model: Ask) -> None:
    """By the provider's name and a kind, in the middle of an answer as well; a reader who leaves is none."""
    told: list[tuple[str, str]] = []
    llm = model(RESTING)
    llm.on_failure(lambda name, kind: told.append((name, kind)))
    first.script(Status(429), Status(429, body={"error": {"code": "insufficient_quota"}}))
    second.script(Cut(1), Hang("between-tokens"))
    assert await asked(llm) == "broken"
    await (await llm.open(MESSAGES)).aclose()
    assert told == [("one", "rate-limit"), ("two", "connection"), ("one", "credit")]


# --- the rules -----------------------------------------------------------------------------


@pytest.fixture
def pass_time(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """A clock that stands still until it is told how many seconds have passed."""
    now = 1000.0

    def passes(seconds: float) -> None:
        nonlocal now
        now += seconds

    monkeypatch.setattr("time.monotonic", lambda: now)
    return passes


def failed(health: Health, kind: str = "server", retry: float | None = None) -> None:
    attempt = health.attempt()
    assert attempt is not None
    attempt.over(ProviderFailed("one: failed", kind, retry))


def test_each_rest_is_twice_as_long_up_to_a_bound(pass_time: Clock) -> None:
    """A trial that fails needs no three failures; an answer that comes to its end begins anew."""
    health = Health(3, 30)
    for _ in range(3):
        failed(health)
    rests = [health.resting]
    for _ in range(6):
        pass_time(health.resting)
        failed(health)
        rests.append(health.resting)
    assert rests == [30, 60, 120, 240, 480, LONGEST_REST, LONGEST_REST]
    pass_time(LONGEST_REST)
    attempt = health.attempt()
    assert attempt is not None
    attempt.began()
    attempt.over(whole=True)
    for _ in range(3):
        failed(health)
    assert health.resting == 30


def test_a_trial_that_begins_and_breaks_off_rests_again(pass_time: Clock) -> None:
    """The first token lets others in, but it is no proof yet."""
    health = Health(3, 30)
    for _ in range(3):
        failed(health)
    pass_time(30)
    attempt = health.attempt()
    assert attempt is not None
    attempt.began()
    assert health.attempt() is not None
    attempt.over(ProviderFailed("one: broke off", "connection"))
    assert health.resting == 60


def test_late_failures_of_before_do_not_prolong_a_rest(pass_time: Clock) -> None:
    """A hundred questions that were on their way when the provider went down are one outage."""
    health = Health(3, 30)
    attempts = [health.attempt() for _ in range(100)]
    for attempt in attempts:
        assert attempt is not None
        attempt.over(ProviderFailed("one: failed", "connection"))
    assert health.resting == 30


def test_a_time_that_the_provider_names_needs_no_trial(pass_time: Clock) -> None:
    """It said when to come back: then all may, unless it says so again."""
    health = Health(1, 30)
    failed(health, "rate-limit", 5)
    assert (health.attempt(), health.asked_off) == (None, 5)
    pass_time(5)
    assert health.attempt() is not None
    assert health.attempt() is not None
    assert health.asked_off is None


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7),
        ({"retry-after": "0"}, 0),
        ({"retry-after": "-3"}, 0),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "nan"}, 0),
        ({"retry-after": "7", "retry-after-ms": "250"}, 0.25),
        ({"retry-after": "7", "retry-after-ms": "x"}, 7),
        ({"retry-after": formatdate(time.time() + 3600, usegmt=True)}, 3600),
        ({"retry-after": formatdate(0, usegmt=True)}, 0),
    ],
)
def test_retry_after_is_a_number_or_a_date(headers: dict[str, str], seconds: float | None) -> None:
    """As RFC 9110 has it, and OpenAI's own header in milliseconds before it."""
    read = retry_after(headers)
    assert read == (None if seconds is None else pytest.approx(seconds, abs=1000 if seconds > 60 else 0))
