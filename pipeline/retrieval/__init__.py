"""Questions find sections.

`hybrid` searches, `fusion` makes one ranking of what two searches found, `llama` runs LlamaIndex's
retrievers and postprocessors where the configuration names some.
"""

from collections.abc import Awaitable, Callable

from pipeline.components import build
from pipeline.config import QueryConfig
from pipeline.embedding import Embedding
from pipeline.followups import Sought
from pipeline.live import LiveIndex, Served
from pipeline.models import Hit, Scope
from pipeline.retrieval.hybrid import HybridSearch

__all__ = ["HybridSearch", "Retrieval"]


class Retrieval:
    """The configured retriever and postprocessors as one step."""

    def __init__(self, config: QueryConfig, index: LiveIndex, embedding: Embedding) -> None:
        """Raises ConfigError for a component that cannot be made."""
        self._index = index
        self._hits: Callable[[Sought, Scope, Served], Awaitable[list[Hit]]]
        if config.retriever.name == "hybrid" and not config.postprocessors:
            self._hits = build(
                "query.retriever", config.retriever, HybridSearch, index=index, embedding=embedding
            ).hits
        else:
            from pipeline.retrieval.llama import ComponentSearch  # LlamaIndex takes a second to import

            self._hits = ComponentSearch(config, index, embedding).hits

    async def find(self, sought: Sought, scope: Scope) -> tuple[Hit, ...]:
        """The chunks for what is sought, best first; none where the index has no such version or language.

        Raises NoIndex, StaleIndex, StoreError, EmbeddingError.
        """
        return tuple(await self._hits(sought, scope, self._index.served))
