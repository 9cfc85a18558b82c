"""Every read, asked of local mode and of the embedded store: the same answers."""

from datetime import UTC, datetime
from typing import Any

import pytest
from qdrant_client import models

from tests.pipeline.edge.same import Ask, Both
from tests.pipeline.edge.site import NAME, QUERY, WORDS, uuid

M = models


def field(key: str, **what: Any) -> M.FieldCondition:
    return M.FieldCondition(key=key, **what)


def must(*conditions: Any) -> M.Filter:
    return M.Filter(must=list(conditions))


def around(lon: float, lat: float) -> list[M.GeoPoint]:
    corners = [(-0.3, -0.3), (0.3, -0.3), (0.3, 0.3), (-0.3, 0.3), (-0.3, -0.3)]
    return [M.GeoPoint(lon=lon + x, lat=lat + y) for x, y in corners]


DOC0 = field("doc", match=M.MatchValue(value="page-0"))
BERLIN = M.GeoPoint(lon=13.4, lat=52.2)

FILTERS: dict[str, Any] = {
    "none": None,
    "empty": M.Filter(),
    "no_should": M.Filter(should=[]),
    "value": must(DOC0),
    "one_condition": M.Filter(must=DOC0),
    "whole": must(field("n", match=M.MatchValue(value=30))),
    "flag": must(field("draft", match=M.MatchValue(value=True))),
    "any": must(field("doc", match=M.MatchAny(any=["page-0", "page-2"]))),
    "any_whole": must(field("n", match=M.MatchAny(any=[10, 20, 999]))),
    "except": must(field("doc", match=M.MatchExcept(**{"except": ["page-0"]}))),
    "text": must(field("text", match=M.MatchText(text="install"))),
    "array": must(field("tags", match=M.MatchValue(value="tag-1"))),
    "path": must(field("steps[].n", match=M.MatchValue(value=4))),
    "range": must(field("n", range=M.Range(gt=20, lte=70))),
    "range_float": must(field("score", range=M.Range(gte=0.5, lt=1.75))),
    "moments": must(
        field(
            "when", range=M.DatetimeRange(gte=datetime(2024, 1, 4, 12, tzinfo=UTC), lt="2024-01-08T12:00:00Z")
        )
    ),
    "moment_without_zone": must(field("when", range=M.DatetimeRange(gt=datetime(2024, 1, 4, 12)))),
    "is_empty": must(M.IsEmptyCondition(is_empty=M.PayloadField(key="tags"))),
    "is_null": must(M.IsNullCondition(is_null=M.PayloadField(key="gone"))),
    "field_is_empty": must(field("tags", is_empty=False)),
    "has_id": must(M.HasIdCondition(has_id=[1, 3, uuid(3), uuid(99)])),
    "has_vector": must(M.HasVectorCondition(has_vector="words")),
    "nested": must(
        M.NestedCondition(
            nested=M.Nested(
                key="steps",
                filter=must(field("name", match=M.MatchValue(value="a")), field("n", range=M.Range(gte=8))),
            )
        )
    ),
    "values_count": must(field("tags", values_count=M.ValuesCount(gte=2, lt=3))),
    "radius": must(field("place", geo_radius=M.GeoRadius(center=BERLIN, radius=20_000))),
    "box": must(
        field(
            "place",
            geo_bounding_box=M.GeoBoundingBox(
                top_left=M.GeoPoint(lon=13.25, lat=52.4), bottom_right=M.GeoPoint(lon=13.75, lat=52.1)
            ),
        )
    ),
    "polygon": must(
        field("place", geo_polygon=M.GeoPolygon(exterior=M.GeoLineString(points=around(13.43, 52.2))))
    ),
    "should": M.Filter(should=[DOC0, field("n", match=M.MatchValue(value=10))]),
    "must_not": M.Filter(must_not=[DOC0, field("draft", match=M.MatchValue(value=True))]),
    "min_should": M.Filter(
        min_should=M.MinShould(
            conditions=[
                DOC0,
                field("n", range=M.Range(gt=30)),
                field("draft", match=M.MatchValue(value=True)),
            ],
            min_count=2,
        )
    ),
    "filter_in_filter": must(M.Filter(should=[DOC0]), M.Filter(must_not=[field("n", range=M.Range(gt=50))])),
}


