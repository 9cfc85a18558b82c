"""What happens before the first token: who is asked, what is sent, and when the next one is tried."""

import asyncio
import logging
import socket

import aiohttp
import pytest
from pydantic import SecretStr

from pipeline.config import LlmConfig, ProviderConfig
from pipeline.errors import ModelError, ProvidersExhausted
from pipeline.llm.failures import translated
from pipeline.llm.providers import usable_providers
from tests.fakes.openai_server import (
    Comments,
    Cut,
    ErrorEvent,
    Garbage,
    Hang,
    OpenAIServer,
    Reply,
    Script,
    Status,
)
from tests.pipeline.llm.conftest import MESSAGES, SHORT, Ask

KEY = "sk-never-to-be-shown"
ECHO = {"error": {"message": f"{KEY} secret-question", "type": KEY, "code": KEY}}
COMMENTS_ONLY = Comments(forever=True, gap=0.01)

AT_ONCE: list[tuple[Script, str]] = [
    (Status(400, body={"error": {"code": "context_length_exceeded"}}), "context_length_exceeded"),
    (Status(401, body=ECHO), "401 (check its api_key)"),
    (Status(402), "402 (no credit left)"),
    (Status(403, body=ECHO), "403 (not allowed: check its api_key)"),
    (Status(404), "404 (check base_url and model)"),
    (Status(429, {"retry-after": "600"}), "429 (too many requests, or no quota left)"),
    (Status(500, body=ECHO), "500"),
    (Status(503, {"content-type": "text/html"}, b"<html>down</html>"), "503"),
    (Status(307, {"location": "/v1/elsewhere"}), "307 (it moved: check base_url)"),
    (Status(200, body=ECHO), "ended without a token"),
    (Status(200, {"content-encoding": "gzip"}, b"not gzip"), "sent bytes that cannot be unpacked"),
    (Cut(), "the connection broke off"),
    (Cut(reset=True), "the connection broke off"),
    (Cut(0), "the connection broke off"),
    (Cut(0, reset=True), "the connection broke off"),
    (Garbage(), "sent something that is not JSON"),
    (ErrorEvent(error={"code": 502, "message": KEY}), "reported an error (502)"),
    (Reply([]), "ended without a token (stop)"),
    (Reply([], finish="content_filter"), "ended without a token (content_filter)"),
    (Reply([], finish=None, done=False), "ended without a token"),
]
LATE: list[Script] = [Hang(), Hang("before-first-token"), COMMENTS_ONLY, Status(500, hang=True)]


async def exhausted(first: OpenAIServer, second: OpenAIServer, model: Ask, **settings: object) -> str:
    """What the first provider's failure is called when both fail."""
    second.script(Status(500))
    with pytest.raises(ProvidersExhausted) as caught:
        await model(api_key=SecretStr(KEY), **settings).open(MESSAGES)
    assert caught.value.failures[1:] == ["two: 500"]
    assert str(caught.value) == "no language model answered: " + "; ".join(caught.value.failures)
    assert KEY not in str(caught.value)
    assert "secret-question" not in str(caught.value)
    assert caught.value.__cause__ is None
    return caught.value.failures[0]


@pytest.mark.parametrize(("script", "words"), AT_ONCE)
async def test_a_failure_before_the_first_token_moves_on(
    first: OpenAIServer, second: OpenAIServer, model: Ask, script: Script, words: str
) -> None:
    """The next provider answers; when it fails too, each has one line, without key or question."""
    first.script(script, script)
    async with asyncio.timeout(10):
        stream = await model().open(MESSAGES)
        text = "".join([piece async for piece in stream])
        failure = await exhausted(first, second, model)
    assert (stream.provider, stream.model, text) == ("two", "spare", Reply().text)
    assert failure.startswith("one: ")
    assert words in failure


@pytest.mark.parametrize("script", LATE)
async def test_silence_before_the_first_token_moves_on(
    first: OpenAIServer, second: OpenAIServer, model: Ask, script: Script
) -> None:
    """A provider without a token within `timeout` is left, comments or not, and its connection closed."""
    first.script(script)
    async with asyncio.timeout(10):
        failure = await exhausted(first, second, model, timeout=SHORT)
        await first.requests[0].finished.wait()
    assert failure == "one: no first token within 0.2 s"
    assert first.requests[0].closed_early


