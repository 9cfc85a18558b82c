"""Generations on a Qdrant server: a collection each, and an alias that names the one to serve."""

import os
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from secrets import token_hex
from typing import Any

from qdrant_client import AsyncQdrantClient
from qdrant_client import models as rest
from qdrant_client.http.exceptions import ApiException, ResponseHandlingException

from pipeline.config import StoreConfig
from pipeline.errors import NoIndex, StoreError
from pipeline.store.generation import DENSE, Generation, Writer, create_collection, scroll_all

BATCH = 256  # points in one upsert while a generation is copied


def connect(config: StoreConfig, environ: Mapping[str, str] = os.environ) -> AsyncQdrantClient:
    """A client for `store.url`; the key from the configuration, else from QDRANT_API_KEY."""
    key = config.api_key.get_secret_value() if config.api_key else environ.get("QDRANT_API_KEY")
    return AsyncQdrantClient(url=config.url, api_key=key or None, timeout=int(config.timeout) or 1)


class ServerStore:
    """The `Store` on a server.  Collections are `<collection>-<time>`, the alias is `<collection>`."""

    def __init__(self, client: Any, config: StoreConfig) -> None:
        self._client = client
        self._config = config

    async def current(self) -> str | None:
        try:
            aliases = await self._client.get_aliases()
        except (ApiException, ResponseHandlingException, OSError) as error:
            raise StoreError(f"Qdrant at {self._config.url} did not answer: {error}") from error
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

    async def commit(self, generation: Generation) -> None:
        alias = self._config.collection
        switch: list[Any] = [
            rest.CreateAliasOperation(
                create_alias=rest.CreateAlias(collection_name=generation.collection, alias_name=alias)
            )
        ]
        if self._current:
            switch.insert(0, rest.DeleteAliasOperation(delete_alias=rest.DeleteAlias(alias_name=alias)))
        await self._client.update_collection_aliases(change_aliases_operations=switch)
        await self._sweep(keep=(generation.collection, self._current))
        self._current = generation.collection

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
        if await self._client.collection_exists(generation.collection):
            await self._client.delete_collection(generation.collection)
