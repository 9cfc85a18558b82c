"""The calls about collections and their indexes, as AsyncQdrantClient has them, and two of our own.

Arguments that only a cluster or a network gives a meaning are accepted and ignored (`others`);
any other argument of the real client raises Unsupported by name.
"""

from collections.abc import Mapping
from typing import Any

import qdrant_edge as edge
from qdrant_client import models

from pipeline.edge.conversion.indexes import engine_field_schema
from pipeline.edge.conversion.schema import collection_info
from pipeline.edge.refusals import engine_errors, refuse_others
from pipeline.edge.shards import Shards

# What every write answers: it is done, and there is no log in which it has a number.
DONE = models.UpdateResult(operation_id=0, status=models.UpdateStatus.COMPLETED)


class CollectionCalls:
    """Collections: ask, create, delete, index, optimize, flush."""

    _shards: Shards

    async def collection_exists(self, collection_name: str, **others: Any) -> bool:
        refuse_others("collection_exists", others)
        return self._shards.folder.has(collection_name)

    async def get_collections(self, **others: Any) -> models.CollectionsResponse:
        refuse_others("get_collections", others)
        names = self._shards.folder.names()
        return models.CollectionsResponse(
            collections=[models.CollectionDescription(name=name) for name in names]
        )

    async def get_collection(self, collection_name: str, **others: Any) -> models.CollectionInfo:
        """The settings as they were given, points counted exactly, payload indexes by field.

        Raises CollectionMissing (a ValueError).
        """
        refuse_others("get_collection", others)
        held = await self._shards.reading(collection_name)
        with engine_errors("get_collection"):
            count = held.shard.count(edge.CountRequest(exact=True))
            return collection_info(held.settings, held.shard.info(), count)

    async def create_collection(
        self,
        collection_name: str,
        vectors_config: models.VectorParams | Mapping[str, models.VectorParams] | None = None,
        sparse_vectors_config: Mapping[str, models.SparseVectorParams] | None = None,
        *,
        on_disk_payload: bool | None = None,
        hnsw_config: models.HnswConfigDiff | None = None,
        optimizers_config: models.OptimizersConfigDiff | None = None,
        quantization_config: models.ScalarQuantization | models.BinaryQuantization | None = None,
        metadata: dict[str, Any] | None = None,
        **others: Any,
    ) -> bool:
        """Creates a collection; its distances, vectors and indexes are the engine's.

        Raises CollectionExists (a ValueError that says "already exists"), Unsupported, StoreLocked.
        """
        self._shards.writable("create_collection")
        refuse_others("create_collection", others)
        vectors = dict(vectors_config) if isinstance(vectors_config, Mapping) else vectors_config
        settings = models.CreateCollection(
            vectors=vectors,
            sparse_vectors=dict(sparse_vectors_config) if sparse_vectors_config else None,
            on_disk_payload=on_disk_payload,
            hnsw_config=hnsw_config,
            optimizers_config=optimizers_config,
            quantization_config=quantization_config,
            metadata=metadata,
        )
        await self._shards.create(collection_name, settings)
        return True

    async def delete_collection(self, collection_name: str, **others: Any) -> bool:
        """Deletes the collection and its files; False when there was none."""
        self._shards.writable("delete_collection")
        refuse_others("delete_collection", others)
        return await self._shards.drop(collection_name)

    async def create_payload_index(
        self,
        collection_name: str,
        field_name: str,
        field_schema: Any = None,
        **others: Any,
    ) -> models.UpdateResult:
        """Indexes a payload field.  Ordering and facets need one, as in a server."""
        self._shards.writable("create_payload_index")
        refuse_others("create_payload_index", others)
        operation = edge.UpdateOperation.create_field_index(field_name, engine_field_schema(field_schema))
        await self._shards.write(
            "create_payload_index", collection_name, lambda held: held.shard.update(operation)
        )
        return DONE

    async def delete_payload_index(
        self, collection_name: str, field_name: str, **others: Any
    ) -> models.UpdateResult:
        self._shards.writable("delete_payload_index")
        refuse_others("delete_payload_index", others)
        operation = edge.UpdateOperation.delete_field_index(field_name)
        await self._shards.write(
            "delete_payload_index", collection_name, lambda held: held.shard.update(operation)
        )
        return DONE

    async def optimize(self, collection_name: str) -> bool:
        """Merges segments and builds HNSW where a segment is large enough (indexing_threshold).

        Not in the real client, whose server does it by itself.  Runs in a child process; reads of
        this collection wait until it is done.  True when there was anything to do.
        """
        return await self._shards.optimize(collection_name)

    async def flush(self, collection_name: str) -> None:
        """Not in the real client: when this returns, what was written outlives a crash."""
        await self._shards.flush(collection_name)
