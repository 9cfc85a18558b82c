"""Points, both ways: ids, vectors, payloads, selectors.  Pure functions, no shard.

An id is an int or a UUID.  The engine gives UUID objects; out of here they are strings in the one
spelling that qdrant_client uses: lower case, with hyphens.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import qdrant_edge as edge
from pydantic_core import to_jsonable_python
from qdrant_client import models

from pipeline.edge.conversion.checking import refuse_wrong_sparse, refuse_wrong_vectors
from pipeline.edge.refusals import Refused, unsupported

# --- in ------------------------------------------------------------------------------------


def engine_id(value: Any) -> int | UUID:
    """An id for the engine.  Raises Refused for a string that is no UUID, as a server does."""
    if isinstance(value, int | UUID):
        return value
    try:
        return UUID(value)
    except (ValueError, AttributeError, TypeError):
        raise Refused(f"Point id {value} is not a valid UUID or an unsigned integer") from None


def engine_ids(values: Iterable[Any]) -> list[Any]:
    return [engine_id(value) for value in values]


def engine_named_vector(vector: Any) -> Any:
    """One vector: a list of floats, a list of such lists (multivector), or a sparse vector."""
    if isinstance(vector, models.SparseVector):
        refuse_wrong_sparse(vector)
        return edge.SparseVector(indices=vector.indices, values=vector.values)
    if isinstance(vector, list):
        return vector
    if hasattr(vector, "tolist"):  # a numpy array, without importing numpy
        return vector.tolist()
    raise unsupported("vector", type(vector).__name__)


def engine_vector(vector: Any) -> Any:
    """A point's vectors: one unnamed vector, or a dict by name; `{}` is a point without any."""
    if isinstance(vector, dict):
        return {name: engine_named_vector(one) for name, one in vector.items()}
    return engine_named_vector(vector)


def engine_payload(payload: dict[str, Any] | None) -> dict[str, Any]:
    """The payload as JSON would carry it: dates to ISO text, tuples to lists."""
    result: dict[str, Any] = to_jsonable_python(payload or {})
    return result


def engine_points(
    points: models.Batch | Sequence[models.PointStruct], settings: models.CreateCollection
) -> list[edge.Point]:
    """Points for an upsert into a collection with these settings.

    Raises Refused when there are none, when a batch's columns differ in length, or when one point's
    vectors do not fit the collection.
    """
    rows = _rows(points) if isinstance(points, models.Batch) else points
    if not rows:
        raise Refused("Empty update request")
    refuse_wrong_vectors((row.vector for row in rows), settings)
    return [
        edge.Point(engine_id(row.id), engine_vector(row.vector), engine_payload(row.payload)) for row in rows
    ]


def _rows(batch: models.Batch) -> list[models.PointStruct]:
    columns = batch.vectors if isinstance(batch.vectors, dict) else {"": batch.vectors}
    payloads: Sequence[Any] = batch.payloads if batch.payloads is not None else [None] * len(batch.ids)
    if {len(payloads), *map(len, columns.values())} != {len(batch.ids)}:
        raise Refused("Batch: ids, vectors and payloads differ in length")
    return [
        models.PointStruct.model_construct(
            id=point_id,
            vector={name: column[row] for name, column in columns.items()},
            payload=payloads[row],
        )
        for row, point_id in enumerate(batch.ids)
    ]


def engine_point_vectors(
    points: Sequence[models.PointVectors], settings: models.CreateCollection
) -> list[edge.PointVectors]:
    """Vectors of points that are there.  Raises Refused when one does not fit the collection."""
    refuse_wrong_vectors((point.vector for point in points), settings)
    return [edge.PointVectors(engine_id(point.id), engine_vector(point.vector)) for point in points]


def payload_selector(selector: Any) -> Any:
    """`with_payload` for the engine: a bool, a list of keys, or include/exclude; None is no payload."""
    if isinstance(selector, models.PayloadSelectorInclude):
        return edge.PayloadSelector.Include(selector.include)
    if isinstance(selector, models.PayloadSelectorExclude):
        return edge.PayloadSelector.Exclude(selector.exclude)
    return _flag_or_names("with_payload", selector)


def vector_selector(selector: Any) -> Any:
    """`with_vectors` for the engine: a bool or a list of vector names; None is no vectors."""
    return _flag_or_names("with_vectors", selector)


def _flag_or_names(argument: str, selector: Any) -> bool | list[str]:
    if selector is None or isinstance(selector, bool):
        return bool(selector)
    if isinstance(selector, str):
        raise Refused(f"{argument} must be a bool or a list of names, got a str: {selector!r}")
    return list(selector)


# --- out -----------------------------------------------------------------------------------


def client_id(value: Any) -> int | str:
    return value if isinstance(value, int) else str(value)


def client_vector(vector: Any) -> Any:
    """The client's form: None when not asked for, a list when unnamed, else a dict by name."""
    if isinstance(vector, dict):
        return {name: _client_named_vector(one) for name, one in vector.items()}
    return vector


def _client_named_vector(vector: Any) -> Any:
    if isinstance(vector, edge.SparseVector):
        return models.SparseVector(indices=vector.indices, values=vector.values)
    return vector


def client_record(record: edge.Record) -> models.Record:
    return models.Record(
        id=client_id(record.id),
        payload=record.payload,
        vector=client_vector(record.vector),
        order_value=record.order_value,
    )


def client_scored_point(point: edge.ScoredPoint, *, bare: bool, vector: bool) -> models.ScoredPoint:
    """`bare` says that neither payload nor vector nor order was asked for, which is a third of the work.

    `vector` says whether vectors were: the engine leaves those that MMR compared in its answer.
    """
    if bare:
        return models.ScoredPoint(id=client_id(point.id), version=point.version, score=point.score)
    return models.ScoredPoint(
        id=client_id(point.id),
        version=point.version,
        score=point.score,
        payload=point.payload,
        vector=client_vector(point.vector) if vector else None,
        order_value=point.order_value,
    )
