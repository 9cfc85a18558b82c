"""The client's enumerations to the engine's: the same words, spelt `int8` there and `Int8` here."""

from enum import Enum
from typing import Any

from pipeline.edge.refusals import unsupported


def engine_member(kind: type, value: Enum) -> Any:
    """The engine's member for the client's, matched by its word.  Raises Unsupported when it has none.

    The engine's enumerations are native classes: they cannot be iterated over, so `dir` it is.
    """
    word = str(value.value).replace("_", "").lower()
    for name in dir(kind):
        if name.lower() == word:
            return getattr(kind, name)
    raise unsupported(kind.__name__, str(value.value))


def engine_members(given: dict[str, Any], kinds: dict[str, type]) -> dict[str, Any]:
    """The same arguments, with those that `kinds` names turned into the engine's members."""
    return {
        name: engine_member(kinds[name], value) if name in kinds else value for name, value in given.items()
    }
