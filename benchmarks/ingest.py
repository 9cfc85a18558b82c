"""Ingest beside fastembed alone on the same texts: how much of the time is the model's own.

Turns are taken, and the best of each is compared, because a machine is seldom quiet.
"""

import argparse
import asyncio
import json
import os
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.corpora import write_site
from ingest.syncing import read_pages, sync
from pipeline.config import Config
from pipeline.embedding import Embedding, open_embedding
from pipeline.store import open_store

BARE_BATCHES = (8, 32, 256)  # texts at once; 256 is fastembed's default


def measure(pages: int = 60, rounds: int = 2) -> dict[str, Any]:
    """Chunks a second of both, and their ratio: 1 is the model's own speed."""
    with TemporaryDirectory(prefix="fingerpost-bench-") as folder:
        config = write_site(Path(folder), pages)
        embedding = open_embedding(config.embedding)
        texts = asyncio.run(_texts(config))
        whole: list[float] = []
        bare: dict[int, list[float]] = {batch: [] for batch in BARE_BATCHES}
        cpu: dict[str, list[float]] = {"ingest": [], "bare": []}
        for _ in range(rounds):
            spent = time.process_time()
            whole.append(asyncio.run(_ingested(config, embedding)))
            cpu["ingest"].append(time.process_time() - spent)
            for batch in BARE_BATCHES:
                spent = time.process_time()
                bare[batch].append(_bare(texts, batch))
                cpu["bare"].append(time.process_time() - spent)
        asyncio.run(embedding.aclose())
    best = min(min(times) for times in bare.values())
    return {
        "pages": pages,
        "chunks": len(texts),
        "cores": os.cpu_count(),
        "fastembed_chunks_per_second": {b: round(len(texts) / min(t), 1) for b, t in bare.items()},
        "ingest_chunks_per_second": round(len(texts) / min(whole), 1),
        "speed_of_fastembed_alone": round(best / min(whole), 3),
        "cpu_of_fastembed_alone": round(min(cpu["ingest"]) / min(cpu["bare"]), 3),
    }


async def _texts(config: Config) -> list[str]:
    """What an ingest embeds: caught from one that embeds nothing."""
    from llama_index.core.ingestion import IngestionPipeline
    from llama_index.core.schema import MetadataMode

    from pipeline.chunking import SealChunks, SectionChunker, section_nodes

    nodes = [node for page in read_pages(config)[0] for node in section_nodes(page)]
    chain = IngestionPipeline(transformations=[SectionChunker(), SealChunks()], disable_cache=True)
    return [node.get_content(MetadataMode.EMBED) for node in await chain.arun(nodes=nodes)]


async def _ingested(config: Config, embedding: Embedding) -> float:
    """Seconds of a whole ingest into an empty store: reading, chunking, embedding, storing, indexing."""
    with TemporaryDirectory(prefix="fingerpost-bench-") as folder:
        store = config.store.model_copy(update={"path": Path(folder) / "index"})
        own = config.model_copy(update={"store": store})
        opened = open_store(own.store)
        began = time.perf_counter()
        report = await sync(own, opened, embedding)
        seconds = time.perf_counter() - began
        await opened.aclose()
    assert report.counts.embedded == report.counts.chunks, report.counts
    return seconds


def _bare(texts: list[str], batch: int) -> float:
    """Seconds of fastembed alone, as its own pages call it, over the same model."""
    from fastembed import TextEmbedding

    from pipeline.embedding.local import REGISTERED

    model = _MODELS.get("bare")
    if model is None:
        folder = next((Path.home() / ".cache/fingerpost").glob("all-MiniLM*"))
        model = _MODELS["bare"] = TextEmbedding(
            REGISTERED, specific_model_path=str(folder), providers=["CPUExecutionProvider"]
        )
    began = time.perf_counter()
    for _ in model.embed(texts, batch_size=batch):
        pass
    return time.perf_counter() - began


_MODELS: dict[str, Any] = {}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pages", type=int, default=60)
    parser.add_argument("--rounds", type=int, default=2)
    given = parser.parse_args()
    print(json.dumps(measure(given.pages, given.rounds), indent=1))
