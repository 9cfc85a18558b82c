"""Answers asked before: given again as they were, and never about other docs, another scope or another page."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from api.app import create_app
from ingest.syncing import sync
from pipeline.answering import Answer
from pipeline.assistant import Assistant
from pipeline.bootstrap import open_pipeline
from pipeline.cached import CachingAssistant, Keys
from pipeline.cached.entries import Entry, unpacked
from pipeline.cached.keys import spoken, telling
from pipeline.cached.memory import MemoryStorage
from pipeline.cached.shared import open_redis
from pipeline.cached.storage import Neighbours, unit
from pipeline.config import Config
from pipeline.embedding import Embedding
from pipeline.errors import QuestionError
from pipeline.live import LiveIndex, Served
from pipeline.models import (
    AnswerFailed,
    AnswerFinished,
    AnswerStarted,
    Event,
    Outcome,
    Question,
    Scope,
    Selection,
    Source,
    SourcesFound,
    TextDelta,
    Turn,
    Usage,
)
from pipeline.records import Manifest
from pipeline.store import Generation, open_store
from tests.api.test_limits_redis import redis_server
from tests.conftest import QUESTION, config_for, serving, write_site
from tests.fakes.openai_server import OpenAIServer, Reply

# --- a small world in which everything seems to mean the same ---------------------------------


@dataclass
class World:
    """An index that changes, and an assistant that says what it was asked of."""

    generation: str = "g0"
    asked: int = 0
    outcome: Outcome = "answered"
    switch: str | None = None
    """The generation that comes while the next answer is made."""

    @property
    def served(self) -> Served:
        manifest = Manifest("f", "m", 0.3, 2, self.generation, "", "", "", "en")
        return Served(Generation(self.generation, None, "c"), manifest, (), (), 1)


@dataclass
class Telling(Assistant):
    """Each answer tells its generation and its question."""

    world: World

    async def answer(self, question: Question) -> Answer:
        self.world.asked += 1
        if self.world.switch:  # an ingest ends between the look at the cache and the search
            self.world.generation, self.world.switch = self.world.switch, None
        return Told(told(self.world.generation, question), self.world.outcome, self.world.generation)


class Told(Answer):
    def __init__(self, text: str, outcome: Outcome, revision: str) -> None:
        self.message_id = "msg_inner"
        self.text, self.outcome, self.revision = text, outcome, revision

    async def events(self) -> AsyncIterator[Event]:
        source = Source("1", "/a", "A", ("A",), "text")
        yield AnswerStarted(self.message_id)
        yield SourcesFound((source,))
        yield TextDelta(self.text[:5])
        yield TextDelta(self.text[5:])
        end = AnswerFinished(
            self.outcome, (source,), self.revision, "m", "model", Usage(3, 4), {"total": 9.0}
        )
        yield end

    async def aclose(self) -> None:
        pass


def told(generation: str, question: Question) -> str:
    """What the answer to `question` says in `generation`; without its words, which may be another's that mean the same."""
    about = replace(question, text="")
    return f"{generation}: {about!r}"


@dataclass
class Alike:
    """An embedding model for which all questions are the same one."""

    asked: list[str] = field(default_factory=list)

    async def query(self, text: str) -> list[float]:
        self.asked.append(text)
        return [1.0, 0.0]


def caching(world: World, *, same_words: bool = False, **cache: Any) -> CachingAssistant:
    config = config_for(Path("/"), answer={"cache": {**cache, "same_words": same_words}})
    keys = Keys((config.query, config.answer, config.llm), "m", ())
    embedding = Embedding(cast("Any", Alike()), "m", 2, _closed)
    parts = (cast("LiveIndex", world), embedding)
    return CachingAssistant(
        Telling(world), config.answer, keys, MemoryStorage(config.answer.cache.entries, 60), parts
    )


async def _closed() -> None:
    pass


async def read(assistant: Assistant, question: Question) -> tuple[str, AnswerFinished]:
    """The text and the end of an answer that is read as the API reads it: to the end, then closed."""
    answer = await assistant.answer(question)
    events = [event async for event in answer.events()]
    await answer.aclose()
    assert isinstance(events[0], AnswerStarted)
    assert isinstance(events[-1], AnswerFinished)
    return "".join(event.text for event in events if isinstance(event, TextDelta)), events[-1]


