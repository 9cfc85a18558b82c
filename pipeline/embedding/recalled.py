"""An embedding model that recalls the vectors of the last questions: whoever asks for one again has it at once.

For a layer that embeds a question before retrieval does: see `pipeline.cached`.
"""

from dataclasses import replace

from cachetools import LRUCache
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.bridge.pydantic import PrivateAttr

from pipeline.embedding.base import Embedding

RECALLED = 256  # questions: those under way, and some that are asked again


def recalling(embedding: Embedding) -> Embedding:
    """`embedding`, whose model recalls questions."""
    return replace(embedding, model=RecallingEmbedding(embedding.model))


class RecallingEmbedding(BaseEmbedding):
    """`inner` with a memory for questions.  Texts are embedded as they come."""

    _inner: BaseEmbedding = PrivateAttr()
    _vectors: "LRUCache[str, list[float]]" = PrivateAttr()

    def __init__(self, inner: BaseEmbedding) -> None:
        super().__init__(model_name=inner.model_name, embed_batch_size=inner.embed_batch_size)
        self._inner = inner
        self._vectors = LRUCache(RECALLED)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        vector: list[float] | None = self._vectors.get(query)
        if vector is None:
            vector = self._vectors[query] = await self._inner.aget_query_embedding(query)
        return vector

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._inner.get_query_embedding(query)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._inner.get_text_embedding(text)

    async def _aget_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        return await self._inner.aget_text_embedding_batch(texts)

    async def _aget_text_embedding(self, text: str) -> list[float]:
        return await self._inner.aget_text_embedding(text)
