"""`llm`: who writes the answers."""

from typing import Literal

from pydantic import Field, SecretStr, field_validator

from pipeline.config.base import Part


class PriceConfig(Part):
    """What a model costs, for a million tokens, in the currency of all prices and budgets."""

    prompt: float = Field(ge=0)
    completion: float = Field(ge=0)


class ProviderConfig(Part):
    """One language model behind an OpenAI-compatible endpoint."""

    name: str = "openai"
    base_url: str | None = Field(default=None, description="default: OpenAI's own")
    model: str = "gpt-4o-mini"
    api_key: SecretStr | None = None
    connect_timeout: float = Field(default=5, gt=0, description="seconds until the connection is there")
    timeout: float = Field(default=20, gt=0, description="seconds until the first token")
    idle_timeout: float = Field(default=15, gt=0, description="seconds between two tokens")
    answer_timeout: float = Field(default=120, gt=0, description="seconds for the whole answer")
    temperature: float | None = Field(default=0.1, ge=0, le=2)
    max_tokens: int | None = Field(default=900, ge=1)
    price: PriceConfig | None = None
    headers: dict[str, str] = Field(default_factory=dict)


# In dollars, as OpenAI and OpenRouter have listed it since July 2024.
GPT_4O_MINI = PriceConfig(prompt=0.15, completion=0.60)
DEFAULT_PROVIDERS = (
    ProviderConfig(name="openai", price=GPT_4O_MINI),
    ProviderConfig(
        name="openrouter",
        base_url="https://openrouter.ai/api/v1",
        model="openai/gpt-4o-mini",
        price=GPT_4O_MINI,
    ),
)


class LlmConfig(Part):
    """`llm`: who writes the answers.  Providers are tried in order."""

    providers: tuple[ProviderConfig, ...] = DEFAULT_PROVIDERS
    patience: float = Field(
        default=30,
        gt=0,
        description="seconds until the first token, whoever gives it; at least the longest `timeout`",
    )
    retries: int = Field(
        default=1, ge=0, le=5, description="how often more each provider is asked, when all have failed"
    )
    rest_after: int = Field(default=3, ge=1, description="failures in a row after which a provider rests")
    rest: float = Field(default=30, ge=0, le=600, description="seconds; 0: it never rests")
    max_chars: int = Field(
        default=20_000, ge=100, description="of one answer; a model that goes on after them is stopped"
    )
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
