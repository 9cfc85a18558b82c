"""`store`: where the index lies."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, model_validator

from pipeline.config.base import ConfigPath, Part


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
