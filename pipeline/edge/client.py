"""The public class: the calls put together, `close`, and a refusal by name of every other method.

What does not live here: any call's work.
"""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline.edge.collection_calls import CollectionCalls
from pipeline.edge.read_calls import ReadCalls
from pipeline.edge.refusals import client_methods, refuse_others, unsupported
from pipeline.edge.shards import Shards
from pipeline.edge.write_calls import WriteCalls


class AsyncEdgeClient(CollectionCalls, WriteCalls, ReadCalls):
    """AsyncQdrantClient's surface over the folder `path`: one sub-folder a collection.

    Methods, parameters and results are the real client's; what the embedded store does not have
    raises pipeline.errors.Unsupported by name.  A missing collection is a CollectionMissing, which
    is a StoreError and a ValueError (local mode raises ValueError, a server answers 404).

    A writing client takes the folder's lock when it opens or creates its first collection; a second
    writer gets pipeline.errors.StoreLocked.  Read-only clients share the folder among any number of
    processes, and every writing call of theirs raises Unsupported; while one is there a writer gets
    StoreLocked, and the other way round, since the engine has no read-only mode (see folder).  To
    write while others serve, write into a copy of the folder.  Hard links are no copy for a writer:
    the engine writes into files in place.  For readers they are.

    The engine opens its files for writing even to read: the folder must be writable.  Opening,
    querying and closing what a writer's `close` has finished changes no file's content; it replaces
    edge_config.json and each segment.json by equal ones and moves the times of others.

    Nothing is opened here: a collection is loaded at its first use.
    """

    def __init__(self, path: str | Path, *, read_only: bool = False) -> None:
        self._shards = Shards(Path(path), read_only=read_only)

    async def close(self, **others: Any) -> None:
        """Flushes, closes all collections and gives the folder back.  Later calls raise StoreError."""
        refuse_others("close", others)
        await self._shards.close()

    if not TYPE_CHECKING:  # a type checker shall go on saying that a method is not there

        def __getattr__(self, name: str) -> Any:
            """The real client's other methods: there, and refused by name when called."""
            if name.startswith("_") or name not in client_methods():
                raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

            async def refused(*_arguments: Any, **_named: Any) -> Any:
                raise unsupported("client", f"{name}()")

            return refused