TURNS = st.sampled_from([(), (Turn("user", "a"),), (Turn("user", "a"), Turn("assistant", "b"))])
QUESTIONS = st.builds(
    Question,
    text=st.sampled_from(["How?", "how?", "How  ?", "What is it?"]),
    history=TURNS,
    scope=st.builds(
        Scope, st.sampled_from([None, "1.0", "2.0"]), st.sampled_from([None, "de"]), st.booleans()
    ),
    current_path=st.sampled_from(["", "/docs/a", "/docs/b"]),
    selections=st.sampled_from([(), (Selection("marked"),), (Selection("marked", "/a"),)]),
)
STEPS = st.lists(
    st.one_of(
        QUESTIONS,
        st.tuples(st.just("index"), st.sampled_from(["g1", "g2", "g3"])),
        st.tuples(st.just("index during"), st.sampled_from(["g4", "g5"])),
        st.tuples(st.just("outcome"), st.sampled_from(["answered", "refused", "degraded"])),
    ),
    max_size=25,
)


@settings(max_examples=100, deadline=None)
@given(steps=STEPS, exact=st.booleans(), semantic=st.booleans())
def test_an_answer_is_of_the_current_index_and_of_the_scope_that_is_asked(
    steps: list[Any], exact: bool, semantic: bool
) -> None:
    """Whatever is asked and ingested in whatever order, with an embedding model that tells nothing apart: what
    is given is what the assistant would have said now, but for the words of a first question."""

    async def check() -> None:
        world = World()
        assistant = caching(world, exact=exact, semantic=semantic)
        for step in steps:
            if not isinstance(step, Question):
                name, value = step
                attribute = {"index": "generation", "index during": "switch", "outcome": "outcome"}[name]
                setattr(world, attribute, value)
                continue
            text, end = await read(assistant, step)
            assert text == told(world.generation, step)
            assert end.revision == world.generation
            if end.cached:
                assert end.outcome != "degraded"
            if end.cached == "semantic":
                assert semantic
                assert end.outcome == "answered"
                assert not step.history
                assert not step.selections
            if end.cached == "exact":
                assert exact

    asyncio.run(check())


async def test_a_kept_answer_is_told_like_any_other() -> None:
    """Same text, sources and citations; its own message id and times; no tokens, and it says how it was found."""
    world = World()
    assistant = caching(world, exact=True)
    first, again = await read(assistant, Question("How?")), await read(assistant, Question(" How? "))
    assert world.asked == 1
    assert again[0] == first[0]
    assert (first[1].cached, again[1].cached) == (None, "exact")
    assert again[1].cited == first[1].cited
    assert again[1].usage == Usage()
    assert set(again[1].timings) == {"cache", "first_token", "total"}
    ids = {(await assistant.answer(Question("How?"))).message_id for _ in range(3)}
    assert len(ids) == 3


async def test_who_watches_an_answer_gives_it_its_id() -> None:
    """The id of a new answer can be set from outside, and is the one in its stream."""
    answer = await caching(World(), exact=True).answer(Question("How?"))
    answer.message_id = "msg_signed"
    assert await anext(answer.events()) == AnswerStarted("msg_signed")


@pytest.mark.parametrize("outcome", ["answered", "refused", "degraded"])
async def test_what_should_not_come_again_is_not_kept(outcome: Outcome) -> None:
    """Answers and refusals are kept; what is said while no model answers is not."""
    world = World(outcome=outcome)
    assistant = caching(world, exact=True)
    for _ in range(2):
        await read(assistant, Question("How?"))
    assert world.asked == (2 if outcome == "degraded" else 1)


async def test_an_answer_that_was_not_read_to_its_end_is_not_kept() -> None:
    """The reader left: nobody knows the rest."""
    world = World()
    assistant = caching(world, exact=True)
    answer = await assistant.answer(Question("How?"))
    async for event in answer.events():
        if isinstance(event, TextDelta):
            break
    await answer.aclose()
    await read(assistant, Question("How?"))
    assert world.asked == 2


