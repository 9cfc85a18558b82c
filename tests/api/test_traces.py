"""`api.traces`: spans as a real OTLP receiver gets them; and nothing at all without it."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request, Response
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from api.app import create_app
from tests.conftest import QUESTION, config_for, serving
from tests.fakes.openai_server import OpenAIServer, Reply, Status

BODY = {"messages": [{"role": "user", "content": QUESTION}]}
TRACE, PARENT = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"


class Receiver:
    """Takes traces by OTLP over HTTP, as a collector does."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.services: set[str] = set()
        self.app = FastAPI()
        self.app.post("/v1/traces")(self.take)

    async def take(self, request: Request) -> Response:
        sent = ExportTraceServiceRequest.FromString(await request.body())
        for resource in sent.resource_spans:
            values = {pair.key: pair.value.string_value for pair in resource.resource.attributes}
            self.services.add(values["service.name"])
            self.spans += [span for scope in resource.scope_spans for span in scope.spans]
        return Response()

    def named(self, name: str) -> list[Span]:
        return [span for span in self.spans if span.name == name]


def about(span: Span) -> dict[str, Any]:
    return {pair.key: getattr(pair.value, str(pair.value.WhichOneof("value"))) for pair in span.attributes}


@pytest.fixture
async def model() -> AsyncIterator[OpenAIServer]:
    async with OpenAIServer() as server:
        yield server


async def test_a_request_is_one_trace_of_its_steps(site: Path, model: OpenAIServer) -> None:
    """Retrieval with the embedding in it, each provider that was asked, the answer; no words of the reader."""
    receiver = Receiver()
    model.script(Status(500), Reply("Use pip [1].", usage=(3, 4)))
    providers = [{"name": name, "base_url": model.base_url, "model": "m"} for name in ("first", "second")]
    async with serving(receiver.app) as collector:
        api = {"traces": {"endpoint": f"{collector}/v1/traces"}, "memory": {"enabled": False}}
        app = create_app(config_for(site, llm={"providers": providers}, api=api))
        async with serving(app) as address, httpx.AsyncClient(base_url=address, timeout=60) as client:
            headers = {"traceparent": f"00-{TRACE}-{PARENT}-01", "x-request-id": "trial-1"}
            assert (await client.post("/v1/chat", json=BODY, headers=headers)).status_code == 200
            assert (await client.get("/nowhere", params={"q": QUESTION})).status_code == 404
            assert (await client.request("PROPFIND", "/healthz")).status_code == 405
    assert receiver.services == {"fingerpost"}
    [request] = receiver.named("POST /v1/chat")
    assert (request.trace_id.hex(), request.parent_span_id.hex()) == (TRACE, PARENT)
    told = about(request)
    assert (told["http.route"], told["http.response.status_code"]) == ("/v1/chat", 200)
    assert told["fingerpost.request_id"] == "trial-1"

    [retrieval], [embedding], [answer] = (receiver.named(n) for n in ("retrieval", "embedding", "answer"))
    asked = receiver.named("model")
    assert [about(span)["fingerpost.provider"] for span in asked] == ["first", "second"]
    assert [span.status.code == span.status.STATUS_CODE_ERROR for span in asked] == [True, False]
    assert embedding.parent_span_id == retrieval.span_id
    assert {span.parent_span_id for span in (retrieval, answer, *asked)} == {request.span_id}
    assert about(answer)["fingerpost.outcome"] == "answered"
    assert about(answer)["fingerpost.completion_tokens"] == 4
    for span in (retrieval, embedding, answer, *asked):
        assert span.start_time_unix_nano >= request.start_time_unix_nano
        assert span.end_time_unix_nano <= request.end_time_unix_nano
    assert len(receiver.named("GET unknown")) == 1
    assert len(receiver.named("other /healthz")) == 1  # whatever a client calls its method
    assert QUESTION not in str(receiver.spans)


async def test_a_collector_that_is_away_costs_no_answer(site: Path) -> None:
    """Answers go out as ever, and the server stops in time."""
    api = {"traces": {"endpoint": "http://127.0.0.1:1/v1/traces"}, "memory": {"enabled": False}}
    app = create_app(config_for(site, llm={"providers": []}, api=api))

    async def asked() -> int:
        async with serving(app) as address, httpx.AsyncClient(base_url=address, timeout=60) as client:
            return (await client.post("/v1/chat", json=BODY)).status_code

    assert await asyncio.wait_for(asked(), 60) == 200


def test_without_traces_the_library_is_not_loaded() -> None:
    """The application, whole, imports nothing of OpenTelemetry's SDK."""
    program = (
        "import sys, api.app; sys.exit(any(name.startswith('opentelemetry.sdk') for name in sys.modules))"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=Path(__file__).parent.parent.parent)
