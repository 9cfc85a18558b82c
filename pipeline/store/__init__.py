"""The only constructor of Qdrant clients: an embedded index in a folder, or a Qdrant server.

Both are a `Store` of generations, so that one code path serves both.
"""

import os
from collections.abc import Mapping

from pipeline.config import StoreConfig
from pipeline.store.generation import Generation, Store, Writer, create_collection


def open_store(config: StoreConfig, environ: Mapping[str, str] = os.environ) -> Store:
    """The store that `store:` names.  Nothing is read or connected to yet."""
    if config.url is None:
        from pipeline.store.embedded import EmbeddedStore

        return EmbeddedStore(config.path)
    from pipeline.store.server import ServerStore, connect

    return ServerStore(connect(config, environ), config)


__all__ = ["Generation", "Store", "Writer", "create_collection", "open_store"]
