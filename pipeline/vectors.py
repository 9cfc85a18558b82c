"""The vectors of chunks: embedded when the text is new, used again when it is not.

A chunk's vector leans to that of its title.  A title says in a few words what its section answers,
and a chunk of 180 words drowns it; a vector that is the weighted mean of both is as long and as quick
to search as before.  What it is worth stands in docs/evals.md.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from llama_index.core.schema import BaseNode, TransformComponent
from pydantic import PrivateAttr

from pipeline.embedding import Embedding
from pipeline.embedding.kept import KeptVectors
from pipeline.errors import EmbeddingError
from pipeline.store import Generation
from pipeline.store.generation import DENSE, matches, scroll_all


@dataclass(slots=True)
class Counts:
    """What an ingest did, in chunks."""

    chunks: int = 0
    embedded: int = 0
    reused: int = 0


class EmbedNew(TransformComponent):
    """Embeds the chunks whose text is new; those that the index before, or a killed ingest, held keep their vectors."""

    _embedding: Any = PrivateAttr()
    _title_weight: float = PrivateAttr()
    _base: Generation | None = PrivateAttr()
    _kept: KeptVectors = PrivateAttr()
    _counts: Counts = PrivateAttr()

    def __init__(
        self,
        embedding: Embedding,
        title_weight: float,
        held: tuple[Generation | None, KeptVectors],
        counts: Counts,
    ) -> None:
        super().__init__()
        self._embedding = embedding
        self._title_weight = title_weight
        self._base, self._kept = held
        self._counts = counts

    def __call__(self, nodes: Sequence[BaseNode], **kwargs: Any) -> list[BaseNode]:
        raise EmbeddingError("chunks are embedded asynchronously: use IngestionPipeline.arun")

    async def acall(self, nodes: Sequence[BaseNode], **kwargs: Any) -> list[BaseNode]:
        known = await self._known([node.metadata["text_hash"] for node in nodes])
        new: list[BaseNode] = []
        for node in nodes:
            node.embedding = known.get(node.metadata["text_hash"])
            if node.embedding is None:
                new.append(node)
        if new:
            await self._embedding.model.acall(new)
            await self._lean(new)
            vectors = {node.metadata["text_hash"]: node.get_embedding() for node in new}
            await asyncio.to_thread(self._kept.write, vectors)
        self._counts.embedded += len(new)
        self._counts.reused += len(nodes) - len(new)
        return list(nodes)

    async def _lean(self, nodes: Sequence[BaseNode]) -> None:
        """Each vector becomes the weighted mean of its own and its title's; each title is embedded once."""
        titles = list(dict.fromkeys(title for node in nodes if (title := node.metadata.get("title"))))
        if not titles or not self._title_weight:
            return
        vectors = await self._embedding.model.aget_text_embedding_batch(titles)
        by_title = dict(zip(titles, vectors, strict=True))
        for node in nodes:
            if title := node.metadata.get("title"):
                node.embedding = leaning(node.get_embedding(), by_title[title], self._title_weight)

    async def _known(self, hashes: list[str]) -> dict[str, list[float]]:
        known = await asyncio.to_thread(self._kept.read, hashes)
        if self._base is None:
            return known
        wanted = matches(kind="chunk", text_hash=hashes)
        async for point in scroll_all(self._base, wanted, payload=["text_hash"], vectors=True):
            vectors: Any = point.vector
            known[(point.payload or {})["text_hash"]] = vectors[DENSE]
        return known


def leaning(text: Sequence[float], title: Sequence[float], weight: float) -> list[float]:
    """(1 - weight) times the text's vector and `weight` times the title's, as directions; of length 1."""
    mixed = (1 - weight) * _unit(text) + weight * _unit(title)
    leaned: list[float] = _unit(mixed).tolist()
    return leaned


def _unit(vector: Any) -> Any:
    array = np.asarray(vector, dtype=np.float32)
    return array / max(float(np.linalg.norm(array)), 1e-12)
