"""`api.challenge`: solved once, then a pass; verified by a real HTTP server that stands in for the provider."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI, Request

from api.app import create_app
from api.challenge import open_challenge
from pipeline.config.callers import ChallengeConfig
from pipeline.errors import ConfigError
from tests.api.test_callers import KEY, KEYS
from tests.conftest import QUESTION, config_for, serving

PAGE = "https://docs.example.com"
SECRET = "the-provider-s-secret"
BODY = {"messages": [{"role": "user", "content": QUESTION}]}


class Provider:
    """Verifies as Turnstile and hCaptcha do: each token once, for whoever knows the secret."""

    def __init__(self) -> None:
        self.tokens: set[str] = set()
        self.asked: list[dict[str, Any]] = []
        self.status = 200
        self.app = FastAPI()
        self.app.post("/siteverify")(self.verify)

    async def verify(self, request: Request) -> Any:
        form = dict([pair.split("=", 1) for pair in (await request.body()).decode().split("&")])
        self.asked.append(form)
        if self.status != 200:
            return httpx.Response(self.status).json()  # raises: a 500
        good = form["secret"] == SECRET and form["response"] in self.tokens
        self.tokens.discard(form["response"])
        return {"success": good, "error-codes": [] if good else ["timeout-or-duplicate"]}


@pytest.fixture
def provider() -> Provider:
    return Provider()


@asynccontextmanager
async def challenged(site: Path, verify_url: str, **api: Any) -> AsyncIterator[httpx.AsyncClient]:
    challenge = {"provider": "turnstile", "site_key": "0x4AAA", "secret": SECRET, "verify_url": verify_url}
    origins = {"allowed_origins": [PAGE], "memory": {"enabled": False}, "trusted_proxies": ["127.0.0.1"]}
    config = config_for(site, api={"challenge": challenge, **origins, **api})
    headers = {"origin": PAGE, "x-forwarded-for": "203.0.113.1"}
    async with (
        serving(create_app(config)) as address,
        httpx.AsyncClient(base_url=address, headers=headers, timeout=60) as client,
    ):
        yield client


@pytest.fixture
async def client(site: Path, provider: Provider) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        serving(provider.app) as address,
        challenged(site, f"{address}/siteverify", keys=KEYS) as client,
    ):
        yield client


async def ask(client: httpx.AsyncClient, headers: dict[str, str]) -> httpx.Response:
    return await client.post("/v1/chat", json=BODY, headers=headers)


async def test_one_challenge_is_enough_for_a_conversation(
    client: httpx.AsyncClient, provider: Provider
) -> None:
    """Told what to show, then a token for a pass, then the pass alone; the provider is asked once."""
    refused = await ask(client, {})
    assert (refused.status_code, refused.json()["code"]) == (403, "challenge-required")
    assert refused.json()["challenge"] == {"provider": "turnstile", "siteKey": "0x4AAA"}
    provider.tokens.add("solved")
    first = await ask(client, {"x-fingerpost-challenge": "solved"})
    assert first.status_code == 200
    assert "x-fingerpost-pass" in first.headers["access-control-expose-headers"].lower()
    given = {"x-fingerpost-pass": first.headers["x-fingerpost-pass"]}
    second = await ask(client, given)
    assert (second.status_code, "x-fingerpost-pass" in second.headers) == (200, False)
    assert (await client.post("/v1/search", json={"query": "install"}, headers=given)).status_code == 200
    assert len(provider.asked) == 1
    assert provider.asked[0]["sitekey"] == "0x4AAA"


async def test_neither_token_nor_pass_can_be_made_up_or_shared(
    client: httpx.AsyncClient, provider: Provider
) -> None:
    """A used or wrong token, a changed pass, and a pass from another address ask for a new challenge."""
    provider.tokens.add("solved")
    given = (await ask(client, {"x-fingerpost-challenge": "solved"})).headers["x-fingerpost-pass"]
    tries = [
        {"x-fingerpost-challenge": "solved"},
        {"x-fingerpost-challenge": "guessed"},
        {"x-fingerpost-challenge": "x" * 5000},
        {"x-fingerpost-pass": given[:-2]},
        {"x-fingerpost-pass": "a.b.c"},
        {"x-fingerpost-pass": given, "x-forwarded-for": "203.0.113.2"},
    ]
    codes = [(await ask(client, headers)).json()["code"] for headers in tries]
    assert codes == ["challenge-required"] * len(tries)
    assert (await ask(client, {"x-fingerpost-pass": given})).status_code == 200


async def test_who_has_a_key_and_who_asks_nothing_is_not_challenged(client: httpx.AsyncClient) -> None:
    """Programs use their key; health checks and the model list are for everybody."""
    assert (await ask(client, {"authorization": f"Bearer {KEY}"})).status_code == 200
    assert (await client.get("/healthz")).status_code == 200
    assert (await client.get("/v1/models")).status_code == 200


async def test_a_provider_that_is_away_is_said_to_be(client: httpx.AsyncClient, provider: Provider) -> None:
    """503 with a time to come back; nobody gets in for it."""
    provider.status = 500
    response = await ask(client, {"x-fingerpost-challenge": "solved"})
    assert (response.status_code, response.json()["code"]) == (503, "challenge-unavailable")
    assert response.headers["retry-after"]


async def test_a_pass_ends(site: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    """After `valid_for` seconds it is a challenge's turn again."""
    async with serving(provider.app) as address, challenged(site, f"{address}/siteverify") as client:
        provider.tokens.add("solved")
        given = (await ask(client, {"x-fingerpost-challenge": "solved"})).headers["x-fingerpost-pass"]
        monkeypatch.setattr("itsdangerous.timed.time.time", lambda: 4102444800)  # the year 2100
        assert (await ask(client, {"x-fingerpost-pass": given})).json()["code"] == "challenge-required"


async def test_a_challenge_without_its_secret_is_said_at_the_start() -> None:
    """From the configuration or from the environment, but from somewhere."""
    config = ChallengeConfig(provider="hcaptcha", site_key="k")
    with pytest.raises(ConfigError, match="FINGERPOST_CHALLENGE_SECRET"):
        async with open_challenge(config, environ={}):
            pass
    async with open_challenge(config, environ={"FINGERPOST_CHALLENGE_SECRET": "x"}) as challenge:
        assert challenge is not None
