"""The straight line from a question to an answer.  The API, the terminal and evals all take it."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import replace

from pipeline.answering import Answer, Clock, Elsewhere, Found, Prepared
from pipeline.citations import CitationWriter, allowed_links, number_sources
from pipeline.citations.numbering import addresses_in
from pipeline.config import AnswerConfig, LlmConfig
from pipeline.errors import ProvidersExhausted, QuestionError
from pipeline.extractive import digest
from pipeline.followups import bounded, sought
from pipeline.gate import Signals, answerable, signals
from pipeline.live import LiveIndex, Served, check_scope
from pipeline.llm import LanguageModel, ModelStream
from pipeline.models import Hit, Question, Source
from pipeline.prompts import ELSEWHERE_INTRO, messages, system_prompt
from pipeline.retrieval import Retrieval
from pipeline.spans import span
from pipeline.spelling import corrected


class Assistant:
    """Answers questions from the index that is live."""

    def __init__(
        self,
        config: tuple[AnswerConfig, LlmConfig],
        index: LiveIndex,
        retrieval: Retrieval,
        llm: LanguageModel | None,
    ) -> None:
        self._config, self._llm_config = config
        self._system = system_prompt(self._config)
        self._index = index
        self._retrieval = retrieval
        self._llm = llm

    async def search(self, question: Question, limit: int) -> tuple[Hit, ...]:
        """At most `limit` sections, best first, each with its best chunk.  Raises as `answer` does."""
        self._check(question.text, "query")
        heard = _heard(question, self._index.served)
        found: dict[str, Hit] = {}
        for hit in await self._retrieval.find(sought(heard), question.scope):
            found.setdefault(hit.url, hit)
        return tuple(found.values())[:limit]

    async def answer(self, question: Question) -> Answer:
        """The answer to `question`, with its sources found and its model already asked.

        Raises before anything is sent: QuestionError, NoIndex, StaleIndex, StoreError,
        EmbeddingError, ProvidersExhausted (no provider has a key, and `llm.offline` is none).
        """
        clock = Clock()
        self._check(question.text, "messages")
        question = bounded(question, self._config.max_history_words)
        if self._llm is None and self._llm_config.offline == "none":
            raise ProvidersExhausted(["no provider has a key, and llm.offline is none"])
        served = self._index.served
        heard = _heard(question, served)
        with span("retrieval"):
            hits = await self._retrieval.find(sought(heard), question.scope)
        clock.mark("retrieval")
        # A model can tell for itself what its sections do not answer; without one, words must.
        refused = not hits if self._llm else not _answer(heard, hits, served)
        found = self._found(heard, hits, served)
        prepared = Prepared(
            found=found,
            refused=refused,
            degrade=self._llm_config.offline == "extractive",
            quotable=lambda: _answer(heard, hits, served),
            elsewhere=lambda: self._elsewhere(heard, served),
            revision=served.manifest.revision,
            clock=clock,
        )
        return Answer(prepared, None if refused else self._asked(question, found.sources))

    async def signals(self, question: Question) -> Signals | None:
        """What decides whether extractive mode refuses; None when nothing is found.  Raises as `answer` does."""
        served = self._index.served
        heard = _heard(bounded(question, self._config.max_history_words), served)
        hits = await self._retrieval.find(sought(heard), question.scope)
        language = _language(question, served)
        return signals(sought(heard), hits, served.vocabulary(language), language) if hits else None

    def _found(self, question: Question, hits: tuple[Hit, ...], served: Served) -> Found:
        sources = number_sources(
            hits, limit=self._config.max_sources, max_words=self._config.max_context_words
        )
        return Found(sources, self._writer(sources, served.manifest.site), _lazily(question.text, sources))

    async def _elsewhere(self, question: Question, served: Served) -> Elsewhere | None:
        """What another version says, when the one that was asked for says nothing."""
        if len(served.versions) < 2:
            return None
        scope = replace(question.scope, any_version=True)
        hits = await self._retrieval.find(sought(question), scope)
        version, here = served.named(question.scope.version)
        others = [hit for hit in hits if hit.version != version]
        best = tuple(hit for hit in others if hit.version == others[0].version)
        if not _answer(question, best, served):
            return None
        there = best[0].version_label or best[0].version
        return Elsewhere(ELSEWHERE_INTRO.format(here=here, there=there), self._found(question, best, served))

    def _asked(self, question: Question, sources: tuple[Source, ...]) -> "asyncio.Task[ModelStream] | None":
        if self._llm is None:
            return None
        return asyncio.create_task(self._llm.open(messages(self._system, question, sources)))

    def _writer(self, sources: tuple[Source, ...], site_url: str) -> CitationWriter:
        links = allowed_links(sources, site_url=site_url, external=self._config.external_links)
        return CitationWriter(sources, links, addresses_in(sources))

    def _check(self, text: str, field: str) -> None:
        limit = self._config.max_question_chars
        if not text.strip():
            raise QuestionError("the question is empty", field=field, code="empty-question")
        if len(text) > limit:
            raise QuestionError(
                f"the question has {len(text):,} characters; at most {limit:,} are read",
                field=field,
                code="question-too-long",
            )


def _language(question: Question, served: Served) -> str:
    return question.scope.language or served.manifest.default_locale


def _heard(question: Question, served: Served) -> Question:
    """The question with its words as the docs spell them.  The model sees it as it was asked.

    Raises QuestionError for an unknown version or language: no dictionary is opened that no page needs.
    """
    check_scope(served, question.scope)
    language = _language(question, served)
    return replace(question, text=corrected(question.text, served.vocabulary(language), language))


def _answer(question: Question, hits: Sequence[Hit], served: Served) -> bool:
    """Whether the hits do, as far as words and vectors tell."""
    language = _language(question, served)
    return answerable(sought(question), hits, served.vocabulary(language), language)


def _lazily(question: str, sources: tuple[Source, ...]) -> Iterator[str]:
    """The digest, made only when somebody reads it."""
    yield from digest(question, sources)