@pytest.mark.parametrize("name", FILTERS)
async def test_filter_chooses_the_same_points(site: Both, name: str) -> None:
    """A filter lists, counts and narrows a search to the same points in both."""
    chosen = FILTERS[name]
    records, _ = await site.same(lambda it: it.scroll(NAME, scroll_filter=chosen, limit=50))
    count = await site.same(lambda it: it.count(NAME, count_filter=chosen, exact=True))
    assert count["count"] == len(records) > 0
    await site.same(
        lambda it: it.query_points(NAME, query=QUERY, using="dense", query_filter=chosen, limit=50)
    )


PREFETCH = [
    M.Prefetch(query=QUERY, using="dense", limit=6),
    M.Prefetch(query=WORDS, using="words", limit=4),
]


def query(**arguments: Any) -> Ask:
    return lambda client: client.query_points(NAME, **arguments)


QUERIES: dict[str, Ask] = {
    "dense": query(query=QUERY, using="dense"),
    "dense_page_two": query(query=QUERY, using="dense", limit=3, offset=3),
    "dense_threshold": query(query=QUERY, using="dense", score_threshold=0.5),
    "dense_exact": query(query=QUERY, using="dense", search_params=M.SearchParams(exact=True, hnsw_ef=64)),
    "nearest": query(query=M.NearestQuery(nearest=QUERY), using="dense"),
    "sparse": query(query=WORDS, using="words"),
    "sparse_vectors_out": query(query=WORDS, using="words", with_vectors=["words"], with_payload=["doc"]),
    "without_payload": query(query=QUERY, using="dense", with_payload=False, with_vectors=True),
    "by_id": query(query=1, using="dense"),
    "by_uuid": query(query=uuid(3), using="dense", query_filter=must(DOC0)),
    "by_sparse_id": query(query=3, using="words"),
    "none": query(limit=4, offset=2),
    "none_filtered": query(query_filter=must(DOC0)),
    "dbsf": query(prefetch=PREFETCH, query=M.FusionQuery(fusion=M.Fusion.DBSF), limit=3),
    "rescored": query(prefetch=PREFETCH[1], query=QUERY, using="dense"),
    "rescored_filtered": query(prefetch=PREFETCH[1], query=QUERY, using="dense", query_filter=must(DOC0)),
    "nested": query(
        prefetch=M.Prefetch(prefetch=PREFETCH, query=WORDS, using="words", limit=5),
        query=QUERY,
        using="dense",
    ),
    "mmr": query(
        query=M.NearestQuery(nearest=QUERY, mmr=M.Mmr(diversity=0.6, candidates_limit=9)),
        using="dense",
        limit=4,
    ),
    "order": query(query=M.OrderByQuery(order_by="n"), limit=3),
    "order_back": query(
        query=M.OrderByQuery(order_by=M.OrderBy(key="when", direction=M.Direction.DESC)), limit=3
    ),
}

READS: dict[str, Ask] = {
    "retrieve": lambda it: it.retrieve(NAME, ids=[3, uuid(1), 777, 11, uuid(11)], with_vectors=True),
    "retrieve_upper_case": lambda it: it.retrieve(NAME, ids=[uuid(11).upper()], with_payload=False),
    "retrieve_named": lambda it: it.retrieve(
        NAME, ids=[9, 7], with_vectors=["words"], with_payload=["doc", "n"]
    ),
    "scroll": lambda it: it.scroll(NAME, limit=5),
    "scroll_on": lambda it: it.scroll(NAME, limit=4, offset=uuid(3), with_vectors=True),
    "scroll_to_end": lambda it: it.scroll(NAME, limit=3, offset=uuid(9)),
    "include": lambda it: it.scroll(
        NAME, with_payload=M.PayloadSelectorInclude(include=["steps[].n", "doc"])
    ),
    "exclude": lambda it: it.scroll(
        NAME, with_payload=M.PayloadSelectorExclude(exclude=["steps[].n", "text"])
    ),
    "no_fields": lambda it: it.scroll(NAME, with_payload=[]),
    "scroll_by": lambda it: it.scroll(NAME, order_by="n", limit=4),
    "scroll_back_by": lambda it: it.scroll(
        NAME, order_by=M.OrderBy(key="n", direction=M.Direction.DESC, start_from=50), limit=4
    ),
    "scroll_by_moment": lambda it: it.scroll(
        NAME, order_by=M.OrderBy(key="when", start_from=datetime(2024, 1, 5, tzinfo=UTC)), limit=4
    ),
    "facet": lambda it: it.facet(NAME, key="doc"),
    "facet_filtered": lambda it: it.facet(
        NAME, key="doc", facet_filter=must(field("n", range=M.Range(gt=10))), limit=2, exact=True
    ),
    "exists": lambda it: it.collection_exists(NAME),
    "exists_not": lambda it: it.collection_exists("nothing"),
    "exists_not_a_name": lambda it: it.collection_exists("../site"),
    "collections": lambda it: it.get_collections(),
    "batch": lambda it: it.query_batch_points(
        NAME,
        requests=[
            M.QueryRequest(query=QUERY, using="dense", limit=3, with_payload=True),
            M.QueryRequest(query=WORDS, using="words", filter=must(DOC0), with_vector=["words"]),
            M.QueryRequest(prefetch=PREFETCH[0], query=WORDS, using="words", limit=2),
        ],
    ),
}

