"""Every write, made in local mode and in the embedded store: the same points afterwards."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from qdrant_client import models

from tests.pipeline.edge.same import Ask, Both
from tests.pipeline.edge.site import NAME, POINTS, fill, index, uuid

M = models
PAGE_1 = M.Filter(must=[M.FieldCondition(key="doc", match=M.MatchValue(value="page-1"))])
WORD = M.SparseVector(indices=[9, 2], values=[1.0, 3.0])

CHANGES: dict[str, Ask] = {
    "upsert_over": lambda it: it.upsert(
        NAME, [M.PointStruct(id=3, vector={"words": WORD}, payload={"n": 1})]
    ),
    "upsert_no_vectors": lambda it: it.upsert(
        NAME, [M.PointStruct(id=99, vector={}, payload={"kind": "page"})]
    ),
    "upsert_no_payload": lambda it: it.upsert(NAME, [M.PointStruct(id=99, vector={"dense": [1.0, 0, 0, 0]})]),
    "upsert_uuid": lambda it: it.upsert(NAME, [M.PointStruct(id=UUID(int=2**127), vector={}, payload={})]),
    "upsert_values": lambda it: it.upsert(
        NAME,
        [M.PointStruct(id=99, vector={}, payload={"at": datetime(2024, 5, 1, tzinfo=UTC), "pair": (1, 2.5)})],
    ),
    "upsert_batch": lambda it: it.upsert(
        NAME,
        M.Batch(
            ids=[3, uuid(50)],
            vectors={"dense": [[1.0, 0, 0, 0], [0, 1.0, 0, 0]], "words": [WORD, WORD]},
            payloads=[{"a": 1}, {"a": 2}],
        ),
    ),
    "upsert_new_only": lambda it: it.upsert(
        NAME,
        [M.PointStruct(id=n, vector={}, payload={"new": True}) for n in (1, 98)],
        update_mode=M.UpdateMode.INSERT_ONLY,
    ),
    "upsert_filtered": lambda it: it.upsert(
        NAME, [M.PointStruct(id=n, vector={}, payload={"new": n}) for n in (1, 3)], update_filter=PAGE_1
    ),
    "delete_ids": lambda it: it.delete(NAME, points_selector=[1, uuid(1), 777]),
    "delete_id_list": lambda it: it.delete(NAME, points_selector=M.PointIdsList(points=[1, 3])),
    "delete_filter": lambda it: it.delete(NAME, points_selector=PAGE_1),
    "delete_selector": lambda it: it.delete(NAME, points_selector=M.FilterSelector(filter=PAGE_1), wait=True),
    "set_payload": lambda it: it.set_payload(NAME, {"n": -1, "new": [1]}, points=[1, 3]),
    "set_payload_key": lambda it: it.set_payload(NAME, {"x": 1}, points=PAGE_1, key="place"),
    "overwrite_payload": lambda it: it.overwrite_payload(NAME, {"only": True}, points=PAGE_1),
    "delete_payload": lambda it: it.delete_payload(NAME, keys=["text", "steps[].n"], points=[1, 3]),
    "clear_payload": lambda it: it.clear_payload(NAME, points_selector=M.PointIdsList(points=[1])),
    "update_vectors": lambda it: it.update_vectors(
        NAME,
        points=[
            M.PointVectors(id=11, vector={"words": WORD}),
            M.PointVectors(id=1, vector={"dense": [0, 0, 1.0, 0]}),
        ],
    ),
    "delete_vectors": lambda it: it.delete_vectors(NAME, vectors=["words"], points=[1, 3]),
    "delete_vectors_filter": lambda it: it.delete_vectors(NAME, vectors=["dense", "words"], points=PAGE_1),
}

BAD_ROW = M.PointStruct(id=98, vector={"dense": [1.0, 2.0]})
GOOD_ROW = M.PointStruct(id=97, vector={"dense": [1.0, 0, 0, 0]})

REFUSED: dict[str, Ask] = {
    "nothing": lambda it: it.upsert(NAME, []),
    "dimension_of_second": lambda it: it.upsert(NAME, [GOOD_ROW, BAD_ROW]),
    "vector_name": lambda it: it.upsert(NAME, [GOOD_ROW, M.PointStruct(id=98, vector={"other": [1.0]})]),
    "unnamed": lambda it: it.upsert(NAME, [GOOD_ROW, M.PointStruct(id=98, vector=[1.0, 0, 0, 0])]),
    "list_for_sparse": lambda it: it.upsert(NAME, [GOOD_ROW, M.PointStruct(id=98, vector={"words": [1.0]})]),
    "sparse_for_list": lambda it: it.upsert(NAME, [GOOD_ROW, M.PointStruct(id=98, vector={"dense": WORD})]),
    "sparse_lengths": lambda it: it.upsert(
        NAME, [GOOD_ROW, M.PointStruct(id=98, vector={"words": M.SparseVector(indices=[1, 2], values=[1.0])})]
    ),
    "sparse_twice": lambda it: it.upsert(
        NAME, [M.PointStruct(id=98, vector={"words": M.SparseVector(indices=[1, 1], values=[1.0, 2.0])})]
    ),
    "id": lambda it: it.upsert(NAME, [GOOD_ROW, M.PointStruct(id="page-1", vector={})]),
    "batch_lengths": lambda it: it.upsert(NAME, M.Batch(ids=[97, 98], vectors={"dense": [[1.0, 0, 0, 0]]})),
    "missing_collection": lambda it: it.upsert("nothing", [GOOD_ROW]),
    "delete_no_ids": lambda it: it.delete(NAME, points_selector=[]),
    "set_payload_of_nobody": lambda it: it.set_payload(NAME, {"a": 1}, points=[777]),
    "update_vectors_of_nobody": lambda it: it.update_vectors(
        NAME, points=[M.PointVectors(id=777, vector={"dense": [1.0, 0, 0, 0]})]
    ),
    "create_again": lambda it: it.create_collection(
        NAME, vectors_config=M.VectorParams(size=2, distance=M.Distance.DOT)
    ),
}


async def everything(client: Any) -> Any:
    return await client.scroll(NAME, limit=100, with_vectors=True)


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
async def test_change_leaves_the_same_points(both: Both, change: Ask) -> None:
    """After a change every point has the ids, payloads and vectors that it has in local mode."""
    await both.do(fill)
    before = await both.same(everything)
    assert await both.same(change) == {"operation_id": 0, "status": models.UpdateStatus.COMPLETED}
    assert await both.same(everything) != before


async def test_refused_change_changes_nothing(both: Both) -> None:
    """One bad point, id or vector refuses the whole call, in both, and leaves every point as it was."""
    await both.do(fill)
    before = await both.same(everything)
    for name, change in REFUSED.items():
        assert await both.same(change) == "refused", name
        assert await both.same(everything) == before, name


DISTANCES = list(models.Distance)


@pytest.mark.parametrize("distance", DISTANCES, ids=[one.value for one in DISTANCES])
async def test_unnamed_vector_collection(both: Both, distance: models.Distance) -> None:
    """One unnamed vector comes back as a list and scores as in local mode, for each distance."""
    await both.do(
        lambda it: it.create_collection("plain", vectors_config=M.VectorParams(size=3, distance=distance))
    )
    rows = [M.PointStruct(id=n, vector=[1.0, n / 3, 0.5 - n], payload={"n": n}) for n in range(1, 6)]
    await both.do(lambda it: it.upsert("plain", rows))
    await both.do(lambda it: it.upsert("plain", M.Batch(ids=[9], vectors=[[0.3, 0.1, 0.2]])))
    records, _ = await both.same(lambda it: it.scroll("plain", with_vectors=True))
    assert isinstance(records[0]["vector"], list)
    await both.same(lambda it: it.query_points("plain", query=[0.2, 1.0, -0.4], with_vectors=True))


async def test_multivectors(both: Both) -> None:
    """A multivector collection takes and gives lists of vectors and scores by MaxSim."""
    several = M.MultiVectorConfig(comparator=M.MultiVectorComparator.MAX_SIM)
    params = M.VectorParams(size=2, distance=M.Distance.DOT, multivector_config=several)
    await both.do(lambda it: it.create_collection("late", vectors_config={"tokens": params}))
    rows = [M.PointStruct(id=n, vector={"tokens": [[1.0, n], [n, 0.5]]}) for n in range(1, 4)]
    await both.do(lambda it: it.upsert("late", rows))
    await both.same(
        lambda it: it.query_points("late", query=[[1.0, 0.1], [0.2, 1.0]], using="tokens", with_vectors=True)
    )


async def test_pages_without_vectors_stay_out_of_searches(both: Both) -> None:
    """Points with `vector={}` are stored, listed, filtered and counted, and no search finds them."""
    await both.do(fill)
    bare = [str(one.id) for one in POINTS if one.vector == {}]
    assert len(bare) == 2
    without = M.Filter(must_not=[M.HasVectorCondition(has_vector="dense")])
    records, _ = await both.same(lambda it: it.scroll(NAME, scroll_filter=without, with_vectors=True))
    assert sorted(str(one["id"]) for one in records) == sorted(bare)
    found = await both.same(lambda it: it.query_points(NAME, query=[1.0, 0, 0, 0], using="dense", limit=50))
    assert not {str(one["id"]) for one in found["points"]} & set(bare)


async def test_index_can_be_made_and_removed(both: Both) -> None:
    """`payload_schema` names the indexes that there are, with their types and numbers of points."""
    await both.do(fill)
    await index(both.edge)
    text = M.TextIndexParams(
        type=M.TextIndexType.TEXT,
        tokenizer=M.TokenizerType.WORD,
        lowercase=True,
        stopwords=M.StopwordsSet(languages=[M.Language.ENGLISH], custom=["site"]),
        stemmer=M.SnowballParams(type=M.Snowball.SNOWBALL, language=M.SnowballLanguage.ENGLISH),
    )
    await both.edge.create_payload_index(NAME, field_name="text", field_schema=text)
    await both.edge.delete_payload_index(NAME, field_name="place")
    schema = (await both.edge.get_collection(NAME)).payload_schema
    assert schema["text"].data_type == M.PayloadSchemaType.TEXT
    assert (schema["n"].data_type, schema["n"].points) == (M.PayloadSchemaType.INTEGER, 12)
    assert "place" not in schema
    stemmed = M.Filter(must=[M.FieldCondition(key="text", match=M.MatchText(text="installing parts"))])
    assert (await both.edge.count(NAME, count_filter=stemmed)).count == 6


async def test_deleted_collection_is_gone(both: Both) -> None:
    """Deleting answers True once and False after; the name is free again."""
    await both.do(fill)
    assert await both.same(lambda it: it.delete_collection(NAME)) is True
    assert await both.same(lambda it: it.delete_collection(NAME)) is False
    assert await both.same(lambda it: it.collection_exists(NAME)) is False
    assert await both.same(everything) == "refused"
    await both.do(fill)
    await both.same(everything)
