"""Questions find sections: one call to the engine, fusion, then LlamaIndex postprocessors.

`HybridRetriever` is our LlamaIndex retriever; `Retrieval` runs whichever the configuration names,
and turns its nodes into hits.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from functools import partial
from typing import Any, Literal

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.postprocessor.types import BaseNodePostprocessor
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode
from qdrant_client import models as rest

from pipeline.chunking import page_part
from pipeline.components import build
from pipeline.config import QueryConfig
from pipeline.embedding import Embedding
from pipeline.errors import EmbeddingError
from pipeline.followups import Sought
from pipeline.fusion import Fusion, distribution_based, lifted, reciprocal_rank
from pipeline.live import LiveIndex, Served, check_scope
from pipeline.models import Hit, Scope
from pipeline.spans import span
from pipeline.sparse import query_vector
from pipeline.store.generation import DENSE, SPARSE

FIELDS = [
    "url", "permalink", "anchor", "title", "page_title", "breadcrumbs", "version", "version_label",
    "locale", "text",
]  # fmt: skip

ALONE = 1.5
"""What a later question counts by itself, against 1 with the conversation before it: see docs/evals.md."""

FEWEST = 10
"""A search by words counts as if it had found at least so many chunks, the missing ones with a score of 0:
one chunk that alone has the word asked for would else have no spread to stand out from."""


@dataclass
class ScopedQuery(QueryBundle):
    """A LlamaIndex query that knows where to look and in which generation."""

    scope: Scope = field(default_factory=Scope)
    alone: str = ""
    """The question without the conversation before it, when `query_str` has both."""
    served: Served | None = None


class HybridRetriever(BaseRetriever):
    """Dense and BM25 search in one call to the engine, fused, then weighed by page.

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
        self._dense, self._sparse, self._limit = dense, sparse, limit
        self._page_weight = page_weight
        self._fusion: Fusion = partial(reciprocal_rank, k=k) if fusion == "rrf" else distribution_based

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        raise EmbeddingError("the hybrid retriever is asynchronous: use aretrieve")

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        scoped = (
            query_bundle if isinstance(query_bundle, ScopedQuery) else ScopedQuery(query_bundle.query_str)
        )
        return [_node(hit) for hit in await self.hits(scoped)]

    async def hits(self, query: ScopedQuery) -> list[Hit]:
        """The chunks for `query`, best first, without a LlamaIndex node for each."""
        served = query.served or self._index.served
        client, collection = served.generation.client, served.generation.collection
        wanted = await self._requests(query, scope_filter(served, query.scope))
        answers = await client.query_batch_points(
            collection_name=collection, requests=[request for request, _ in wanted]
        )
        searches: list[list[tuple[Any, float]]] = [
            [(point.id, point.score) for point in answer.points] for answer in answers
        ]
        similarity: dict[Any, float] = {}
        for (request, _), found in zip(wanted, searches, strict=True):
            if request.using == DENSE:
                similarity |= {key: max(score, similarity.get(key, 0.0)) for key, score in found}
            else:
                found.extend([(None, 0.0)] * (FEWEST - len(found)))
        fused = self._fusion(searches, [weight for _, weight in wanted])
        fused.pop(None, None)
        best = lifted(fused, page_part, self._page_weight, similarity)[: self._limit]
        records = await client.retrieve(
            collection_name=collection, ids=[key for key, _ in best], with_payload=FIELDS
        )
        payloads = {record.id: record.payload for record in records}
        return [_hit(key, payloads[key], score, similarity.get(key, 0.0)) for key, score in best]

    async def _requests(
        self, query: ScopedQuery, where: rest.Filter
    ) -> list[tuple[rest.QueryRequest, float]]:
        """The searches, and what each counts: by meaning and, when there are words that say something, by words."""
        texts = {query.query_str: 1.0}
        if query.alone:
            texts[query.alone] = ALONE
        with span("embedding"):
            vectors = await asyncio.gather(*map(self._embedding.query, texts))
        wanted = []
        for (text, weight), vector in zip(texts.items(), vectors, strict=True):
            # Not validated: its parts were, and the vector's many numbers need no look each.
            dense = rest.QueryRequest.model_construct(
                query=vector, using=DENSE, limit=self._dense, filter=where, with_payload=False
            )
            wanted.append((dense, weight))
            if (words := query_vector(text)).indices:
                sparse = rest.QueryRequest(query=words, using=SPARSE, limit=self._sparse, filter=where)
                wanted.append((sparse, weight))
        return wanted


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


def _hit(key: str, about: dict[str, Any], score: float, similarity: float) -> Hit:
    return Hit(
        chunk_id=key,
        url=about["url"],
        permalink=about["permalink"],
        anchor=about["anchor"],
        title=about["title"],
        page_title=about["page_title"],
        breadcrumbs=tuple(about["breadcrumbs"]),
        text=about["text"],
        version=about["version"],
        version_label=about["version_label"],
        locale=about["locale"],
        score=score,
        similarity=similarity,
    )


IN_METADATA = [f.name for f in fields(Hit) if f.name not in ("chunk_id", "text", "score")]


def _node(hit: Hit) -> NodeWithScore:
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
    return _hit(node.node_id, about, float(found.score or 0.0), float(node.metadata.get("similarity", 0.0)))


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

    async def find(self, sought: Sought, scope: Scope) -> tuple[Hit, ...]:
        """The chunks for what is sought, best first.

        Raises NoIndex, StaleIndex, QuestionError (unknown version or language), EmbeddingError.
        """
        served = self._index.served
        check_scope(served, scope)
        alone = sought.text if sought.context else ""
        query = ScopedQuery(query_str=sought.whole, scope=scope, alone=alone, served=served)
        if isinstance(self._retriever, HybridRetriever) and not self._postprocessors:
            return tuple(await self._retriever.hits(query))
        nodes: Sequence[NodeWithScore] = await self._retriever.aretrieve(query)
        for postprocessor in self._postprocessors:
            nodes = await postprocessor.apostprocess_nodes(list(nodes), query_bundle=query)
        return tuple(_hit_of(node) for node in nodes)
