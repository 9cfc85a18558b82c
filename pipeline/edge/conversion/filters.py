"""Filters: the client's conditions to the engine's.  Two tables, by type; pure functions."""

from collections.abc import Callable
from datetime import date
from typing import Any

import qdrant_edge as edge
from numpy import bool_
from qdrant_client import models

from pipeline.edge.conversion.points import engine_ids
from pipeline.edge.refusals import Refused, unsupported


def engine_filter(value: Any) -> edge.Filter | None:
    """A filter for the engine, None for None.  Raises Unsupported for a condition it does not have."""
    return None if value is None else _filter(value)


def engine_condition(condition: Any) -> Any:
    convert = _CONDITIONS.get(type(condition))
    if convert is None:
        raise unsupported("filter", type(condition).__name__)
    return convert(condition)


def without_ids(condition: edge.Filter | None, ids: list[Any]) -> edge.Filter:
    """The same filter, for all points but these."""
    must: list[Any] = [] if condition is None else [condition]
    return edge.Filter(must=must, must_not=[edge.HasIdCondition(set(engine_ids(ids)))])


def _filter(value: Any) -> edge.Filter:
    if not isinstance(value, models.Filter):
        raise Refused(f"a filter must be a models.Filter, got {type(value).__name__}")
    return edge.Filter(
        must=_conditions(value.must),
        should=_conditions(value.should),
        must_not=_conditions(value.must_not),
        min_should=_at_least(value.min_should),
    )


def _at_least(clause: models.MinShould | None) -> edge.MinShould | None:
    if clause is None:
        return None
    return edge.MinShould(_conditions(clause.conditions) or [], clause.min_count)


def _conditions(clause: Any) -> list[Any] | None:
    """A clause is one condition or a list of them."""
    if clause is None:
        return None
    return [engine_condition(one) for one in (clause if isinstance(clause, list) else [clause])]


def _field(condition: models.FieldCondition) -> edge.FieldCondition:
    parts: dict[str, Any] = {
        name: _engine_part(value) for name in _FIELD_PARTS if (value := getattr(condition, name)) is not None
    }
    if not parts:
        raise Refused(f"the condition on {condition.key!r} says nothing")
    return edge.FieldCondition(condition.key, **parts)


def _engine_part(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    convert = _PARTS.get(type(value))
    if convert is None:
        raise unsupported("filter", type(value).__name__)
    return convert(value)


def _bounds(value: Any) -> dict[str, Any]:
    return {"gte": value.gte, "gt": value.gt, "lte": value.lte, "lt": value.lt}


def iso(moment: Any) -> Any:
    """A date or a moment as text; one without a time zone counts as UTC, as in a server."""
    return moment.isoformat() if isinstance(moment, date) else moment


def _match_value(value: models.MatchValue) -> edge.MatchValue:
    # The engine's binding takes Python's True for the number 1 (qdrant-edge-py 0.9.0), but numpy's for true.
    return edge.MatchValue(bool_(value.value) if isinstance(value.value, bool) else value.value)  # type: ignore[arg-type]


def _moments(value: models.DatetimeRange) -> edge.RangeDateTime:
    return edge.RangeDateTime(**{name: iso(bound) for name, bound in _bounds(value).items()})


def _point(value: models.GeoPoint) -> edge.GeoPoint:
    return edge.GeoPoint(lon=value.lon, lat=value.lat)


def _line(value: models.GeoLineString) -> list[edge.GeoPoint]:
    return [_point(point) for point in value.points]


def _polygon(value: models.GeoPolygon) -> edge.GeoPolygon:
    return edge.GeoPolygon(_line(value.exterior), [_line(hole) for hole in value.interiors or []])


_FIELD_PARTS = (
    "match",
    "range",
    "geo_bounding_box",
    "geo_radius",
    "geo_polygon",
    "values_count",
    "is_empty",
    "is_null",
)

_CONDITIONS: dict[type, Callable[[Any], Any]] = {
    models.Filter: _filter,
    models.FieldCondition: _field,
    models.IsEmptyCondition: lambda it: edge.IsEmptyCondition(it.is_empty.key),
    models.IsNullCondition: lambda it: edge.IsNullCondition(it.is_null.key),
    models.HasIdCondition: lambda it: edge.HasIdCondition(set(engine_ids(it.has_id))),
    models.HasVectorCondition: lambda it: edge.HasVectorCondition(it.has_vector),
    models.NestedCondition: lambda it: edge.NestedCondition(it.nested.key, _filter(it.nested.filter)),
}

_PARTS: dict[type, Callable[[Any], Any]] = {
    models.MatchValue: _match_value,
    models.MatchAny: lambda it: edge.MatchAny(it.any),
    models.MatchExcept: lambda it: edge.MatchExcept(it.except_),
    models.MatchText: lambda it: edge.MatchText(it.text),
    models.MatchTextAny: lambda it: edge.MatchTextAny(it.text_any),
    models.MatchPhrase: lambda it: edge.MatchPhrase(it.phrase),
    models.MatchPrefix: lambda it: edge.MatchPrefix(it.prefix),
    models.MatchSubstring: lambda it: edge.MatchSubstring(it.substring),
    models.Range: lambda it: edge.RangeFloat(**_bounds(it)),
    models.DatetimeRange: _moments,
    models.ValuesCount: lambda it: edge.ValuesCount(**_bounds(it)),
    models.GeoBoundingBox: lambda it: edge.GeoBoundingBox(_point(it.top_left), _point(it.bottom_right)),
    models.GeoRadius: lambda it: edge.GeoRadius(_point(it.center), it.radius),
    models.GeoPolygon: _polygon,
}
