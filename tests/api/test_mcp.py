"""`/mcp`, read by the protocol's own Python client over a real socket."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Literal

import anyio
import httpx
import pytest
import pytest_asyncio
from mcp import Client
from mcp.shared.exceptions import MCPError
from mcp.types import CallToolResult, TextContent

from api.app import create_app
from tests.conftest import QUESTION, config_for, serving
from tests.fakes.openai_server import Hang, OpenAIServer, Reply

URL = "https://docs.example.com/docs/intro#installation"
HEADERS = {"accept": "application/json, text/event-stream"}
PING = {"jsonrpc": "2.0", "id": 1, "method": "ping"}

pytestmark = pytest.mark.asyncio(loop_scope="module")  # one server for all of them


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def model() -> AsyncIterator[OpenAIServer]:
    async with OpenAIServer() as server:
        yield server


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def address(site: Path, model: OpenAIServer) -> AsyncIterator[str]:
    """The API, whose one provider is the scripted server."""
    providers = [{"name": "scripted", "base_url": model.base_url, "timeout": 5, "idle_timeout": 5}]
    async with serving(
        create_app(config_for(site, llm={"providers": providers}, api={"limits": False}))
    ) as address:
        yield address


def text_of(result: CallToolResult) -> str:
    return "".join(part.text for part in result.content if isinstance(part, TextContent))


async def call(address: str, tool: str, **arguments: Any) -> tuple[str, Any, bool]:
    """Text, structured content, and whether it is an error."""
    async with Client(f"{address}/mcp") as client:
        result = await client.call_tool(tool, arguments)
    return text_of(result), result.structured_content, result.is_error


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_client_is_told_what_there_is(address: str, mode: Literal["auto", "legacy"]) -> None:
    """By today's protocol and by the one with a handshake: the site, and three tools that only read."""
    async with Client(f"{address}/mcp", mode=mode) as client:
        assert client.server_info is not None
        assert client.server_info.name == "fingerpost"
        assert "Widgetry" in (client.instructions or "")
        assert "https://docs.example.com" in (client.instructions or "")
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert tools.keys() == {"search_docs", "get_page", "ask"}
        result = await client.call_tool("search_docs", {"query": "dark mode"})
        assert "--dark" in text_of(result)
    for tool in tools.values():
        assert tool.annotations is not None
        assert tool.annotations.read_only_hint
        assert tool.output_schema is not None
    assert set(tools["search_docs"].input_schema["properties"]) == {"query", "version", "language", "limit"}
    assert tools["ask"].input_schema["required"] == ["question"]


async def test_search_docs_gives_sections(address: str) -> None:
    """Best first, with text and address, as words and as data."""
    text, found, _ = await call(address, "search_docs", query="custom palette", limit=2)
    assert len(found["results"]) == 2
    best = found["results"][0]
    assert best["url"] == "https://docs.example.com/docs/guides/colours#palettes"
    assert best["text"] in text
    assert best["url"] in text


@pytest.mark.parametrize(
    "url",
    ["https://docs.example.com/docs/intro", "/docs/intro", "docs/intro/", "/docs/intro#upgrading", f"{URL}"],
)
async def test_get_page_gives_the_whole_page_in_its_order(address: str, url: str) -> None:
    """By address or path, with or without an anchor or a slash at the end."""
    text, page, _ = await call(address, "get_page", url=url)
    assert (page["url"], page["title"]) == ("https://docs.example.com/docs/intro", "Introduction")
    assert [section["url"] for section in page["sections"]] == [URL, URL.replace("installation", "upgrading")]
    places = [text.index(words) for words in ("# Introduction", "What Widgetry is for.", "## Installation",
              "pip install widgetry", "## Upgrading", "Your palettes are kept.")]  # fmt: skip
    assert places == sorted(places)
    assert page["text"] in text


@pytest.mark.parametrize(
    "url", ["/docs/guide/colours", "https://evil.example/docs/guides/colours", "http://[", "", "?"]
)
async def test_an_unknown_page_is_an_error_that_helps(address: str, url: str) -> None:
    """A result the model can read: it names pages that are alike, or the tool that finds them."""
    text, _, failed = await call(address, "get_page", url=url)
    assert failed
    helps = "https://docs.example.com/docs/guides/colours" if "colours" in url else "search_docs"
    assert helps in text


async def test_ask_answers_with_links(address: str, model: OpenAIServer) -> None:
    """The text, and the same facts as in /v1/chat."""
    model.script(Reply("Use pip [1]."))
    text, answer, failed = await call(address, "ask", question=QUESTION)
    assert not failed
    assert text == answer["text"] == f"Use pip [1]({URL})."
    assert (answer["outcome"], answer["cited"], answer["sources"][0]["url"]) == ("answered", ["1"], URL)


