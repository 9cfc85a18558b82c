"""`/metrics`, request ids and the one log event of a request."""

import json
import logging
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from prometheus_client.parser import text_string_to_metric_families

from api import logs
from api.app import create_app
from api.callers import Callers
from api.exchange import Exchange, current
from api.metrics import Metrics
from pipeline.config.memory import LogConfig
from tests.conftest import QUESTION, config_for, serving
from tests.fakes.openai_server import Cut, Hang, OpenAIServer, Reply, Status

JSON = {"accept": "application/json"}


def asked(text: str = QUESTION) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text}]}


@pytest.fixture
async def model() -> AsyncIterator[OpenAIServer]:
    async with OpenAIServer() as server:
        yield server


@pytest.fixture
async def client(site: Path, model: OpenAIServer) -> AsyncIterator[httpx.AsyncClient]:
    providers = [{"name": "scripted", "base_url": model.base_url, "timeout": 5, "idle_timeout": 5}]
    config = config_for(site, llm={"providers": providers})
    async with serving(create_app(config)) as address, httpx.AsyncClient(base_url=address) as client:
        yield client


class Told(logging.Handler):
    """Keeps the events of requests."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.records: list[logging.LogRecord] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.records.append(record)

    def event(self, route: str) -> dict[str, Any]:
        """The one event of this route."""
        [event] = [r.event for r in self.records if r.event["route"] == route]  # type: ignore[attr-defined]
        return dict(event)


@pytest.fixture
def told() -> Iterator[Told]:
    logger, handler = logging.getLogger("api.requests"), Told()
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield handler
    logger.removeHandler(handler)
    logger.setLevel(logging.NOTSET)


def figures(text: str) -> dict[str, float]:
    """`name{label=value,...}` to its value."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(f"{key}={value}" for key, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}"] = sample.value
    return found


async def read(client: httpx.AsyncClient) -> dict[str, float]:
    response = await client.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    return figures(response.text)


# --- figures -------------------------------------------------------------------------------


async def test_answers_tokens_and_times_are_counted(client: httpx.AsyncClient, model: OpenAIServer) -> None:
    """By outcome and mode, whichever form the answer is asked for in."""
    model.script(Reply("Use pip [1]."), Reply("Use pip [1]."), Reply("NOT_IN_DOCS"))
    await client.post("/v1/chat", json=asked())
    answer = (await client.post("/v1/chat", json=asked(), headers=JSON)).json()
    await client.post("/v1/chat", json=asked())
    found = await read(client)
    assert found["fingerpost_answers_total{mode=model,outcome=answered}"] == 2
    assert found["fingerpost_answers_total{mode=model,outcome=refused}"] == 1
    assert found["fingerpost_first_token_seconds_count{mode=model}"] == 2
    assert found["fingerpost_answer_seconds_count{mode=model}"] == 3
    assert found["fingerpost_retrieval_seconds_count{}"] == 3
    model_name = answer["model"]
    assert found[f"fingerpost_tokens_total{{kind=prompt,model={model_name}}}"] > 0
    assert found["fingerpost_requests_total{method=POST,route=/v1/chat,status=200}"] == 3
    assert found["fingerpost_streams{}"] == 0
    assert found["fingerpost_memory_dropped_total{}"] == 0
    assert found["fingerpost_index_pages{}"] == 3
    assert [key for key in found if key.startswith("fingerpost_index_info{revision=2")]


async def test_answers_that_break_off_or_are_left_are_counted(
    client: httpx.AsyncClient, model: OpenAIServer
) -> None:
    """`failed` with its code; `abandoned` when the reader hangs up; no stream is left over."""
    model.script(Cut(2), Hang("between-tokens"))
    await client.post("/v1/chat", json=asked())
    async with client.stream("POST", "/v1/chat", json=asked()) as response:
        async for line in response.aiter_lines():
            if "text-delta" in line:
                assert (await read(client))["fingerpost_streams{}"] == 1
                break
    await model.deserted()
    found = await read(client)
    assert found["fingerpost_answers_total{mode=,outcome=failed}"] == 1
    assert found["fingerpost_answer_failures_total{code=model}"] == 1
    assert found["fingerpost_answers_total{mode=,outcome=abandoned}"] == 1
    assert found["fingerpost_streams{}"] == 0


async def test_a_provider_that_fails_is_counted_and_its_rest_is_shown(
    client: httpx.AsyncClient, model: OpenAIServer
) -> None:
    """By name and kind in /metrics, as a rest in /readyz; the server still answers, from the docs."""
    model.script(Status(401))
    assert (await client.post("/v1/chat", json=asked(), headers=JSON)).json()["outcome"] == "degraded"
    assert (await client.post("/v1/chat", json=asked(), headers=JSON)).json()["outcome"] == "degraded"
    assert len(model.requests) == 1
    found = await read(client)
    assert found["fingerpost_provider_errors_total{kind=key,provider=scripted}"] == 1
    assert 20 < found["fingerpost_provider_resting_seconds{provider=scripted}"] <= 30
    ready = await client.get("/readyz")
    [provider] = ready.json()["parts"]["model"]["providers"]
    assert 20 < provider["resting"] <= 30
    assert (ready.status_code, provider["name"], provider["lastFailure"]) == (200, "scripted", "key")


async def test_votes_are_counted(client: httpx.AsyncClient) -> None:
    """Up and down."""
    message = (await client.post("/v1/chat", json=asked(), headers=JSON)).json()["messageId"]
    await client.post("/v1/feedback", json={"messageId": message, "thumbs": 0})
    assert (await read(client))["fingerpost_votes_total{thumbs=down}"] == 1


