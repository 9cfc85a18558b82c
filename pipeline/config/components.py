"""A LlamaIndex component by name: how `ingestion` and `query` name what they are made of."""

from collections.abc import Mapping
from typing import Any

from pydantic import Field, model_validator

from pipeline.config.base import Part


class ComponentSpec(Part):
    """A LlamaIndex component by name: `name` is one of ours, or a dotted path to a class.

    Written `sections`, `{name: sections, max_words: 160}` or `{class: package.module.Class, key: value}`;
    every other key is an argument.
    """

    name: str
    args: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _from_yaml(cls, value: object) -> object:
        if isinstance(value, ComponentSpec):
            return value
        if isinstance(value, str):
            return {"name": value}
        if not isinstance(value, Mapping):
            raise ValueError("should be a name, or a mapping with `name` or `class`")
        if ("name" in value) == ("class" in value):
            raise ValueError("should have one of `name` and `class`")
        name = value["name"] if "name" in value else value["class"]
        return {"name": name, "args": {str(k): v for k, v in value.items() if k not in ("name", "class")}}
