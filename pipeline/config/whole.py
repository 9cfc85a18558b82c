"""The whole of config.yaml.

Descriptions in its sections are for people; docs/configuration.md tells the same at length, and a test
holds the two together.
"""

from pydantic import Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from pipeline.config.api import ApiConfig
from pipeline.config.base import Part
from pipeline.config.embedding import EmbeddingConfig, LocalEmbedding
from pipeline.config.evals import EvalsConfig
from pipeline.config.ingestion import IngestionConfig
from pipeline.config.llm import LlmConfig
from pipeline.config.query import AnswerConfig, QueryConfig
from pipeline.config.site import SiteConfig
from pipeline.config.store import StoreConfig


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

    @field_validator("api")
    @classmethod
    def _a_budget_has_prices(cls, value: ApiConfig, info: ValidationInfo) -> ApiConfig:
        """What a provider costs must be known before it is asked."""
        llm: LlmConfig | None = info.data.get("llm")
        if value.budget is not None and llm is not None:
            missing = [f"llm.providers[{i}].price" for i, p in enumerate(llm.providers) if p.price is None]
            if missing:
                words = f"needs the price of every provider: set {', '.join(missing)}"
                raise PydanticCustomError("budget", words, {"key": "api.budget"})
        return value

    @model_validator(mode="before")
    @classmethod
    def _store_is_optional(cls, value: object) -> object:
        """A default made here, so that its path is relative to the file like any other."""
        return {"store": {}, "api": {}, **value} if isinstance(value, dict) else value
