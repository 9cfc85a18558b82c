"""A question and its numbered sources become the events of an answer.

One way for a model's stream and for the documentation's own sentences: pieces of text go through
the citation writer and out.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from uuid import uuid4

from pipeline.citations import CitationWriter
from pipeline.errors import BudgetSpent, FingerpostError, ModelError, ProvidersExhausted
from pipeline.llm import ModelStream
from pipeline.models import (
    AnswerFailed,
    AnswerFinished,
    AnswerStarted,
    Event,
    Mode,
    Outcome,
    Source,
    SourcesFound,
    TextDelta,
    Usage,
)
from pipeline.prompts import BUDGET_INTRO, DEGRADED_INTRO, EXTRACTIVE_INTRO, REFUSAL
from pipeline.refusing import RefusalWatch

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Clock:
    """Milliseconds since the question came, by name of the step that ended then."""

    started: float = field(default_factory=time.perf_counter)
    marks: dict[str, float] = field(default_factory=dict)

    def mark(self, name: str) -> None:
        self.marks.setdefault(name, round(1000 * (time.perf_counter() - self.started), 1))


@dataclass(frozen=True, slots=True)
class Found:
    """Numbered sources, the writer that cites them, and the extractive text, made when it is read."""

    sources: tuple[Source, ...]
    writer: CitationWriter
    digest: Iterable[str]


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """What another version of the docs says; `intro` names both versions."""

    intro: str
    found: Found


@dataclass(frozen=True, slots=True)
class Prepared:
    """All that an answer is made from.

    `elsewhere` is asked when it would be a refusal; with `degrade`, the docs' own sentences answer
    when no model does, if there are any to the point (`quotable`).
    """

    found: Found
    refused: bool
    degrade: bool
    quotable: Callable[[], bool]
    elsewhere: Callable[[], Awaitable[Elsewhere | None]]
    revision: str
    clock: Clock


class Answer:
    """One answer on its way.  Read `events()` once, to its end, and `aclose()` in any case."""

    _stream: ModelStream | None = None  # of the model that is asked, once it has begun

    def __init__(self, prepared: Prepared, model: "asyncio.Task[ModelStream] | None") -> None:
        self.message_id = f"msg_{uuid4().hex}"
        self._from = prepared
        self._model = model

    async def events(self) -> AsyncIterator[Event]:
        """Started, sources, text, and at last finished or failed."""
        yield AnswerStarted(self.message_id)
        if self._from.refused:
            async for event in self._refusal():
                yield event
            return
        yield SourcesFound(self._from.found.sources)
        if self._model is None:
            for event in self._extract("answered", EXTRACTIVE_INTRO, self._from.found):
                yield event
            return
        try:
            self._stream = await self._model
        except ProvidersExhausted as error:
            async for event in self._without_model(error):
                yield event
            return
        try:
            async for event in self._speak(self._stream):
                yield event
        except ModelError as error:
            log.warning("an answer broke off: %s", error)
            yield AnswerFailed(error.code, "The language model broke off. Please ask again.")

    async def _without_model(self, error: ProvidersExhausted) -> AsyncIterator[Event]:
        """What is said when no model speaks, or none may: the budget's end is logged where it is kept."""
        spent = isinstance(error, BudgetSpent)
        if not spent:
            log.warning("%s", error)
        if not self._from.degrade:
            yield AnswerFailed(error.code, "No language model answered. Please ask again later.")
        elif self._from.quotable():
            intro = BUDGET_INTRO if spent else DEGRADED_INTRO
            for event in self._extract("degraded", intro, self._from.found):
                yield event
        else:
            async for event in self._refusal():
                yield event

    async def _speak(self, stream: ModelStream) -> AsyncIterator[Event]:
        writer, clock = self._from.found.writer, self._from.clock
        watch, spoken = RefusalWatch(), False
        async for piece in stream:
            if shown := writer.feed(watch.feed(piece)):
                clock.mark("first_token")
                spoken = True
                yield TextDelta(shown)
            if watch.refused:
                break
        rest = watch.close()
        if not spoken and (watch.refused or not rest.strip()):
            async for event in self._refusal(stream):
                yield event
            return
        if shown := writer.feed(rest) + writer.close():
            yield TextDelta(shown)
        if (
            watch.refused and not writer.cited
        ):  # an apology came before the word: it is a refusal all the same
            yield SourcesFound(())
            yield TextDelta(f"\n\n{REFUSAL}")
            yield self._finished("refused", (), stream)
            return
        yield self._finished("answered", writer.cited, stream)

    def _extract(
        self, outcome: Outcome, intro: str, found: Found, asked: ModelStream | None = None
    ) -> Iterable[Event]:
        """The docs' own words; `asked` is a model that had none."""
        writer = found.writer
        self._from.clock.mark("first_token")
        yield TextDelta(f"*{intro}*")
        for paragraph in found.digest:
            if shown := writer.feed(f"\n\n{paragraph}"):
                yield TextDelta(shown)
        if shown := writer.close():
            yield TextDelta(shown)
        yield self._finished(outcome, writer.cited, asked, "extractive")

    async def _refusal(self, stream: ModelStream | None = None) -> AsyncIterator[Event]:
        """No sources and the words of a refusal; or what another version says.  `stream` is the model's."""
        try:
            other = await self._from.elsewhere()
        except FingerpostError as error:  # the refusal stands without it
            log.warning("other versions could not be searched: %s", error)
            other = None
        yield SourcesFound(() if other is None else other.found.sources)
        if other is None:
            yield TextDelta(REFUSAL)
        if stream is not None:
            await stream.drain()  # its usage comes last, and is paid for
        if other is None:
            yield self._finished("refused", (), stream)
            return
        for event in self._extract("answered", other.intro, other.found, stream):
            yield event

    def _finished(
        self,
        outcome: Outcome,
        cited: Iterable[Source],
        stream: ModelStream | None = None,
        mode: Mode | None = None,
    ) -> AnswerFinished:
        """`stream` is the model's that was asked; the text is its own unless `mode` says otherwise."""
        self._from.clock.mark("total")
        model, usage = (stream.model, stream.usage) if stream else ("", Usage())
        mode = mode or ("model" if stream else "extractive")
        marks = dict(self._from.clock.marks)
        return AnswerFinished(outcome, tuple(cited), self._from.revision, model, mode, usage, marks)

    @property
    def model(self) -> str:
        """The model that was asked, "" when none began to answer."""
        return self._stream.model if self._stream else ""

    @property
    def used(self) -> Usage:
        """What was used of a model so far, guessed where its provider did not say."""
        return self._stream.used if self._stream else Usage()

    async def aclose(self) -> None:
        """Ends the answer, wherever it is: the model's stream is closed at once.  Idempotent."""
        if self._stream is not None:
            await self._stream.aclose()
        elif self._model is not None:
            self._model.cancel()
            with suppress(asyncio.CancelledError, ModelError):
                await (await self._model).aclose()
