"""One answer on its way from a provider: an async iterator of text that can be closed at any moment.

Nothing here opens a connection or chooses a provider.
"""

import asyncio
import contextlib
import math
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Protocol

from pipeline.errors import ProviderFailed
from pipeline.llm.costs import cost_of
from pipeline.llm.failures import translated
from pipeline.llm.providers import Provider
from pipeline.llm.wire import REPORTED, Chunks
from pipeline.models import Usage

# Seconds for what may follow a finished answer: the usage, [DONE], the end of the body.  A body read to
# its end leaves the connection open for the next question, which saves the TLS handshake.
TAIL = 0.5


class Body(Protocol):
    """The part of httpx.Response that is used here."""

    def aiter_bytes(self) -> AsyncIterator[bytes]: ...

    async def aclose(self) -> None: ...


class ModelStream:
    """The text pieces of one answer, each as large as what arrived together; none is empty.

    Iterating raises ProviderFailed when the provider fails in the middle; a cancelled wait closes the
    stream.  Whoever has one calls `aclose()`, at the latest when done with it.  What is in `on_end` is
    called once, when it is closed, with its `failure` or `whole` in place.  At most `max_chars` are read;
    `guess` is what the answer was expected to use.
    """

    def __init__(self, provider: Provider, body: Body, *, max_chars: int, guess: Usage) -> None:
        self._provider = provider
        self._body = body
        self._reads = body.aiter_bytes()
        self._chunks = Chunks()
        self._first = ""
        self._begun = False
        self._last_moment = asyncio.get_running_loop().time() + provider.config.answer_timeout
        self._chars_left = max_chars
        self._guess = guess
        self.on_end: list[Callable[[], None]] = []
        self.failure: ProviderFailed | None = None
        self._reading = False
        self._ended = False
        self._closed = False

    @property
    def provider(self) -> str:
        """The provider's name in config.yaml."""
        return self._provider.config.name

    @property
    def model(self) -> str:
        """The model's name in config.yaml."""
        return self._provider.config.model

    @property
    def usage(self) -> Usage:
        """Tokens as the provider counted them, and their cost; known at the end."""
        used = self._chunks.usage
        return replace(used, cost=cost_of(used, self._provider.config.price))

    @property
    def used(self) -> Usage:
        """The same; the guess where the provider did not count, or was not let finish."""
        used = self.usage
        known = used.prompt_tokens is not None and (used.cost is not None or self._guess.cost is None)
        return used if known else self._guess

    @property
    def finish_reason(self) -> str:
        """Why the model stopped: "stop", "length", "content_filter"...; "" before the end."""
        return self._chunks.finish_reason

    @property
    def whole(self) -> bool:
        """Whether the answer has been said to its end."""
        return self._chunks.complete

    def __aiter__(self) -> AsyncIterator[str]:
        return self

    async def __anext__(self) -> str:
        if self._first:
            text, self._first = self._first, ""
            return text
        limit = self._provider.config.idle_timeout
        text = await self._next(limit, late=f"nothing for {limit:g} s in the middle of the answer")
        if not text:
            raise StopAsyncIteration
        return text

    async def begin(self) -> None:
        """Waits for the first token, as long as the caller lets it.  Raises ProviderFailed if none comes."""
        self._first = await self._next(None, late="no first token in time")
        if not self._first:
            reason = f" ({self.finish_reason})" if self.finish_reason else ""
            raise self._failed("empty", f"ended without a token{reason}")
        self._begun = True

    async def drain(self) -> None:
        """Reads what is left, for its usage and to keep the connection; for TAIL seconds at most."""
        with contextlib.suppress(ProviderFailed, TimeoutError):
            async with asyncio.timeout(TAIL):
                async for _ in self:
                    pass

    async def aclose(self) -> None:
        """Closes the upstream connection at once.  May be called at any moment, any number of times."""
        if self._closed:
            return
        self._closed = True
        self._first = ""
        for told in self.on_end:
            told()
        self.on_end.clear()
        try:
            await self._body.aclose()
        finally:
            if not self._reading:  # else the one who reads is woken by the closing, and unwinds
                await self._unwind()

    async def _next(self, limit: float | None, late: str) -> str:
        """The next text, "" at the end; the stream is closed when anything but text comes of it."""
        text = ""
        try:
            text = await self._text(limit, late)
        except ProviderFailed as error:
            self.failure = error
            raise
        finally:
            if not text:
                await self.aclose()
        return text

    async def _text(self, limit: float | None, late: str) -> str:
        loop, chunks = asyncio.get_running_loop(), self._chunks
        # Comments in between do not move it.
        deadline = None if limit is None else min(loop.time() + limit, self._last_moment)
        while not (self._ended or self._closed):
            if chunks.complete:
                deadline = min(deadline or math.inf, loop.time() + TAIL)
            elif chunks.problem:
                kind = "reported" if chunks.problem.startswith(REPORTED) else "garbage"
                raise self._failed(kind, chunks.problem)
            data = await self._read(deadline, late)
            self._ended = not data
            if text := chunks.feed(data) if data else chunks.end():
                self._chars_left -= len(text)
                if self._chars_left < 0:
                    raise self._failed("endless", "said more than llm.max_chars")
                return text
        if self._begun and not (chunks.complete or self._closed):
            raise self._failed("connection", "broke off in the middle of the answer")
        return ""

    async def _read(self, deadline: float | None, late: str) -> bytes:
        """The bytes of one network read, b"" at the end or when the rest does not matter any more."""
        self._reading = True
        try:
            async with asyncio.timeout_at(deadline):
                data = await anext(self._reads, b"")
        except Exception as error:  # noqa: BLE001 the table knows the foreign ones, others rise as they are
            if self._closed or self._chunks.complete:
                return b""
            if asyncio.get_running_loop().time() >= self._last_moment:
                late = f"was not through within {self._provider.config.answer_timeout:g} s"
            raise translated(error, self._provider, late) from None
        finally:
            self._reading = False
            if self._closed:
                await self._unwind()
        return b"" if self._closed else data

    async def _unwind(self) -> None:
        """Lets the generators of httpx and aiohttp end; dropped half-way, each leaves a task to the loop."""
        with contextlib.suppress(Exception):  # whatever they say: the connection is closed on purpose
            while await anext(self._reads, b""):
                pass

    def _failed(self, kind: str, words: str) -> ProviderFailed:
        return ProviderFailed(f"{self.provider}: {words}", kind)
