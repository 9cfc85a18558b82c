"""`POST /v1/feedback`: one vote a message, only on messages that this server gave out."""

import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from sqlalchemy import select

from api.app import create_app
from api.memory import tables
from api.memory.database import open_engine
from pipeline.config import Config
from tests.api.memory_databases import KINDS, fresh_url
from tests.conftest import QUESTION, config_for, serving

JSON = {"accept": "application/json"}
REFUSED = "Who won the 1998 World Cup?"


@pytest.fixture(params=KINDS)
async def config(request: pytest.FixtureRequest, site: Path, tmp_path: Path) -> Config:
    """The site's configuration with an empty memory, in each kind of database in turn."""
    return config_for(site, api={"memory": {"url": await fresh_url(request.param, tmp_path, request)}})


@pytest.fixture
def app(config: Config) -> FastAPI:
    return create_app(config)


@pytest.fixture
async def client(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    async with serving(app) as address, httpx.AsyncClient(base_url=address) as client:
        yield client


async def ask(client: httpx.AsyncClient, text: str = QUESTION) -> str:
    """The id of an answer to `text`."""
    body = {"messages": [{"role": "user", "content": text}]}
    return str((await client.post("/v1/chat", json=body, headers=JSON)).json()["messageId"])


async def rows(app: FastAPI, config: Config, table: Any) -> list[Any]:
    """What the database holds once everything is written."""
    await app.state.memory.flush()
    engine = open_engine(config.api.memory)
    async with engine.connect() as db:
        found = list(await db.execute(select(table)))
    await engine.dispose()
    return found


async def test_a_vote_is_kept_and_a_second_one_replaces_it(
    client: httpx.AsyncClient, app: FastAPI, config: Config
) -> None:
    """204 for both; one row, the later one."""
    message = await ask(client)
    first = await client.post("/v1/feedback", json={"messageId": message, "thumbs": 1})
    more = {"thumbs": 0, "tags": ["outdated"], "notes": "It says 1.0 \x00."}
    second = await client.post("/v1/feedback", json={"messageId": message, **more})
    assert (first.status_code, first.content, second.status_code) == (204, b"", 204)
    [vote] = await rows(app, config, tables.votes)
    assert (vote.thumbs, vote.tags, vote.notes) == (0, ["outdated"], "It says 1.0 .")
    [answer] = await rows(app, config, tables.answers)
    assert answer.message_id == vote.message_id


async def test_ids_are_signed_and_nothing_else_can_be_voted_on(client: httpx.AsyncClient) -> None:
    """A made-up or changed id is 400 `unknown-message`."""
    message = await ask(client)
    plain, _, signature = message.rpartition(".")
    assert plain.startswith("msg_")
    assert signature
    for bad in (plain, message[:-1], f"msg_{'0' * 32}.{signature}", "", "x" * 200):
        response = await client.post("/v1/feedback", json={"messageId": bad, "thumbs": 1})
        assert (response.status_code, response.json()["code"]) == (400, "unknown-message")


@pytest.mark.parametrize(
    "body",
    [
        {"thumbs": 2}, {"thumbs": -1}, {"thumbs": "up"}, {}, {"thumbs": 1, "tags": ["a b"]},
        {"thumbs": 1, "tags": ["a"] * 11}, {"thumbs": 1, "notes": "x" * 2_001},
    ],
)  # fmt: skip
async def test_a_vote_has_its_form(site: Path, body: dict[str, Any]) -> None:
    """Anything else is 400 `invalid-request`."""
    app = create_app(config_for(site))
    async with serving(app) as address, httpx.AsyncClient(base_url=address) as client:
        response = await client.post("/v1/feedback", json={"messageId": await ask(client), **body})
    assert (response.status_code, response.json()["code"]) == (400, "invalid-request")


async def test_every_answer_is_remembered_with_what_came_of_it(
    client: httpx.AsyncClient, app: FastAPI, config: Config
) -> None:
    """Question, outcome, sections and times; the address only as a hash."""
    await ask(client)
    await ask(client, REFUSED)
    answered, refused = sorted(await rows(app, config, tables.answers), key=lambda row: row.ending)
    assert (answered.question, answered.ending, answered.mode) == (QUESTION, "answered", "extractive")
    assert (refused.question, refused.ending) == (REFUSED, "refused")
    assert answered.client == refused.client != ""
    assert "127.0.0.1" not in answered.client
    assert answered.total_ms >= answered.retrieval_ms > 0
    cited = [row.url for row in await rows(app, config, tables.found_sections) if row.cited]
    assert cited[0] == "https://docs.example.com/docs/intro#installation"


async def test_without_a_memory_answers_go_on_and_votes_are_told_so(site: Path) -> None:
    """404 `memory-off`; ids carry no signature."""
    app = create_app(config_for(site, api={"memory": {"enabled": False}}))
    async with serving(app) as address, httpx.AsyncClient(base_url=address) as client:
        message = await ask(client)
        response = await client.post("/v1/feedback", json={"messageId": message, "thumbs": 1})
    assert "." not in message
    assert (response.status_code, response.json()["code"]) == (404, "memory-off")


async def test_a_database_that_is_away_breaks_no_answer(site: Path, tmp_path: Path) -> None:
    """Answers come as ever; a vote is 503 `memory` with Retry-After."""
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    app = create_app(config_for(site, api={"memory": {"url": f"sqlite+aiosqlite:///{blocked}/m.db"}}))
    async with serving(app) as address, httpx.AsyncClient(base_url=address) as client:
        message = await ask(client)
        response = await client.post("/v1/feedback", json={"messageId": message, "thumbs": 1})
    assert (response.status_code, response.json()["code"]) == (503, "memory")
    assert int(response.headers["retry-after"]) > 0


async def test_questions_stay_unwritten_when_they_should(site: Path, tmp_path: Path) -> None:
    """`log_questions: false`: the row is there, the words are not."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'm.db'}"
    config = config_for(site, api={"memory": {"url": url, "log_questions": False}})
    app = create_app(config)
    async with serving(app) as address, httpx.AsyncClient(base_url=address) as client:
        await ask(client)
        [row] = await rows(app, config, tables.answers)
    assert (row.question, row.ending) == (None, "answered")
    held = b"".join(
        (tmp_path / name).read_bytes() for name in sorted(os.listdir(tmp_path)) if name != "m.db.lock"
    )
    assert QUESTION.encode() not in held


async def test_every_wire_is_remembered(site: Path, tmp_path: Path) -> None:
    """An answer in OpenAI's form is recorded as one in ours is."""
    config = config_for(site, api={"memory": {"url": f"sqlite+aiosqlite:///{tmp_path / 'm.db'}"}})
    app = create_app(config)
    body = {"model": "fingerpost", "messages": [{"role": "user", "content": QUESTION}]}
    async with serving(app) as address, httpx.AsyncClient(base_url=address) as client:
        assert (await client.post("/v1/chat/completions", json=body)).status_code == 200
        assert (await client.post("/v1/chat/completions", json={**body, "stream": True})).status_code == 200
        assert [row.ending for row in await rows(app, config, tables.answers)] == ["answered"] * 2
