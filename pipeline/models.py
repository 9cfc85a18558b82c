"""The nouns: frozen, without behaviour of their own beyond what follows from their fields.

A documentation side (Page, Heading, Section), an index side (Chunk, Hit, Source), a question side
(Turn, Selection, Scope, Question) and the events of an answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

# --- documentation -------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading that can be linked to: `level` 2 to 6, `id` as it stands in the built page."""

    id: str
    text: str
    level: int


@dataclass(frozen=True, slots=True)
class Section:
    """What a page says under one heading, up to the next heading.

    `anchor` is the heading's id, "" for what stands before the first heading.  `breadcrumbs` are
    the titles above and including this one, the page's title first.  `text` is Markdown as a
    reader of the built page sees it, without the heading line.
    """

    anchor: str
    title: str
    breadcrumbs: tuple[str, ...]
    text: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page of the site in one version and one locale.

    `source` is the file, relative to the site's root, with forward slashes; `permalink` the route
    as the built site serves it ("/docs/intro"); `url` the same with the site's address before it.
    """

    source: str
    permalink: str
    url: str
    title: str
    version: str
    locale: str
    plugin: str = "default"
    description: str = ""
    keywords: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    draft: bool = False
    unlisted: bool = False
    is_last_version: bool = True
    version_label: str = ""
    headings: tuple[Heading, ...] = ()
    sections: tuple[Section, ...] = ()


# --- index ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that a search found.

    `score` is the retriever's own: larger is better, no unit.  `similarity` is the cosine of the
    question's and the chunk's vectors, 0 when the chunk is not among the nearest.
    """

    chunk_id: str
    url: str
    permalink: str
    anchor: str
    title: str
    page_title: str
    breadcrumbs: tuple[str, ...]
    text: str
    version: str
    version_label: str
    locale: str
    score: float
    similarity: float = 0.0


@dataclass(frozen=True, slots=True)
class Source:
    """A numbered section that an answer may cite.  `id` is the number as text: "1", "2", ..."""

    id: str
    url: str
    title: str
    breadcrumbs: tuple[str, ...]
    text: str


# --- question ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier message of the conversation."""

    role: Literal["user", "assistant"]
    text: str


@dataclass(frozen=True, slots=True)
class Selection:
    """Text that the reader marked on a page: data for the model, never an instruction."""

    text: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Scope:
    """Where to look.  None means the default: the last version, the default locale.

    With `any_version` every version is searched, whatever `version` says.
    """

    version: str | None = None
    language: str | None = None
    any_version: bool = False


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked, with all that the caller knows of where and after what it is asked."""

    text: str
    history: tuple[Turn, ...] = ()
    scope: Scope = Scope()
    current_path: str = ""
    selections: tuple[Selection, ...] = ()


# --- the events of an answer, in the order in which they come -------------------------------

Outcome = Literal["answered", "refused", "degraded"]
Mode = Literal["model", "extractive"]
Cached = Literal["exact", "semantic"]


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as the provider counted them, and what they cost; None where that is not known.

    The cost is the provider's own word, else reckoned by the price in config.yaml.
    """

    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    cost: float | None = None


@dataclass(frozen=True, slots=True)
class AnswerStarted:
    message_id: str


@dataclass(frozen=True, slots=True)
class SourcesFound:
    """The numbered sections.  Comes again, empty, when the answer turns out to be a refusal."""

    sources: tuple[Source, ...]


@dataclass(frozen=True, slots=True)
class TextDelta:
    """A piece of the answer: checked Markdown, ready to be shown."""

    text: str


@dataclass(frozen=True, slots=True)
class AnswerFinished:
    """`cited` are the sources that the text cites, in order of first citation; times in ms.

    `cached` says how an answer was found that had been given before, None for a new one.
    """

    outcome: Outcome
    cited: tuple[Source, ...]
    revision: str
    model: str
    mode: Mode
    usage: Usage
    timings: Mapping[str, float] = field(default_factory=dict)
    cached: Cached | None = None


@dataclass(frozen=True, slots=True)
class AnswerFailed:
    """The answer broke off.  Nothing comes after it."""

    code: str
    message: str


Event = AnswerStarted | SourcesFound | TextDelta | AnswerFinished | AnswerFailed
