"""Questions find sections: one hybrid query, fused in the engine, then LlamaIndex postprocessors.

`HybridRetriever` is our LlamaIndex retriever; `Retrieval` runs whichever the configuration names,
and turns its nodes into hits.
"""

from collections.abc import Mapping, Sequence
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
    """Dense and BM25 search in one call, fused by the engine, then weighed by page.

    `dense` and `sparse` are the candidates of each side, `limit` the chunks that come out.  `fusion`
    is distribution-based score fusion or reciprocal rank fusion (with the constant `k`).
    `page_weight` is how much a chunk gains from the three best of its page, because a page about the
    question is more certain than a section.  What the numbers rest on stands in docs/evals.md.
    """

    def __init__(
        self,
        index: LiveIndex,
        embedding: Embedding,
        *,
        dense: int = 60,
        sparse: int = 60,
        limit: int = 24,
        fusion: Literal["dbsf", "rrf"] = "dbsf",
        k: int = 60,
        page_weight: float = 0.1,
    ) -> None:
        if min(dense, sparse, limit, k) < 1 or page_weight < 0 or fusion not in ("rrf", "dbsf"):
            raise ValueError(
                "dense, sparse, limit and k should be at least 1, page_weight at least 0, fusion dbsf or rrf"
            )
        super().__init__()
        self._index = index
        self._embedding = embedding
        self._candidates = {DENSE: dense, SPARSE: sparse}
        self._limit = limit
        self._page_weight = page_weight
        self._fusion: Any = (
            rest.RrfQuery(rrf=rest.Rrf(k=k)) if fusion == "rrf" else rest.FusionQuery(fusion=rest.Fusion.DBSF)
        )

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        raise EmbeddingError("the hybrid retriever is asynchronous: use aretrieve")

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        scoped = (
            query_bundle if isinstance(query_bundle, ScopedQuery) else ScopedQuery(query_bundle.query_str)
        )
        served = scoped.served or self._index.served
        client, collection = served.generation.client, served.generation.collection
        vector = await self._embedding.model.aget_query_embedding(scoped.query_str)
        requests = self._requests(vector, scoped.query_str, scope_filter(served, scoped.scope))
        fused, nearest = await client.query_batch_points(collection_name=collection, requests=requests)
        similarity = {point.id: point.score for point in nearest.points}
        best = weighed(fused.points, similarity, self._page_weight)[: self._limit]
        records = await client.retrieve(
            collection_name=collection, ids=[key for key, _ in best], with_payload=FIELDS
        )
        payloads = {record.id: record.payload for record in records}
        return [_node(key, payloads[key], score, similarity.get(key, 0.0)) for key, score in best]

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
            rest.QueryRequest(
                prefetch=prefetch,
                query=self._fusion,
                limit=sum(self._candidates.values()),
                with_payload=["page"],
            ),
            rest.QueryRequest(query=vector, using=DENSE, limit=self._candidates[DENSE], filter=where),
        ]


def weighed(
    points: Sequence[rest.ScoredPoint], similarity: Mapping[Any, float], page_weight: float
) -> list[tuple[Any, float]]:
    """(id, score) of each point, best first; each gains from the three best points of its page.

    Equal scores are common in rank fusion, and the engine gives them in any order: similarity, then
    the id, decides, so that the same question finds the same sections.
    """
    pages: dict[str, list[float]] = {}
    for point in points:
        pages.setdefault((point.payload or {})["page"], []).append(point.score)
    bonus = {page: page_weight * sum(sorted(scores)[-3:]) for page, scores in pages.items()}
    scored = [(point.id, point.score + bonus[(point.payload or {})["page"]]) for point in points]
    return sorted(scored, key=lambda item: (-item[1], -similarity.get(item[0], 0.0), str(item[0])))


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


def _node(key: Any, found: Mapping[str, Any], score: float, similarity: float) -> NodeWithScore:
    payload = dict(found)
    content = orjson.loads(payload.pop("_node_content"))
    metadata = {**payload, "similarity": similarity}
    return NodeWithScore(
        node=TextNode(
            id_=str(key),
            text=content["text"],
            metadata=metadata,
            excluded_llm_metadata_keys=list(metadata),
            excluded_embed_metadata_keys=list(metadata),
        ),
        score=score,
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
