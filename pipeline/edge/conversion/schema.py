"""What a collection is made of: vector configurations in, the engine's configuration and CollectionInfo out.

The settings of a collection are the client's own `models.CreateCollection`, kept as JSON beside the
engine's files, so that what was asked for comes back as it was.  Pure functions.
"""

from enum import Enum
from typing import Any

import qdrant_edge as edge
from qdrant_client import models

from pipeline.edge.conversion.indexes import payload_schema
from pipeline.edge.conversion.matching import engine_member, engine_members
from pipeline.edge.refusals import Refused, unsupported

# A server's defaults (config/config.yaml of Qdrant): the engine wants all three or none.
_HNSW = {"m": 16, "ef_construct": 100, "full_scan_threshold": 10_000}
_OPTIMIZERS = {"default_segment_number": 0, "flush_interval_sec": 5}

# Settings of a server's optimizer that the engine does not have: it optimizes only when asked.
_NOT_OPTIMIZERS = ("memmap_threshold", "flush_interval_sec", "max_optimization_threads")


def engine_config(settings: models.CreateCollection) -> edge.EdgeConfig:
    """The engine's configuration for a new collection.

    Without a write-ahead log: an upsert is durable once `flush` returned, there are no log files,
    and several processes may open the finished folder.  Raises Unsupported for what is not offered.
    """
    vectors, sparse = _vectors(settings.vectors), _sparse_vectors(settings.sparse_vectors)
    if not vectors and not sparse:
        raise Refused("create_collection: no vectors are configured")
    return edge.EdgeConfig(
        vectors=vectors or None,
        sparse_vectors=sparse or None,
        on_disk_payload=settings.on_disk_payload,
        hnsw_config=_hnsw(settings.hnsw_config),
        quantization_config=_quantization(settings.quantization_config),
        optimizers=_optimizers(settings.optimizers_config),
        wal_enabled=False,
    )


def collection_info(settings: models.CreateCollection, info: Any, points_count: int) -> models.CollectionInfo:
    """What `get_collection` answers.  `payload_schema` names each index's type, without parameters."""
    hnsw = settings.hnsw_config.model_dump(exclude_none=True) if settings.hnsw_config else {}
    optimizers = (
        settings.optimizers_config.model_dump(exclude_none=True) if settings.optimizers_config else {}
    )
    return models.CollectionInfo(
        status=models.CollectionStatus.GREEN,
        optimizer_status=models.OptimizersStatusOneOf.OK,
        indexed_vectors_count=info.indexed_vectors_count,
        points_count=points_count,
        segments_count=info.segments_count,
        payload_schema=payload_schema(info.payload_schema),
        config=models.CollectionConfig(
            params=models.CollectionParams(
                vectors=settings.vectors,
                sparse_vectors=settings.sparse_vectors,
                on_disk_payload=settings.on_disk_payload,
                shard_number=1,
                replication_factor=1,
                write_consistency_factor=1,
            ),
            hnsw_config=models.HnswConfig(**{**_HNSW, **hnsw}),
            optimizer_config=models.OptimizersConfig(**{**_OPTIMIZERS, **optimizers}),
            quantization_config=settings.quantization_config,
            metadata=settings.metadata,
        ),
    )


# --- vectors -------------------------------------------------------------------------------


def _vectors(vectors: Any) -> Any:
    if isinstance(vectors, dict):
        return {name: _dense(params) for name, params in vectors.items()}
    return vectors and _dense(vectors)


def _dense(params: models.VectorParams) -> edge.EdgeVectorParams:
    return edge.EdgeVectorParams(
        size=params.size,
        distance=engine_member(edge.Distance, params.distance),
        on_disk=params.on_disk,
        multivector_config=_several(params.multivector_config),
        datatype=_optional(edge.VectorStorageDatatype, params.datatype),
        quantization_config=_quantization(params.quantization_config),
        hnsw_config=_hnsw(params.hnsw_config),
        memory=_optional(edge.Memory, params.memory),
    )


def _several(config: models.MultiVectorConfig | None) -> edge.MultiVectorConfig | None:
    if config is None:
        return None
    return edge.MultiVectorConfig(engine_member(edge.MultiVectorComparator, config.comparator))


def _sparse_vectors(vectors: dict[str, models.SparseVectorParams] | None) -> dict[str, Any]:
    return {name: _sparse(params) for name, params in (vectors or {}).items()}


def _sparse(params: models.SparseVectorParams) -> edge.EdgeSparseVectorParams:
    index = params.index or models.SparseIndexParams()
    modifier = None if params.modifier == models.Modifier.NONE else params.modifier
    return edge.EdgeSparseVectorParams(
        full_scan_threshold=index.full_scan_threshold,
        on_disk=index.on_disk,
        modifier=_optional(edge.Modifier, modifier),
        datatype=_optional(edge.VectorStorageDatatype, index.datatype),
        memory=_optional(edge.Memory, index.memory),
    )


# --- index, optimizers, quantization -------------------------------------------------------


def _hnsw(config: models.HnswConfigDiff | None) -> edge.HnswIndexConfig | None:
    if config is None:
        return None
    given = config.model_dump(exclude_none=True)
    return edge.HnswIndexConfig(**engine_members({**_HNSW, **given}, {"memory": edge.Memory}))


def _optimizers(config: models.OptimizersConfigDiff | None) -> edge.EdgeOptimizersConfig | None:
    if config is None:
        return None
    given = config.model_dump(exclude_none=True)
    for name in _NOT_OPTIMIZERS:
        if name in given:
            raise unsupported("create_collection", f"optimizers_config.{name}")
    return edge.EdgeOptimizersConfig(**given)


def _quantization(config: Any) -> Any:
    if config is None:
        return None
    if isinstance(config, models.ScalarQuantization):
        given = config.scalar.model_dump(exclude_none=True)
        kinds: dict[str, type] = {"type": edge.ScalarType, "memory": edge.Memory}
        return edge.ScalarQuantizationConfig(**engine_members(given, kinds))
    if isinstance(config, models.BinaryQuantization):
        given = config.binary.model_dump(exclude_none=True)
        kinds = {
            "encoding": edge.BinaryQuantizationEncoding,
            "query_encoding": edge.BinaryQuantizationQueryEncoding,
            "memory": edge.Memory,
        }
        return edge.BinaryQuantizationConfig(**engine_members(given, kinds))
    raise unsupported("create_collection", f"quantization_config={type(config).__name__}")


def _optional(kind: type, value: Enum | None) -> Any:
    return None if value is None else engine_member(kind, value)
