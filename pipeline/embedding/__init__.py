"""The embedding model that the configuration asks for: the only place that makes one.

`open_embedding` picks the provider; `local` runs the packaged MiniLM, `fastembed` any model that
fastembed knows, `openai` an OpenAI-compatible endpoint.  Texts come ready from `pipeline.chunking`
and vectors go to `pipeline.store`: nothing of either is here.  Importing this loads no model library.
"""

import os
from collections.abc import Mapping

from pipeline.config import (
    EmbeddingConfig,
    FastembedEmbedding,
    IngestionConfig,
    LocalEmbedding,
    OpenAIEmbedding,
)
from pipeline.embedding.base import Embedding
from pipeline.errors import ConfigError

__all__ = ["Embedding", "open_embedding", "open_for_ingest"]


def open_embedding(config: EmbeddingConfig, environ: Mapping[str, str] = os.environ) -> Embedding:
    """The model of `config`, loaded and ready; close it with `aclose()`.

    `environ` gives OPENAI_API_KEY and the place of the user's cache folder.  Blocks while a local
    model loads (seconds) or downloads; a remote one is not called yet.  Raises ModelMissing when the packaged
    weights are not installed, EmbeddingError for whatever else keeps the model from loading.
    """
    # Each provider's libraries take up to seconds to import: only the one in use is.
    if isinstance(config, LocalEmbedding):
        from pipeline.embedding.local import open_local

        return open_local(config, environ)
    if isinstance(config, FastembedEmbedding):
        from pipeline.embedding.fastembed import open_fastembed

        return open_fastembed(config, environ)
    from pipeline.embedding.openai import open_openai

    return open_openai(config, environ)


def open_for_ingest(
    config: EmbeddingConfig, ingestion: IngestionConfig, environ: Mapping[str, str] = os.environ
) -> Embedding:
    """As `open_embedding`, for an ingest: with `ingestion.runner: ray`, in the workers of Ray.

    Raises ConfigError when Ray is not installed, or has nothing to do because an endpoint embeds.
    """
    if ingestion.runner == "local":
        return open_embedding(config, environ)
    if isinstance(config, OpenAIEmbedding):
        problem = "ray spreads a local model; for an endpoint raise embedding.concurrency"
        raise ConfigError("ingestion.runner", [problem])
    from pipeline.embedding.spread import open_spread

    return open_spread(config, ingestion)
