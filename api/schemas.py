"""What comes in and goes out over HTTP, as Pydantic models: the OpenAPI document is made from these."""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator
from pydantic.config import JsonDict

from pipeline.models import Question, Scope, Selection, Turn

MAX_MESSAGES = 5000  # what a body can hold; of a long talk only the newest turns are read


EXAMPLE: JsonDict = {"role": "user", "content": "How do I install it?"}


class Wire(BaseModel):
    """Camel case outside, unknown keys ignored: clients such as the AI SDK send more than we read."""

    model_config = ConfigDict(extra="ignore")

    @field_validator("*", mode="before")
    @classmethod
    def _is_text(cls, value: Any) -> Any:
        if isinstance(value, str):
            value.encode()  # a lone surrogate is no text: UnicodeEncodeError is a ValueError
        return value


class Part(Wire):
    """One part of a message.  Only `text` parts are read."""

    type: str
    text: str | None = None


class Message(Wire):
    """A message in the AI SDK's form (`parts`) or in OpenAI's (`content`)."""

    role: Literal["user", "assistant", "system"]
    parts: list[Part] | None = None
    content: str | None = None

    def text(self) -> str:
        """The message's words."""
        if self.parts is not None:
            return "".join(part.text or "" for part in self.parts if part.type == "text")
        return self.content or ""


class Filter(Wire):
    """Where to look.  Default: the last version, the default language."""

    version: str | None = Field(default=None, max_length=200)
    language: str | None = Field(default=None, max_length=200)

    def scope(self) -> Scope:
        return Scope(self.version, self.language)


class Context(Wire):
    """Text that the reader marked on a page."""

    type: Literal["textSelection", "code"]
    value: str = Field(max_length=20_000)
    path: str | None = Field(default=None, max_length=2_000)


class ChatRequest(Wire):
    """The last message is the question, the ones before it the conversation."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"messages": [EXAMPLE]}]})

    id: str | None = None
    messages: list[Message] = Field(min_length=1, max_length=MAX_MESSAGES)
    filter: Filter = Filter()
    currentPath: str | None = Field(default=None, max_length=2_000)
    context: list[Context] = Field(default_factory=list, max_length=10)

    def question(self) -> Question:
        """What is asked, in the pipeline's own nouns.  Messages of the role `system` are not heard."""
        *before, last = self.messages
        return Question(
            text=last.text() if last.role == "user" else "",
            history=tuple(Turn(m.role, m.text()) for m in before if m.role != "system"),
            scope=self.filter.scope(),
            current_path=self.currentPath or "",
            selections=tuple(Selection(item.value, item.path or "") for item in self.context),
        )


class SourceOut(BaseModel):
    """A numbered section."""

    id: str
    url: str
    title: str
    breadcrumbs: list[str]


class AnswerOut(BaseModel):
    """A whole answer: what the stream says, in one object."""

    messageId: str
    text: str
    outcome: Literal["answered", "refused", "degraded"]
    sources: list[SourceOut]
    cited: list[str]
    revision: str
    model: str
    mode: Literal["model", "extractive"]
    usage: dict[str, int | None]
    timings: dict[str, float]
    cached: Literal["exact", "semantic"] | None = None


class SearchRequest(Wire):
    """A search for sections."""

    query: str = Field(examples=["install"], json_schema_extra={"pattern": r"\S"})
    filter: Filter = Filter()
    limit: int = Field(default=10, ge=1, le=50, strict=True)


class SearchResult(BaseModel):
    """One section that was found.  `score` has no unit: larger is better within one answer."""

    url: str
    title: str
    breadcrumbs: list[str]
    text: str
    score: float
    version: str
    language: str


class SearchResponse(BaseModel):
    """The sections found, best first."""

    results: list[SearchResult]


class Problem(BaseModel):
    """RFC 9457 problem details.  `code` is stable and explained in the manual."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[dict[str, Any]] | None = None


class Health(BaseModel):
    """Whether the server can answer, part by part."""

    status: Literal["ok", "unavailable"]
    parts: dict[str, dict[str, Any]] = Field(default_factory=dict)
