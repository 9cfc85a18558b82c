"""Asking two clients the same and comparing what they say."""

import math
from collections.abc import Awaitable, Callable
from typing import Any

from pydantic import BaseModel
from qdrant_client import AsyncQdrantClient

from pipeline.edge import AsyncEdgeClient

Ask = Callable[[Any], Awaitable[Any]]

TOLERANCE = 1e-4


class Both:
    """The client's own local mode and ours, holding the same."""

    def __init__(self, local: AsyncQdrantClient, edge: AsyncEdgeClient) -> None:
        self.local = local
        self.edge = edge

    async def do(self, change: Ask) -> None:
        """Makes the same change in both; both must take it."""
        await change(self.local)
        await change(self.edge)

    async def same(self, ask: Ask) -> Any:
        """Asks both, compares, and returns the answer as plain values (a refusal as the word)."""
        expected, found = await answer(ask, self.local), await answer(ask, self.edge)
        assert alike(expected, found), f"local mode says\n  {expected}\nwe say\n  {found}"
        return found


async def answer(ask: Ask, client: Any) -> Any:
    """The plain answer, or "refused".

    Local mode refuses with ValueError, with KeyError for a point that is not there; ours must be a
    ValueError in every case (and Unsupported is none).
    """
    local = isinstance(client, AsyncQdrantClient)
    refusals: tuple[type[Exception], ...] = (ValueError, KeyError) if local else (ValueError,)
    try:
        return plain(await ask(client))
    except refusals:
        return "refused"


def plain(value: Any) -> Any:
    """Models to dicts.  Without `version`, which local mode does not count (it is always 0)."""
    if isinstance(value, BaseModel):
        return {name: plain(one) for name, one in value if name != "version"}
    if isinstance(value, dict):
        return {name: plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [plain(one) for one in value]
    return value


def alike(one: Any, other: Any) -> bool:
    """Equal, floats within TOLERANCE (the engine computes in 32 bits)."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(alike(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(alike, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return type(one) is type(other) and bool(one == other)
