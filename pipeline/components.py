"""Names in config.yaml become LlamaIndex components.

A name is one of ours (`OURS`) or a dotted path to any class.  A class is given the arguments of
the configuration and, by name, those collaborators that its constructor asks for.
"""

import importlib
import inspect
from collections.abc import Mapping
from typing import TypeVar

from pipeline.config import ComponentSpec
from pipeline.errors import ConfigError

OURS: Mapping[str, str] = {
    "sections": "pipeline.chunking.SectionChunker",
    "hybrid": "pipeline.retrieval.hybrid.HybridSearch",
    "reorder": "llama_index.core.postprocessor.LongContextReorder",
    "similarity": "llama_index.core.postprocessor.SimilarityPostprocessor",
}

T = TypeVar("T")


def build(key: str, spec: ComponentSpec, kind: type[T], /, **collaborators: object) -> T:
    """The component that `spec` names.  `key` is the dotted key of config.yaml, for errors.

    Raises ConfigError when there is no such class, it is no `kind`, or its arguments are wrong.
    """
    path = OURS.get(spec.name, spec.name)
    cls = _imported(key, path)
    if not (isinstance(cls, type) and issubclass(cls, kind)):
        raise ConfigError("config.yaml", [f"{key}: {spec.name} is no LlamaIndex {kind.__name__}"])
    wanted = _parameters(cls)
    given = {name: value for name, value in collaborators.items() if name in wanted}
    unknown = sorted(set(spec.args) - wanted) if wanted else []
    if unknown:
        allowed = ", ".join(sorted(wanted - set(given)))
        raise ConfigError(
            "config.yaml", [f"{key}: {spec.name} has no `{name}`; it has {allowed}" for name in unknown]
        )
    try:
        return cls(**given, **spec.args)
    except (TypeError, ValueError, ImportError) as error:
        raise ConfigError("config.yaml", [f"{key}: {spec.name} refused its arguments: {error}"]) from error


def _imported(key: str, path: str) -> object:
    module, _, name = path.rpartition(".")
    if not module:
        raise ConfigError(
            "config.yaml",
            [
                f"{key}: there is no component `{path}`; ours are {', '.join(OURS)}, others are named `class: package.Class`"
            ],
        )
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise ConfigError("config.yaml", [f"{key}: {path} cannot be imported: {error}"]) from error


def _parameters(cls: type) -> set[str]:
    """The names that the constructor takes: a Pydantic model's fields, else its signature's."""
    signature = inspect.signature(cls.__init__).parameters.values()  # type: ignore[misc]
    names = {p.name for p in signature if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)} - {"self"}
    return names | set(getattr(cls, "model_fields", {}))
