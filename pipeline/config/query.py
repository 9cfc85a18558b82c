"""`query` and `answer`: how sections are found, and what is made of them."""

from pydantic import Field, field_validator

from pipeline.config.base import ConfigPath, Part
from pipeline.config.cache import CacheConfig
from pipeline.config.components import ComponentSpec


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
    cache: CacheConfig = CacheConfig()
