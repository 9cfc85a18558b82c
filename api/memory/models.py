"""The nouns of the memory: a record of one answer, and a reader's vote on it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

Ending = Literal["answered", "refused", "degraded", "failed", "abandoned"]
"""An answer's outcome, or why it has none: it broke off (`failed`), or its reader left (`abandoned`)."""


def now() -> datetime:
    """The time in UTC, without a zone: both databases keep it as it is."""
    return datetime.now(UTC).replace(tzinfo=None)


@dataclass(frozen=True, slots=True)
class FoundSection:
    """A section that the search put before the answer, and whether the text cites it."""

    url: str
    cited: bool


@dataclass(frozen=True, slots=True)
class AnswerRecord:
    """One answer.

    `message_id` is the unsigned id; `question` None when words are not kept; times in milliseconds
    since the question came; `client` the address as Memory hashes it, "" when there is none.
    `version` and `language` are as asked for, "" for the default.  Tokens and `cost` are guessed where the
    provider did not say, as when the reader left.
    """

    message_id: str
    asked_at: datetime
    question: str | None
    ending: Ending
    mode: str
    model: str
    version: str
    language: str
    revision: str
    client: str
    retrieval_ms: float | None
    first_token_ms: float | None
    total_ms: float | None
    prompt_tokens: int | None
    completion_tokens: int | None
    cost: float | None = None
    sections: tuple[FoundSection, ...] = ()


@dataclass(frozen=True, slots=True)
class Vote:
    """What a reader thinks of an answer: `thumbs` 1 up, 0 down."""

    thumbs: Literal[0, 1]
    tags: tuple[str, ...] = ()
    notes: str = ""


def storable(text: str) -> str:
    """`text` as both databases take it: without NUL, which PostgreSQL refuses, and lone surrogates."""
    return text.replace("\x00", "").encode("utf-8", "replace").decode("utf-8")
