"""Pages go into the store: chunks through LlamaIndex's IngestionPipeline, vectors used again.

`read_index` gives what is there to plan against, an `IndexWriter` writes: `replace` and `remove` pages in
a new generation, then `commit`.  Until then everybody reads the generation before.
"""

import asyncio
import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from llama_index.core.ingestion import IngestionPipeline
from llama_index.core.schema import BaseNode, MetadataMode, TransformComponent
from qdrant_client import models as rest

from pipeline.chunking import EMBEDDED_KEYS, FORMAT, SealChunks, section_nodes
from pipeline.components import build
from pipeline.config import Config, IngestionConfig
from pipeline.embedding import Embedding
from pipeline.embedding.kept import KeptVectors
from pipeline.errors import FingerpostError, NoIndex, StaleIndex, StoreError
from pipeline.keys import page_key
from pipeline.models import Page
from pipeline.records import (
    Manifest,
    PageRecord,
    manifest_point,
    read_manifest,
    read_records,
    record_point,
)
from pipeline.sparse import titled_vectors
from pipeline.store import Generation, Store, Writer, create_collection
from pipeline.store.generation import DENSE, SPARSE, matches
from pipeline.vectors import Counts, EmbedNew

log = logging.getLogger(__name__)
FEW_CHUNKS = 200  # chunks that are searched one by one cost microseconds; an index over them, seconds


def fingerprint(config: IngestionConfig, embedding: str) -> str:
    """Changes when the same pages would make other chunks or other vectors."""
    parts = [
        FORMAT, embedding, config.title_weight,
        [spec.model_dump(mode="json") for spec in config.transformations],
    ]  # fmt: skip
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class Indexed:
    """The current index, to plan against.  `stale` when the settings have changed since."""

    generation: Generation | None
    manifest: Manifest | None
    records: dict[str, PageRecord]
    stale: bool


async def read_index(store: Store, expected_fingerprint: str) -> Indexed:
    """What is indexed now.  The generation is open for reading: give it back to the store."""
    name = await store.current()
    if name is None:
        return Indexed(None, None, {}, stale=False)
    try:
        generation = await store.open_reader(name)
    except (NoIndex, StoreError) as error:
        return _unreadable(name, error)
    try:
        manifest = await read_manifest(generation)
        stale = manifest is None or manifest.fingerprint != expected_fingerprint
        return Indexed(generation, manifest, await read_records(generation), stale)
    except (StaleIndex, StoreError) as error:
        await store.close_reader(generation)
        return _unreadable(name, error)


def _unreadable(name: str, error: FingerpostError) -> Indexed:
    """As if nothing were indexed: the next sync makes everything anew, and mends it."""
    log.warning("the index %s cannot be read, everything is made anew: %s", name, error)
    return Indexed(None, None, {}, stale=True)


