"""An answer on its way: its pieces, its end, its failures after the first token, and hanging up."""

import asyncio
import contextlib
import gc
import sys
from collections.abc import Iterator

import pytest

from pipeline.errors import ModelError
from pipeline.llm import ModelStream
from pipeline.models import Usage
from tests.fakes.openai_scripts import LAST_CHUNK, Body, Step, forever
from tests.fakes.openai_server import (
    Comments,
    Cut,
    ErrorEvent,
    Garbage,
    Hang,
    OpenAIServer,
    Reply,
    Script,
)
from tests.pipeline.llm.conftest import MESSAGES, SHORT, Ask, gathered

FAULTS: list[tuple[Script, str]] = [
    (Cut(2), "one: the connection broke off"),
    (Cut(2, reset=True), "one: the connection broke off"),
    (Garbage(2), "one: sent something that is not JSON"),
    (ErrorEvent(2), "one: reported an error (502)"),
    (Reply(["The", " guide"], finish=None, done=False), "one: broke off in the middle of the answer"),
    (Hang("between-tokens", after_tokens=2), "one: nothing for 0.2 s in the middle of the answer"),
    (Comments(forever=True, gap=0.01, after_tokens=2), "one: nothing for 0.2 s in the middle of the answer"),
]


class Lingering:
    """An answer with its reason, and then neither `[DONE]` nor the end of the body."""

    def steps(self, body: Body) -> Iterator[Step]:
        reply = Reply(["Hello"], done=False)
        yield from (reply.opening(body), reply.token(body, "Hello"))
        yield reply.closing(body).removesuffix(LAST_CHUNK)
        yield forever()


async def whole(stream: ModelStream) -> str:
    pieces: list[str] = []
    await gathered(stream, pieces)
    return "".join(pieces)


@pytest.mark.parametrize(
    "script",
    [
        Reply(),
        Reply(cut=1),
        Reply(together=3),
        Reply(newline="\r\n"),
        Reply(finish=None),
        Reply(done=False),
        Reply(["Ein ", "Weg", "weiser 🎉 世界", "\n\n", "[1]"], cut=7),
        Comments(),
    ],
)
async def test_the_text_is_the_tokens_joined(first: OpenAIServer, model: Ask, script: Script) -> None:
    """Whatever the writes, line ends and comments, the text comes whole and usage and reason with it."""
    first.script(script)
    stream = await model().open(MESSAGES)
    expected = script if isinstance(script, Reply) else Reply()
    assert await whole(stream) == "".join(expected.tokens)
    assert (stream.provider, stream.model) == ("one", "gpt-4o-mini")
    assert stream.usage == Usage(10, len(expected.tokens))
    assert stream.finish_reason == (expected.finish or "")


async def test_tokens_that_arrive_together_leave_together(first: OpenAIServer, model: Ask) -> None:
    """One network read gives one piece, and a token that arrives alone leaves alone."""
    first.script(Reply(["a", "b", "c", "d", "e"], together=5))
    assert [piece async for piece in await model().open(MESSAGES)] == ["abcde"]
    more = asyncio.Event()
    first.script(Hang("between-tokens", until=more, after_tokens=1, reply=Reply(["a", "b"])))
    stream = await model().open(MESSAGES)
    assert await anext(stream) == "a"
    more.set()
    assert [piece async for piece in stream] == ["b"]


async def test_a_reason_other_than_stop_is_kept(first: OpenAIServer, model: Ask) -> None:
    """An answer cut short by its own limit is a whole answer with the reason `length`."""
    first.script(Reply(finish="length", usage=(5, 900)))
    stream = await model().open(MESSAGES)
    await whole(stream)
    assert (stream.finish_reason, stream.usage) == ("length", Usage(5, 900))


@pytest.mark.parametrize(("script", "words"), FAULTS)
async def test_a_failure_after_the_first_token_is_raised(
    first: OpenAIServer, second: OpenAIServer, model: Ask, script: Script, words: str
) -> None:
    """What came is kept, the failure is told, nobody else is asked, and the connection is closed."""
    first.script(script)
    stream = await model(idle_timeout=SHORT).open(MESSAGES)
    pieces: list[str] = []
    with pytest.raises(ModelError) as caught:
        await gathered(stream, pieces)
    assert ("".join(pieces), str(caught.value)) == ("The guide", words)
    assert [piece async for piece in stream] == []
    assert not second.requests
    await asyncio.wait_for(first.requests[0].finished.wait(), 5)


