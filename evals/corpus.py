"""A dataset's pages in an index of their own, so that measuring leaves the served index alone.

The folder is named after the dataset and the settings: another chunk size is another index, and the
same one again is used as it is.  It is always the embedded store; measuring writes to no server.
"""

import hashlib
import json
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from evals.cases import Dataset
from pipeline.config import Config, StoreConfig

if TYPE_CHECKING:  # heavy: not for --help
    from pipeline.bootstrap import Pipeline

NO_MATTER = {"api_key", "timeout", "cache_dir", "threads"}
"""Settings of an embedding model that do not change its vectors."""

Progress = Callable[[int, int], None]
"""Called with (pages written, pages to write)."""


@dataclass(frozen=True, slots=True)
class Corpus:
    """An indexed dataset, open for questions."""

    pipeline: "Pipeline"
    pages: int
    chunks: int
    revision: str


def folder_name(dataset: Dataset, config: Config) -> str:
    """ "<dataset>-<fingerprint>", fit for every file system."""
    settings = [
        config.embedding.model_dump(mode="json", exclude=NO_MATTER),
        config.ingestion.model_dump(mode="json", exclude={"batch_size"}),
        dataset.site.model_dump(mode="json", exclude={"title"}),
    ]
    digest = hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:12]
    return f"{file_name(dataset.name)}-{digest}"


def file_name(text: str) -> str:
    """The text with nothing that a file system minds."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-.")[:60] or "dataset"


@asynccontextmanager
async def open_corpus(
    dataset: Dataset, config: Config, root: Path, progress: Progress = lambda done, total: None
) -> AsyncIterator[Corpus]:
    """The dataset's site, indexed below `root` as `config` says, and the pipeline over it.

    Raises SiteError, StoreLocked (another measurement writes the same index), StoreError, EmbeddingError.
    """
    from ingest.syncing import sync
    from pipeline.bootstrap import open_pipeline
    from pipeline.store.generation import matches

    store = StoreConfig(path=root / folder_name(dataset, config))
    own = config.model_copy(update={"site": dataset.site, "store": store})
    async with open_pipeline(own) as pipeline:
        await sync(own, pipeline.store, pipeline.embedding, progress=progress)
        await pipeline.index.refresh()
        served = pipeline.index.served
        generation = served.generation
        chunks = await generation.client.count(
            collection_name=generation.collection, count_filter=matches(kind="chunk"), exact=True
        )
        yield Corpus(pipeline, served.pages, chunks.count, served.manifest.revision)
