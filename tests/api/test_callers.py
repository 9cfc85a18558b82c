"""Who may ask: addresses behind proxies, origins, keys, and the owner."""

import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from api.app import create_app
from api.callers import Caller, Callers, client_address
from api.problems import TurnedAway
from pipeline.config import ApiConfig
from pipeline.errors import ConfigError
from tests.conftest import QUESTION, config_for, serving

KEY = "fp_a-long-random-key"
KEYS = [{"name": "nightly", "sha256": hashlib.sha256(KEY.encode()).hexdigest()}]
OWNER = "the-owner-s-own-secret"
PAGE = "https://docs.example.com"
ASK = {"messages": [{"role": "user", "content": QUESTION}]}
NETWORKS = [ip_network("10.0.0.0/8"), ip_network("2001:db8:ffff::/48")]


def identified(config: dict[str, Any], headers: dict[str, str], peer: str | None = "192.0.2.1") -> Caller:
    return Callers(ApiConfig.model_validate(config), environ={}).identify(Headers(headers), peer)


def refusal(config: dict[str, Any], headers: dict[str, str]) -> str:
    with pytest.raises(TurnedAway) as caught:
        identified(config, headers)
    return caught.value.code


# --- addresses -----------------------------------------------------------------------------

ADDRESSES: dict[str, tuple[str | None, list[str], str]] = {
    "no proxy is trusted": ("192.0.2.1", ["203.0.113.9"], "192.0.2.1"),
    "one proxy": ("10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
    "what stands left of the first stranger may be made up": ("10.0.0.1", ["1.1.1.1, 203.0.113.9"], "203.0.113.9"),
    "a chain of two proxies": ("10.0.0.1", ["1.1.1.1, 203.0.113.9, 10.9.9.9"], "203.0.113.9"),
    "several header lines are one list": ("10.0.0.1", ["1.1.1.1", "203.0.113.9, 10.9.9.9"], "203.0.113.9"),
    "everybody is a proxy": ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
    "the proxy says nothing": ("10.0.0.1", [], "10.0.0.1"),
    "the proxy says nonsense": ("10.0.0.1", ["203.0.113.9, unknown"], "10.0.0.1"),
    "with a port": ("10.0.0.1", ["203.0.113.9:5555"], "203.0.113.9"),
    "IPv6 is counted by its /64": ("2001:db8:1:2:aaaa::1", [], "2001:db8:1:2::/64"),
    "IPv6 with a port, behind an IPv6 proxy": ("2001:db8:ffff::1", ["[2001:db8:1:2::9]:443"], "2001:db8:1:2::/64"),
    "IPv4 in IPv6 is IPv4": ("::ffff:192.0.2.1", [], "192.0.2.1"),
    "an IPv4 proxy seen through an IPv6 socket": ("::ffff:10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
    "a proxy of this machine on a Unix socket": (None, ["203.0.113.9"], "203.0.113.9"),
    "nobody can be named": (None, [], ""),
}  # fmt: skip


@pytest.mark.parametrize("case", ADDRESSES)
def test_the_address_is_counted_from_the_right(case: str) -> None:
    """The rightmost address that is no trusted proxy's; the rest is hearsay."""
    peer, forwarded, address = ADDRESSES[case]
    assert client_address(peer, forwarded, NETWORKS) == address


def test_without_trusted_proxies_the_header_is_not_read() -> None:
    """Nobody chooses his own address."""
    forwarded = {"x-forwarded-for": "203.0.113.9"}
    assert identified({}, forwarded).address == "192.0.2.1"
    assert identified({}, forwarded, peer=None).address == ""
    assert identified({"trusted_proxies": ["192.0.2.1"]}, forwarded).address == "203.0.113.9"


@given(made_up=st.text(max_size=60), true=st.ip_addresses(v=4, network="203.0.113.0/24"))
def test_a_client_cannot_choose_its_address(made_up: str, true: Any) -> None:
    """Whatever it writes into the header, its proxy's word stands right of it and counts."""
    assert client_address("10.0.0.1", [made_up, str(true)], NETWORKS) == str(true)


# --- origins and keys ----------------------------------------------------------------------

ALLOWED: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    "a program without a key": ({}, {}),
    "a listed site": ({"allowed_origins": [PAGE + "/"]}, {"origin": PAGE}),
    "every site": ({"allowed_origins": ["*"]}, {"origin": "https://evil.example"}),
    "the server's own page": ({}, {"origin": "http://127.0.0.1:8000", "host": "127.0.0.1:8000"}),
    "its own page, behind a proxy that changes Host": (
        {},
        {"origin": "https://ask.example.com", "host": "127.0.0.1:8000", "sec-fetch-site": "same-origin"},
    ),
    "a page, although programs need a key": (
        {"require_key": True, "keys": KEYS, "allowed_origins": [PAGE]},
        {"origin": PAGE},
    ),
    "any key when the server has none: OpenAI clients always send one": ({}, {"authorization": "Bearer x"}),
    "another scheme than Bearer is somebody else's": ({"keys": KEYS}, {"authorization": "Basic eDp5"}),
}


@pytest.mark.parametrize("case", ALLOWED)
def test_who_may_ask(case: str) -> None:
    """Listed pages, own pages, and programs as long as no key is required."""
    config, headers = ALLOWED[case]
    assert identified(config, headers) == Caller("192.0.2.1", headers.get("origin"))


def test_a_key_names_its_program_wherever_it_asks_from() -> None:
    """A key needs no origin, and the name of its scheme may be written in small letters."""
    config = {"keys": KEYS, "require_key": True}
    assert identified(config, {"authorization": f"Bearer {KEY}"}).key == "nightly"
    headers = {"authorization": f"bearer {KEY}", "origin": "app://desktop"}
    assert identified(config, headers) == Caller("192.0.2.1", "app://desktop", "nightly")


REFUSED: dict[str, tuple[dict[str, Any], dict[str, str], str]] = {
    "another site": ({"allowed_origins": [PAGE]}, {"origin": "https://evil.example"}, "origin-not-allowed"),
    "no site": ({}, {"origin": "null", "host": "127.0.0.1:8000"}, "origin-not-allowed"),
    "a site whose name begins alike": (
        {"allowed_origins": [PAGE]}, {"origin": PAGE + ".evil.example"}, "origin-not-allowed",
    ),
    "another site of the same domain": (
        {}, {"origin": "https://x.example.com", "sec-fetch-site": "same-site"}, "origin-not-allowed",
    ),
    "a wrong key": ({"keys": KEYS}, {"authorization": "Bearer fp_guess"}, "wrong-key"),
    "an empty key": ({"keys": KEYS}, {"authorization": "Bearer "}, "wrong-key"),
    "the hash instead of the key": (
        {"keys": KEYS}, {"authorization": f"Bearer {KEYS[0]['sha256']}"}, "wrong-key",
    ),
    "no key where keys are required": ({"keys": KEYS, "require_key": True}, {}, "key-required"),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_who_may_not_ask(case: str) -> None:
    """Each with the code that says why."""
    config, headers, code = REFUSED[case]
    assert refusal(config, headers) == code


BAD_CONFIG: dict[str, tuple[dict[str, Any], str]] = {
    "an origin with a path": ({"allowed_origins": ["https://x.example/docs"]}, "api.allowed_origins[0]"),
    "a network with bits too many": ({"trusted_proxies": ["10.0.0.1/8"]}, "api.trusted_proxies[0]"),
    "a key instead of its hash": ({"keys": [{"name": "a", "sha256": KEY}]}, "api.keys[0].sha256"),
    "two keys of one name": ({"keys": KEYS * 2}, "api: keys"),
    "a required key that nobody has": ({"require_key": True}, "api: require_key"),
    "a short admin key": ({"admin_key": "letmein"}, "api.admin_key"),
}


@pytest.mark.parametrize("case", BAD_CONFIG)
def test_what_cannot_be_meant_is_reported(case: str) -> None:
    """config.yaml is refused with the dotted key, and no secret is printed."""
    section, key = BAD_CONFIG[case]
    with pytest.raises(ConfigError) as caught:
        config_for(Path("/"), api=section)
    assert key in str(caught.value)
    assert KEY not in str(caught.value)
    assert "letmein" not in str(caught.value)


# --- over the wire -------------------------------------------------------------------------


@asynccontextmanager
async def client_of(site: Path, **api: Any) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        serving(create_app(config_for(site, api=api))) as address,
        httpx.AsyncClient(base_url=address) as client,
    ):
        yield client


@pytest.mark.parametrize(("path", "body"), [("/v1/chat", ASK), ("/v1/search", {"query": "palette"})])
async def test_routes_turn_away_before_anything_is_done(site: Path, path: str, body: dict[str, Any]) -> None:
    """401 and 403 as problems; the right key, and the server's own page, are answered."""
    async with client_of(site, keys=KEYS, require_key=True) as client:
        foreign = await client.post(path, json=body, headers={"origin": "https://evil.example"})
        assert (foreign.status_code, foreign.json()["code"]) == (403, "origin-not-allowed")
        wrong = await client.post(path, json=body, headers={"authorization": "Bearer fp_guess"})
        assert (wrong.status_code, wrong.json()["code"]) == (401, "wrong-key")
        assert wrong.headers["www-authenticate"] == "Bearer"
        assert (await client.post(path, json=body)).json()["code"] == "key-required"
        right = await client.post(path, json=body, headers={"authorization": f"Bearer {KEY}"})
        own = await client.post(path, json=body, headers={"origin": str(client.base_url).rstrip("/")})
        assert (right.status_code, own.status_code) == (200, 200)


async def test_clients_behind_one_proxy_are_counted_apart(site: Path) -> None:
    """Each by the address that the trusted proxy names, whatever the client wrote before it."""
    limits = {"per_client": ["1/hour"]}
    async with client_of(site, trusted_proxies=["127.0.0.1", "10.0.0.0/8"], limits=limits) as client:

        async def status(forwarded: str) -> int:
            headers = {"x-forwarded-for": forwarded}
            return (await client.post("/v1/search", json={"query": "palette"}, headers=headers)).status_code

        assert await status("203.0.113.1, 10.0.0.7") == 200
        assert await status("203.0.113.2, 10.0.0.7") == 200
        assert await status("198.51.100.9, 203.0.113.1, 10.0.0.7") == 429


async def test_health_is_for_everybody(site: Path) -> None:
    """Checks come without a key, and from any page."""
    async with client_of(site, keys=KEYS, require_key=True) as client:
        for path in ("/healthz", "/readyz", "/"):
            assert (await client.get(path, headers={"origin": "https://evil.example"})).status_code == 200
