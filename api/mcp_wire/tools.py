"""What agents may call: `search_docs`, `get_page`, `ask`.

A tool takes a Pydantic model and gives another one, and the words that say the same to a language
model.  What it cannot do it raises as a FingerpostError.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel, Field, field_validator

from api.routes import found
from api.schemas import AnswerOut, SearchResponse, Wire
from api.wire import whole
from pipeline.bootstrap import Pipeline
from pipeline.errors import QuestionError
from pipeline.models import Page, Question, Scope
from pipeline.pages import Pages

NAME = 200  # characters of a version or a language, as in `filter` of /v1/chat


class Scoped(Wire):
    """Where to look."""

    version: str | None = Field(
        default=None, max_length=NAME, description="Version of the documentation. Default: the latest."
    )
    language: str | None = Field(
        default=None,
        max_length=NAME,
        description="Language of the pages, for example `en`. Default: the site's.",
    )

    @field_validator("version", "language")
    @classmethod
    def _nothing_is_none(cls, value: str | None) -> str | None:
        return value or None  # models fill in what they do not know with ""

    def scope(self) -> Scope:
        return Scope(self.version, self.language)


class SearchDocs(Scoped):
    """What `search_docs` takes."""

    query: str = Field(description="What to look for: a few words or a question.")
    limit: int = Field(default=5, ge=1, le=20, description="At most so many sections.")


class GetPage(Wire):
    """What `get_page` takes."""

    url: str = Field(max_length=2_000, description="The page's address or path, as search_docs gives it.")


class Ask(Scoped):
    """What `ask` takes."""

    question: str = Field(description="One whole question: earlier ones are not remembered.")


class PageSection(BaseModel):
    """A heading of a page."""

    title: str
    url: str


class PageOut(BaseModel):
    """A page as it is indexed; `text` is Markdown."""

    url: str
    title: str
    version: str
    language: str
    sections: list[PageSection]
    text: str


@dataclass(frozen=True, slots=True)
class Told:
    """What a tool gives: `text` for a model, `content` for a program."""

    text: str
    content: BaseModel


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool.  `call` takes an instance of `takes`; the content that it tells is one of `gives`.

    `answers` says that it has an answer written, which costs as one of /v1/chat does.
    """

    name: str
    title: str
    description: str
    takes: type[BaseModel]
    gives: type[BaseModel]
    call: Callable[[Any], Awaitable[Told]]
    answers: bool = False


def tools_of(pipeline: Pipeline) -> tuple[Tool, ...]:
    """The tools over one pipeline."""
    docs = _Docs(pipeline, Pages(pipeline.index))
    return (
        Tool(
            "search_docs",
            "Search the documentation",
            "Finds the sections of the documentation that fit a query, best first, with their text and "
            "the address of the very heading. Use it to read for yourself.",
            SearchDocs,
            SearchResponse,
            docs.search,
        ),
        Tool(
            "get_page",
            "Read a page",
            "Gives one whole page of the documentation as Markdown, by its address.",
            GetPage,
            PageOut,
            docs.page,
        ),
        Tool(
            "ask",
            "Ask the documentation",
            "Answers one question from the documentation alone, with links to the sections it rests on, "
            "and says so when the documentation does not answer. Slower than search_docs.",
            Ask,
            AnswerOut,
            docs.ask,
            answers=True,
        ),
    )


@dataclass(frozen=True, slots=True)
class _Docs:
    pipeline: Pipeline
    pages: Pages

    async def search(self, args: SearchDocs) -> Told:
        hits = await self.pipeline.assistant.search(Question(args.query, scope=args.scope()), args.limit)
        told = found(hits)
        text = "\n\n".join(f"## {' > '.join(r.breadcrumbs)}\n{r.url}\n\n{r.text}" for r in told.results)
        return Told(text or "The documentation has nothing on that.", told)

    async def page(self, args: GetPage) -> Told:
        page = await self.pages.get(args.url)
        if page is None:
            near = "; ".join(await self.pages.near(args.url))
            instead = f"these are alike: {near}" if near else "find pages with search_docs"
            raise QuestionError(f"the documentation has no page at {args.url!r}; {instead}", field="url")
        told = _page_out(page)
        return Told(f"{told.url}\n\n{told.text}", told)

    async def ask(self, args: Ask) -> Told:
        answer = await self.pipeline.assistant.answer(Question(args.question, scope=args.scope()))
        try:
            told = await whole(answer)
        finally:
            await answer.aclose()
        return Told(told.text, told)


def _page_out(page: Page) -> PageOut:
    headed = [section for section in page.sections if section.anchor]
    blocks = [f"# {page.title}"]
    for section in page.sections:
        level = min(6, max(2, len(section.breadcrumbs)))
        blocks += [f"{'#' * level} {section.title}"] if section.anchor else []
        blocks.append(section.text)
    return PageOut(
        url=page.url,
        title=page.title,
        version=page.version,
        language=page.locale,
        sections=[PageSection(title=s.title, url=f"{page.url}#{s.anchor}") for s in headed],
        text="\n\n".join(blocks),
    )
