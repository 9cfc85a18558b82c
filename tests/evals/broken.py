"""A retriever that is wrong on purpose: what fits best comes last."""

from pipeline.models import Hit
from pipeline.retrieval import HybridRetriever, ScopedQuery


class LastFirst(HybridRetriever):
    """The hybrid retriever's chunks, turned round."""

    async def hits(self, query: ScopedQuery) -> list[Hit]:
        return list(reversed(await super().hits(query)))
