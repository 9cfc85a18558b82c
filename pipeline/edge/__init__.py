"""The async Qdrant client's API over Qdrant Edge, Qdrant's own engine inside this process.

What makes one code path serve both stores: `AsyncEdgeClient(path)` takes the place of
`qdrant_client.AsyncQdrantClient`, for us and for LlamaIndex's `QdrantVectorStore(aclient=...)`.

    client            the public class: the calls put together, close, and the refusal of all others
    collection_calls  write_calls  read_calls      the calls, by subject
    shards            open collections of one folder: loading, order of writes, closing
    folder            what lies on disk: names, settings, the writer's lock
    optimizing        a small program of its own: builds the indexes in a child process
    conversion        between the client's models and the engine's: pure functions
    refusals          errors and what is refused by name

What does not live here: which collections and fields there are (store, indexing), and any ranking.

Importing this package is free; the name below loads the client with qdrant_client's models, which
alone cost most of qdrant_client's import (about a second), when it is first used.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pipeline.edge.client import AsyncEdgeClient

__all__ = ["AsyncEdgeClient"]


def __getattr__(name: str) -> Any:
    """The client class, imported at first use (PEP 562)."""
    if name == "AsyncEdgeClient":
        from pipeline.edge.client import AsyncEdgeClient

        return AsyncEdgeClient
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
