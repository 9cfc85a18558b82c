"""Bad input and missing parts: the proper status, a stable code, a message that helps."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.page import STATIC
from api.problems import PROBLEMS
from tests.conftest import QUESTION, config_for, serving, write_site


@pytest.fixture
async def client(site: Path) -> AsyncIterator[httpx.AsyncClient]:
    async with (
        serving(create_app(config_for(site))) as address,
        httpx.AsyncClient(base_url=address) as client,
    ):
        yield client


def ask(text: str, **more: Any) -> dict[str, Any]:
    return {"messages": [{"role": "user", "content": text}], **more}


CASES: dict[str, tuple[dict[str, Any], str]] = {
    "an empty question": ({"json": ask("  ")}, "empty-question"),
    "a last message that is not the reader's": (
        {"json": {"messages": [{"role": "assistant", "content": "hi"}]}},
        "empty-question",
    ),
    "a question of 100,000 characters": ({"json": ask("a" * 100_000)}, "question-too-long"),
    "malformed JSON": (
        {"content": b'{"messages": [', "headers": {"content-type": "application/json"}},
        "malformed-json",
    ),
    "no messages": ({"json": {"messages": []}}, "invalid-request"),
    "a wrong type": ({"json": {"messages": "hi"}}, "invalid-request"),
    "an unknown version": ({"json": ask(QUESTION, filter={"version": "99"})}, "unknown-version"),
    "an unknown language": ({"json": ask(QUESTION, filter={"language": "xx"})}, "unknown-language"),
    "a lone surrogate": (
        {
            "content": b'{"messages":[{"role":"user","content":"\\ud800"}]}',
            "headers": {"content-type": "application/json"},
        },
        "invalid-request",
    ),
    "a body of 2 MB": ({"content": b" " * (2 << 20)}, "body-too-large"),
}


@pytest.mark.parametrize("case", CASES)
async def test_bad_input(client: httpx.AsyncClient, case: str) -> None:
    """Each is a problem document with its code, and the next question is answered."""
    request, code = CASES[case]
    response = await client.post("/v1/chat", **request)
    problem = response.json()
    assert (response.status_code, problem["code"], problem["status"]) == (
        PROBLEMS[code][0], code, response.status_code,
    )  # fmt: skip
    assert response.headers["content-type"] == "application/problem+json"
    assert problem["detail"]
    assert (await client.post("/v1/chat", json=ask(QUESTION))).status_code == 200


async def test_an_undeclared_body_of_2_mb(client: httpx.AsyncClient) -> None:
    """A chunked body says no length: it is counted."""

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(32):
            yield b" " * (1 << 16)

    response = await client.post("/v1/chat", content=chunks(), headers={"content-type": "application/json"})
    assert (response.status_code, response.json()["code"]) == (413, "body-too-large")


async def test_an_unknown_version_names_the_known_ones(client: httpx.AsyncClient) -> None:
    """The way out is in the message."""
    response = await client.post("/v1/chat", json=ask(QUESTION, filter={"version": "99"}))
    assert "current" in response.json()["detail"]


async def test_unknown_routes_and_methods_are_problems_too(client: httpx.AsyncClient) -> None:
    """No answer of the server is of another form."""
    assert (await client.get("/v1/nothing")).json()["code"] == "not-found"
    assert (await client.get("/v1/chat")).json()["code"] == "method-not-allowed"


async def test_without_an_index_the_server_starts_and_says_what_to_do(tmp_path: Path) -> None:
    """503 with Retry-After, /healthz alive, /readyz not ready."""
    config = config_for(write_site(tmp_path))
    async with serving(create_app(config)) as address, httpx.AsyncClient(base_url=address) as client:
        response = await client.post("/v1/chat", json=ask(QUESTION))
        assert (response.status_code, response.json()["code"]) == (503, "no-index")
        assert int(response.headers["retry-after"]) > 0
        assert "python -m ingest" in response.json()["detail"]
        assert (await client.get("/healthz")).status_code == 200
        ready = await client.get("/readyz")
        assert (ready.status_code, ready.json()["parts"]["index"]["code"]) == (503, "no-index")


async def test_ready_says_what_is_served(client: httpx.AsyncClient) -> None:
    """Revision, pages and who answers."""
    parts = (await client.get("/readyz")).json()["parts"]
    assert parts["index"]["pages"] == 3
    assert parts["model"] == {"ok": True, "mode": "extractive", "providers": []}


async def test_the_page_is_served_with_the_site_s_name_and_a_strict_policy(client: httpx.AsyncClient) -> None:
    """No placeholder is left, nothing from elsewhere can be loaded."""
    page = await client.get("/")
    assert "Widgetry" in page.text
    assert "{{" not in page.text
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert (await client.get("/static/chat.js")).status_code == 200


async def test_the_embed_is_served_where_it_was_built(client: httpx.AsyncClient) -> None:
    """It is not in git: a checkout has it after `make embed`, and before that the answer says so."""
    script = await client.get("/embed.js")
    if not (STATIC / "embed.js").exists():
        assert (script.status_code, script.json()["code"]) == (404, "not-found")
        assert "make embed" in script.json()["detail"]
        return
    assert script.headers["content-type"].startswith("text/javascript")
    assert script.headers["content-encoding"] == "gzip"
    again = await client.get("/embed.js", headers={"if-none-match": script.headers["etag"]})
    plain = await client.get("/embed.js", headers={"accept-encoding": "identity"})
    assert (again.status_code, plain.text) == (304, script.text)


async def test_other_sites_may_ask_only_when_allowed(site: Path) -> None:
    """CORS follows `api.allowed_origins`."""
    config = config_for(site, api={"allowed_origins": ["https://docs.example.com"]})
    preflight = {"access-control-request-method": "POST", "access-control-request-headers": "content-type"}
    async with serving(create_app(config)) as address, httpx.AsyncClient(base_url=address) as client:
        good = await client.options("/v1/chat", headers={"origin": "https://docs.example.com", **preflight})
        bad = await client.options("/v1/chat", headers={"origin": "https://evil.example", **preflight})
    assert good.headers["access-control-allow-origin"] == "https://docs.example.com"
    assert "access-control-allow-origin" not in bad.headers


async def test_a_wrong_method_is_told_the_right_ones(client: httpx.AsyncClient) -> None:
    """405 carries `Allow` (RFC 9110, 15.5.6)."""
    response = await client.get("/v1/chat")
    assert (response.status_code, response.headers["allow"]) == (405, "POST")
