"""The scripted server, asked by the real SDK and over a bare socket."""

import asyncio
import base64
import os
import struct
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import openai
import pytest

from tests.fakes.openai_server import (
    Comments,
    Cut,
    ErrorEvent,
    Garbage,
    Hang,
    Obey,
    OpenAIServer,
    Reply,
    Script,
    Status,
    embedded,
)

MESSAGES: list[openai.types.chat.ChatCompletionMessageParam] = [
    {"role": "user", "content": "say Hello there"}
]


@pytest.fixture
async def server() -> AsyncIterator[OpenAIServer]:
    async with OpenAIServer() as server:
        yield server
        await asyncio.wait_for(server.deserted(), 5)


@pytest.fixture
async def client(server: OpenAIServer) -> AsyncIterator[openai.AsyncOpenAI]:
    async with openai.AsyncOpenAI(api_key="k", base_url=server.base_url, max_retries=0) as client:
        yield client


async def streamed(client: openai.AsyncOpenAI) -> list[str]:
    stream = await client.chat.completions.create(model="m", messages=MESSAGES, stream=True)
    async with stream:
        return [chunk.choices[0].delta.content or "" async for chunk in stream if chunk.choices]


async def whole(client: openai.AsyncOpenAI) -> str | None:
    answer = await client.chat.completions.create(model="m", messages=MESSAGES)
    return answer.choices[0].message.content


@pytest.mark.parametrize(
    "script",
    [
        Reply("Hello there"),
        Reply(["Hello", " there"], cut=5),
        Reply("Hello there", together=2),
        Reply("Hello there", ttft=0.001, gap=0.001, newline="\r\n"),
        Obey(lambda messages: messages[-1]["content"].removeprefix("say ")),
        Comments(Reply("Hello there")),
    ],
)
async def test_the_sdk_reads_the_answer(
    server: OpenAIServer, client: openai.AsyncOpenAI, script: Script
) -> None:
    """However it is written, the SDK reads the same text, streamed and whole."""
    server.script(script, script)
    assert "".join(await streamed(client)) == "Hello there"
    assert await whole(client) == "Hello there"


async def test_usage_comes_when_it_is_asked_for(server: OpenAIServer, client: openai.AsyncOpenAI) -> None:
    """`stream_options.include_usage` gives a last chunk without choices that counts the words."""
    stream = await client.chat.completions.create(
        model="m", messages=MESSAGES, stream=True, stream_options={"include_usage": True}
    )
    *_, last = [chunk async for chunk in stream]
    assert last.choices == []
    assert last.usage is not None
    assert (last.usage.prompt_tokens, last.usage.completion_tokens) == (3, len(Reply().tokens))


async def test_scripts_are_taken_in_order_and_then_the_default(
    server: OpenAIServer, client: openai.AsyncOpenAI
) -> None:
    """Each request takes one script; a status comes with its headers; then the default answers."""
    server.script(Status(429, {"retry-after": "7"}), Reply("once"))
    with pytest.raises(openai.RateLimitError) as caught:
        await whole(client)
    assert caught.value.response.headers["retry-after"] == "7"
    assert [await whole(client), await whole(client)] == ["once", Reply().text]
    assert [request.body["model"] for request in server.requests] == ["m", "m", "m"]
    assert server.requests[0].headers["authorization"] == "Bearer k"


@pytest.mark.parametrize("script", [Cut(), Cut(1), Cut(1, reset=True), Garbage(1), ErrorEvent(1), Garbage()])
async def test_a_fault_is_a_fault_to_the_sdk(
    server: OpenAIServer, client: openai.AsyncOpenAI, script: Script
) -> None:
    """A cut, garbage or error event makes the SDK's stream fail."""
    server.script(script)
    with pytest.raises((openai.OpenAIError, httpx.HTTPError, ValueError)):
        await streamed(client)


@pytest.mark.parametrize("script", [Cut(), Garbage(), ErrorEvent()])
async def test_a_fault_without_streaming(
    server: OpenAIServer, client: openai.AsyncOpenAI, script: Script
) -> None:
    """The faults have a form for an answer that is asked for whole."""
    server.script(script)
    with pytest.raises((openai.OpenAIError, ValueError, TypeError, AttributeError)):
        await whole(client)


@pytest.mark.parametrize("where", ["before-headers", "before-first-token", "between-tokens"])
async def test_a_hang_ends_on_its_event(server: OpenAIServer, client: openai.AsyncOpenAI, where: str) -> None:
    """After the event the answer goes on to its end."""
    go_on = asyncio.Event()
    server.script(Hang(where, until=go_on))  # type: ignore[arg-type]
    asking = asyncio.create_task(streamed(client))
    request = await server.received()
    assert not request.finished.is_set()
    go_on.set()
    assert "".join(await asyncio.wait_for(asking, 5)) == Reply().text
    await asyncio.wait_for(request.finished.wait(), 5)
    assert not request.closed_early


async def test_a_client_that_leaves_is_seen(server: OpenAIServer, client: openai.AsyncOpenAI) -> None:
    """Hanging up in the middle of an answer ends the hang and is written down."""
    server.script(Hang("between-tokens"))
    asking = asyncio.create_task(streamed(client))
    request = await server.received()
    asking.cancel()
    await asyncio.wait([asking])
    await asyncio.wait_for(request.finished.wait(), 5)
    assert request.closed_early


async def test_embeddings_are_the_same_in_both_codings(
    server: OpenAIServer, client: openai.AsyncOpenAI
) -> None:
    """Floats and base64 hold one vector; the same words give the same, shared words a near one."""
    texts = ["install the package", "Package, the: install", "install it", "colours of birds"]
    floats = await client.embeddings.create(model="e", input=texts, encoding_format="float", dimensions=64)
    packed = await client.embeddings.create(model="e", input=texts[0], encoding_format="base64")
    same, again, near, far = (item.embedding for item in floats.data)
    assert same == again == embedded(texts[0], 64)
    assert sum(a * b for a, b in zip(same, near, strict=True)) > sum(
        a * b for a, b in zip(same, far, strict=True)
    )
    coded: object = packed.data[0].embedding
    assert isinstance(coded, str)
    assert struct.unpack("<1536f", base64.b64decode(coded)) == pytest.approx(embedded(texts[0]))


async def test_other_routes(server: OpenAIServer, client: openai.AsyncOpenAI) -> None:
    """The list of models is there, an unknown route is not, and embeddings can be scripted to fail."""
    assert [model.id for model in (await client.models.list()).data] == ["scripted"]
    with pytest.raises(openai.NotFoundError):
        await client.files.list()
    server.script(Status(500), route="/v1/embeddings")
    with pytest.raises(openai.InternalServerError):
        await client.embeddings.create(model="e", input="x")


async def test_people_can_run_it() -> None:
    """`python -m tests.fakes.openai_server` prints its address and serves the text."""
    command = [sys.executable, "-m", "tests.fakes.openai_server", "--text", "Hello there", "--ttft", "0"]
    root = Path(__file__).parents[2]
    process = await asyncio.create_subprocess_exec(
        *command, stdout=asyncio.subprocess.PIPE, cwd=root, env=dict(os.environ)
    )
    try:
        assert process.stdout is not None
        url = (await asyncio.wait_for(process.stdout.readline(), 20)).decode().strip()
        async with openai.AsyncOpenAI(api_key="k", base_url=url, max_retries=0) as client:
            assert await whole(client) == "Hello there"
    finally:
        process.terminate()
        await process.communicate()