class IndexWriter:
    """Writes one new generation.  `base` is the index before, where vectors are looked up."""

    def __init__(self, writer: Writer, config: Config, embedding: Embedding, base: Indexed) -> None:
        self._writer = writer
        self._config = config
        self._embedding = embedding
        self._base = base
        self._target: Generation | None = None
        self._pipeline: IngestionPipeline | None = None
        self._anew = True
        vectors = f"{embedding.name} {config.ingestion.title_weight}"
        self._kept = KeptVectors(config.store.path / "vectors.sqlite", vectors)
        self.counts = Counts()

    async def begin(self, *, rebuild: bool) -> None:
        """A copy of the base to change, or an empty generation when everything is made anew."""
        source = self._base.generation
        copied = source.name if source and not rebuild else None
        self._anew = copied is None
        self._target = await self._writer.begin(copy_of=copied)
        if copied is None:
            await create_collection(self._target, await self._embedding.size(), self._config.store)
        self._pipeline = self._chain()

    def _chain(self) -> IngestionPipeline:
        """The configured transformations, and ours that end them."""
        steps: list[TransformComponent] = [
            build(f"ingestion.transformations[{i}]", spec, TransformComponent)
            for i, spec in enumerate(self._config.ingestion.transformations)
        ]
        lookup = self._base.generation if self._same_vectors() else None
        weight = self._config.ingestion.title_weight
        steps += [SealChunks(), EmbedNew(self._embedding, weight, (lookup, self._kept), self.counts)]
        return IngestionPipeline(transformations=steps, disable_cache=True)

    def _same_vectors(self) -> bool:
        """Whether the index before was embedded as this one is."""
        manifest, weight = self._base.manifest, self._config.ingestion.title_weight
        return manifest is not None and (manifest.embedding, manifest.title_weight) == (
            self._embedding.name, weight,
        )  # fmt: skip

    async def replace(self, pages: Sequence[Page]) -> None:
        """These pages are in the index as they are now, whatever it held of them before."""
        assert self._target is not None
        assert self._pipeline is not None
        await self.remove([page_key(page) for page in pages])
        nodes = [node for page in pages for node in section_nodes(page)]
        points: list[rest.PointStruct] = []
        if nodes:
            points = chunk_points(await self._pipeline.arun(nodes=nodes))
            self.counts.chunks += len(points)
        points += [record_point(page) for page in pages]
        batch = self._config.ingestion.batch_size
        for start in range(0, len(points), batch):
            await self._target.client.upsert(
                collection_name=self._target.collection, points=points[start : start + batch]
            )

    async def remove(self, keys: Sequence[str]) -> None:
        """Nothing of these pages is left."""
        assert self._target is not None
        if keys:
            await self._target.client.delete(
                collection_name=self._target.collection, points_selector=matches(page=list(keys))
            )

    async def commit(self, *, commit: str = "") -> Manifest:
        """The new generation is finished and current.  `commit` is the docs' git commit, if any."""
        assert self._target is not None
        now = datetime.now(UTC)
        before = self._base.manifest.unindexed if self._base.manifest and not self._anew else 0
        unindexed = before + self.counts.chunks
        optimize = self._anew or unindexed >= FEW_CHUNKS
        manifest = Manifest(
            fingerprint=fingerprint(self._config.ingestion, self._embedding.name),
            embedding=self._embedding.name,
            title_weight=self._config.ingestion.title_weight,
            dimensions=await self._embedding.size(),
            revision="+".join(filter(None, (self._target.name, commit[:12]))),
            commit=commit,
            created=now.isoformat(timespec="seconds"),
            site=self._config.site.url,
            default_locale=self._config.site.i18n.defaultLocale,
            unindexed=0 if optimize else unindexed,
        )
        await self._target.client.upsert(
            collection_name=self._target.collection, points=[manifest_point(manifest)]
        )
        await self._writer.commit(self._target, optimize=optimize)
        self._target = None
        await asyncio.to_thread(self._kept.clear)
        return manifest

    async def discard(self) -> None:
        """Leaves nothing of an unfinished generation.  Does nothing after `commit`."""
        if self._target is not None:
            await self._writer.discard(self._target)
            self._target = None


def chunk_points(nodes: Sequence[BaseNode]) -> list[rest.PointStruct]:
    """The chunks as Qdrant holds them: both vectors, and a flat payload with the chunk's own text.

    LlamaIndex's QdrantVectorStore reads such points (`text_key="text"`).  Its way of writing them adds
    the whole node as JSON, which makes a payload three times as long, and reading payloads is most of
    what a search costs.
    """
    words = titled_vectors([node.get_content(MetadataMode.EMBED) for node in nodes])
    return [
        rest.PointStruct(
            id=node.node_id,
            vector={
                DENSE: node.get_embedding(),
                SPARSE: rest.SparseVector(indices=indices, values=values),
            },
            payload={**_held(node.metadata), "text": node.get_content(MetadataMode.NONE)},
        )
        for node, indices, values in zip(nodes, *words, strict=True)
    ]


def _held(metadata: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in metadata.items() if key not in EMBEDDED_KEYS}
