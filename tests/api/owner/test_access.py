"""What is the owner's alone: who comes in, who may read the figures, and how long keys may be tried."""

from base64 import b64encode
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.callers import Callers
from pipeline.config import ApiConfig
from pipeline.errors import ConfigError
from tests.conftest import config_for, serving

OWNER = "the-owner-s-own-secret"
BEARER = {"authorization": f"Bearer {OWNER}"}
FAR = {"x-forwarded-for": "203.0.113.9"}


@asynccontextmanager
async def client_of(site: Path, **api: Any) -> AsyncIterator[httpx.AsyncClient]:
    config = config_for(site, api={"memory": {"enabled": False}, **api})
    async with (
        serving(create_app(config)) as address,
        httpx.AsyncClient(base_url=address, timeout=60) as client,
    ):
        yield client


async def status(client: httpx.AsyncClient, headers: dict[str, str]) -> int:
    return (await client.get("/metrics", headers=headers)).status_code


@pytest.mark.parametrize("by", ["config", "environment"])
async def test_the_owner_comes_in_with_the_admin_key(
    site: Path, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a bearer token, or as the password that a browser asks for; nobody else does."""
    if by == "environment":
        monkeypatch.setenv("FINGERPOST_ADMIN_KEY", OWNER)
    async with client_of(site, metrics="admin", **({"admin_key": OWNER} if by == "config" else {})) as client:
        basic = "Basic " + b64encode(f"me:{OWNER}".encode()).decode()
        assert [await status(client, {"authorization": given}) for given in (f"Bearer {OWNER}", basic)] == [
            200,
            200,
        ]
        wrong = ("Bearer guess", "Bearer", "Basic !!", "Basic " + b64encode(b"\xff").decode(), OWNER)
        assert [await status(client, {"authorization": given}) for given in wrong] == [401] * 5
        assert await status(client, {}) == 401


async def test_without_an_admin_key_there_is_nothing_to_guess(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """404 for every key, the empty one too, however often."""
    monkeypatch.setenv("FINGERPOST_ADMIN_KEY", "")
    async with client_of(site, metrics="admin") as client:
        given = [{}, {"authorization": "Bearer"}, *[{"authorization": "Bearer x"}] * 12]
        assert {await status(client, headers) for headers in given} == {404}


async def test_keys_cannot_be_tried_for_long(site: Path) -> None:
    """After ten wrong ones an address is told to wait, even with the right one; others are not."""
    async with client_of(
        site, metrics="admin", admin_key=OWNER, limits=False, trusted_proxies=["127.0.0.1"]
    ) as client:
        tried = [await status(client, {**FAR, "authorization": f"Bearer {n}"}) for n in range(12)]
        assert tried == [401] * 10 + [429] * 2
        refused = await client.get("/metrics", headers={**FAR, **BEARER})
        assert (refused.status_code, refused.json()["code"]) == (429, "rate-limited")
        assert 50 < int(refused.headers["retry-after"]) <= 60
        assert await status(client, {"x-forwarded-for": "203.0.113.10", **BEARER}) == 200


def test_a_guessable_admin_key_is_refused() -> None:
    """Whatever counts guesses, the key must be long."""
    with pytest.raises(ConfigError, match="FINGERPOST_ADMIN_KEY: at least 16"):
        Callers(ApiConfig.model_validate({}), {"FINGERPOST_ADMIN_KEY": "short"})


ACCESS = {  # near, far, far with the admin key
    "local": (200, 401, 200),
    "admin": (401, 401, 200),
    "open": (200, 200, 200),
    "off": (404, 404, 404),
}


@pytest.mark.parametrize("access", ACCESS)
async def test_who_reads_the_figures(site: Path, access: str) -> None:
    """A scraper of the private network by default; whoever came through a proxy is a stranger."""
    async with client_of(site, metrics=access, admin_key=OWNER) as client:
        told = (await status(client, {}), await status(client, FAR), await status(client, {**FAR, **BEARER}))
    assert told == ACCESS[access]
