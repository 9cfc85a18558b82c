"""`embedding`: which model makes vectors, and where it runs."""

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Discriminator, Field, SecretStr, Tag

from pipeline.config.base import ConfigPath, Part


class LocalEmbedding(Part):
    """The packaged all-MiniLM-L6-v2 through ONNX: 384 dimensions, no key, no download."""

    provider: Literal["local"] = "local"
    model: Literal["all-MiniLM-L6-v2"] = "all-MiniLM-L6-v2"
    cache_dir: ConfigPath | None = Field(default=None, description="default: the user's cache folder")
    threads: int | None = Field(default=None, ge=1)


class FastembedEmbedding(Part):
    """Any model of fastembed; downloaded from a hub at first use."""

    provider: Literal["fastembed"]
    model: str = "BAAI/bge-small-en-v1.5"
    cache_dir: ConfigPath | None = None
    threads: int | None = Field(default=None, ge=1)


class OpenAIEmbedding(Part):
    """An OpenAI-compatible embeddings endpoint."""

    provider: Literal["openai"]
    model: str = "text-embedding-3-small"
    base_url: str | None = None
    api_key: SecretStr | None = Field(default=None, description="default: OPENAI_API_KEY")
    dimensions: int | None = Field(default=None, ge=1)
    timeout: float = Field(default=20, gt=0, description="seconds")
    batch_size: int = Field(default=128, ge=1, le=2048, description="chunks in one request of an ingest")
    concurrency: int = Field(default=8, ge=1, le=256, description="requests of an ingest at once")
    requests_per_minute: int | None = Field(default=None, ge=1, description="of an ingest; default: no limit")
    tokens_per_minute: int | None = Field(default=None, ge=1, description="of an ingest; default: no limit")
    patience: float = Field(
        default=300, ge=0, description="seconds that an ingest goes on asking an endpoint that is busy"
    )


def _provider(value: object) -> str | None:
    if isinstance(value, Mapping):
        return str(value.get("provider", "local"))
    return getattr(value, "provider", None)


EmbeddingConfig = Annotated[
    Annotated[LocalEmbedding, Tag("local")]
    | Annotated[FastembedEmbedding, Tag("fastembed")]
    | Annotated[OpenAIEmbedding, Tag("openai")],
    Discriminator(_provider),
]
