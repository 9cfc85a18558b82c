"""An embedding model that recalls the vectors of the last questions: whoever asks for one again has it at once.

For a layer that embeds a question before retrieval does: see `pipeline.cached`.
"""

from dataclasses import replace
from typing import TYPE_CHECKING

from cachetools import LRUCache

from pipeline.embedding.base import Embedding, Encoder

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding

RECALLED = 256  # questions: those under way, and some that are asked again


def recalling(embedding: Embedding) -> Embedding:
    """`embedding`, whose model recalls questions."""
    return replace(embedding, encoder=Recalling(embedding.encoder))


class Recalling:
    """`inner` with a memory for questions."""

    def __init__(self, inner: Encoder) -> None:
        self._inner = inner
        self._vectors: LRUCache[str, list[float]] = LRUCache(RECALLED)

    async def query(self, text: str) -> list[float]:
        vector: list[float] | None = self._vectors.get(text)
        if vector is None:
            vector = self._vectors[text] = await self._inner.query(text)
        return vector

    def for_llama_index(self) -> "BaseEmbedding":
        return self._inner.for_llama_index()
