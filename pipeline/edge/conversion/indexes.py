"""Payload indexes: the client's schema to the engine's, and the engine's report back.  Pure functions."""

from collections.abc import Callable, Mapping
from typing import Any

import qdrant_edge as edge
from qdrant_client import models

from pipeline.edge.conversion.matching import engine_member, engine_members
from pipeline.edge.refusals import Refused, unsupported


def engine_field_schema(schema: Any) -> Any:
    """A type ("keyword", PayloadSchemaType) or parameters (KeywordIndexParams, ...) for the engine."""
    if schema is None:
        raise Refused("create_payload_index: field_schema is needed")
    kind = _PARAMETERS.get(type(schema))
    if kind is not None:
        return kind(**_arguments(schema))
    try:
        named = models.PayloadSchemaType(schema)
    except ValueError:
        raise unsupported("create_payload_index", f"field_schema={schema!r}") from None
    return engine_member(edge.PayloadSchemaType, named)


def payload_schema(found: Mapping[str, Any]) -> dict[str, models.PayloadIndexInfo]:
    """The indexes that there are, by field: type and number of points."""
    return {
        field: models.PayloadIndexInfo(data_type=_data_type(index.data_type), points=index.points)
        for field, index in found.items()
    }


def _data_type(found: edge.PayloadSchemaType) -> models.PayloadSchemaType:
    return next(
        kind for kind in models.PayloadSchemaType if engine_member(edge.PayloadSchemaType, kind) == found
    )


def _arguments(schema: Any) -> dict[str, Any]:
    given = {
        name: value for name in type(schema).model_fields if (value := getattr(schema, name)) is not None
    }
    given.pop("type", None)
    kinds: dict[str, type] = {"memory": edge.Memory, "tokenizer": edge.TokenizerType}
    for name, convert in _TEXT.items():
        if name in given:
            given[name] = convert(given[name])
    return engine_members(given, {name: kind for name, kind in kinds.items() if name in given})


def _stopwords(value: Any) -> Any:
    if isinstance(value, models.Language):
        return engine_member(edge.Language, value)
    languages = {engine_member(edge.Language, one) for one in value.languages or []}
    return edge.StopwordsSet(languages=languages, custom=set(value.custom or []))


def _stemmer(value: Any) -> Any:
    if isinstance(value, models.SnowballParams):
        return edge.SnowballParams(engine_member(edge.SnowballLanguage, value.language))
    return edge.DisabledStemmer()


def _scoring(value: Any) -> Any:
    if isinstance(value, bool):
        return value
    return edge.TextScoringParams(engine_member(edge.TextScoringType, value.type))


_TEXT: dict[str, Callable[[Any], Any]] = {
    "stopwords": _stopwords,
    "stemmer": _stemmer,
    "scoring": _scoring,
}

_PARAMETERS: dict[type, type] = {
    models.KeywordIndexParams: edge.KeywordIndexParams,
    models.IntegerIndexParams: edge.IntegerIndexParams,
    models.FloatIndexParams: edge.FloatIndexParams,
    models.GeoIndexParams: edge.GeoIndexParams,
    models.BoolIndexParams: edge.BoolIndexParams,
    models.DatetimeIndexParams: edge.DatetimeIndexParams,
    models.UuidIndexParams: edge.UuidIndexParams,
    models.TextIndexParams: edge.TextIndexParams,
}
