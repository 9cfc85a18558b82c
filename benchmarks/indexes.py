"""An embedded index of any size: the manual's chunks again and again, each time with vectors a little aside.

Embedding 300,000 chunks takes hours; what a search costs does not depend on whose vectors they are, as long
as they lie as real ones do: near some and far from most.
"""

import uuid
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.corpora import write_site
from ingest.syncing import read_pages
from pipeline.chunking import SealChunks, SectionChunker, section_nodes
from pipeline.config import Config
from pipeline.embedding import Embedding
from pipeline.indexing import chunk_points, fingerprint
from pipeline.records import Manifest, manifest_point, record_point
from pipeline.store import create_collection, open_store

SITE_PAGES = 34  # of eight sections: the manual about once
ASIDE = 0.35  # of the length of a vector
CHUNKS_OF_A_PAGE = 8
AT_ONCE = 2_000


async def build(root: Path, chunks: int, embedding: Embedding) -> Config:
    """Writes the index below `root` and makes it the current one; gives its configuration."""
    config = write_site(root, SITE_PAGES)
    pages = read_pages(config)[0]
    nodes = SealChunks()(SectionChunker()([node for page in pages for node in section_nodes(page)]))
    await embedding.model.acall(nodes)
    known = chunk_points(nodes)
    store = open_store(config.store)
    async with store.writer() as writer:
        target = await writer.begin(copy_of=None)
        await create_collection(target, await embedding.size(), config.store)
        client, collection = target.client, target.collection
        random = np.random.default_rng(7)
        for start in range(0, chunks, AT_ONCE):
            some = [
                _aside(known[i % len(known)], i, random) for i in range(start, min(start + AT_ONCE, chunks))
            ]
            await client.upsert(collection_name=collection, points=some)
        records = [record_point(page) for page in pages]
        await client.upsert(collection_name=collection, points=[*records, _manifest(config, embedding)])
        await writer.commit(target, optimize=True)
    await store.aclose()
    return config


def _aside(point: Any, number: int, random: np.random.Generator) -> Any:
    dense = np.asarray(point.vector["dense"], np.float32)
    noise = random.standard_normal(dense.size).astype(np.float32)
    moved = dense + ASIDE * noise / np.linalg.norm(noise)
    payload = {
        **point.payload,
        "page": f"en/default/current/page{number // CHUNKS_OF_A_PAGE}.md",
        "place": number,
    }
    return point.model_copy(
        update={
            "id": str(uuid.uuid5(uuid.NAMESPACE_OID, str(number))),
            "vector": {**point.vector, "dense": (moved / np.linalg.norm(moved)).tolist()},
            "payload": payload,
        }
    )


def _manifest(config: Config, embedding: Embedding) -> Any:
    values: dict[str, Any] = dict.fromkeys(Manifest.__dataclass_fields__, "")
    values |= {
        "fingerprint": fingerprint(config.ingestion, embedding.name), "embedding": embedding.name,
        "dimensions": embedding.dimensions, "revision": "benchmark", "default_locale": "en",
        "title_weight": config.ingestion.title_weight,
    }  # fmt: skip
    return manifest_point(Manifest(**values))