async def test_what_strangers_send_makes_no_new_series(client: httpx.AsyncClient) -> None:
    """Paths and methods that do not exist are counted together."""
    for number in range(5):
        await client.request("PROPFIND", f"/nothing/{number}")
    found = await read(client)
    assert found["fingerpost_requests_total{method=other,route=unknown,status=404}"] == 5


def test_workers_add_up_in_multiprocess_mode(tmp_path: Path) -> None:
    """With PROMETHEUS_MULTIPROC_DIR any worker tells the figures of all."""
    program = (
        "import sys\n"
        "from api.metrics import Metrics\n"
        "metrics = Metrics()\n"
        "metrics.answers.labels('answered', 'model').inc()\n"
        "metrics.streams.inc()\n"
        "sys.stdout.write(metrics.exposition(lambda: ('r1', 3)).decode())\n"
    )
    environ = {**os.environ, "PROMETHEUS_MULTIPROC_DIR": str(tmp_path)}
    told = ""
    for _ in range(2):
        told = subprocess.run(
            [sys.executable, "-c", program], env=environ, capture_output=True, text=True, check=True
        ).stdout
    found = figures(told)
    assert found["fingerpost_answers_total{mode=model,outcome=answered}"] == 2
    assert found["fingerpost_index_info{revision=r1}"] == 1


def test_an_index_that_is_no_longer_served_vanishes() -> None:
    """Only the present revision is told."""
    metrics = Metrics()
    metrics.exposition(lambda: ("old", 1))
    assert "old" not in metrics.exposition(lambda: ("new", 2)).decode()
    assert "index_info" not in metrics.exposition(lambda: None).decode()


# --- request ids and events ----------------------------------------------------------------


async def test_each_response_carries_its_id(client: httpx.AsyncClient) -> None:
    """The caller's own when it can stand in a log, else a new one."""
    given = await client.get("/healthz", headers={"x-request-id": "abc-1.2_3"})
    assert given.headers["x-request-id"] == "abc-1.2_3"
    for bad in ("a b", "x" * 65, "a\tb", ""):
        made = (await client.get("/healthz", headers={"x-request-id": bad})).headers["x-request-id"]
        assert made != bad
        assert len(made) == 16
    assert (await client.get("/nothing")).headers["x-request-id"]


async def test_one_event_a_request_without_keys_or_questions(client: httpx.AsyncClient, told: Told) -> None:
    """Route, status, outcome and times; nothing of what was said, nothing of who may ask."""
    headers = {"authorization": "Bearer sk-secret", "x-request-id": "r-1"}
    await client.post("/v1/chat?token=sk-secret", json=asked(), headers=headers)
    await client.get("/metrics")  # the event of the stream is written before the next request is answered
    event = told.event("/v1/chat")
    assert (event["request_id"], event["status"], event["outcome"]) == ("r-1", 200, "answered")
    assert event.keys() >= {
        "ms",
        "retrieval_ms",
        "first_token_ms",
        "total_ms",
        "revision",
        "mode",
        "message_id",
    }
    said = "".join(
        formatter.format(record) for record in told.records for formatter in (logs.JsonLines(), logs.Lines())
    )
    assert "sk-secret" not in said
    assert QUESTION not in said


async def test_the_question_is_in_the_event_when_it_is_wanted(site: Path, told: Told) -> None:
    """`api.log.questions: true`."""
    app = create_app(config_for(site, api={"log": {"questions": True}}))
    async with serving(app) as address, httpx.AsyncClient(base_url=address) as client:
        await client.post("/v1/chat", json=asked(), headers=JSON)
    assert told.event("/v1/chat")["question"] == QUESTION


async def test_what_is_refused_before_an_answer_is_an_event_too(
    client: httpx.AsyncClient, told: Told
) -> None:
    """A bad request has its route and status."""
    await client.post("/v1/chat", json={"messages": []})
    event = told.event("/v1/chat")
    assert event["status"] == 400
    assert "outcome" not in event


def test_both_forms_say_the_same() -> None:
    """JSON lines for machines, one line for people; records in between carry the request's id."""
    record = logging.LogRecord("pipeline.x", logging.WARNING, "f", 1, 'a "%s"\nb', ("word",), None)
    callers = Callers(config_for(Path("/")).api, {})
    token = current.set(Exchange("r-9", {"type": "http", "headers": []}, callers))
    told = json.loads(logs.JsonLines().format(record))
    line = logs.Lines().format(record)
    current.reset(token)
    assert (told["message"], told["level"], told["request_id"]) == ('a "word"\nb', "warning", "r-9")
    assert told["time"].endswith("+00:00")
    assert line.endswith("request_id=r-9")


def test_the_log_goes_to_stderr_in_the_form_that_was_chosen() -> None:
    """`install` sets up a process: our records at INFO, others' at WARNING, all in one form."""
    program = (
        "import logging\n"
        "from api import logs\n"
        "from pipeline.config.memory import LogConfig\n"
        "logs.install(LogConfig(format='json'))\n"
        "logging.getLogger('httpx').info('https://secret')\n"
        "logging.getLogger('api.requests').info('request', extra={'event': {'status': 200}})\n"
    )
    told = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    [line] = told.stderr.splitlines()
    assert json.loads(line)["status"] == 200
    assert LogConfig().format == "text"