BAD: dict[str, tuple[str, dict[str, Any], str]] = {
    "an empty question": ("ask", {"question": " "}, "empty-question"),
    "an unknown version": ("search_docs", {"query": "x", "version": "9"}, "unknown-version"),
    "no question": ("ask", {}, "invalid-request: question"),
    "too many": ("search_docs", {"query": "x", "limit": 1000}, "invalid-request: limit"),
}


@pytest.mark.parametrize("case", BAD)
async def test_what_cannot_be_asked_is_said_in_the_result(address: str, case: str) -> None:
    """So that a model reads it and asks again."""
    tool, arguments, words = BAD[case]
    text, _, failed = await call(address, tool, **arguments)
    assert failed
    assert text.startswith(words)


async def test_an_empty_version_is_none(address: str) -> None:
    """Models fill in what they do not know."""
    _, found, failed = await call(address, "search_docs", query="palette", version="", language="")
    assert not failed
    assert found["results"]


async def test_an_unknown_tool_is_an_error_of_the_protocol(address: str) -> None:
    """It names the tools that there are."""
    async with Client(f"{address}/mcp") as client:
        with pytest.raises(MCPError, match="search_docs, get_page, ask"):
            await client.call_tool("delete_docs", {})


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_client_that_leaves_ends_its_answer(
    address: str, model: OpenAIServer, mode: Literal["auto", "legacy"]
) -> None:
    """The model's stream is closed."""
    model.script(Hang("between-tokens"))
    async with Client(f"{address}/mcp", mode=mode) as client:
        with anyio.move_on_after(0.5):
            await client.call_tool("ask", {"question": QUESTION})
    with anyio.fail_after(5):
        await model.deserted()


async def test_the_path_is_exact_and_errors_are_problems(address: str) -> None:
    """No redirect; without sessions there is nothing to GET or DELETE; a large body is refused."""
    async with httpx.AsyncClient(base_url=address, headers=HEADERS) as client:
        assert (await client.post("/mcp", json=PING)).status_code == 200
        for method in ("GET", "DELETE"):
            response = await client.request(method, "/mcp")
            assert (response.status_code, response.json()["code"]) == (405, "method-not-allowed")
        large = await client.post("/mcp", content=b"x" * 2_000_000)
        assert (large.status_code, large.json()["code"]) == (413, "body-too-large")
        assert (await client.post("/mcp", content=b"{")).status_code == 400


async def test_pages_of_other_sites_may_not_call(site: Path) -> None:
    """A browser's Origin must be an allowed one; an allowed one may send the protocol's headers."""
    config = config_for(site, api={"allowed_origins": ["https://docs.example.com"]})
    good, bad = {"origin": "https://docs.example.com"}, {"origin": "https://evil.example"}
    preflight = {
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type,mcp-protocol-version,mcp-method,mcp-name",
    }
    async with (
        serving(create_app(config)) as address,
        httpx.AsyncClient(base_url=address, headers=HEADERS) as client,
    ):
        assert (await client.post("/mcp", json=PING, headers=good)).status_code == 200
        refused = await client.post("/mcp", json=PING, headers=bad)
        assert (refused.status_code, refused.json()["code"]) == (403, "origin-not-allowed")
        assert (await client.options("/mcp", headers={**good, **preflight})).status_code == 200


async def test_calls_are_counted_but_connecting_is_not(site: Path) -> None:
    """Who has used up his requests is told so in the result, with the code of the other routes."""
    config = config_for(site, api={"limits": {"per_client": ["1/hour"]}})
    async with serving(create_app(config)) as address, Client(f"{address}/mcp") as client:
        await client.list_tools()
        first, second = [await client.call_tool("search_docs", {"query": "palette"}) for _ in range(2)]
    assert not first.is_error
    assert second.is_error
    assert "rate-limited" in text_of(second)


async def test_an_answer_needs_a_place_but_a_search_does_not(site: Path, model: OpenAIServer) -> None:
    """While the one place is taken, `ask` is told at once to come back."""
    providers = [{"name": "scripted", "base_url": model.base_url}]
    limits = {"streams": 1, "queue": 0}
    config = config_for(site, llm={"providers": providers}, api={"limits": limits})
    model.script(Hang("between-tokens"))
    body = {"messages": [{"role": "user", "content": QUESTION}]}
    async with (
        serving(create_app(config)) as address,
        httpx.AsyncClient(base_url=address) as reader,
        Client(f"{address}/mcp") as client,
        reader.stream("POST", "/v1/chat", json=body),
    ):
        told = await client.call_tool("ask", {"question": QUESTION})
        found = await client.call_tool("search_docs", {"query": "palette"})
    assert told.is_error
    assert text_of(told).startswith("overloaded")
    assert not found.is_error
