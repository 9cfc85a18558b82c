"""A retriever that is wrong on purpose: what fits best comes last."""

from llama_index.core.schema import NodeWithScore, QueryBundle

from pipeline.retrieval import HybridRetriever


class LastFirst(HybridRetriever):
    """The hybrid retriever's chunks, turned round."""

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return list(reversed(await super()._aretrieve(query_bundle)))
