"""An embedding that takes no time: hashed words, deterministic, counted.

For tests of what is embedded and when; what vectors mean is tested with the real model.
"""

import zlib

from llama_index.core.embeddings import BaseEmbedding
from pydantic import PrivateAttr

from pipeline.embedding import Embedding
from pipeline.embedding.base import FromLlamaIndex

DIMENSIONS = 16


def fake_embedding(name: str = "fake/16") -> tuple[Embedding, "HashedWords"]:
    """The embedding, and its model to ask what it was given."""
    model = HashedWords(model_name=name, embed_batch_size=32)
    return embedding_of(model, name), model


def embedding_of(model: "HashedWords", name: str = "fake/16") -> Embedding:
    """Any model as an open embedding; closing it does nothing."""

    async def close() -> None:
        return None

    return Embedding(FromLlamaIndex(model), name, DIMENSIONS, close)


class HashedWords(BaseEmbedding):
    """A unit vector of hashed words.  `texts` are the documents embedded so far."""

    _texts: list[str] = PrivateAttr(default_factory=list)

    @property
    def texts(self) -> list[str]:
        return self._texts

    def _vector(self, text: str) -> list[float]:
        vector = [0.01] * DIMENSIONS
        for word in text.lower().split():
            vector[zlib.crc32(word.encode()) % DIMENSIONS] += 1.0
        length = sum(value * value for value in vector) ** 0.5
        return [value / length for value in vector]

    def _get_text_embedding(self, text: str) -> list[float]:
        self._texts.append(text)
        return self._vector(text)

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._vector(query)

    async def _aget_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embedding(text)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._vector(query)

    @classmethod
    def class_name(cls) -> str:
        return "HashedWords"
