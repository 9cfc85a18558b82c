"""Every section of config.yaml but `site:`, and the whole.

Descriptions are for people; docs/configuration.md tells the same at length, and a test holds the
two together.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, IPvAnyNetwork, SecretStr, Tag, field_validator, model_validator

from pipeline.config.base import ConfigPath, Part
from pipeline.config.callers import KeyConfig, LimitsConfig, Origin
from pipeline.config.memory import LogConfig, MemoryConfig
from pipeline.config.site import SiteConfig


class ComponentSpec(Part):
    """A LlamaIndex component by name: `name` is one of ours, or a dotted path to a class.

    Written `sections`, `{name: sections, max_words: 160}` or `{class: package.module.Class, key: value}`;
    every other key is an argument.
    """

    name: str
    args: dict[str, Any] = Field(default_factory=dict)

    @model_validator(mode="before")
    @classmethod
    def _from_yaml(cls, value: object) -> object:
        if isinstance(value, ComponentSpec):
            return value
        if isinstance(value, str):
            return {"name": value}
        if not isinstance(value, Mapping):
            raise ValueError("should be a name, or a mapping with `name` or `class`")
        if ("name" in value) == ("class" in value):
            raise ValueError("should have one of `name` and `class`")
        name = value["name"] if "name" in value else value["class"]
        return {"name": name, "args": {str(k): v for k, v in value.items() if k not in ("name", "class")}}


class IngestionConfig(Part):
    """`ingestion`: how pages become chunks."""

    transformations: tuple[ComponentSpec, ...] = (ComponentSpec(name="sections"),)
    drafts: bool = Field(default=False, description="index pages marked draft")
    unlisted: bool = Field(default=False, description="index pages marked unlisted")
    batch_size: int = Field(default=64, ge=1, le=2048, description="chunks stored at a time")


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


class StoreConfig(Part):
    """`store`: an embedded index at `path`, or a Qdrant server at `url`."""

    path: ConfigPath = Field(default=Path(".fingerpost/index"), validate_default=True)
    url: str | None = None
    api_key: SecretStr | None = Field(default=None, description="default: QDRANT_API_KEY")
    collection: str = Field(default="fingerpost", pattern=r"^[A-Za-z0-9_-]{1,100}$")
    shards: int | None = Field(default=None, ge=1)
    replicas: int | None = Field(default=None, ge=1)
    quantization: Literal["scalar", "binary"] | None = None
    timeout: float = Field(default=10, gt=0, description="seconds")

    @model_validator(mode="after")
    def _server_keys_need_a_server(self) -> "StoreConfig":
        if self.url is None:
            given = self.model_fields_set & {"shards", "replicas", "quantization", "api_key"}
            if given:
                raise ValueError(f"{', '.join(sorted(given))}: only with `url`")
        return self


class QueryConfig(Part):
    """`query`: how sections are found."""

    retriever: ComponentSpec = ComponentSpec(name="hybrid")
    postprocessors: tuple[ComponentSpec, ...] = ()

    @field_validator("retriever", mode="before")
    @classmethod
    def _a_list_of_one(cls, value: object) -> object:
        if isinstance(value, list):
            if len(value) != 1:
                raise ValueError("should hold one retriever")
            return value[0]
        return value


class AnswerConfig(Part):
    """`answer`: what is told to the model, and what may leave."""

    max_sources: int = Field(default=6, ge=1, le=50, description="sections given to the model")
    max_question_chars: int = Field(default=4000, ge=1)
    max_context_words: int = Field(default=2400, ge=50)
    max_history_words: int = Field(default=1500, ge=0, description="of the conversation, and of marked text")
    prompt: ConfigPath | None = Field(default=None, description="a file with a system prompt of your own")
    external_links: bool = Field(
        default=False, description="let links to other sites through when a cited page has them"
    )


class ProviderConfig(Part):
    """One language model behind an OpenAI-compatible endpoint."""

    name: str = "openai"
    base_url: str | None = Field(default=None, description="default: OpenAI's own")
    model: str = "gpt-4o-mini"
    api_key: SecretStr | None = None
    timeout: float = Field(default=20, gt=0, description="seconds until the first token")
    idle_timeout: float = Field(default=15, gt=0, description="seconds between two tokens")
    temperature: float | None = Field(default=0.1, ge=0, le=2)
    max_tokens: int | None = Field(default=900, ge=1)
    headers: dict[str, str] = Field(default_factory=dict)


DEFAULT_PROVIDERS = (
    ProviderConfig(name="openai"),
    ProviderConfig(name="openrouter", base_url="https://openrouter.ai/api/v1", model="openai/gpt-4o-mini"),
)


class LlmConfig(Part):
    """`llm`: who writes the answers.  Providers are tried in order."""

    providers: tuple[ProviderConfig, ...] = DEFAULT_PROVIDERS
    offline: Literal["extractive", "none"] = Field(
        default="extractive", description="what answers when no provider has a key"
    )

    @field_validator("providers")
    @classmethod
    def _names_differ(cls, value: tuple[ProviderConfig, ...]) -> tuple[ProviderConfig, ...]:
        names = [provider.name for provider in value]
        if len(set(names)) < len(names):
            raise ValueError(f"each provider needs a name of its own, got {', '.join(names)}")
        return value


class ApiConfig(Part):
    """`api`: how answers are served."""

    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    allowed_origins: tuple[Origin, ...] = Field(
        default=(), description="other sites whose pages may ask, as https://host"
    )
    suggestions: tuple[str, ...] = Field(
        default=(), max_length=3, description="questions that the chat page offers"
    )
    require_key: bool = Field(default=False, description="programs need one of `keys`; pages do not")
    keys: tuple[KeyConfig, ...] = ()
    admin_key: SecretStr | None = Field(
        default=None, min_length=16, description="default: FINGERPOST_ADMIN_KEY"
    )
    trusted_proxies: tuple[IPvAnyNetwork, ...] = Field(
        default=(), description="whose X-Forwarded-For is believed, as addresses or CIDR"
    )
    limits: LimitsConfig | None = Field(default=LimitsConfig(), description="false switches them off")
    budget: Literal[False] = Field(default=False, description="not there yet")
    memory: MemoryConfig
    log: LogConfig = LogConfig()

    @model_validator(mode="before")
    @classmethod
    def _memory_is_optional(cls, value: object) -> object:
        """As for `store`: the default database lies beside the file."""
        return {"memory": {}, **value} if isinstance(value, dict) else value

    @field_validator("limits", mode="before")
    @classmethod
    def _off(cls, value: object) -> object:
        return None if value is False else value

    @model_validator(mode="after")
    def _a_required_key_is_there(self) -> "ApiConfig":
        if len({key.name for key in self.keys}) < len(self.keys):
            raise ValueError("keys: each needs a name of its own")
        if self.require_key and not self.keys:
            raise ValueError("require_key: only with `keys`, or no program could ask")
        return self


class JudgeConfig(Part):
    """`evals.judge`: the language model that reads answers and says how good they are."""

    model: str
    base_url: str | None = Field(default=None, description="default: OpenAI's own")
    api_key: SecretStr | None = Field(default=None, description="default: as for llm.providers")
    timeout: float = Field(default=60, gt=0, description="seconds")
    temperature: float | None = Field(default=0, ge=0, le=2)
    headers: dict[str, str] = Field(default_factory=dict)
    concurrency: int = Field(default=4, ge=1, le=64, description="judgments at a time")
    max_failures: float = Field(
        default=0.1, ge=0, le=1, description="the share of judgments that may fail before nothing is reported"
    )


class PriceConfig(Part):
    """What a model costs, in dollars for a million tokens."""

    prompt: float = Field(ge=0)
    completion: float = Field(ge=0)


GATES = (
    "nDCG@10", "RR@10", "Success@1", "Success@5", "Recall@3", "Recall@10",
    "citation_validity", "citation_precision", "citation_recall", "answered_rightly", "refused_rightly",
    "similarity", "token_f1", "groundedness", "correctness", "relevance",
)  # fmt: skip
CEILINGS = (
    "latency_p50_ms", "latency_p95_ms", "first_token_p50_ms", "first_token_p95_ms",
    "total_p50_ms", "total_p95_ms", "cost_usd", "words", "prompt_tokens", "completion_tokens",
)  # fmt: skip
"""Metrics of `evals` that can be gated: those that should be at least, and those that should be at most."""


class EvalsConfig(Part):
    """`evals`: how answers are measured, and what they must reach."""

    path: ConfigPath | None = Field(
        default=None, description="indexes of datasets, and runs; default: .fingerpost/evals beside the file"
    )
    baseline: ConfigPath | None = Field(default=None, description="default: evals/baseline.json")
    judge: JudgeConfig | None = None
    gates: dict[str, float | dict[str, float]] = Field(
        default_factory=dict, description="a metric's limit, for every dataset or below a dataset's name"
    )
    prices: dict[str, PriceConfig] = Field(default_factory=dict, description="by model name")

    @field_validator("gates")
    @classmethod
    def _name_metrics(cls, value: dict[str, float | dict[str, float]]) -> dict[str, float | dict[str, float]]:
        named = [key for key, limit in value.items() if not isinstance(limit, dict)]
        named += [key for limit in value.values() if isinstance(limit, dict) for key in limit]
        unknown = [key for key in named if key not in (*GATES, *CEILINGS)]
        if unknown:
            raise ValueError(
                f"there is no metric {', '.join(unknown)}; there are {', '.join((*GATES, *CEILINGS))}"
            )
        return value


class Config(Part):
    """The whole of config.yaml."""

    site: SiteConfig
    store: StoreConfig
    ingestion: IngestionConfig = IngestionConfig()
    embedding: EmbeddingConfig = Field(default_factory=LocalEmbedding)
    query: QueryConfig = QueryConfig()
    answer: AnswerConfig = AnswerConfig()
    llm: LlmConfig = LlmConfig()
    api: ApiConfig
    evals: EvalsConfig = EvalsConfig()

    @model_validator(mode="before")
    @classmethod
    def _store_is_optional(cls, value: object) -> object:
        """A default made here, so that its path is relative to the file like any other."""
        return {"store": {}, "api": {}, **value} if isinstance(value, dict) else value
