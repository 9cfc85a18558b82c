"""Questions find sections: one hybrid query, fused in the engine, then LlamaIndex postprocessors.

`HybridRetriever` is our LlamaIndex retriever; `Retrieval` runs whichever the configuration names,
and turns its nodes into hits.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import orjson
from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
from qdrant_client import models as rest

from pipeline.components import build
from pipeline.config import QueryConfig
from pipeline.embedding import Embedding
from pipeline.errors import EmbeddingError
from pipeline.live import LiveIndex, Served, check_scope
from pipeline.models import Hit, Scope
from pipeline.sparse import query_vector
from pipeline.store.generation import DENSE, SPARSE

FIELDS = [
    "url", "permalink", "anchor", "title", "page_title", "breadcrumbs", "version", "version_label",
    "locale", "last", "page", "place", "_node_content",
]  # fmt: skip


@dataclass
class ScopedQuery(QueryBundle):
    """A LlamaIndex query that knows where to look and in which generation."""

    scope: Scope = field(default_factory=Scope)
    served: Served | None = None


class HybridRetriever(BaseRetriever):
    """Dense and BM25 search in one call, fused by the engine.

    `dense` and `sparse` are the candidates of each side, `limit` the chunks that come out, `fusion`
    is reciprocal rank fusion with the constant `k`, or distribution-based score fusion.
    """

    def __init__(
        self,
        index: LiveIndex,
        embedding: Embedding,
        *,
        dense: int = 30,
        sparse: int = 30,
        limit: int = 24,
        fusion: Literal["rrf", "dbsf"] = "rrf",
        k: int = 60,
    ) -> None:
        if min(dense, sparse, limit, k) < 1 or fusion not in ("rrf", "dbsf"):
            raise ValueError("dense, sparse, limit and k should be at least 1, fusion rrf or dbsf")
        super().__init__()
        self._index = index
        self._embedding = embedding
        self._candidates = {DENSE: dense, SPARSE: sparse}
        self._limit = limit
        self._fusion: Any = (
            rest.RrfQuery(rrf=rest.Rrf(k=k)) if fusion == "rrf" else rest.FusionQuery(fusion=rest.Fusion.DBSF)
        )

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        raise EmbeddingError("the hybrid retriever is asynchronous: use aretrieve")

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        scope = query_bundle.scope if isinstance(query_bundle, ScopedQuery) else Scope()
        served = (
            query_bundle.served if isinstance(query_bundle, ScopedQuery) else None
        ) or self._index.served
        vector = await self._embedding.model.aget_query_embedding(query_bundle.query_str)
        requests = self._requests(vector, query_bundle.query_str, scope_filter(served, scope))
        fused, nearest = await served.generation.client.query_batch_points(
            collection_name=served.generation.collection, requests=requests
        )
        similarity = {str(point.id): point.score for point in nearest.points}
        return [_node(point, similarity.get(str(point.id), 0.0)) for point in fused.points]

    def _requests(self, vector: list[float], text: str, where: rest.Filter) -> list[rest.QueryRequest]:
        """The fused query, and the nearest chunks alone for their similarity."""
        sides: list[tuple[str, Any]] = [(DENSE, vector)]
        words = query_vector(text)
        if words.indices:
            sides.append((SPARSE, words))
        prefetch = [
            rest.Prefetch(query=query, using=name, limit=self._candidates[name], filter=where)
            for name, query in sides
        ]
        return [
            rest.QueryRequest(prefetch=prefetch, query=self._fusion, limit=self._limit, with_payload=FIELDS),
            rest.QueryRequest(query=vector, using=DENSE, limit=self._candidates[DENSE], filter=where),
        ]


def scope_filter(served: Served, scope: Scope) -> rest.Filter:
    """Which chunks may be found: by default the last version in the default locale."""
    locale = scope.language or served.manifest.default_locale
    must: list[Any] = [rest.FieldCondition(key="locale", match=rest.MatchValue(value=locale))]
    if scope.any_version:
        return rest.Filter(must=must)
    if scope.version is None:
        must.append(rest.FieldCondition(key="last", match=rest.MatchValue(value=True)))
        return rest.Filter(must=must)
    named = [
        rest.FieldCondition(key=key, match=rest.MatchValue(value=scope.version))
        for key in ("version", "version_label")
    ]
    return rest.Filter(must=[*must, rest.Filter(should=named)])


def _node(point: rest.ScoredPoint, similarity: float) -> NodeWithScore:
    payload = dict(point.payload or {})
    content = orjson.loads(payload.pop("_node_content"))
    metadata = {**payload, "similarity": similarity}
    return NodeWithScore(
        node=TextNode(
            id_=str(point.id),
            text=content["text"],
            metadata=metadata,
            excluded_llm_metadata_keys=list(metadata),
            excluded_embed_metadata_keys=list(metadata),
        ),
        score=point.score,
    )


class Retrieval:
    """The configured retriever and postprocessors as one step."""

    def __init__(self, config: QueryConfig, index: LiveIndex, embedding: Embedding) -> None:
        self._index = index
        self._retriever = build(
            "query.retriever", config.retriever, BaseRetriever,
            index=index, embedding=embedding, embed_model=embedding.model,
        )  # fmt: skip
        self._postprocessors = [
            build(
                f"query.postprocessors[{i}]", spec, BaseNodePostprocessor,
                embed_model=embedding.model,
            )
            for i, spec in enumerate(config.postprocessors)
        ]  # fmt: skip

    async def find(self, text: str, scope: Scope) -> tuple[Hit, ...]:
        """The chunks for `text`, best first.

        Raises NoIndex, StaleIndex, QuestionError (unknown version or language), EmbeddingError.
        """
        served = self._index.served
        check_scope(served, scope)
        query = ScopedQuery(query_str=text, scope=scope, served=served)
        nodes: Sequence[NodeWithScore] = await self._retriever.aretrieve(query)
        for postprocessor in self._postprocessors:
            nodes = await postprocessor.apostprocess_nodes(list(nodes), query_bundle=query)
        return tuple(_hit(node) for node in nodes)


def _hit(found: NodeWithScore) -> Hit:
    about = found.node.metadata
    return Hit(
        chunk_id=found.node.node_id,
        url=about["url"],
        permalink=about["permalink"],
        anchor=about["anchor"],
        title=about["title"],
        page_title=about["page_title"],
        breadcrumbs=tuple(about["breadcrumbs"]),
        text=found.node.get_content(),
        version=about["version"],
        version_label=about["version_label"],
        locale=about["locale"],
        score=float(found.score or 0.0),
        similarity=float(about.get("similarity", 0.0)),
    )