async def test_a_refused_connection_moves_on(first: OpenAIServer, second: OpenAIServer, model: Ask) -> None:
    """Nobody listening is a failure like any other."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}/v1"
        assert await exhausted(first, second, model, base_url=url) == "one: no connection"


@pytest.mark.parametrize(
    ("scheme", "words"), [("http", "did not answer in HTTP"), ("https", "no secure conn")]
)
async def test_a_server_of_another_kind_moves_on(
    first: OpenAIServer, second: OpenAIServer, model: Ask, scheme: str, words: str
) -> None:
    """A server that speaks another protocol, or no TLS under https, is told from one that is not there."""

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        writer.write(b"220 mail ready\r\n\r\n")
        writer.close()

    async with await asyncio.start_server(speak, "127.0.0.1", 0) as server:
        url = f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        assert words in await exhausted(first, second, model, base_url=url)


def test_an_unknown_host_is_told_from_one_that_refuses() -> None:
    """The name look-up's failure has words of its own."""
    [provider], _ = usable_providers(LlmConfig(providers=(ProviderConfig(base_url="http://h/v1"),)), {})
    foreign = aiohttp.ClientConnectorDNSError(None, OSError(-2, "Name or service not known"))  # type: ignore[arg-type]
    assert str(translated(foreign, provider, "late")) == "openai: its host is not known"


def test_an_error_that_is_not_foreign_stays_what_it_is() -> None:
    """A mistake of our own is not made to look like a provider's failure."""
    [provider], _ = usable_providers(LlmConfig(providers=(ProviderConfig(base_url="http://h/v1"),)), {})
    for own in (KeyError("x"), ModelError("openai: said already")):
        assert translated(own, provider, "late") is own


async def test_nothing_is_tried_twice(first: OpenAIServer, second: OpenAIServer, model: Ask) -> None:
    """The SDK's own retries are off: moving on is the retry."""
    first.script(Status(500), Status(429), Status(408))
    llm = model()
    for count in (1, 2, 3):
        await (await llm.open(MESSAGES)).aclose()
        assert (len(first.requests), len(second.requests)) == (count, count)


async def test_a_failure_is_logged(first: OpenAIServer, model: Ask, caplog: pytest.LogCaptureFixture) -> None:
    """Who runs the site sees that its first provider fails, though the reader does not."""
    first.script(Status(401))
    with caplog.at_level(logging.WARNING, "pipeline.llm"):
        await (await model().open(MESSAGES)).aclose()
    assert caplog.messages == ["one: 401 (check its api_key)"]


async def test_what_is_asked(first: OpenAIServer, model: Ask) -> None:
    """The configured model, key and settings go out, with the messages as they are."""
    llm = model(api_key=SecretStr(KEY), model="m", temperature=0.5, max_tokens=7)
    await (await llm.open(MESSAGES)).aclose()
    await (await model(temperature=None, max_tokens=None).open(MESSAGES)).aclose()
    bare = {
        "model": "m",
        "messages": MESSAGES,
        "stream": True,
        "stream_options": {"include_usage": True},
    }
    assert first.requests[0].headers["authorization"] == f"Bearer {KEY}"
    assert first.requests[0].body == {**bare, "temperature": 0.5, "max_tokens": 7}
    assert first.requests[1].body == {**bare, "model": "gpt-4o-mini"}


@pytest.mark.parametrize("script", [Hang(), Hang("before-first-token"), Status(500, hang=True)])
async def test_a_cancelled_question_closes_the_connection(
    first: OpenAIServer, second: OpenAIServer, model: Ask, script: Script
) -> None:
    """A reader who leaves before the first token leaves no request behind, and nobody else is asked."""
    first.script(script)
    asking = asyncio.create_task(model().open(MESSAGES))
    request = await first.received()
    asking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asking
    async with asyncio.timeout(5):
        await request.finished.wait()
    assert request.closed_early
    assert not second.requests


async def test_a_closed_language_model_answers_nothing(model: Ask) -> None:
    """Asking after `aclose` fails like any provider that cannot be reached."""
    llm = model()
    await llm.aclose()
    with pytest.raises(ProvidersExhausted):
        await llm.open(MESSAGES)
