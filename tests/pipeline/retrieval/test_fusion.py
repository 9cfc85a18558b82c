"""Fusion is the engine's own, and a page's chunks lift one another."""

from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from qdrant_client import models as rest

from pipeline.edge import AsyncEdgeClient
from pipeline.retrieval.fusion import Candidates, distribution_based, lifted, reciprocal_rank

VECTORS = {"a": rest.VectorParams(size=2, distance=rest.Distance.COSINE)}
VECTORS["b"] = VECTORS["a"]
NAMES = st.sampled_from([str(UUID(int=number)) for number in range(6)])
SEARCH = st.dictionaries(NAMES, st.floats(-1, 1), max_size=6).map(
    lambda found: sorted(found.items(), key=lambda item: -item[1])
)


@pytest.mark.parametrize(
    ("ours", "engine"),
    [
        (lambda found: distribution_based(found, [1.0, 1.0]), rest.FusionQuery(fusion=rest.Fusion.DBSF)),
        (lambda found: reciprocal_rank(found, [1.0, 1.0], 60), rest.RrfQuery(rrf=rest.Rrf(k=60))),
    ],
    ids=["dbsf", "rrf"],
)
@pytest.mark.parametrize("limit", [1, 2, 7])
async def test_scores_are_those_of_the_engine(tmp_path: Path, ours: Any, engine: Any, limit: int) -> None:
    """Two searches fused by us and by the engine: the same ids with the same scores."""
    client = AsyncEdgeClient(tmp_path / "index")
    await client.create_collection("c", vectors_config=VECTORS)
    points = [
        rest.PointStruct(id=n, vector={"a": [1.0, n * n / 10], "b": [n % 3 + 0.1, 1.0 + n / 7]})
        for n in range(1, 12)
    ]
    await client.upsert("c", points)
    asked: dict[str, list[float]] = {"a": [0.4, 0.6], "b": [0.9, 0.3]}
    prefetch = [rest.Prefetch(query=vector, using=name, limit=limit) for name, vector in asked.items()]
    expected = await client.query_points("c", prefetch=prefetch, query=engine, limit=50)
    requests = [rest.QueryRequest(query=v, using=name, limit=limit) for name, v in asked.items()]
    answers = await client.query_batch_points("c", requests)
    fused = ours([[(point.id, point.score) for point in answer.points] for answer in answers])
    assert fused == pytest.approx({point.id: point.score for point in expected.points}, abs=1e-5)
    await client.close()


@given(st.lists(SEARCH, max_size=3))
def test_every_candidate_gets_one_score(searches: list[Candidates]) -> None:
    """Whatever was found, by one search or by several, comes out once, with a finite score."""
    found = {key for search in searches for key, _ in search}
    even = [1.0] * len(searches)
    for fused in (distribution_based(searches, even), reciprocal_rank(searches, even, 60)):
        assert set(fused) == found
        assert all(abs(score) < 100 for score in fused.values())


@pytest.mark.parametrize("ours", [distribution_based, partial(reciprocal_rank, k=60)], ids=["dbsf", "rrf"])
def test_a_search_counts_what_it_is_told_to(ours: Any) -> None:
    """Twice the weight is what the same search asked twice gives; none is as if it had not been asked."""
    once, other = [("x", 0.9), ("y", 0.1)], [("y", 0.8), ("z", 0.3)]
    assert ours([once, other], [2.0, 1.0]) == pytest.approx(ours([once, once, other], [1.0, 1.0, 1.0]))
    assert {**ours([once], [1.0]), "z": 0.0} == pytest.approx(ours([once, other], [1.0, 0.0]))


def test_chunks_of_one_page_lift_one_another() -> None:
    """Three chunks of a page pass a single one that was a little better; equal ones go by similarity."""
    fused = {"x1": 0.5, "y1": 0.45, "y2": 0.45, "y3": 0.2, "y4": 0.1}
    ranked = lifted(fused, lambda key: key[0], 0.1, {"y2": 0.9})
    assert [key for key, _ in ranked] == ["y2", "y1", "x1", "y3", "y4"]
    assert dict(ranked)["y4"] == pytest.approx(0.1 + 0.1 * (0.45 + 0.45 + 0.2))
