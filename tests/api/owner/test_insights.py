"""What the owner is told over HTTP, and the page that shows it."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from api.app import create_app
from pipeline.config import Config
from tests.api.memory_databases import KINDS, fresh_url
from tests.api.owner.test_access import BEARER, FAR, OWNER
from tests.conftest import QUESTION, config_for, serving
from tests.fakes.openai_server import OpenAIServer, Reply

ROUTES = ("/v1/insights", "/v1/insights/drafts")


@pytest.fixture
async def model() -> AsyncIterator[OpenAIServer]:
    async with OpenAIServer() as scripted:
        yield scripted


@pytest.fixture(params=KINDS)
async def config(request: pytest.FixtureRequest, site: Path, tmp_path: Path, model: OpenAIServer) -> Config:
    price = {"prompt": 1_000_000, "completion": 0}
    providers = [{"name": "scripted", "base_url": model.base_url, "model": "m", "price": price}]
    url = await fresh_url(request.param, tmp_path, request)
    return config_for(site, llm={"providers": providers}, api={"memory": {"url": url}, "admin_key": OWNER})


@pytest.fixture
def app(config: Config) -> FastAPI:
    return create_app(config)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(app) as address, httpx.AsyncClient(base_url=address, timeout=60) as client:
        yield client


async def ask(client: httpx.AsyncClient, text: str) -> dict[str, Any]:
    body = {"messages": [{"role": "user", "content": text}]}
    return dict((await client.post("/v1/chat", json=body, headers={"accept": "application/json"})).json())


async def test_the_owner_is_told_what_was_asked(
    client: httpx.AsyncClient, app: FastAPI, model: OpenAIServer
) -> None:
    """Counts, groups with what readers said, pages cited and never found, tokens with their cost, providers."""
    model.script(Reply("Use pip [1].", usage=(3, 4)), Reply("NOT_IN_DOCS"), Reply("NOT_IN_DOCS"))
    answer = await ask(client, QUESTION)
    for text in ("What does it cost?", "what does it cost"):
        await ask(client, text)
    vote = {"messageId": answer["messageId"], "thumbs": 0, "tags": ["outdated"], "notes": "<b>old</b>"}
    await client.post("/v1/feedback", json=vote)
    await app.state.memory.flush()
    told = (await client.get("/v1/insights", headers=BEARER)).json()
    assert (told["questions"], told["endings"]) == (3, {"answered": 1, "refused": 2})
    assert [(group["question"], group["times"]) for group in told["refused"]] == [("what does it cost", 2)]
    [down] = told["down_voted"]
    assert (down["question"], down["tags"], down["notes"]) == (QUESTION, ["outdated"], ["<b>old</b>"])
    assert told["cited_pages"] == [["https://docs.example.com/docs/intro", 1]]
    found = {source["url"].partition("#")[0] for source in answer["sources"]}
    assert found.isdisjoint(told["unfound_pages"])
    [tokens] = told["tokens"]
    assert (tokens["model"], tokens["answers"]) == ("m", 3)
    assert tokens["cost"] >= 3
    assert told["providers"] == [{"name": "scripted", "resting": 0.0}]
    assert told["revision"] == answer["revision"]
    assert datetime.fromisoformat(told["since"]).tzinfo == UTC

    drafts = await client.get("/v1/insights/drafts", headers=BEARER)
    assert drafts.headers["content-disposition"] == 'attachment; filename="drafts.jsonl"'
    cases = [json.loads(line) for line in drafts.text.splitlines()]
    assert [(case["question"], case["expect"]) for case in cases] == [
        ("what does it cost", "refuse"), (QUESTION, "answer"),
    ]  # fmt: skip


@pytest.mark.parametrize("route", ROUTES)
async def test_it_is_the_owner_s_alone(site: Path, route: str) -> None:
    """Near or far: 401 without the key, 400 for days that are none, 404 where nothing is remembered."""
    for enabled, status in ((True, 200), (False, 404)):
        memory = {"enabled": enabled, "url": "sqlite+aiosqlite:///insights.db"}
        config = config_for(site, llm={"providers": []}, api={"memory": memory, "admin_key": OWNER})
        async with (
            serving(create_app(config)) as address,
            httpx.AsyncClient(base_url=address, timeout=60) as client,
        ):
            for headers in ({}, FAR, {"authorization": "Bearer guess"}):
                response = await client.get(route, headers=headers)
                assert (response.status_code, response.json()["code"]) == (401, "wrong-key")
            assert (await client.get(route, headers=BEARER)).status_code == status
            wrong = await client.get(route, params={"days": 0}, headers=BEARER)
            assert wrong.json()["code"] == "invalid-request"


async def test_the_page_is_empty_until_the_key_comes(site: Path) -> None:
    """No figure and no foreign address in it, and a policy that lets nothing else in."""
    app = create_app(config_for(site, api={"memory": {"enabled": False}, "admin_key": OWNER}))
    async with serving(app) as address, httpx.AsyncClient(base_url=address, timeout=60) as client:
        page = await client.get("/admin")
        assert page.status_code == 200
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert page.headers["cache-control"] == "no-store"
        assert "Widgetry" in page.text
        assert "//" not in page.text
        assert OWNER not in page.text
