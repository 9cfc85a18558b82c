"""A local model in many processes and on many machines: `ingestion.runner: ray`.

Embedding is nearly all the work of an ingest, so it alone is spread: each worker holds the model and gets
batches of texts.  Reading, chunking and storing stay in the process that was started.  Workers are Ray's
actors; one that dies is started anew by Ray, and its batch is done again.
"""

import asyncio
import os
from typing import Any

from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.bridge.pydantic import PrivateAttr

from pipeline.config import FastembedEmbedding, IngestionConfig, LocalEmbedding
from pipeline.embedding.base import Embedding, FromLlamaIndex
from pipeline.errors import ConfigError, EmbeddingError

TEXTS_AT_ONCE = 64
"""In one call of a worker: some seconds of work, against which the way there is nothing."""

AGAIN = 3  # times that a worker is started anew, and a batch done again

Vector = list[float]


def open_spread(config: LocalEmbedding | FastembedEmbedding, ingestion: IngestionConfig) -> Embedding:
    """The model of `config` in `ingestion.workers` workers of Ray, ready; close it with `aclose()`.

    Blocks while Ray starts or is connected to.  Raises ConfigError when Ray is not installed, EmbeddingError
    when it cannot be reached or its workers cannot load the model.
    """
    try:
        import ray
    except ImportError:
        raise ConfigError("ingestion.runner", ["ray needs `pip install fingerpost[ray]`"]) from None
    try:
        _connect(ray, ingestion)
        # Each worker has one core: several on one machine then take all of them.
        own = config.model_copy(update={"threads": config.threads or 1})
        actor = ray.remote(num_cpus=own.threads, max_restarts=AGAIN, max_task_retries=AGAIN)(_Worker)
        count = ingestion.workers or max(1, int(ray.cluster_resources().get("CPU", 1)))
        workers = [actor.remote(own.model_dump_json()) for _ in range(count)]
        name, dimensions = ray.get(workers[0].identity.remote())
    except (OSError, RuntimeError, ValueError, ray.exceptions.RayError) as error:
        ray.shutdown()
        raise EmbeddingError(f"Ray at {ingestion.ray_address or 'this machine'}: {error}") from error

    async def close() -> None:
        await asyncio.to_thread(ray.shutdown)

    return Embedding(FromLlamaIndex(SpreadEmbedding(name, workers)), name, dimensions, close)


def _connect(ray: Any, ingestion: IngestionConfig) -> None:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # nothing is sent anywhere
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    common = {"include_dashboard": False, "log_to_driver": False, "logging_level": "error"}
    if ingestion.ray_address:
        ray.init(ingestion.ray_address, log_to_driver=False, logging_level="error")
    else:
        ray.init(num_cpus=ingestion.workers, _node_ip_address="127.0.0.1", **common)


class _Worker:
    """In a process of its own: the model, opened from its configuration."""

    def __init__(self, config: str) -> None:
        from pydantic import TypeAdapter

        from pipeline.config import EmbeddingConfig
        from pipeline.embedding import open_embedding

        self._embedding = open_embedding(TypeAdapter(EmbeddingConfig).validate_json(config))

    def identity(self) -> tuple[str, int | None]:
        """The model's name and dimensions."""
        return self._embedding.name, self._embedding.dimensions

    def embed(self, texts: list[str]) -> Any:
        """The vectors as an array of float32, which Ray hands over without copying."""
        import numpy as np

        return np.asarray(self._embedding.model.get_text_embedding_batch(texts), np.float32)


class SpreadEmbedding(BaseEmbedding):
    """Texts go to whichever worker is idle; vectors come back in the order of their texts."""

    _idle: "asyncio.Queue[Any]" = PrivateAttr()

    def __init__(self, name: str, workers: list[Any]) -> None:
        super().__init__(model_name=name, embed_batch_size=2048)
        self._idle = asyncio.Queue()
        for worker in workers:
            self._idle.put_nowait(worker)

    @classmethod
    def class_name(cls) -> str:
        return "SpreadEmbedding"

    async def _aget_text_embeddings(self, texts: list[str]) -> list[Vector]:
        # Those of like length together: a batch is padded to its longest.
        order = sorted(range(len(texts)), key=lambda i: len(texts[i]), reverse=True)
        parts = [order[start : start + TEXTS_AT_ONCE] for start in range(0, len(order), TEXTS_AT_ONCE)]
        found = await asyncio.gather(*(self._part([texts[i] for i in part]) for part in parts))
        vectors: dict[int, Vector] = {}
        for part, rows in zip(parts, found, strict=True):
            vectors |= zip(part, rows, strict=True)
        return [vectors[i] for i in range(len(texts))]

    async def _part(self, texts: list[str]) -> list[Vector]:
        from ray.exceptions import RayError

        worker = await self._idle.get()
        try:
            rows: list[Vector] = (await worker.embed.remote(texts)).tolist()
        except RayError as error:
            raise EmbeddingError(f"a worker of Ray failed: {error}") from error
        finally:
            self._idle.put_nowait(worker)
        return rows

    async def _aget_text_embedding(self, text: str) -> Vector:
        return (await self._aget_text_embeddings([text]))[0]

    async def _aget_query_embedding(self, query: str) -> Vector:
        raise EmbeddingError("workers of Ray embed pages, not questions")

    def _get_query_embedding(self, query: str) -> Vector:
        raise EmbeddingError("workers of Ray embed pages, not questions")

    def _get_text_embedding(self, text: str) -> Vector:
        raise EmbeddingError("workers of Ray are asked asynchronously")
