"""A retriever that is wrong on purpose: what fits best comes last."""

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle

from pipeline.embedding import Embedding
from pipeline.live import LiveIndex
from pipeline.retrieval import HybridSearch
from pipeline.retrieval.llama import HybridRetriever


class LastFirst(BaseRetriever):
    """The hybrid retriever's chunks, turned round."""

    def __init__(self, index: LiveIndex, embedding: Embedding, *, dense: int = 60) -> None:
        super().__init__()
        self._inner = HybridRetriever(HybridSearch(index, embedding, dense=dense))

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        raise NotImplementedError

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return list(reversed(await self._inner.aretrieve(query_bundle)))
