"""Two scripted servers and a language model that asks them in order; every test leaves nothing behind."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from pipeline.config import LlmConfig, ProviderConfig
from pipeline.llm import LanguageModel, ModelStream, open_llm
from tests.fakes.openai_server import OpenAIServer

SHORT = 0.2  # seconds: for a limit that is to be reached

MESSAGES = [
    {"role": "system", "content": "You answer from the pages."},
    {"role": "user", "content": "How is the secret-question installed?"},
]

Ask = Callable[..., LanguageModel]


async def gathered(stream: ModelStream, pieces: list[str]) -> None:
    """Puts the stream's pieces into `pieces`, so that what came before a failure is kept."""
    async with asyncio.timeout(10):
        async for piece in stream:
            pieces.append(piece)  # noqa: PERF401 what came before a failure counts


@pytest.fixture
async def clean() -> AsyncIterator[None]:
    """Holds that a test ends with the tasks that it began with."""
    before = asyncio.all_tasks()  # setup and teardown run in a task each
    yield
    assert asyncio.all_tasks() - {asyncio.current_task()} <= before


@pytest.fixture
async def first(clean: None) -> AsyncIterator[OpenAIServer]:
    async with OpenAIServer() as server:
        yield server
        await asyncio.wait_for(server.deserted(), 5)


@pytest.fixture
async def second(clean: None) -> AsyncIterator[OpenAIServer]:
    async with OpenAIServer() as server:
        yield server
        await asyncio.wait_for(server.deserted(), 5)


@pytest.fixture
async def model(first: OpenAIServer, second: OpenAIServer) -> AsyncIterator[Ask]:
    """`model(**settings of the first provider)` asks "one", then "two", once; closed at the end.

    `together` are the settings of `llm` itself, with retries and rests off unless they say otherwise;
    `spare` those of the second provider.
    """
    opened: list[LanguageModel] = []

    def make(
        together: dict[str, Any] | None = None, spare: dict[str, Any] | None = None, **settings: Any
    ) -> LanguageModel:
        one = ProviderConfig(**{"name": "one", "base_url": first.base_url, **settings})
        two = ProviderConfig(name="two", base_url=second.base_url, model="spare", **(spare or {}))
        config = LlmConfig(providers=(one, two), **{"retries": 0, "rest": 0, **(together or {})})
        llm = open_llm(config, {})
        assert llm is not None
        opened.append(llm)
        return llm

    yield make
    for llm in opened:
        await llm.aclose()
