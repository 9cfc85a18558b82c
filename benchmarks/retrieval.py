"""Retrieval alone, in process, over the embedded store: whole, and the engine's part of it, by size of the index."""

import argparse
import asyncio
import json
import time
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from benchmarks.indexes import build
from pipeline.bootstrap import open_pipeline
from pipeline.models import Question

SIZES = (1_000, 10_000, 50_000, 100_000, 300_000)
QUESTIONS = [
    f"How do I set option {n} of the {what}?" for n in range(50) for what in ("server", "index", "chat")
]
ENGINE_CALLS = ("query_batch_points", "query_points", "retrieve")


class Timed:
    """A client whose calls are timed: what the engine takes, our way through its surface included."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.seconds = 0.0

    def __getattr__(self, name: str) -> Any:
        call = getattr(self._client, name)
        if name not in ENGINE_CALLS:
            return call

        async def timed(*args: Any, **kwargs: Any) -> Any:
            began = time.perf_counter()
            try:
                return await call(*args, **kwargs)
            finally:
                self.seconds += time.perf_counter() - began

        return timed


async def measure(size: int) -> dict[str, Any]:
    """p5, p50 and p95 in ms: whole (question to sections), the engine, and the embedding of the question."""
    with TemporaryDirectory(prefix="fingerpost-bench-") as folder:
        root = Path(folder)
        config = await _built(root, size)
        async with open_pipeline(config) as pipeline:
            served = pipeline.index.served
            timed = Timed(served.generation.client)
            object.__setattr__(served.generation, "client", timed)
            for question in QUESTIONS[:20]:
                await pipeline.assistant.search(Question(question), 10)
            whole, engine, embedded = [], [], []
            for question in QUESTIONS:
                timed.seconds = 0.0
                began = time.perf_counter()
                await pipeline.assistant.search(Question(question), 10)
                whole.append(time.perf_counter() - began)
                engine.append(timed.seconds)
                began = time.perf_counter()
                await pipeline.embedding.model.aget_query_embedding(question)
                embedded.append(time.perf_counter() - began)
            disk = sum(file.stat().st_blocks * 512 for file in config.store.path.rglob("*") if file.is_file())
    return {
        "chunks": size, "whole_ms": _ms(whole), "engine_ms": _ms(engine), "embedding_ms": _ms(embedded),
        "disk_mb": round(disk / 2**20),
    }  # fmt: skip


async def _built(root: Path, size: int) -> Any:
    from pipeline.config import parse_config
    from pipeline.embedding import open_embedding

    embedding = open_embedding(parse_config("site: {}", source="benchmark", base=root).embedding)
    try:
        return await build(root, size, embedding)
    finally:
        await embedding.aclose()


def _ms(seconds: Sequence[float]) -> dict[str, float]:
    ordered = sorted(seconds)
    places = {"p5": 0.05, "p50": 0.5, "p95": 0.95}  # p5: what a quiet machine would give more often
    return {name: round(1000 * ordered[int(place * len(ordered))], 2) for name, place in places.items()}


def curve(sizes: Sequence[int] = SIZES) -> list[dict[str, Any]]:
    """One row for each size."""
    return [asyncio.run(measure(size)) for size in sizes]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sizes", nargs="*", type=int, default=list(SIZES))
    for row in curve(parser.parse_args().sizes):
        print(json.dumps(row), flush=True)
