"""LlamaIndex's QdrantVectorStore over local mode and over the embedded store: the same, call by call."""

import warnings
from collections.abc import Iterator
from typing import Any, cast
from uuid import UUID

import pytest
from llama_index.core.schema import BaseNode, NodeRelationship, RelatedNodeInfo, TextNode
from llama_index.core.vector_stores.types import (
    FilterCondition,
    FilterOperator,
    MetadataFilter,
    MetadataFilters,
    VectorStoreQuery,
    VectorStoreQueryMode,
    VectorStoreQueryResult,
)
from llama_index.vector_stores.qdrant import QdrantVectorStore

from tests.pipeline.edge.same import Both, alike

WORDS = ["install", "configure", "theme", "plugin", "deploy", "search"]


def sparse(texts: list[str]) -> tuple[list[list[int]], list[list[float]]]:
    """One dimension a known word: what a sparse model would say."""
    found = [[at for at, word in enumerate(WORDS) if word in text] for text in texts]
    # A section's number adds a little, so that no two sections score alike.
    extra = [int(text.rpartition(" ")[2]) / 50 if text[-1].isdigit() else 0.0 for text in texts]
    return found, [[1.0 + at / 10 + more for at in row] for row, more in zip(found, extra, strict=True)]


def node(number: int) -> BaseNode:
    text = f"{WORDS[number % 6]} and {WORDS[(number * 5 + 2) % 6]}: section {number}"
    made = TextNode(
        id_=str(UUID(int=number + 1)),
        text=text,
        metadata={"version": "2.0" if number % 2 else "1.0", "order": number},
        embedding=[1.0 - number / 9, number * number / 70, (number % 3) / 4],
    )
    made.relationships[NodeRelationship.SOURCE] = RelatedNodeInfo(node_id=f"doc-{number // 3}")
    return made


NODES = [node(number) for number in range(9)]
VERSION_1 = MetadataFilters(filters=[MetadataFilter(key="version", value="1.0")])
LATE = MetadataFilters(
    filters=[
        MetadataFilter(key="order", value=3, operator=FilterOperator.GTE),
        MetadataFilter(key="version", value=["2.0"], operator=FilterOperator.NIN),
    ],
    condition=FilterCondition.AND,
)


class Stores:
    """A vector store over each client."""

    def __init__(self, both: Both, *, hybrid: bool) -> None:
        functions: dict[str, Any] = {"sparse_doc_fn": sparse, "sparse_query_fn": sparse} if hybrid else {}
        self.each = [
            QdrantVectorStore("nodes", aclient=cast(Any, client), enable_hybrid=hybrid, **functions)
            for client in (both.local, both.edge)
        ]

    async def add(self) -> None:
        for store in self.each:
            assert await store.async_add(NODES) == [one.node_id for one in NODES]

    async def query(self, **arguments: Any) -> VectorStoreQueryResult:
        expected, found = [await store.aquery(VectorStoreQuery(**arguments)) for store in self.each]
        assert found.ids == expected.ids
        assert found.similarities == pytest.approx(expected.similarities, abs=1e-4)
        assert alike([one.dict() for one in found.nodes or []], [one.dict() for one in expected.nodes or []])
        return found

    async def nodes(self, **arguments: Any) -> list[str]:
        expected, found = [await store.aget_nodes(**arguments) for store in self.each]
        assert alike([one.dict() for one in found], [one.dict() for one in expected])
        return [one.node_id for one in found]


@pytest.fixture(autouse=True)
def _no_index_warning() -> Iterator[None]:
    """Local mode warns that it has no payload indexes; QdrantVectorStore makes one all the same."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Payload indexes have no effect")
        yield


ASKED: dict[str, dict[str, Any]] = {
    "hybrid": {"mode": VectorStoreQueryMode.HYBRID, "sparse_top_k": 4, "hybrid_top_k": 3},
    "hybrid_filtered": {"mode": VectorStoreQueryMode.HYBRID, "filters": VERSION_1},
    "sparse": {"mode": VectorStoreQueryMode.SPARSE},
    "dense": {"mode": VectorStoreQueryMode.DEFAULT, "filters": LATE},
}


@pytest.mark.parametrize("name", ASKED)
async def test_hybrid_store_answers_the_same(both: Both, name: str) -> None:
    """A hybrid store with our own sparse functions finds the same nodes with the same scores."""
    stores = Stores(both, hybrid=True)
    await stores.add()
    asked = {"query_embedding": [0.4, 0.5, 0.1], "query_str": "install the theme", "similarity_top_k": 4}
    found = await stores.query(**asked, **ASKED[name])
    assert found.ids


async def test_dense_store_answers_the_same(both: Both) -> None:
    """A store without sparse vectors finds the same nodes."""
    stores = Stores(both, hybrid=False)
    await stores.add()
    await stores.query(query_embedding=[0.4, 0.5, 0.1], similarity_top_k=5, filters=VERSION_1)


async def test_nodes_are_got_and_deleted_alike(both: Both) -> None:
    """Nodes are got by id and by filter, deleted by their document, and N nodes in are N points."""
    stores = Stores(both, hybrid=True)
    await stores.add()
    assert len(await stores.nodes()) == len(NODES)
    assert len(await stores.nodes(node_ids=[NODES[4].node_id, NODES[1].node_id])) == 2
    assert await stores.nodes(filters=LATE)
    for store in stores.each:
        await store.adelete("doc-1")
        await store.adelete_nodes(node_ids=[NODES[0].node_id])
    assert len(await stores.nodes()) == len(NODES) - 4
    for store in stores.each:
        await store.aclear()
    assert not await both.edge.collection_exists("nodes")


@pytest.mark.parametrize("hybrid", [True, False], ids=["hybrid", "dense"])
async def test_vector_format_is_detected_in_an_existing_collection(both: Both, hybrid: bool) -> None:
    """A second store over a filled collection finds its vectors' names by itself and goes on adding."""
    await Stores(both, hybrid=hybrid).add()
    again = Stores(both, hybrid=hybrid)
    await again.add()
    assert len(await again.nodes()) == len(NODES)