async def test_an_answer_that_broke_off_is_not_kept() -> None:
    """A failure is not an answer."""

    class Breaking(Telling):
        async def answer(self, question: Question) -> Answer:
            self.world.asked += 1
            return Broken("x", "answered", "g0")

    class Broken(Told):
        async def events(self) -> AsyncIterator[Event]:
            yield AnswerStarted(self.message_id)
            yield TextDelta("x")
            yield AnswerFailed("model", "broke off")

    world = World()
    assistant = caching(world, exact=True)
    assistant._inner = Breaking(world)
    for _ in range(2):
        answer = await assistant.answer(Question("How?"))
        assert [type(event) async for event in answer.events()][-1] is AnswerFailed
    assert world.asked == 2


async def test_a_refusal_is_given_only_to_its_own_words() -> None:
    """Other words that seem to mean the same may find more."""
    world = World(outcome="refused")
    assistant = caching(world, exact=True, semantic=True)
    await read(assistant, Question("How?"))
    assert (await read(assistant, Question("How?")))[1].cached == "exact"
    assert (await read(assistant, Question("What?")))[1].cached is None


async def test_readers_of_all_pages_share_answers_when_the_page_is_left_out() -> None:
    """With current_path off the model is not told the page either."""
    world = World()
    assistant = caching(world, exact=True, current_path=False)
    text, _ = await read(assistant, Question("How?", current_path="/a"))
    again, end = await read(assistant, Question("How?", current_path="/b"))
    assert end.cached == "exact"
    assert text == again == told("g0", Question("How?"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("  How   do I? ", "How do I?"),
        ("Gru\u0308n", "Grün"),
        ("if x:\n    y", "if x:\n    y"),  # in code white space counts
        ("-D and -d", "-D and -d"),
    ],
)
def test_what_nobody_means_by_a_text_is_left_out(text: str, expected: str) -> None:
    """And nothing else."""
    assert spoken(text) == expected


SAME = [
    ("How do I start the demo?", "how can I start the demo"),
    ("What is a generation?", "What are generations?"),
    ("How do I limit requests of a client?", "How can I limit the requests of clients?"),
]
OTHER = [
    ("How do I turn limits on?", "How do I turn limits off?"),
    ("How do I use SQLite instead of PostgreSQL?", "How do I use PostgreSQL instead of SQLite?"),
    ("How do I ask version 1.0?", "How do I ask version 2.0?"),
    ("Does it work with a key?", "Does it work without a key?"),
    ("Why do I restart it?", "When do I restart it?"),
]


@pytest.mark.parametrize(("one", "two"), SAME)
def test_small_words_and_endings_do_not_tell_questions_apart(one: str, two: str) -> None:
    """What is asked is the same."""
    assert telling(one) == telling(two)


@pytest.mark.parametrize(("one", "two"), OTHER)
async def test_near_questions_that_ask_something_else_share_nothing(one: str, two: str) -> None:
    """Although the embedding model, here, sees no difference at all."""
    assistant = caching(World(), semantic=True, same_words=True)
    await read(assistant, Question(one))
    assert (await read(assistant, Question(two)))[1].cached is None
    assert (await read(assistant, Question(one.lower())))[1].cached == "semantic"


# --- parts --------------------------------------------------------------------------------


TEXT = st.text(max_size=40)
SOURCES = st.lists(
    st.builds(Source, st.uuids().map(str), TEXT, TEXT, st.lists(TEXT, max_size=2).map(tuple), TEXT),
    max_size=3,
)


@given(sources=SOURCES, text=TEXT, outcome=st.sampled_from(["answered", "refused"]))
def test_what_is_kept_comes_back_as_it_was(sources: list[Source], text: str, outcome: Outcome) -> None:
    """Any text and any sources; the blocks make the text again."""
    end = AnswerFinished(outcome, tuple(sources[:1]), "r", "m", "model", Usage())
    entry = Entry(tuple(sources), text, end)
    assert unpacked(entry.packed()) == entry
    assert "".join(entry.blocks()) == text


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[1,2]", b'[[{"id":1}],"t","answered",[],"r","m","model"]', b"\xff"]
)
def test_what_another_release_wrote_is_none(data: bytes) -> None:
    """It is asked anew."""
    assert unpacked(data) is None


