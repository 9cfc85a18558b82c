"""What every provider hands out: an opened embedding model with what the index must know of it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llama_index.core.base.embeddings.base import BaseEmbedding


@dataclass(frozen=True, slots=True)
class Embedding:
    """An opened embedding model.

    `name` says which vectors come out: two models with one name may share an index.  `dimensions` is
    their length, None where only the endpoint knows it; `size()` then asks.
    """

    model: "BaseEmbedding"
    name: str
    dimensions: int | None
    _close: Callable[[], Awaitable[None]] = field(repr=False)

    async def size(self) -> int:
        """The length of the vectors; embeds one word when it is not known beforehand."""
        if self.dimensions is not None:
            return self.dimensions
        return len(await self.query("size"))

    async def query(self, text: str) -> list[float]:
        """The vector of a question.  Raises EmbeddingError.

        The model's own method, without LlamaIndex's frame of events and callbacks around it: that costs
        as much as the search, and nobody listens.
        """
        return await self.model._aget_query_embedding(text)

    async def aclose(self) -> None:
        """Lets go of threads and connections, after what is under way.  May be called twice."""
        await self._close()