async def test_a_server_that_lingers_after_the_end_is_left(first: OpenAIServer, model: Ask) -> None:
    """An answer that is complete ends, though its body does not."""
    first.script(Lingering())
    stream = await model().open(MESSAGES)
    assert await whole(stream) == "Hello"
    await asyncio.wait_for(first.requests[0].finished.wait(), 5)


async def test_a_finished_answer_leaves_its_connection_for_the_next(first: OpenAIServer, model: Ask) -> None:
    """Two questions one after the other need one connection."""
    llm = model()
    for _ in range(3):
        await whole(await llm.open(MESSAGES))
    assert first.connections == 1
    assert not any(request.closed_early for request in first.requests)


async def test_hanging_up_closes_the_upstream_at_once(first: OpenAIServer, model: Ask) -> None:
    """`aclose` in the middle of an answer is seen by the provider; more of it changes nothing."""
    first.script(Hang("between-tokens"))
    stream = await model().open(MESSAGES)
    assert await anext(stream) == "The"
    await stream.aclose()
    await asyncio.wait_for(first.requests[0].finished.wait(), 5)
    assert first.requests[0].closed_early
    await stream.aclose()
    assert [piece async for piece in stream] == []


async def test_closing_wakes_whoever_waits(first: OpenAIServer, model: Ask) -> None:
    """A wait for the next token ends, as at the end of an answer, when somebody else closes the stream."""
    first.script(Hang("between-tokens"))
    stream = await model().open(MESSAGES)
    assert await anext(stream) == "The"
    waiting = asyncio.create_task(whole(stream))
    await asyncio.sleep(0)
    await stream.aclose()
    assert await asyncio.wait_for(waiting, 5) == ""


async def test_an_unread_stream_can_be_closed(first: OpenAIServer, model: Ask) -> None:
    """A stream that nobody has read from is closed with its first token in it."""
    first.script(Hang("between-tokens"))
    stream = await model().open(MESSAGES)
    await stream.aclose()
    assert [piece async for piece in stream] == []
    await asyncio.wait_for(first.requests[0].finished.wait(), 5)


@contextlib.contextmanager
def watched_generators() -> Iterator[list[object]]:
    """The asynchronous generators that are dropped half-way, each of which would be a task of the loop."""
    hooks, dropped = sys.get_asyncgen_hooks(), list[object]()
    sys.set_asyncgen_hooks(finalizer=dropped.append)
    try:
        yield dropped
    finally:
        sys.set_asyncgen_hooks(*hooks)


async def test_closing_leaves_nothing_to_the_loop(first: OpenAIServer, model: Ask) -> None:
    """The generators of the libraries below are ended by `aclose`, not by chance later."""
    first.script(Hang("between-tokens"))
    llm = model()
    with watched_generators() as dropped:  # the loop sets its own hooks whenever it starts: only in here
        stream = await llm.open(MESSAGES)
        await stream.aclose()
        del stream
        gc.collect()
    assert dropped == []


async def test_a_cancelled_wait_closes_the_upstream(first: OpenAIServer, model: Ask) -> None:
    """Cancelling the one who waits for a token passes through, and hangs up."""
    first.script(Hang("between-tokens"))
    stream = await model().open(MESSAGES)
    waiting = asyncio.create_task(whole(stream))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    await asyncio.wait_for(first.requests[0].finished.wait(), 5)
    assert first.requests[0].closed_early


async def test_closing_the_language_model_ends_open_streams(first: OpenAIServer, model: Ask) -> None:
    """At shutdown an answer on its way breaks off instead of holding the process."""
    first.script(Hang("between-tokens"))
    llm = model()
    stream = await llm.open(MESSAGES)
    assert await anext(stream) == "The"
    await llm.aclose()
    with pytest.raises(ModelError):
        await asyncio.wait_for(anext(stream), 5)
    await asyncio.wait_for(first.requests[0].finished.wait(), 5)
