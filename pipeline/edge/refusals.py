"""What the embedded store says no to, and how: errors, refused arguments, the engine's own errors.

Every refusal that a Qdrant client's caller could expect is a ValueError too, as qdrant_client's
local mode raises them (a server answers 4xx): LlamaIndex's QdrantVectorStore catches those.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from inspect import signature
from typing import Any

from pipeline.errors import FingerpostError, StoreError, Unsupported

# Only a cluster or a network gives these a meaning: here a call is done when it returns, on one copy.
_HARMLESS = frozenset({"wait", "timeout", "consistency", "ordering", "grpc_grace"})
# One shard and one copy is what the embedded store has, so asking for just that is no lie.
_ONE_OF_EACH = frozenset({"shard_number", "replication_factor", "write_consistency_factor"})


class Refused(StoreError, ValueError):
    """The engine refused a call: wrong dimension, unknown vector name, missing payload index."""


class CollectionMissing(Refused):
    """No collection of this name in the folder (a server: 404; local mode: ValueError)."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Collection {name} not found")


class CollectionExists(Refused):
    """The name is taken.  QdrantVectorStore looks for the words "already exists"."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Collection {name} already exists")


@contextmanager
def engine_errors(call: str) -> Iterator[None]:
    """Raises the engine's errors as `Refused`, with the call's name; lets our own pass."""
    try:
        yield
    except FingerpostError:
        raise
    # The engine raises plain Exception for whatever goes wrong, OverflowError and TypeError for
    # values that do not fit its types: there is nothing narrower to catch.
    except Exception as error:
        raise Refused(f"{call}: {error}") from error
    # A panic in the engine's Rust code: PyO3 raises it past `except Exception`, as a BaseException of
    # a module that cannot be imported.  It would end the process; it is one failed call.
    except BaseException as error:
        if type(error).__module__ != "pyo3_runtime":
            raise
        raise Refused(f"{call}: the engine panicked: {error}") from error


def refuse_others(call: str, others: Mapping[str, Any]) -> None:
    """Checks the arguments of AsyncQdrantClient's method `call` that ours does not name.

    Raises Unsupported for a real argument with a value that matters, TypeError for an unknown one.
    """
    for name, value in others.items():
        if name not in _parameters(call):
            raise TypeError(f"{call}() got an unexpected argument {name!r}")
        if value is None or name in _HARMLESS or (name in _ONE_OF_EACH and value == 1):
            continue
        raise unsupported(call, name)


def unsupported(call: str, argument: str) -> Unsupported:
    """The error for an argument, or a kind of value, that the embedded store does not have."""
    return Unsupported(f"the embedded store's {call} does not support {argument}; a Qdrant server does")


@cache
def client_methods() -> frozenset[str]:
    """The public methods of the real client."""
    from qdrant_client import AsyncQdrantClient

    return frozenset(
        name
        for name in dir(AsyncQdrantClient)
        if not name.startswith("_") and callable(getattr(AsyncQdrantClient, name))
    )


@cache
def _parameters(call: str) -> frozenset[str]:
    from qdrant_client import AsyncQdrantClient

    return frozenset(signature(getattr(AsyncQdrantClient, call)).parameters)
