"""config.yaml as frozen Pydantic models.

`loading` reads the file and reports every problem at once; `whole` puts the sections together, each of
which has a module of its name.  Nothing here opens a file or a connection when it is imported.
"""

from pipeline.config.api import ApiConfig
from pipeline.config.cache import CacheConfig
from pipeline.config.callers import BudgetConfig, KeyConfig, LimitsConfig
from pipeline.config.components import ComponentSpec
from pipeline.config.embedding import EmbeddingConfig, FastembedEmbedding, LocalEmbedding, OpenAIEmbedding
from pipeline.config.evals import EvalsConfig, JudgeConfig
from pipeline.config.ingestion import IngestionConfig
from pipeline.config.llm import LlmConfig, PriceConfig, ProviderConfig
from pipeline.config.loading import load_config, parse_config
from pipeline.config.query import AnswerConfig, QueryConfig
from pipeline.config.site import DocsConfig, LocaleConfig, MarkdownConfig, SiteConfig, VersionConfig
from pipeline.config.store import StoreConfig
from pipeline.config.whole import Config

__all__ = [
    "AnswerConfig",
    "ApiConfig",
    "BudgetConfig",
    "CacheConfig",
    "ComponentSpec",
    "Config",
    "DocsConfig",
    "EmbeddingConfig",
    "EvalsConfig",
    "FastembedEmbedding",
    "IngestionConfig",
    "JudgeConfig",
    "KeyConfig",
    "LimitsConfig",
    "LlmConfig",
    "LocalEmbedding",
    "LocaleConfig",
    "MarkdownConfig",
    "OpenAIEmbedding",
    "PriceConfig",
    "ProviderConfig",
    "QueryConfig",
    "SiteConfig",
    "StoreConfig",
    "VersionConfig",
    "load_config",
    "parse_config",
]
