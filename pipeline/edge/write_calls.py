"""The calls that change points, as AsyncQdrantClient has them.

Each is done when it returns, and durable after the next `flush` or `close`.  The conversion runs in
the worker thread with the engine's call.
"""

from collections.abc import Callable, Sequence
from typing import Any

import qdrant_edge as edge
from qdrant_client import models

from pipeline.edge.collection_calls import DONE
from pipeline.edge.conversion.filters import engine_filter
from pipeline.edge.conversion.matching import engine_member
from pipeline.edge.conversion.points import engine_ids, engine_payload, engine_point_vectors, engine_points
from pipeline.edge.refusals import Refused, refuse_others
from pipeline.edge.shards import Shards

Operation = edge.UpdateOperation


class WriteCalls:
    """Points: upsert, delete, payloads, vectors."""

    _shards: Shards

    async def upsert(
        self,
        collection_name: str,
        points: models.Batch | Sequence[models.PointStruct],
        *,
        update_filter: models.Filter | None = None,
        update_mode: models.UpdateMode | None = None,
        **others: Any,
    ) -> models.UpdateResult:
        """Writes points whole: vectors and payload of a point that is there are replaced.

        One bad point refuses them all (Refused, a ValueError).  The engine keeps Python's
        interpreter lock while it writes (about 20 µs a point of 384 dimensions), so write batches.
        """

        def operation(settings: models.CreateCollection) -> edge.UpdateOperation:
            mode = None if update_mode is None else engine_member(edge.UpdateMode, update_mode)
            return Operation.upsert_points(
                engine_points(points, settings), engine_filter(update_filter), mode
            )

        return await self._change("upsert", collection_name, others, operation)

    async def delete(self, collection_name: str, points_selector: Any, **others: Any) -> models.UpdateResult:
        """Deletes points by ids, a Filter, PointIdsList or FilterSelector."""
        return await self._change(
            "delete",
            collection_name,
            others,
            lambda _: _selected(points_selector, Operation.delete_points, Operation.delete_points_by_filter),
        )

    async def set_payload(
        self,
        collection_name: str,
        payload: dict[str, Any],
        points: Any,
        key: str | None = None,
        **others: Any,
    ) -> models.UpdateResult:
        """Writes these fields of the payload, under `key` when given, and keeps the others."""
        return await self._change(
            "set_payload",
            collection_name,
            others,
            lambda _: _selected(
                points,
                lambda ids: Operation.set_payload(ids, engine_payload(payload), key),
                lambda chosen: Operation.set_payload_by_filter(chosen, engine_payload(payload), key),
            ),
        )

    async def overwrite_payload(
        self, collection_name: str, payload: dict[str, Any], points: Any, **others: Any
    ) -> models.UpdateResult:
        """Replaces the whole payload."""
        return await self._change(
            "overwrite_payload",
            collection_name,
            others,
            lambda _: _selected(
                points,
                lambda ids: Operation.overwrite_payload(ids, engine_payload(payload)),
                lambda chosen: Operation.overwrite_payload_by_filter(chosen, engine_payload(payload)),
            ),
        )

    async def delete_payload(
        self, collection_name: str, keys: Sequence[str], points: Any, **others: Any
    ) -> models.UpdateResult:
        return await self._change(
            "delete_payload",
            collection_name,
            others,
            lambda _: _selected(
                points,
                lambda ids: Operation.delete_payload(ids, list(keys)),
                lambda chosen: Operation.delete_payload_by_filter(chosen, list(keys)),
            ),
        )

    async def clear_payload(
        self, collection_name: str, points_selector: Any, **others: Any
    ) -> models.UpdateResult:
        return await self._change(
            "clear_payload",
            collection_name,
            others,
            lambda _: _selected(points_selector, Operation.clear_payload, Operation.clear_payload_by_filter),
        )

    async def update_vectors(
        self,
        collection_name: str,
        points: Sequence[models.PointVectors],
        *,
        update_filter: models.Filter | None = None,
        **others: Any,
    ) -> models.UpdateResult:
        """Replaces the named vectors of points that are there, and keeps their other vectors."""
        return await self._change(
            "update_vectors",
            collection_name,
            others,
            lambda settings: Operation.update_vectors(
                engine_point_vectors(points, settings), engine_filter(update_filter)
            ),
        )

    async def delete_vectors(
        self, collection_name: str, vectors: Sequence[str], points: Any, **others: Any
    ) -> models.UpdateResult:
        return await self._change(
            "delete_vectors",
            collection_name,
            others,
            lambda _: _selected(
                points,
                lambda ids: Operation.delete_vectors(ids, list(vectors)),
                lambda chosen: Operation.delete_vectors_by_filter(chosen, list(vectors)),
            ),
        )

    async def _change(
        self,
        call: str,
        name: str,
        others: dict[str, Any],
        operation: Callable[[models.CreateCollection], edge.UpdateOperation],
    ) -> models.UpdateResult:
        self._shards.writable(call)
        refuse_others(call, others)
        await self._shards.write(call, name, lambda held: held.shard.update(operation(held.settings)))
        return DONE


def _selected(
    selector: Any,
    by_ids: Callable[[list[Any]], edge.UpdateOperation],
    by_filter: Callable[[edge.Filter], edge.UpdateOperation],
) -> edge.UpdateOperation:
    """The operation on the points that a selector names: ids, or a filter, bare or wrapped."""
    if isinstance(selector, models.PointIdsList):
        selector = selector.points
    elif isinstance(selector, models.FilterSelector):
        selector = selector.filter
    if isinstance(selector, list | tuple):
        if not selector:
            raise Refused("Empty update request")
        return by_ids(engine_ids(selector))
    chosen = engine_filter(selector)
    return by_filter(chosen if chosen is not None else edge.Filter())
