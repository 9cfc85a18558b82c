"""Any points, any filter, any query: local mode and the embedded store agree."""

import tempfile
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from qdrant_client import AsyncQdrantClient, models

from pipeline.edge import AsyncEdgeClient
from tests.pipeline.edge.same import TOLERANCE, Both

M = models
NAME = "any"

# Few keys and few values, so that filters find something.  Numbers stay where 32 bits are exact.
keys = st.sampled_from(["a", "b", "c.d"])
words = st.sampled_from(["x", "y", "z"])
whole = st.integers(-3, 3)
scalars = st.one_of(st.none(), st.booleans(), whole, words, st.integers(-6, 6).map(lambda n: n / 2))
values = st.one_of(scalars, st.lists(scalars, max_size=3))
payloads = st.fixed_dictionaries(
    {}, optional={"a": values, "b": values, "c": st.fixed_dictionaries({}, optional={"d": values})}
)
coordinates = st.integers(-8, 8).map(lambda n: n / 8)
dense = st.lists(coordinates, min_size=3, max_size=3)
sparse = st.dictionaries(
    st.integers(0, 9), st.integers(1, 8).map(lambda n: n / 4), min_size=1, max_size=4
).map(lambda it: M.SparseVector(indices=list(it), values=list(it.values())))
vectors = st.fixed_dictionaries({}, optional={"dense": dense, "sparse": sparse})
ids = st.one_of(st.integers(0, 12), st.uuids(version=4).map(str))


@st.composite
def point_lists(draw: st.DrawFn) -> list[models.PointStruct]:
    chosen = draw(st.lists(ids, min_size=1, max_size=12, unique=True))
    return [M.PointStruct(id=one, vector=draw(vectors), payload=draw(payloads)) for one in chosen]


bounds = st.one_of(st.none(), st.integers(-4, 4).map(lambda n: n / 2))
ranges = st.builds(M.Range, gt=bounds, gte=bounds, lt=bounds, lte=bounds).filter(
    lambda it: any(bound is not None for bound in it.model_dump().values())
)
matches = st.one_of(
    st.builds(M.MatchValue, value=st.one_of(st.booleans(), whole, words)),
    st.builds(
        M.MatchAny, any=st.one_of(st.lists(words, max_size=3), st.lists(whole, min_size=1, max_size=3))
    ),
    st.lists(words, max_size=3).map(lambda it: M.MatchExcept(**{"except": it})),
)
conditions = st.one_of(
    st.builds(M.FieldCondition, key=keys, match=matches),
    st.builds(M.FieldCondition, key=keys, range=ranges),
    st.builds(M.FieldCondition, key=keys, is_empty=st.booleans()),
    st.builds(M.FieldCondition, key=keys, is_null=st.booleans()),
    keys.map(lambda key: M.IsEmptyCondition(is_empty=M.PayloadField(key=key))),
    keys.map(lambda key: M.IsNullCondition(is_null=M.PayloadField(key=key))),
    st.lists(st.integers(0, 12), max_size=4).map(lambda it: M.HasIdCondition(has_id=it)),
    st.sampled_from(["dense", "sparse"]).map(lambda name: M.HasVectorCondition(has_vector=name)),
)


def filters_of(conditions: st.SearchStrategy[Any]) -> st.SearchStrategy[models.Filter]:
    clauses = st.one_of(st.none(), st.lists(conditions, min_size=1, max_size=3))
    some = st.lists(conditions, min_size=1, max_size=3)
    least = st.one_of(st.none(), st.builds(M.MinShould, conditions=some, min_count=st.integers(1, 2)))
    return st.builds(M.Filter, must=clauses, should=clauses, must_not=clauses, min_should=least)


filters = st.recursive(
    filters_of(conditions), lambda inner: filters_of(st.one_of(conditions, inner)), max_leaves=3
)
searches = st.one_of(
    dense.filter(any).map(lambda vector: {"query": vector, "using": "dense"}),
    sparse.map(lambda vector: {"query": vector, "using": "sparse"}),
)


@settings(
    max_examples=60,
    deadline=None,  # making a collection takes the disk's time
    suppress_health_check=[HealthCheck.too_slow],
)
@given(points=point_lists(), condition=filters, search=searches)
async def test_any_filter_and_query(
    points: list[models.PointStruct], condition: models.Filter, search: dict[str, Any]
) -> None:
    """A filter lists and counts the same points, a search finds them with the same scores, and deleting by it
    leaves the same."""
    with tempfile.TemporaryDirectory() as folder:
        both = Both(AsyncQdrantClient(":memory:"), AsyncEdgeClient(Path(folder)))
        try:
            await both.do(_create)
            await both.do(lambda it: it.upsert(NAME, points))
            await both.same(lambda it: it.scroll(NAME, scroll_filter=condition, limit=20, with_vectors=True))
            await both.same(lambda it: it.count(NAME, count_filter=condition))
            for chosen in (None, condition):
                await _same_scores(both, {**search, "query_filter": chosen})
            await both.do(lambda it: it.delete(NAME, points_selector=condition))
            await both.same(lambda it: it.scroll(NAME, limit=20))
        finally:
            await both.edge.close()
            await both.local.close()


async def _create(client: Any) -> None:
    await client.create_collection(
        NAME,
        vectors_config={"dense": M.VectorParams(size=3, distance=M.Distance.COSINE)},
        sparse_vectors_config={"sparse": M.SparseVectorParams(modifier=M.Modifier.IDF)},
    )


async def _same_scores(both: Both, search: dict[str, Any]) -> None:
    """Compared by point: those of one score stand in any order."""
    expected, found = [
        {point.id: point.score for point in (await client.query_points(NAME, limit=20, **search)).points}
        for client in (both.local, both.edge)
    ]
    assert expected.keys() == found.keys()
    assert all(abs(expected[one] - found[one]) < TOLERANCE for one in expected)
