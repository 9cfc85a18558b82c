"""What an index holds of a chunk, and who else can read it."""

from pathlib import Path
from typing import Any, cast

from llama_index.core.vector_stores.types import VectorStoreQuery
from llama_index.vector_stores.qdrant import QdrantVectorStore

from pipeline.config import StoreConfig
from pipeline.edge import AsyncEdgeClient
from pipeline.indexing import chunk_points
from pipeline.store import Generation, create_collection
from pipeline.store.generation import DENSE, SPARSE
from tests.pipeline.test_chunking import PAGE, chunks_of


async def test_llama_index_reads_our_points(tmp_path: Path) -> None:
    """A QdrantVectorStore over the index finds our chunks, with their text and metadata."""
    chunks = chunks_of(PAGE)
    for place, chunk in enumerate(chunks):
        chunk.embedding = [1.0, float(place)]
    client = AsyncEdgeClient(tmp_path / "index")
    await create_collection(Generation("g", client, "chunks"), 2, StoreConfig())
    await client.upsert("chunks", chunk_points(chunks))
    store = QdrantVectorStore(
        "chunks",
        aclient=cast(Any, client),
        text_key="text",
        dense_vector_name=DENSE,
        sparse_vector_name=SPARSE,
    )
    found = await store.aquery(VectorStoreQuery(query_embedding=[1.0, 0.0], similarity_top_k=1))
    assert found.nodes is not None
    assert found.nodes[0].get_content() == chunks[0].get_content()
    assert found.nodes[0].metadata["url"] == chunks[0].metadata["url"]
    await client.close()
