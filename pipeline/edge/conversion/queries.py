"""Queries: the client's query, prefetch and search parameters to the engine's.  Pure functions.

A query by point id needs that point's vector: the caller hands in `vector_of`.
"""

from collections.abc import Callable
from typing import Any
from uuid import UUID

import qdrant_edge as edge
from qdrant_client import models

from pipeline.edge.conversion.filters import engine_filter, iso, without_ids
from pipeline.edge.conversion.matching import engine_member
from pipeline.edge.conversion.points import engine_named_vector, payload_selector, vector_selector
from pipeline.edge.refusals import Refused, unsupported

# (point id, vector name) -> that vector in the engine's form; raises Refused when there is none.
VectorOf = Callable[[Any, str], Any]

_DEFAULT_LIMIT = 10  # the client's and the server's, for queries and prefetches
_RRF_K = 2  # the server's ranking constant: a point at rank r (from 0) gets 1 / (k + r)
_DIVERSITY = 0.5  # the server's, for MMR; its lambda is 1 - diversity


def engine_request(request: models.QueryRequest, vector_of: VectorOf) -> edge.QueryRequest:
    """One query for the engine.

    Raises Unsupported for what the engine, or this door, does not have; Refused for what no Qdrant
    takes: prefetches without a query to merge them, a threshold without a query.
    """
    _check(request)
    query, condition = _scoring(request, vector_of)
    return edge.QueryRequest(
        limit=_DEFAULT_LIMIT if request.limit is None else request.limit,
        offset=request.offset,
        query=query,
        prefetches=_prefetches(request, vector_of),
        with_vector=vector_selector(request.with_vector),
        with_payload=payload_selector(request.with_payload),
        filter=condition,
        score_threshold=request.score_threshold,
        params=search_params(request.params),
    )


def _prefetches(of: Any, vector_of: VectorOf) -> list[edge.Prefetch]:
    listed = of.prefetch if isinstance(of.prefetch, list) else [of.prefetch] if of.prefetch else []
    return [_prefetch(one, vector_of) for one in listed]


def _prefetch(prefetch: models.Prefetch, vector_of: VectorOf) -> edge.Prefetch:
    _check(prefetch)
    query, condition = _scoring(prefetch, vector_of)
    return edge.Prefetch(
        limit=_DEFAULT_LIMIT if prefetch.limit is None else prefetch.limit,
        query=query,
        prefetches=_prefetches(prefetch, vector_of),
        params=search_params(prefetch.params),
        filter=condition,
        score_threshold=prefetch.score_threshold,
    )


def _check(of: Any) -> None:
    """What a server refuses at its door, before the engine sees it."""
    if of.lookup_from is not None:
        raise unsupported("query_points", "lookup_from")
    if of.prefetch and of.query is None:
        raise Refused("A query is needed to merge the prefetches.")
    if of.score_threshold is not None and of.query is None:
        raise Refused("A query is needed to use the score_threshold.")
    if isinstance(of.query, models.FusionQuery | models.RrfQuery) and of.using:
        raise Refused("Fusion queries cannot be combined with the 'using' field.")


def _scoring(of: Any, vector_of: VectorOf) -> tuple[Any, edge.Filter | None]:
    """The engine's query, and the filter: a query by id leaves that point itself out."""
    condition = engine_filter(of.filter)
    query: Any = of.query
    using: str = of.using or ""
    if query is None:
        return None, condition
    mmr = None
    if isinstance(query, models.NearestQuery):
        query, mmr = query.nearest, query.mmr
    if isinstance(query, int | str | UUID):
        condition = without_ids(condition, [query])
        vector = vector_of(query, using)
    elif (convert := _QUERIES.get(type(query))) is not None:
        return convert(query), condition
    else:
        vector = _query_vector(query)
    if mmr is not None:
        return _mmr(vector, using, mmr, of.limit), condition
    return edge.Query.Nearest(vector, using), condition


def _query_vector(query: Any) -> Any:
    if isinstance(query, models.SparseVector | list) or hasattr(query, "tolist"):
        return engine_named_vector(query)
    raise unsupported("query_points", type(query).__name__)


def _mmr(vector: Any, using: str, mmr: models.Mmr, limit: int | None) -> edge.Mmr:
    diversity = _DIVERSITY if mmr.diversity is None else mmr.diversity
    candidates = mmr.candidates_limit or limit or _DEFAULT_LIMIT
    return edge.Mmr(vector, 1.0 - diversity, candidates, using)


def _fusion(query: models.FusionQuery) -> Any:
    if query.fusion == models.Fusion.DBSF:
        return edge.Fusion.Dbsf()
    return edge.Fusion.Rrf(k=_RRF_K)


def _rrf(query: models.RrfQuery) -> Any:
    k = _RRF_K if query.rrf.k is None else query.rrf.k
    if k < 1:
        raise Refused(f"rrf k value {k} is invalid. Must be 1 or larger.")
    return edge.Fusion.Rrf(k=k, weights=query.rrf.weights)


def engine_order(order_by: str | models.OrderBy | None) -> edge.OrderBy | None:
    """An order for the engine, which needs an index with ranges on that field."""
    if order_by is None:
        return None
    if isinstance(order_by, str):
        return edge.OrderBy(order_by)
    direction = order_by.direction
    return edge.OrderBy(
        order_by.key,
        edge.Direction.Desc if direction == models.Direction.DESC else edge.Direction.Asc,
        iso(order_by.start_from),
    )


def _sample(query: models.SampleQuery) -> Any:
    return engine_member(edge.Sample, query.sample)


_QUERIES: dict[type, Callable[[Any], Any]] = {
    models.FusionQuery: _fusion,
    models.RrfQuery: _rrf,
    models.OrderByQuery: lambda it: engine_order(it.order_by),
    models.SampleQuery: _sample,
}


# --- search parameters ---------------------------------------------------------------------


def search_params(params: models.SearchParams | None) -> edge.SearchParams | None:
    if params is None:
        return None
    return edge.SearchParams(
        hnsw_ef=params.hnsw_ef,
        exact=bool(params.exact),
        quantization=_quantization(params.quantization),
        indexed_only=bool(params.indexed_only),
        acorn=_acorn(params.acorn),
        idf=_idf(params.idf),
    )


def _quantization(params: models.QuantizationSearchParams | None) -> edge.QuantizationSearchParams | None:
    if params is None:
        return None
    return edge.QuantizationSearchParams(bool(params.ignore), params.rescore, params.oversampling)


def _acorn(params: models.AcornSearchParams | None) -> edge.AcornSearchParams | None:
    return None if params is None else edge.AcornSearchParams(bool(params.enable), params.max_selectivity)


def _idf(scope: Any) -> edge.IdfParams | None:
    if scope is None or scope == models.IdfScope.GLOBAL:
        return None
    if isinstance(scope, models.IdfCorpusParams):
        return edge.IdfParams(engine_filter(scope.corpus))
    raise unsupported("search_params", f"idf={scope}")