REFUSED: dict[str, Ask] = {
    "missing_collection": lambda it: it.scroll("nothing"),
    "missing_info": lambda it: it.get_collection("nothing"),
    "missing_query": lambda it: it.query_points("nothing", query=QUERY),
    "dimension": query(query=[1.0, 2.0], using="dense"),
    "vector_name": query(query=QUERY, using="other"),
    "unnamed": query(query=QUERY),
    "sparse_lengths": query(query=M.SparseVector(indices=[1, 2], values=[1.0]), using="words"),
    "id_without_vector": query(query=11, using="dense"),
    "id_missing": query(query=777, using="dense"),
    "prefetch_alone": query(prefetch=PREFETCH),
    "threshold_alone": query(score_threshold=0.5),
    "fusion_using": query(prefetch=PREFETCH, query=M.FusionQuery(fusion=M.Fusion.RRF), using="dense"),
    "rrf_k": query(prefetch=PREFETCH, query=M.RrfQuery(rrf=M.Rrf(k=0))),
    "payload_text": lambda it: it.scroll(NAME, with_payload="doc"),
    "vectors_text": lambda it: it.scroll(NAME, with_vectors="dense"),
    "offset_and_order": lambda it: it.scroll(NAME, order_by="n", offset=3),
}


# Local mode warns that it searches exactly whatever the parameters say.
@pytest.mark.filterwarnings("ignore:Local mode performs exact")
@pytest.mark.parametrize("ask", [*QUERIES.values(), *READS.values()], ids=[*QUERIES, *READS])
async def test_read_answers_the_same(site: Both, ask: Ask) -> None:
    """Ids, order, payloads, vectors and scores are those of local mode."""
    found = await site.same(ask)
    assert found != "refused"


@pytest.mark.parametrize("ask", REFUSED.values(), ids=REFUSED)
async def test_refusal_is_a_value_error_in_both(site: Both, ask: Ask) -> None:
    """What local mode refuses with ValueError is refused here with a StoreError that is one too."""
    assert await site.same(ask) == "refused"


FUSIONS: dict[str, Any] = {
    "default": M.FusionQuery(fusion=M.Fusion.RRF),
    "k": M.RrfQuery(rrf=M.Rrf(k=60)),
    "weights": M.RrfQuery(rrf=M.Rrf(k=5, weights=[3.0, 1.0])),
}


@pytest.mark.parametrize("name", FUSIONS)
async def test_reciprocal_rank_fusion_gives_the_same_scores(site: Both, name: str) -> None:
    """RRF scores are equal by point; points of one score may stand in any order."""
    answer = await site.edge.query_points(NAME, prefetch=PREFETCH, query=FUSIONS[name], limit=20)
    expected = await site.local.query_points(NAME, prefetch=PREFETCH, query=FUSIONS[name], limit=20)
    assert {point.id: pytest.approx(point.score) for point in answer.points} == {
        point.id: point.score for point in expected.points
    }
    scores = [point.score for point in answer.points]
    assert scores == sorted(scores, reverse=True)


async def test_order_and_facet_need_an_index(site: Both) -> None:
    """As in a server, and unlike local mode, ordering or counting by a field without an index is refused."""
    with pytest.raises(ValueError, match="index"):
        await site.edge.scroll(NAME, order_by="steps[].n")
    with pytest.raises(ValueError, match="index"):
        await site.edge.facet(NAME, key="tags")


async def test_point_id_that_is_no_uuid_is_refused_when_reading(site: Both) -> None:
    """A server refuses such an id (400); local mode takes it for a point that is not there."""
    with pytest.raises(ValueError, match="not a valid UUID"):
        await site.edge.retrieve(NAME, ids=["page-1"])


async def test_random_sample_gives_that_many_points(site: Both) -> None:
    """A sample query answers `limit` different points."""
    found = await site.edge.query_points(NAME, query=M.SampleQuery(sample=M.Sample.RANDOM), limit=5)
    assert len({point.id for point in found.points}) == 5
