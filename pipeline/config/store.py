"""`store`: where the index lies."""

from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, model_validator

from pipeline.config.base import ConfigPath, Part


class HnswConfig(Part):
    """`store.hnsw`: how a server builds its graph; what is left out is the server's own default."""

    m: int | None = Field(default=None, ge=0, description="edges of a point; 0 builds no graph")
    ef_construct: int | None = Field(default=None, ge=4, description="neighbours looked at while building")
    full_scan_threshold: int | None = Field(
        default=None, ge=10, description="KB below which all are compared"
    )
    on_disk: bool | None = None


class StoreConfig(Part):
    """`store`: an embedded index at `path`, or a Qdrant server at `url`."""

    path: ConfigPath = Field(default=Path(".fingerpost/index"), validate_default=True)
    url: str | None = None
    api_key: SecretStr | None = Field(default=None, description="default: QDRANT_API_KEY")
    grpc: bool = Field(default=False, description="speak gRPC with the server instead of HTTP")
    grpc_port: int = Field(default=6334, ge=1, le=65535)
    collection: str = Field(default="fingerpost", pattern=r"^[A-Za-z0-9_-]{1,100}$")
    shards: int | None = Field(default=None, ge=1)
    replicas: int | None = Field(default=None, ge=1)
    write_consistency: int | None = Field(
        default=None, ge=1, description="replicas that must confirm a write"
    )
    quantization: Literal["scalar", "product", "binary"] | None = None
    vectors_on_disk: bool | None = None
    payload_on_disk: bool | None = None
    hnsw: HnswConfig = HnswConfig()
    timeout: float = Field(default=10, gt=0, description="seconds")

    @model_validator(mode="after")
    def _server_keys_need_a_server(self) -> "StoreConfig":
        if self.url is None:
            given = self.model_fields_set - {"path", "collection", "timeout", "url"}
            if given:
                raise ValueError(f"{', '.join(sorted(given))}: only with `url`")
        return self
