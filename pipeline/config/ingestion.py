"""`ingestion`: how pages become chunks."""

from typing import Literal

from pydantic import Field

from pipeline.config.base import Part
from pipeline.config.components import ComponentSpec


class IngestionConfig(Part):
    """`ingestion`: how pages become chunks."""

    transformations: tuple[ComponentSpec, ...] = (ComponentSpec(name="sections"),)
    drafts: bool = Field(default=False, description="index pages marked draft")
    unlisted: bool = Field(default=False, description="index pages marked unlisted")
    node: bool = Field(
        default=True, description="read the site's own configuration with Node, which runs its JavaScript"
    )
    title_weight: float = Field(
        default=0.3, ge=0, lt=1, description="how far a chunk's vector leans to that of its title"
    )
    batch_size: int = Field(default=64, ge=1, le=2048, description="chunks stored at a time")
    runner: Literal["local", "ray"] = Field(default="local", description="where chunks are embedded")
    workers: int | None = Field(default=None, ge=1, description="of ray; default: the cluster's cores")
    ray_address: str | None = Field(default=None, description="default: a cluster on this machine")
