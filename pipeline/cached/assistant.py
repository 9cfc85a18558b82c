"""An assistant that first looks whether the answer has been given before.

What is found is told as a stream like any other: its own message id, its own times, the same events.
What is not found is asked for, and kept when it has come to a good end and the index is still the one
that the question was asked of.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import uuid4

from pipeline.answering import Answer, Clock
from pipeline.assistant import Assistant
from pipeline.cached.entries import KEPT, Entry, unpacked
from pipeline.cached.keys import Key, Keys
from pipeline.cached.storage import Storage, Vector, unit
from pipeline.config import AnswerConfig
from pipeline.embedding import Embedding
from pipeline.gate import Signals
from pipeline.live import LiveIndex
from pipeline.models import (
    AnswerFinished,
    AnswerStarted,
    Cached,
    Event,
    Hit,
    Question,
    Source,
    SourcesFound,
    TextDelta,
    Usage,
)


class CachingAssistant(Assistant):
    """`inner` with a cache before it."""

    def __init__(
        self,
        inner: Assistant,
        config: AnswerConfig,
        keys: Keys,
        storage: Storage,
        parts: tuple[LiveIndex, Embedding],
    ) -> None:
        self._inner = inner
        self._cache = config.cache
        self._longest = config.max_question_chars
        self._keys = keys
        self._storage = storage
        self._index, self._embedding = parts

    async def search(self, question: Question, limit: int) -> tuple[Hit, ...]:
        return await self._inner.search(question, limit)

    async def signals(self, question: Question) -> Signals | None:
        return await self._inner.signals(question)

    async def answer(self, question: Question) -> Answer:
        """As `Assistant.answer`; a kept answer needs no search and no model."""
        clock = Clock()
        if not self._cache.current_path:
            question = replace(question, current_path="")
        key = self._keys.key(question, self._index.served)
        if self._cache.exact and (entry := await self._entry(key.exact)):
            return Replayed(entry, "exact", clock)
        vector = await self._vector(question, key)
        if vector is not None and (near := await self._near(key, vector)):
            return Replayed(near, "semantic", clock)
        return Remembered(await self._inner.answer(question), self, key, vector)

    async def _entry(self, key: str) -> Entry | None:
        found = await self._storage.get(key)
        return unpacked(found) if found else None

    async def _vector(self, question: Question, key: Key) -> Vector | None:
        """The vector of a first question that is worth one; what cannot be asked at all is refused by `inner`."""
        text = question.text
        if not self._cache.semantic or key.near is None or not text.strip() or len(text) > self._longest:
            return None
        return unit(await self._embedding.query(text))

    async def _near(self, key: Key, vector: Vector) -> Entry | None:
        """The answer to a question that means the same.  A refusal is none: other words may find more."""
        found = await self._storage.nearest(str(key.near), vector)
        if found is None or found[1] < self._cache.similarity:
            return None
        entry = await self._entry(found[0])
        return entry if entry and entry.finished.outcome == "answered" else None

    async def keep(self, entry: Entry, key: Key, vector: Vector | None) -> None:
        """Keeps an answer that was told to its end.  One of another index than was asked is left out."""
        finished = entry.finished
        if finished.outcome not in KEPT or finished.revision != key.revision:
            return
        await self._storage.put(key.exact, entry.packed())
        if vector is not None and finished.outcome == "answered":
            await self._storage.add(str(key.near), key.exact, vector)


class Remembered(Answer):
    """A new answer, kept when it has been told to its end."""

    def __init__(self, inner: Answer, keeper: CachingAssistant, key: Key, vector: Vector | None) -> None:
        self._inner = inner
        self._keeper = keeper
        self._key = key
        self._vector = vector

    @property
    def message_id(self) -> str:  # the answer's own: who watches answers signs it
        return self._inner.message_id

    @message_id.setter
    def message_id(self, value: str) -> None:
        self._inner.message_id = value

    @property
    def model(self) -> str:
        return self._inner.model

    @property
    def used(self) -> Usage:
        return self._inner.used

    async def events(self) -> AsyncIterator[Event]:
        """The answer's own events, each as it is."""
        text: list[str] = []
        sources: tuple[Source, ...] = ()
        async for event in self._inner.events():
            match event:
                case TextDelta(piece):
                    text.append(piece)
                case SourcesFound(found):
                    sources = found
                case AnswerFinished():  # before it is told: many stop reading at it
                    await self._keeper.keep(Entry(sources, "".join(text), event), self._key, self._vector)
            yield event

    async def aclose(self) -> None:
        await self._inner.aclose()


class Replayed(Answer):
    """A kept answer, told again."""

    def __init__(self, entry: Entry, how: Cached, clock: Clock) -> None:
        self.message_id = f"msg_{uuid4().hex}"
        self._entry = entry
        self._how = how
        self._clock = clock
        clock.mark("cache")

    async def events(self) -> AsyncIterator[Event]:
        """As any answer's."""
        yield AnswerStarted(self.message_id)
        clock, entry = self._clock, self._entry
        yield SourcesFound(entry.sources)
        for block in entry.blocks():
            clock.mark("first_token")
            yield TextDelta(block)
        clock.mark("total")
        yield replace(entry.finished, timings=dict(clock.marks), cached=self._how)

    async def aclose(self) -> None:
        return None
