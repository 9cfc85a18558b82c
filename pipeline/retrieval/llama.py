"""LlamaIndex's side of retrieval: foreign retrievers and postprocessors, and our search as one of them."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from pipeline.components import build
from pipeline.config import QueryConfig
from pipeline.embedding import Embedding
from pipeline.errors import EmbeddingError
from pipeline.followups import Sought
from pipeline.live import LiveIndex, Served
from pipeline.models import Hit, Scope
from pipeline.retrieval.hybrid import HybridSearch, hit_from

IN_METADATA = [f.name for f in fields(Hit) if f.name not in ("chunk_id", "text", "score")]


@dataclass
class ScopedQuery(QueryBundle):
    """A LlamaIndex query that knows where to look and in which generation."""

    sought: Sought | None = None
    """The question apart from the conversation before it; `query_str` has both."""
    scope: Scope = field(default_factory=Scope)
    served: Served | None = None


class HybridRetriever(BaseRetriever):
    """The hybrid search as a LlamaIndex retriever."""

    def __init__(self, search: HybridSearch) -> None:
        super().__init__()
        self._search = search

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        raise EmbeddingError("the hybrid retriever is asynchronous: use aretrieve")

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        query = query_bundle if isinstance(query_bundle, ScopedQuery) else ScopedQuery(query_bundle.query_str)
        sought = query.sought or Sought(query.query_str)
        hits = await self._search.hits(sought, query.scope, query.served)
        return [node_of(hit) for hit in hits]


class ComponentSearch:
    """The configured retriever and postprocessors as one step."""

    def __init__(self, config: QueryConfig, index: LiveIndex, embedding: Embedding) -> None:
        """Raises ConfigError for a component that cannot be made."""
        self._retriever = _retriever(config, index, embedding)
        self._postprocessors = [
            build(f"query.postprocessors[{i}]", spec, BaseNodePostprocessor, embed_model=embedding.model)
            for i, spec in enumerate(config.postprocessors)
        ]

    async def hits(self, sought: Sought, scope: Scope, served: Served) -> list[Hit]:
        """The chunks for what is sought, best first."""
        query = ScopedQuery(query_str=sought.whole, sought=sought, scope=scope, served=served)
        nodes: Sequence[NodeWithScore] = await self._retriever.aretrieve(query)
        for postprocessor in self._postprocessors:
            nodes = await postprocessor.apostprocess_nodes(list(nodes), query_bundle=query)
        return [_hit_of(node) for node in nodes]


def _retriever(config: QueryConfig, index: LiveIndex, embedding: Embedding) -> BaseRetriever:
    key, spec = "query.retriever", config.retriever
    if spec.name == "hybrid":
        return HybridRetriever(build(key, spec, HybridSearch, index=index, embedding=embedding))
    return build(key, spec, BaseRetriever, index=index, embedding=embedding, embed_model=embedding.model)


def node_of(hit: Hit) -> NodeWithScore:
    """The hit for LlamaIndex's postprocessors."""
    metadata = {name: getattr(hit, name) for name in IN_METADATA}
    node = TextNode(
        id_=hit.chunk_id,
        text=hit.text,
        metadata=metadata,
        excluded_llm_metadata_keys=IN_METADATA,
        excluded_embed_metadata_keys=IN_METADATA,
    )
    return NodeWithScore(node=node, score=hit.score)


def _hit_of(found: NodeWithScore) -> Hit:
    """What a foreign retriever or a postprocessor gives."""
    node = found.node
    about = {**node.metadata, "text": node.get_content()}
    return hit_from(
        node.node_id, about, float(found.score or 0.0), float(node.metadata.get("similarity", 0.0))
    )
