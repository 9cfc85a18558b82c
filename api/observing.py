"""Every answer is watched, whichever wire it goes out by: counted, logged, remembered.

`WatchedAssistant` stands before the pipeline's own, so that no route has to think of it.  It touches
nothing of an answer but its id, and looks only at the events that come once.
"""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from api.exchange import current
from api.memory import AnswerRecord, Ending, FoundSection, Memory, open_memory
from api.memory.models import now
from api.metrics import Metrics
from pipeline.answering import Answer
from pipeline.assistant import Assistant
from pipeline.bootstrap import Pipeline
from pipeline.config.memory import LogConfig
from pipeline.models import (
    AnswerFailed,
    AnswerFinished,
    Event,
    Hit,
    Question,
    Source,
    SourcesFound,
    TextDelta,
)
from pipeline.spans import tracing


@dataclass(frozen=True, slots=True)
class Observers:
    """Who is told of an answer."""

    metrics: Metrics
    memory: Memory | None
    log: LogConfig


@asynccontextmanager
async def watched(pipeline: Pipeline, metrics: Metrics) -> AsyncIterator[tuple[Pipeline, Memory | None]]:
    """The same pipeline with its answers watched, and the memory that is open until the block ends."""
    config = pipeline.config.api
    async with open_memory(config.memory, metrics.dropped.inc) as memory:
        if memory is not None:
            metrics.tell_waiting(lambda: memory.waiting)
        if (llm := pipeline.llm) is not None:
            llm.on_failure(metrics.provider_failed)
            metrics.tell_resting(lambda: [(state.name, state.resting) for state in llm.providers])
        assistant = WatchedAssistant(pipeline.assistant, Observers(metrics, memory, config.log))
        yield replace(pipeline, assistant=assistant), memory


class WatchedAssistant(Assistant):
    """An assistant whose answers are told of."""

    def __init__(self, inner: Assistant, observers: Observers) -> None:
        self._inner = inner
        self._observers = observers

    async def search(self, question: Question, limit: int) -> tuple[Hit, ...]:
        return await self._inner.search(question, limit)

    async def answer(self, question: Question) -> Answer:
        return WatchedAnswer(await self._inner.answer(question), question, self._observers)


class WatchedAnswer(Answer):
    """An answer that tells of itself once, when it ends or is closed, whichever comes first."""

    def __init__(self, inner: Answer, question: Question, observers: Observers) -> None:
        self._inner = inner
        self._question = question
        self._observers = observers
        self._plain_id = inner.message_id
        if observers.memory is not None:
            inner.message_id = observers.memory.sign(self._plain_id)
        self.message_id = inner.message_id
        self._asked_at = now()
        self._started = time.perf_counter()
        self._sources: tuple[Source, ...] = ()
        self._told = False
        observers.metrics.streams.inc()

    async def events(self) -> AsyncIterator[Event]:
        """The answer's own events, each as it is."""
        async for event in self._inner.events():
            if not isinstance(event, TextDelta):
                self._see(event)
            yield event

    async def aclose(self) -> None:
        """Closes the answer; one that has not ended by then was abandoned."""
        try:
            await self._inner.aclose()
        finally:
            self._tell("abandoned")

    def _see(self, event: Event) -> None:
        match event:
            case SourcesFound(sources) if sources:  # an empty list takes back what the reader saw
                self._sources = sources
            case AnswerFinished():
                self._tell(event.outcome, event)
            case AnswerFailed(code, _):
                self._tell("failed", code=code)

    def _tell(self, ending: Ending, end: AnswerFinished | None = None, code: str = "") -> None:
        if self._told:
            return
        self._told = True
        metrics, memory = self._observers.metrics, self._observers.memory
        metrics.streams.dec()
        metrics.used(self._inner.model, self._inner.used)
        if end is not None:
            metrics.finished(end)
        else:
            metrics.answers.labels(ending, "").inc()
        if code:
            metrics.failures.labels(code).inc()
        self._log(ending, end, code)
        self._trace(ending, end, code)
        if memory is not None:
            memory.record(self._record(memory, ending, end))

    def _log(self, ending: Ending, end: AnswerFinished | None, code: str) -> None:
        exchange = current.get()
        if exchange is None:
            return
        event = exchange.event
        event["message_id"] = self._plain_id
        event["outcome"] = ending
        if code:
            event["code"] = code
        if end is not None:
            event |= {"mode": end.mode, "model": end.model, "revision": end.revision}
            event |= {f"{name}_ms": value for name, value in end.timings.items()}
        if self._inner.model:
            used = self._inner.used
            event |= {"prompt_tokens": used.prompt_tokens, "completion_tokens": used.completion_tokens}
            event["cost"] = used.cost
        if self._observers.log.questions:
            event["question"] = self._question.text

    def _trace(self, ending: Ending, end: AnswerFinished | None, code: str) -> None:
        if (traces := tracing.get()) is None:
            return
        about: dict[str, Any] = {"outcome": ending, "code": code or None, "model": self._inner.model or None}
        if end is not None:
            about |= {
                "mode": end.mode,
                "revision": end.revision,
                "first_token_ms": end.timings.get("first_token"),
            }
        used = self._inner.used
        about |= {"prompt_tokens": used.prompt_tokens, "completion_tokens": used.completion_tokens}
        traces.tell("answer", time.perf_counter() - self._started, about)

    def _record(self, memory: Memory, ending: Ending, end: AnswerFinished | None) -> AnswerRecord:
        exchange, used = current.get(), self._inner.used
        timings = end.timings if end else {}
        cited = {source.url for source in end.cited} if end else set()
        elapsed = round(1000 * (time.perf_counter() - self._started), 1)
        return AnswerRecord(
            message_id=self._plain_id,
            asked_at=self._asked_at,
            question=memory.words(self._question.text),
            ending=ending,
            mode=end.mode if end else "",
            model=(end.model if end else self._inner.model)[:200],
            version=self._question.scope.version or "",
            language=self._question.scope.language or "",
            revision=end.revision if end else "",
            client=memory.client_hash(exchange.client() if exchange else ""),
            retrieval_ms=timings.get("retrieval"),
            first_token_ms=timings.get("first_token"),
            total_ms=timings.get("total", elapsed),
            prompt_tokens=used.prompt_tokens,
            completion_tokens=used.completion_tokens,
            cost=used.cost,
            sections=tuple(FoundSection(source.url, source.url in cited) for source in self._sources),
        )
