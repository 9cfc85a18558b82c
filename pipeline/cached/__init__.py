"""Answers asked before: a layer around the assistant that is not there when it is off.

`keys` says when two questions are one, `entries` what is kept of an answer, `memory` and `shared` where,
and `assistant` gives kept answers as streams like any other.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from pipeline.assistant import Assistant
from pipeline.cached.assistant import CachingAssistant
from pipeline.cached.keys import Keys
from pipeline.cached.storage import Storage
from pipeline.config import AnswerConfig, CacheConfig
from pipeline.embedding import Embedding
from pipeline.live import LiveIndex

__all__ = ["CachingAssistant", "Keys", "open_cached"]


@asynccontextmanager
async def open_cached(
    assistant: Assistant, config: AnswerConfig, keys: Keys, parts: tuple[LiveIndex, Embedding]
) -> AsyncIterator[Assistant]:
    """`assistant` with a cache before it, as `config` says, until the block ends.

    `parts` are the index that is answered from, and the model that embeds questions.  Redis is not asked
    yet: it may come later, and go.  Raises ConfigError when its client library is not installed.
    """
    storage = _storage(config.cache)
    try:
        yield CachingAssistant(assistant, config, keys, storage, parts)
    finally:
        await storage.aclose()


def _storage(config: CacheConfig) -> Storage:
    if config.storage == "memory":
        from pipeline.cached.memory import MemoryStorage

        return MemoryStorage(config.entries, config.ttl)
    from pipeline.cached.shared import open_redis

    return open_redis(config.storage, config.entries, config.ttl)
