"""The hybrid search: one call to the engine, fusion, and the payloads of what is best.

No LlamaIndex object is made here: a question meets its framework only where the configuration names a
component of it, see `llama`.
"""

import asyncio
from functools import partial
from typing import Any, Literal

from qdrant_client import models as rest

from pipeline.embedding import Embedding
from pipeline.followups import Sought
from pipeline.keys import page_part
from pipeline.live import LiveIndex, Served
from pipeline.models import Hit, Scope
from pipeline.retrieval.fusion import Fusion, distribution_based, lifted, reciprocal_rank
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


class HybridSearch:
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
        self._index = index
        self._embedding = embedding
        self._dense, self._sparse, self._limit = dense, sparse, limit
        self._page_weight = page_weight
        self._fusion: Fusion = partial(reciprocal_rank, k=k) if fusion == "rrf" else distribution_based

    async def hits(self, sought: Sought, scope: Scope, served: Served | None = None) -> list[Hit]:
        """The chunks for what is sought, best first, in `served` or what is served now.  Raises EmbeddingError."""
        served = served or self._index.served
        client, collection = served.generation.client, served.generation.collection
        wanted = await self._requests(sought, scope_filter(served, scope))
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
        return [hit_from(key, payloads[key], score, similarity.get(key, 0.0)) for key, score in best]

    async def _requests(self, sought: Sought, where: rest.Filter) -> list[tuple[rest.QueryRequest, float]]:
        """The searches, and what each counts: by meaning and, when there are words that say something, by words."""
        texts = {sought.whole: 1.0}
        if sought.context:
            texts[sought.text] = ALONE
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


def hit_from(key: str, about: dict[str, Any], score: float, similarity: float) -> Hit:
    """A hit from a chunk's payload."""
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
