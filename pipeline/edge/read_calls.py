"""The calls that read points, as AsyncQdrantClient has them.

They run inline on the event loop: a read takes some 0.3 ms and the engine keeps Python's interpreter
lock through it, so a hop to a thread would add its cost and give nothing back.
"""

from collections.abc import Sequence
from typing import Any

import qdrant_edge as edge
from qdrant_client import models

# models.QueryResponse is another class, of the client's own embedding calls.
from qdrant_client.http.models import QueryResponse

from pipeline.edge.conversion.filters import engine_filter
from pipeline.edge.conversion.points import (
    client_id,
    client_record,
    client_scored_point,
    engine_id,
    engine_ids,
    payload_selector,
    vector_selector,
)
from pipeline.edge.conversion.queries import VectorOf, engine_order, engine_request
from pipeline.edge.refusals import Refused, engine_errors, refuse_others
from pipeline.edge.shards import Shards


class ReadCalls:
    """Points: retrieve, scroll, count, facet, query."""

    _shards: Shards

    async def retrieve(
        self,
        collection_name: str,
        ids: Sequence[Any],
        with_payload: Any = True,
        with_vectors: Any = False,
        **others: Any,
    ) -> list[models.Record]:
        """The points with these ids, in the order asked for; those that are not there are left out."""
        refuse_others("retrieve", others)
        held = await self._shards.reading(collection_name)
        with engine_errors("retrieve"):
            wanted, payload, vectors = (
                engine_ids(ids),
                payload_selector(with_payload),
                vector_selector(with_vectors),
            )
            return [client_record(one) for one in held.shard.retrieve(wanted, payload, vectors)]

    async def scroll(
        self,
        collection_name: str,
        scroll_filter: models.Filter | None = None,
        limit: int = 10,
        order_by: str | models.OrderBy | None = None,
        offset: Any = None,
        with_payload: Any = True,
        with_vectors: Any = False,
        **others: Any,
    ) -> tuple[list[models.Record], int | str | None]:
        """Points by id, or by an indexed field, and the id to go on from (`offset`) or None."""
        refuse_others("scroll", others)
        held = await self._shards.reading(collection_name)
        with engine_errors("scroll"):
            request = edge.ScrollRequest(
                offset=None if offset is None else engine_id(offset),
                limit=limit,
                filter=engine_filter(scroll_filter),
                with_payload=payload_selector(with_payload),
                with_vector=vector_selector(with_vectors),
                order_by=engine_order(order_by),
            )
            records, following = held.shard.scroll(request)
        return [client_record(one) for one in records], None if following is None else client_id(following)

    async def count(
        self,
        collection_name: str,
        count_filter: models.Filter | None = None,
        exact: bool = True,
        **others: Any,
    ) -> models.CountResult:
        refuse_others("count", others)
        held = await self._shards.reading(collection_name)
        with engine_errors("count"):
            request = edge.CountRequest(exact=exact, filter=engine_filter(count_filter))
            return models.CountResult(count=held.shard.count(request))

    async def facet(
        self,
        collection_name: str,
        key: str,
        facet_filter: models.Filter | None = None,
        limit: int = 10,
        exact: bool = False,
        **others: Any,
    ) -> models.FacetResponse:
        """The values of an indexed field with their numbers of points, the most frequent first."""
        refuse_others("facet", others)
        held = await self._shards.reading(collection_name)
        with engine_errors("facet"):
            request = edge.FacetRequest(key, limit, exact, engine_filter(facet_filter))
            hits = held.shard.facet(request).hits
        return models.FacetResponse(
            hits=[models.FacetValueHit(value=hit.value, count=hit.count) for hit in hits]
        )

    async def query_points(
        self,
        collection_name: str,
        query: Any = None,
        using: str | None = None,
        prefetch: models.Prefetch | list[models.Prefetch] | None = None,
        query_filter: models.Filter | None = None,
        search_params: models.SearchParams | None = None,
        limit: int = 10,
        offset: int | None = None,
        with_payload: Any = True,
        with_vectors: Any = False,
        score_threshold: float | None = None,
        **others: Any,
    ) -> QueryResponse:
        """Searches, fuses or lists points.

        `query` is a vector, a SparseVector, NearestQuery (with MMR too), FusionQuery, RrfQuery,
        OrderByQuery, SampleQuery, a point's id, or None for points by id.  RRF gives a point
        1 / (k + rank) from each prefetch, rank from 0, k = 2 unless given.
        """
        refuse_others("query_points", others)
        # Not validated: the parts were, when the caller made them, and the rest are plain values.
        request = models.QueryRequest.model_construct(
            query=query,
            using=using,
            prefetch=prefetch,
            filter=query_filter,
            params=search_params,
            limit=limit,
            offset=offset,
            with_payload=with_payload,
            with_vector=with_vectors,
            score_threshold=score_threshold,
        )
        return (await self._query(collection_name, [request]))[0]

    async def query_batch_points(
        self, collection_name: str, requests: Sequence[models.QueryRequest], **others: Any
    ) -> list[QueryResponse]:
        """Several queries in one engine call, one answer each, in the same order."""
        refuse_others("query_batch_points", others)
        for request in requests:
            refuse_others("query_points", {"shard_key_selector": request.shard_key})
        return await self._query(collection_name, requests)

    async def _query(
        self, collection_name: str, requests: Sequence[models.QueryRequest]
    ) -> list[QueryResponse]:
        shard = (await self._shards.reading(collection_name)).shard
        with engine_errors("query_points"):
            vector_of = _vectors_of(shard)
            batch = edge.QueryBatchRequest([engine_request(one, vector_of) for one in requests])
            answers = shard.query_batch(batch)
        return [_response(points, one) for points, one in zip(answers, requests, strict=True)]


def _response(points: list[edge.ScoredPoint], request: models.QueryRequest) -> QueryResponse:
    vector = bool(request.with_vector)
    bare = not (vector or request.with_payload or isinstance(request.query, models.OrderByQuery))
    return QueryResponse(points=[client_scored_point(point, bare=bare, vector=vector) for point in points])


def _vectors_of(shard: edge.EdgeShard) -> VectorOf:
    """Looks up the vector of a point that a query names by id."""

    def vector_of(point_id: Any, using: str) -> Any:
        found = shard.retrieve([engine_id(point_id)], False, True)
        if not found:
            raise Refused(f"No point with id {point_id} found")
        vectors = found[0].vector
        vector = vectors.get(using) if isinstance(vectors, dict) else vectors
        if vector is None:
            raise Refused(f"Vector with name {using} not found for point {point_id}")
        return vector

    return vector_of