@given(st.integers(1, 40), st.integers(1, 20))
def test_neighbours_hold_the_newest(count: int, most: int) -> None:
    """At most so many, the oldest goes first, and the nearest is found among those that are there."""
    known = Neighbours(most)
    for number in range(count):
        known.add(str(number), unit([number + 1.0, 1.0]))
    for number in range(max(0, count - most), count):
        found = known.nearest(unit([number + 1.0, 1.0]))
        assert found is not None
        assert found[1] == pytest.approx(1, abs=1e-5)
    oldest = known.nearest(unit([-1.0, 100.0]))
    assert oldest is not None
    assert oldest[0] == str(max(0, count - most))


async def test_memory_is_bounded() -> None:
    """The answer that was used longest ago goes first."""
    storage = MemoryStorage(2, 60)
    for key in "abc":
        await storage.put(key, key.encode())
    assert [await storage.get(key) for key in "abc"] == [None, b"b", b"c"]


async def test_machines_share_answers_through_a_redis(tmp_path: Path) -> None:
    """What one keeps the other has, questions near it too; bounded, and gone after their time."""
    async with redis_server(tmp_path) as address:
        here, there = (open_redis(address, 2, 60) for _ in range(2))
        assert await there.nearest("g", unit([1, 0])) is None
        await here.put("k" * 40, b"answer")
        await here.add("g", "k" * 40, unit([1, 0]))
        assert await there.get("k" * 40) == b"answer"
        found = await there.nearest("g", unit([2, 0]))
        assert found is not None
        assert (found[0], round(found[1], 4)) == ("k" * 40, 1.0)
        for letter in "abc":
            await here.add("g", letter * 40, unit([0, 1]))
        client = here._client
        assert await client.zcard("fingerpost:near:g") == 2
        assert 0 < await client.ttl("fingerpost:near:g") <= 60
        assert 0 < await client.ttl(f"fingerpost:answer:{'k' * 40}") <= 60
        for storage in (here, there):
            await storage.aclose()


async def test_without_its_redis_every_question_is_a_new_one(caplog: pytest.LogCaptureFixture) -> None:
    """No error reaches the reader; it is logged once."""
    storage = open_redis("redis://127.0.0.1:1", 2, 60)
    for _ in range(3):
        await storage.put("k", b"x")
        assert await storage.get("k") is None
        assert await storage.nearest("g", unit([1])) is None
    assert len(caplog.records) == 1
    await storage.aclose()


# --- the whole: a real index, a real API --------------------------------------------------------


async def chat(url: str, text: str, **more: Any) -> dict[str, Any]:
    import httpx

    body = {"messages": [{"role": "user", "content": text}], **more}
    async with httpx.AsyncClient(timeout=60) as client:
        reply = await client.post(f"{url}/v1/chat", json=body, headers={"accept": "application/json"})
    return {"status": reply.status_code, **reply.json()}


async def test_over_http(site: Path) -> None:
    """The model is asked once; the second answer has its own id, is marked, is counted, and can be voted on."""
    import httpx

    async with OpenAIServer(Reply("Run pip [1].")) as model:
        config = config_for(
            site,
            llm={"providers": [{"base_url": model.base_url, "api_key": "k"}]},
            answer={"cache": {"exact": True, "semantic": True}},
            api={"memory": {"url": f"sqlite+aiosqlite:///{site / 'cached.db'}"}},
        )
        async with serving(create_app(config)) as url:
            first, again = await chat(url, QUESTION), await chat(url, QUESTION)
            near = await chat(url, "How do I install Widgetry")
            other = await chat(url, QUESTION, filter={"version": "9.9"})
            async with httpx.AsyncClient(timeout=60) as client:
                vote = {"messageId": again["messageId"], "thumbs": 1}
                assert (await client.post(f"{url}/v1/feedback", json=vote)).status_code == 204
                metrics = (await client.get(f"{url}/metrics")).text
        assert len(model.requests) == 1
    assert (first["cached"], again["cached"], near["cached"]) == (None, "exact", "semantic")
    assert again["text"] == first["text"]
    assert again["sources"] == first["sources"]
    assert again["messageId"] != first["messageId"]
    assert other["status"] == 400
    assert 'fingerpost_cached_answers_total{how="exact"} 1.0' in metrics


