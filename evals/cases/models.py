"""The nouns of a dataset.  The forms are those of docs/evals.md; unknown keys are kept, and told of."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from pipeline.config import SiteConfig
from pipeline.models import Question, Scope, Selection, Turn

Level = Literal["section", "page"]


def _not_blank(value: str) -> str:
    if not value.strip():
        raise ValueError("should not be empty")
    return value


Text = Annotated[str, AfterValidator(_not_blank)]


class Form(BaseModel):
    """A part of a dataset's file."""

    model_config = ConfigDict(frozen=True, extra="allow", populate_by_name=True)


class Relevant(Form):
    """A page or section that answers: by `url` ("/page", "/page#anchor") or by `source` file."""

    url: Text | None = None
    source: Text | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> "Relevant":
        if (self.url is None) == (self.source is None):
            raise ValueError("should have one of `url` and `source`")
        return self

    def __str__(self) -> str:
        return self.url or self.source or ""


class Said(Form):
    """One earlier message; its words as `text` or, as the HTTP API has it, as `content`."""

    role: Literal["user", "assistant"]
    text: str = Field(alias="content")


class Filter(Form):
    """Where to look."""

    version: str | None = None
    language: str | None = None


class Marked(Form):
    """Text that the reader marked."""

    value: Text
    type: Literal["textSelection", "code"] = "textSelection"
    path: str = ""


class Case(Form):
    """One question and what is right for it.  Judged when `relevant` names anything."""

    id: Text
    question: Text
    history: tuple[Said, ...] = ()
    filter: Filter = Filter()
    current_path: str = Field(default="", alias="currentPath")
    context: tuple[Marked, ...] = ()
    relevant: tuple[Relevant, ...] = ()
    answer: str | None = None
    expect: Literal["answer", "refuse"] = "answer"
    tags: tuple[str, ...] = ()

    @property
    def judged(self) -> bool:
        return bool(self.relevant) and self.expect == "answer"

    def asked(self) -> Question:
        """The question as the assistant takes it."""
        return Question(
            text=self.question,
            history=tuple(Turn(said.role, said.text) for said in self.history),
            scope=Scope(self.filter.version, self.filter.language),
            current_path=self.current_path,
            selections=tuple(Selection(marked.value, marked.path) for marked in self.context),
        )


@dataclass(frozen=True, slots=True)
class Judgment:
    """What is right for a case, as ids: a page is "/page", a section "/page#anchor".

    `sections` holds a page's id where the label names a whole page: any of its sections will do.
    """

    sections: frozenset[str]
    pages: frozenset[str]

    def at(self, level: Level) -> frozenset[str]:
        """The right ids at this level."""
        return self.sections if level == "section" else self.pages


@dataclass(frozen=True, slots=True)
class Dataset:
    """A dataset that can be used: every label is there in the site.

    `fingerprint` changes with the cases, not with the site's pages.  `notices` are worth telling, and
    no reason to stop.  `urls` are the addresses of all pages and sections.
    """

    name: str
    description: str
    site: SiteConfig
    cases: tuple[Case, ...]
    judgments: Mapping[str, Judgment]
    urls: frozenset[str]
    fingerprint: str
    folder: Path
    notices: tuple[str, ...] = ()

    @property
    def judged(self) -> tuple[Case, ...]:
        """The cases with labels, in the file's order."""
        return tuple(case for case in self.cases if case.judged)

    @property
    def level(self) -> Level:
        """ "section" when any label names an anchor, else "page"."""
        named = (one for judgment in self.judgments.values() for one in judgment.sections)
        return "section" if any("#" in one for one in named) else "page"
