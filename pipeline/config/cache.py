"""`answer.cache`: answers that were given before, given again."""

from pydantic import Field

from pipeline.config.base import Part


class CacheConfig(Part):
    """`answer.cache`: off unless `exact` or `semantic` is on."""

    exact: bool = Field(default=False, description="the same question in the same conversation")
    semantic: bool = Field(default=False, description="a first question that means the same")
    similarity: float = Field(default=0.9, ge=0.5, le=1, description="cosine from which two mean the same")
    same_words: bool = Field(default=True, description="and must have the same telling words")
    current_path: bool = Field(default=True, description="tell the model the reader's page")
    ttl: int = Field(default=86_400, ge=1, description="seconds that an answer is kept")
    entries: int = Field(default=1_000, ge=1, le=100_000, description="answers that are kept at most")
    storage: str = Field(
        default="memory",
        pattern=r"^(memory$|rediss?://.)",
        description="in this process, or in a Redis for several",
    )

    @property
    def is_on(self) -> bool:
        return self.exact or self.semantic
