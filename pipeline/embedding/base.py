"""What every provider hands out: an opened embedding model with what the index must know of it.

A question is embedded without LlamaIndex: its frame of events around a model costs as much as a search,
and importing it a second and 40 MB.  Chunks are embedded in its pipelines, by the same model.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding


class Encoder(Protocol):
    """A model that makes vectors."""

    async def query(self, text: str) -> list[float]:
        """The vector of a question.  Raises EmbeddingError."""

    def for_llama_index(self) -> "BaseEmbedding":
        """The same model for LlamaIndex's pipelines and components."""


@dataclass(frozen=True, slots=True)
class FromLlamaIndex:
    """A LlamaIndex model as an encoder."""

    model: "BaseEmbedding"

    async def query(self, text: str) -> list[float]:
        return await self.model._aget_query_embedding(text)

    def for_llama_index(self) -> "BaseEmbedding":
        return self.model


@dataclass(frozen=True, slots=True)
class Embedding:
    """An opened embedding model.

    `name` says which vectors come out: two models with one name may share an index.  `dimensions` is
    their length, None where only the endpoint knows it; `size()` then asks.
    """

    encoder: Encoder
    name: str
    dimensions: int | None
    _close: Callable[[], Awaitable[None]] = field(repr=False)

    @property
    def model(self) -> "BaseEmbedding":
        """For LlamaIndex's pipelines and components, which this imports."""
        return self.encoder.for_llama_index()

    async def size(self) -> int:
        """The length of the vectors; embeds one word when it is not known beforehand."""
        if self.dimensions is not None:
            return self.dimensions
        return len(await self.query("size"))

    async def query(self, text: str) -> list[float]:
        """The vector of a question.  Raises EmbeddingError."""
        return await self.encoder.query(text)

    async def aclose(self) -> None:
        """Lets go of threads and connections, after what is under way.  May be called twice."""
        await self._close()
