"""What comes in and goes out in OpenAI's form (https://platform.openai.com/docs/api-reference/chat).

Of the request only what an answer depends on is read; the other parameters (`temperature`, `tools`,
`user`, `metadata`, ...) are ignored, because the model behind us is the owner's affair.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from api.schemas import EXAMPLE, MAX_MESSAGES, Context, Filter, SourceOut, Wire
from pipeline.models import Question, Selection, Turn

MODEL = "fingerpost"


class ContentPart(Wire):
    """One part of a message.  Only `text` parts are read."""

    type: str
    text: str | None = None


class CompletionMessage(Wire):
    """A message.  Only those of the roles `user` and `assistant` are heard."""

    role: Literal["user", "assistant", "system", "developer", "tool", "function"]
    content: str | list[ContentPart] | None = None

    def text(self) -> str:
        """The message's words."""
        if isinstance(self.content, list):
            return "".join(part.text or "" for part in self.content if part.type == "text")
        return self.content or ""


class StreamOptions(Wire):
    """`stream_options` of a streamed answer."""

    include_usage: StrictBool | None = None


class CompletionRequest(Wire):
    """The last message that is heard is the question, the ones before it the conversation.

    `filter`, `currentPath` and `context` are those of `/v1/chat`; OpenAI's SDKs send them through
    `extra_body`.
    """

    model_config = ConfigDict(json_schema_extra={"examples": [{"model": MODEL, "messages": [EXAMPLE]}]})

    model: str = MODEL
    messages: list[CompletionMessage] = Field(min_length=1, max_length=MAX_MESSAGES)
    stream: StrictBool | None = None
    stream_options: StreamOptions | None = None
    n: int | None = Field(
        default=None, ge=1, le=1, strict=True, description="there is one answer to a question"
    )
    filter: Filter | None = None
    current_path: str | None = Field(default=None, alias="currentPath", max_length=2_000)
    context: list[Context] | None = Field(default=None, max_length=10)

    @property
    def counts(self) -> bool:
        """Whether a stream shall end with its usage."""
        return bool(self.stream_options and self.stream_options.include_usage)

    def question(self) -> Question:
        """What is asked, in the pipeline's own nouns.  No text when the last word is not the user's."""
        turns = [Turn(m.role, m.text()) for m in self.messages if m.role in ("user", "assistant")]
        last = turns.pop() if turns else None
        return Question(
            text=last.text if last is not None and last.role == "user" else "",
            history=tuple(turns),
            scope=(self.filter or Filter()).scope(),
            current_path=self.current_path or "",
            selections=tuple(Selection(item.value, item.path or "") for item in self.context or ()),
        )


class Vendor(BaseModel):
    """What OpenAI's form has no place for: the key `fingerpost`, the same in both ways to answer."""

    sources: list[SourceOut]
    cited: list[str]
    outcome: Literal["answered", "refused", "degraded"]
    revision: str
    mode: Literal["model", "extractive"]


class CompletionUsage(BaseModel):
    """Tokens as the provider counted them; 0 where no model was asked or the provider did not say."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int


class AssistantMessage(BaseModel):
    """The answer's text."""

    role: Literal["assistant"] = "assistant"
    content: str
    refusal: None = None


class Choice(BaseModel):
    """The one answer."""

    index: Literal[0] = 0
    message: AssistantMessage
    logprobs: None = None
    finish_reason: Literal["stop"] = "stop"


class Completion(BaseModel):
    """A whole answer.  `id` is the message id that feedback names."""

    id: str
    object: Literal["chat.completion"] = "chat.completion"
    created: int
    model: Literal["fingerpost"] = "fingerpost"
    choices: list[Choice]
    usage: CompletionUsage
    fingerpost: Vendor


class ModelOut(BaseModel):
    """A model as clients list it.  `created` is not known: the form wants a number."""

    id: Literal["fingerpost"] = "fingerpost"
    object: Literal["model"] = "model"
    created: int = 0
    owned_by: Literal["fingerpost"] = "fingerpost"


class ModelList(BaseModel):
    """The models: there is one."""

    object: Literal["list"] = "list"
    data: list[ModelOut]


class CompletionError(BaseModel):
    """`code` is the stable code of the same problem on the other routes, `param` the wrong field."""

    message: str
    type: str
    code: str
    param: str | None = None


class CompletionFailure(BaseModel):
    """An error as OpenAI's clients read it."""

    error: CompletionError


ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": CompletionFailure, "description": "An error in OpenAI's form"}
    for status in (400, 401, 403, 404, 413, 429, 500, 502, 503)
}
