"""The one door: `open_pipeline(config)` makes every client, and closes them again."""

import asyncio
import logging
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass

from pipeline.assistant import Assistant
from pipeline.config import Config
from pipeline.embedding import Embedding, open_embedding
from pipeline.live import LiveIndex
from pipeline.llm import LanguageModel, open_llm
from pipeline.retrieval import Retrieval
from pipeline.store import Store, open_store

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pipeline:
    """Everything that lives as long as the application."""

    config: Config
    store: Store
    embedding: Embedding
    index: LiveIndex
    llm: LanguageModel | None
    assistant: Assistant


@asynccontextmanager
async def open_pipeline(
    config: Config, *, follow: bool = False, environ: Mapping[str, str] = os.environ
) -> AsyncIterator[Pipeline]:
    """The pipeline that `config` describes, open until the block ends.

    With `follow`, a new index is picked up within seconds.  That there is no index yet is no error
    here: the first question says so.  Raises ConfigError, EmbeddingError, StoreError.
    """
    async with AsyncExitStack() as stack:
        embedding = open_embedding(config.embedding, environ)
        stack.push_async_callback(embedding.aclose)
        store = open_store(config.store, environ)
        stack.push_async_callback(store.aclose)
        llm = open_llm(config.llm, environ)
        if llm is not None:
            stack.push_async_callback(llm.aclose)
        index = LiveIndex(store, embedding.name)
        stack.push_async_callback(index.aclose)
        asking = _recalled(config, embedding)
        retrieval = Retrieval(config.query, index, asking)
        assistant = Assistant((config.answer, config.llm), index, retrieval, llm)
        if config.answer.cache.is_on:
            # Here, so that whoever has no cache does not load it.
            from pipeline.cached import Keys, open_cached

            asked = [provider.name for provider in llm.providers] if llm is not None else []
            keys = Keys((config.query, config.answer, config.llm), embedding.name, asked)
            cached = open_cached(assistant, config.answer, keys, (index, asking))
            assistant = await stack.enter_async_context(cached)
        await index.refresh()
        if follow:
            following = asyncio.create_task(index.follow())
            stack.push_async_callback(_ended, following)
        yield Pipeline(config, store, embedding, index, llm, assistant)


def _recalled(config: Config, embedding: Embedding) -> Embedding:
    """The model that questions are embedded with: once each, although a semantic cache asks before retrieval."""
    if not config.answer.cache.semantic:
        return embedding
    from pipeline.embedding.recalled import recalling

    return recalling(embedding)


async def _ended(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
