"""Generations on a Qdrant server: a collection each, and an alias that names the one to serve."""

import asyncio
import inspect
import logging
import os
import re
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any

from grpc import RpcError  # type: ignore[import-untyped]  # its stubs are 2 MB for one name
from qdrant_client import AsyncQdrantClient
from qdrant_client import models as rest
from qdrant_client.http.exceptions import ApiException, ResponseHandlingException

from pipeline.config import StoreConfig
from pipeline.errors import NoIndex, StoreError
from pipeline.store.generation import DENSE, Generation, Writer, create_collection, scroll_all

log = logging.getLogger(__name__)
INDEXED_WITHIN, LOOK_AGAIN = 1800.0, 0.5  # seconds
BATCH = 256  # points in one upsert while a generation is copied


class TranslatedClient:
    """An AsyncQdrantClient whose errors are StoreErrors: the one place where they are translated."""

    def __init__(self, client: AsyncQdrantClient, address: str) -> None:
        self._client = client
        self._address = address

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._client, name)
        if not inspect.iscoroutinefunction(call):
            return call

        async def translated(*args: Any, **kwargs: Any) -> Any:
            try:
                return await call(*args, **kwargs)
            except (ApiException, ResponseHandlingException, RpcError, OSError) as error:
                raise StoreError(f"Qdrant at {self._address} did not do `{name}`: {error}") from error

        return translated


def connect(config: StoreConfig, environ: Mapping[str, str] = os.environ) -> TranslatedClient:
    """A client for `store.url`; the key from the configuration, else from QDRANT_API_KEY."""
    key = config.api_key.get_secret_value() if config.api_key else environ.get("QDRANT_API_KEY")
    client = AsyncQdrantClient(
        url=config.url, api_key=key or None, timeout=int(config.timeout) or 1,
        prefer_grpc=config.grpc, grpc_port=config.grpc_port,
    )  # fmt: skip
    return TranslatedClient(client, config.url or "")


class ServerStore:
    """The `Store` on a server.  Collections are `<collection>-<time>`, the alias is `<collection>`."""

    def __init__(self, client: Any, config: StoreConfig) -> None:
        self._client = client
        self._config = config

    async def current(self) -> str | None:
        aliases = await self._client.get_aliases()
        for alias in aliases.aliases:
            if alias.alias_name == self._config.collection:
                return str(alias.collection_name)
        return None

    async def open_reader(self, name: str) -> Generation:
        if not await self._client.collection_exists(name):
            raise NoIndex(f"the collection {name} is gone: run `python -m ingest`")
        return Generation(name, self._client, name)

    async def close_reader(self, generation: Generation) -> None:
        return None

    @asynccontextmanager
    async def writer(self) -> AsyncIterator[Writer]:
        # A server has no lock to hold: the switch is atomic, and the last of two writers wins.
        yield ServerWriter(self._client, self._config, await self.current())

    async def aclose(self) -> None:
        await self._client.close()


class ServerWriter:
    """Made by `ServerStore.writer`."""

    def __init__(self, client: Any, config: StoreConfig, current: str | None) -> None:
        self._client = client
        self._config = config
        self._current = current

    async def begin(self, *, copy_of: str | None) -> Generation:
        name = f"{self._config.collection}-{datetime.now(UTC):%Y%m%dT%H%M%S}-{token_hex(3)}"
        generation = Generation(name, self._client, name)
        if copy_of:
            await self._copy(Generation(copy_of, self._client, copy_of), generation)
        return generation

    async def _copy(self, source: Generation, target: Generation) -> None:
        info = await self._client.get_collection(source.collection)
        await create_collection(target, info.config.params.vectors[DENSE].size, self._config)
        batch: list[rest.PointStruct] = []
        async for record in scroll_all(source, None, vectors=True, batch=BATCH):
            batch.append(rest.PointStruct(id=record.id, payload=record.payload, vector=record.vector or {}))
            if len(batch) == BATCH:
                await self._client.upsert(target.collection, batch)
                batch = []
        if batch:
            await self._client.upsert(target.collection, batch)

    async def commit(self, generation: Generation, *, optimize: bool) -> None:
        if optimize:
            await self._indexed(generation.collection)
        alias = self._config.collection
        switch: list[Any] = [
            rest.CreateAliasOperation(
                create_alias=rest.CreateAlias(collection_name=generation.collection, alias_name=alias)
            )
        ]
        if self._current:
            switch.insert(0, rest.DeleteAliasOperation(delete_alias=rest.DeleteAlias(alias_name=alias)))
        await self._client.update_collection_aliases(change_aliases_operations=switch)
        before, self._current = self._current, generation.collection
        try:
            await self._sweep(keep=(generation.collection, before))
        except StoreError as error:  # an ingest that is done stays done
            log.warning("an old index could not be removed: %s", error)

    async def _indexed(self, collection: str) -> None:
        """Waits until the server has built its indexes: before, each search compares every vector."""
        deadline = time.monotonic() + INDEXED_WITHIN
        while (await self._client.get_collection(collection)).status == rest.CollectionStatus.YELLOW:
            if time.monotonic() > deadline:
                log.warning("Qdrant is still indexing %s; searches are slow until it is done", collection)
                return
            await asyncio.sleep(LOOK_AGAIN)

    async def _sweep(self, keep: tuple[str, str | None]) -> None:
        """Removes our own collections that are older than those to keep; the names begin with their time.

        Newer ones may be another writer's, not finished yet.
        """
        ours = re.compile(re.escape(self._config.collection) + r"-\d{8}T\d{6}-[0-9a-f]{6}")
        for collection in (await self._client.get_collections()).collections:
            old = ours.fullmatch(collection.name) and collection.name < max(filter(None, keep))
            if old and collection.name not in keep:
                await self._client.delete_collection(collection.name)

    async def discard(self, generation: Generation) -> None:
        if await ServerStore(self._client, self._config).current() == generation.collection:
            return  # interrupted after the switch
        if await self._client.collection_exists(generation.collection):
            await self._client.delete_collection(generation.collection)
