"""`api`: how answers are served.  Who may ask is in `callers`, what is remembered in `memory`."""

from typing import Literal

from pydantic import Field, IPvAnyNetwork, SecretStr, field_validator, model_validator

from pipeline.config.base import Part
from pipeline.config.callers import BudgetConfig, ChallengeConfig, KeyConfig, LimitsConfig, Origin
from pipeline.config.memory import LogConfig, MemoryConfig, TracesConfig

MetricsAccess = Literal["local", "admin", "open", "off"]
"""Who reads /metrics."""


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
    challenge: ChallengeConfig | None = None
    trusted_proxies: tuple[IPvAnyNetwork, ...] = Field(
        default=(), description="whose X-Forwarded-For is believed, as addresses or CIDR"
    )
    limits: LimitsConfig | None = Field(default=LimitsConfig(), description="false switches them off")
    budget: BudgetConfig | None = Field(default=None, description="false, the default: none")
    memory: MemoryConfig
    log: LogConfig = LogConfig()
    traces: TracesConfig | None = Field(default=None, description="false, the default: none")
    metrics: MetricsAccess = Field(
        default="local", description="who reads /metrics: the private network, the owner, everybody, nobody"
    )

    @model_validator(mode="before")
    @classmethod
    def _memory_is_optional(cls, value: object) -> object:
        """As for `store`: the default database lies beside the file."""
        return {"memory": {}, **value} if isinstance(value, dict) else value

    @field_validator("limits", "budget", "traces", mode="before")
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