async def test_an_ingest_ends_what_was_kept(tmp_path: Path, embedding: Embedding) -> None:
    """After the docs have changed the same question gets the new answer."""
    config = config_for(write_site(tmp_path), answer={"cache": {"exact": True, "semantic": True}})
    question = Question("Which exit code means an unreadable palette?")
    await sync(config, open_store(config.store), embedding)
    async with open_pipeline(config) as pipeline:
        before, _ = await read(pipeline.assistant, question)
        assert (await read(pipeline.assistant, question))[1].cached == "exact"
        page = tmp_path / "docs/reference.md"
        page.write_text(page.read_text().replace("Exit code 3", "Exit code 4"))
        await sync(config, open_store(config.store), embedding)
        assert await pipeline.index.refresh()
        after, end = await read(pipeline.assistant, question)
    assert "Exit code 3" in before
    assert "Exit code 4" in after
    assert end.cached is None


async def test_a_model_that_fails_leaves_nothing_behind(site: Path) -> None:
    """A degraded answer is not given again."""
    nobody = [{"base_url": "http://127.0.0.1:1/v1", "api_key": "k"}]
    config = config_for(site, llm={"providers": nobody}, answer={"cache": {"exact": True}})
    async with open_pipeline(config) as pipeline:
        ends = [(await read(pipeline.assistant, Question(QUESTION)))[1] for _ in range(2)]
    assert [(end.outcome, end.cached) for end in ends] == [("degraded", None)] * 2


async def test_a_question_that_cannot_be_asked_is_refused_as_without_a_cache(site: Path) -> None:
    """Empty and too long questions raise what they always raise."""
    config = config_for(site, answer={"cache": {"exact": True, "semantic": True}, "max_question_chars": 20})
    async with open_pipeline(config) as pipeline:
        for text in (" ", "x" * 21):
            with pytest.raises(QuestionError):
                await pipeline.assistant.answer(Question(text))


async def test_evals_see_the_signals_behind_a_cache(site: Path) -> None:
    """`evals gate` works on a configuration with a cache as on one without."""
    seen = []
    for cache in ({}, {"exact": True}):
        async with open_pipeline(config_for(site, answer={"cache": cache})) as pipeline:
            seen.append(await pipeline.assistant.signals(Question(QUESTION)))
    assert seen[0] is not None
    assert seen[0] == seen[1]


async def test_a_question_is_embedded_once(site: Path) -> None:
    """Although both the cache and retrieval need its vector."""
    async with OpenAIServer() as model:
        config = config_for(
            site,
            embedding={"provider": "openai", "base_url": model.base_url, "api_key": "k"},
            store={"path": str(site / "other")},
            answer={"cache": {"semantic": True}},
        )
        async with open_pipeline(config) as pipeline:
            await sync(config, pipeline.store, pipeline.embedding)
            await pipeline.index.refresh()
            before = len(model.requests)
            await read(pipeline.assistant, Question(QUESTION))
            assert len(model.requests) == before + 1


def settings_key(config: Config, *asked: str) -> str:
    keys = Keys((config.query, config.answer, config.llm), "m", asked)
    return keys.key(Question("q"), World().served).exact


@pytest.mark.parametrize(
    "sections",
    [
        {"answer": {"max_sources": 3}},
        {"llm": {"providers": [{"model": "other"}]}},
        {"llm": {"offline": "none"}},
        {"query": {"retriever": {"name": "hybrid", "limit": 9}}},
    ],
    ids=json.dumps,
)
def test_other_settings_are_another_key(sections: dict[str, Any]) -> None:
    """Two servers with one Redis and two configurations share nothing; with the same one, everything."""
    assert settings_key(config_for(Path("/"))) == settings_key(config_for(Path("/")))
    assert settings_key(config_for(Path("/"), **sections)) != settings_key(config_for(Path("/")))


def test_a_model_that_is_asked_is_another_key() -> None:
    """Answers from before a provider had its key, in the docs' own words, are not told again."""
    config = config_for(Path("/"))
    assert settings_key(config, "openai") == settings_key(config, "openai") != settings_key(config)


def test_another_prompt_is_another_key(tmp_path: Path) -> None:
    """The words of the prompt, not the name of its file."""
    keys = []
    for words in ("Answer.", "Answer briefly."):
        (tmp_path / "prompt.md").write_text(words)
        keys.append(settings_key(config_for(tmp_path, answer={"prompt": "prompt.md"})))
    assert keys[0] != keys[1]
