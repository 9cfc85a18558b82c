"""What the two stores share: a generation, the port they both are, and a collection's schema.

A generation is one whole, finished index.  It is never written again: an ingest writes a new one
beside it and switches, so that whoever answers always reads a whole index.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from qdrant_client import models as rest

from pipeline.config import StoreConfig

DENSE, SPARSE = "dense", "sparse"  # vector names
KEYWORDS = ("kind", "page", "version", "version_label", "locale", "text_hash")
QUANTIZATION: dict[str | None, Callable[[], Any]] = {
    None: lambda: None,
    "scalar": lambda: rest.ScalarQuantization(
        scalar=rest.ScalarQuantizationConfig(type=rest.ScalarType.INT8, always_ram=True)
    ),
    "product": lambda: rest.ProductQuantization(
        product=rest.ProductQuantizationConfig(compression=rest.CompressionRatio.X16, always_ram=True)
    ),
    "binary": lambda: rest.BinaryQuantization(binary=rest.BinaryQuantizationConfig(always_ram=True)),
}
"""Compressed vectors stay in memory, whatever lies on disk: they are what a search reads."""


@dataclass(frozen=True, slots=True)
class Generation:
    """An open generation: `client` is an AsyncQdrantClient or has its surface.

    `folder` is where an embedded one is open; a server's has none.
    """

    name: str
    client: Any
    collection: str
    folder: Path | None = None


class Store(Protocol):
    """Where generations live."""

    async def current(self) -> str | None:
        """The name of the generation to serve, None before the first ingest.  Cheap."""

    async def open_reader(self, name: str) -> Generation:
        """The finished generation `name`, for reading.  Raises NoIndex when it is gone."""

    async def close_reader(self, generation: Generation) -> None:
        """Gives back what `open_reader` took."""

    def writer(self) -> AbstractAsyncContextManager["Writer"]:
        """The right to write, for one process at a time.  Raises StoreLocked."""

    async def aclose(self) -> None:
        """Closes every connection."""


class Writer(Protocol):
    """Held by one process at a time."""

    async def begin(self, *, copy_of: str | None) -> Generation:
        """A new generation: empty and without a collection, or a copy of a finished one."""

    async def commit(self, generation: Generation, *, optimize: bool) -> None:
        """Finishes the generation and makes it the current one, at once and for good.

        With `optimize`, its indexes are built anew: seconds for many chunks, and needless for a few.
        """

    async def discard(self, generation: Generation) -> None:
        """Leaves nothing of it behind."""


async def create_collection(generation: Generation, dimensions: int, config: StoreConfig) -> None:
    """The collection for chunks (dense and BM25 vectors) and page records (no vectors).

    Shards, replicas, and what is compressed or on disk, as the configuration says; only a server has them.
    """
    hnsw = config.hnsw.model_dump(exclude_none=True)
    given = {
        "shard_number": config.shards,
        "replication_factor": config.replicas,
        "write_consistency_factor": config.write_consistency,
        "quantization_config": QUANTIZATION[config.quantization](),
        "on_disk_payload": config.payload_on_disk,
        "hnsw_config": rest.HnswConfigDiff(**hnsw) if hnsw else None,
    }
    vectors = rest.VectorParams(size=dimensions, distance=rest.Distance.COSINE)
    sparse = rest.SparseVectorParams(modifier=rest.Modifier.IDF)
    if config.vectors_on_disk is not None:
        vectors.on_disk = config.vectors_on_disk
        sparse.index = rest.SparseIndexParams(on_disk=config.vectors_on_disk)
    await generation.client.create_collection(
        collection_name=generation.collection,
        vectors_config={DENSE: vectors},
        sparse_vectors_config={SPARSE: sparse},
        **{key: value for key, value in given.items() if value is not None},
    )
    for field in KEYWORDS:
        await generation.client.create_payload_index(
            collection_name=generation.collection,
            field_name=field,
            field_schema=rest.PayloadSchemaType.KEYWORD,
        )
    await generation.client.create_payload_index(
        collection_name=generation.collection, field_name="last", field_schema=rest.PayloadSchemaType.BOOL
    )


async def scroll_all(
    generation: Generation,
    scroll_filter: rest.Filter | None,
    *,
    payload: list[str] | bool = True,
    vectors: bool = False,
    batch: int = 200,
) -> AsyncIterator[rest.Record]:
    """Every point that matches.

    In small batches: the embedded engine gives 200 records in 2 ms, and no more of them in a second by the
    thousand, for which the event loop would stand still for up to a tenth of one.
    """
    offset = None
    while True:
        records, offset = await generation.client.scroll(
            collection_name=generation.collection,
            scroll_filter=scroll_filter,
            limit=batch,
            offset=offset,
            with_payload=payload,
            with_vectors=vectors,
        )
        for record in records:
            yield record
        if offset is None:
            return
        await asyncio.sleep(0)  # the embedded engine reads at once: whoever waits has a turn between batches


def matches(**values: str | bool | list[str]) -> rest.Filter:
    """A filter: every named payload field has the value, or one of the values."""
    return rest.Filter(
        must=[
            rest.FieldCondition(
                key=key,
                match=rest.MatchAny(any=value) if isinstance(value, list) else rest.MatchValue(value=value),
            )
            for key, value in values.items()
        ]
    )
