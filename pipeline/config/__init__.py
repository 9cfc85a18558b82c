"""config.yaml as frozen Pydantic models.

`loading` reads the file and reports every problem at once; `site` holds Docusaurus's own options;
`parts` holds everything else.  Nothing here opens a file or a connection when it is imported.
"""

from pipeline.config.callers import KeyConfig, LimitsConfig
from pipeline.config.loading import load_config, parse_config
from pipeline.config.parts import (
    AnswerConfig,
    ApiConfig,
    ComponentSpec,
    Config,
    EmbeddingConfig,
    FastembedEmbedding,
    IngestionConfig,
    LlmConfig,
    LocalEmbedding,
    OpenAIEmbedding,
    ProviderConfig,
    QueryConfig,
    StoreConfig,
)
from pipeline.config.site import DocsConfig, LocaleConfig, MarkdownConfig, SiteConfig, VersionConfig

__all__ = [
    "AnswerConfig",
    "ApiConfig",
    "ComponentSpec",
    "Config",
    "DocsConfig",
    "EmbeddingConfig",
    "FastembedEmbedding",
    "IngestionConfig",
    "KeyConfig",
    "LimitsConfig",
    "LlmConfig",
    "LocalEmbedding",
    "LocaleConfig",
    "MarkdownConfig",
    "OpenAIEmbedding",
    "ProviderConfig",
    "QueryConfig",
    "SiteConfig",
    "StoreConfig",
    "VersionConfig",
    "load_config",
    "parse_config",
]
