"""From a question to events, through the one door, with the real model of embeddings."""

import asyncio
from pathlib import Path

import pytest

from ingest.syncing import sync
from pipeline.bootstrap import open_pipeline
from pipeline.config import Config
from pipeline.embedding import Embedding
from pipeline.errors import ProvidersExhausted, QuestionError
from pipeline.models import AnswerFinished, Question, Scope, SourcesFound, TextDelta, Turn
from pipeline.prompts import REFUSAL
from pipeline.spelling import dictionary
from pipeline.store import open_store
from tests.conftest import QUESTION, config_for, write_site
from tests.fakes.openai_server import OpenAIServer, Reply

VERSIONED = {
    "versions.json": '["2.0", "1.0"]',
    "docs/intro.md": "# Intro\n\n## Holograms\n\nHolograms are projected with the command `widgetry hologram --beam 7`.\n",
    "versioned_docs/version-2.0/intro.md": "# Intro\n\n## Painting\n\nWidgets are painted with `widgetry paint`.\n",
    "versioned_docs/version-1.0/intro.md": "# Intro\n\n## Painting\n\nWidgets are painted by hand with a brush.\n",
}


@pytest.fixture(scope="module")
def versioned(tmp_path_factory: pytest.TempPathFactory, embedding: Embedding) -> Config:
    """A site whose next version knows of holograms, the released ones do not."""
    config = config_for(write_site(tmp_path_factory.mktemp("versioned"), VERSIONED))
    asyncio.run(sync(config, open_store(config.store), embedding))
    return config


async def ask(config: Config, question: Question) -> tuple[str, tuple[str, ...], AnswerFinished]:
    """Text, the addresses of the sources shown at the end, and the last event."""
    text, urls, last = "", tuple[str, ...](), None
    async with open_pipeline(config) as pipeline:
        answer = await pipeline.assistant.answer(question)
        async for event in answer.events():
            match event:
                case TextDelta(piece):
                    text += piece
                case SourcesFound(sources):
                    urls = tuple(source.url for source in sources)
                case AnswerFinished():
                    last = event
        await answer.aclose()
    assert last is not None
    return text, urls, last


async def test_by_default_the_last_version_answers(versioned: Config) -> None:
    """Neither older versions nor the next one are among the sources."""
    text, urls, end = await ask(versioned, Question("How are widgets painted?"))
    assert end.outcome == "answered"
    assert "`widgetry paint`" in text
    assert urls == ("https://docs.example.com/docs/intro#painting",)


async def test_a_version_can_be_asked_for(versioned: Config) -> None:
    """By its name, and the address is that version's."""
    text, urls, _ = await ask(versioned, Question("How are widgets painted?", scope=Scope("1.0")))
    assert "by hand with a brush" in text
    assert urls == ("https://docs.example.com/docs/1.0/intro#painting",)


@pytest.mark.parametrize("mode", ["extractive", "model"])
async def test_what_only_another_version_says_is_said_and_linked(versioned: Config, mode: str) -> None:
    """Not in 2.0, but in the next one: the answer says so and leads there."""
    config = versioned
    async with OpenAIServer() as server:
        server.script(Reply("NOT_IN_DOCS"))
        if mode == "model":
            providers = [{"name": "scripted", "base_url": server.base_url}]
            config = config_for(versioned.site.root, llm={"providers": providers})
        text, urls, end = await ask(config, Question("Which command projects holograms?"))
    assert "The documentation of 2.0 does not say; that of Next does" in text
    assert "[1](https://docs.example.com/docs/next/intro#holograms)" in text
    assert (urls, end.outcome, end.mode) == (
        ("https://docs.example.com/docs/next/intro#holograms",), "answered", "extractive",
    )  # fmt: skip


async def test_a_follow_up_is_searched_with_the_words_before_it(site: Path) -> None:
    """\"It\" is found by what the reader asked before."""
    history = (Turn("user", "What is dark mode?"), Turn("assistant", "It inverts palettes."))
    _, urls, _ = await ask(config_for(site), Question("How do I switch it on?", history))
    assert urls[0] == "https://docs.example.com/docs/guides/colours#dark-mode"


@pytest.mark.parametrize(("text", "code"), [(" ", "empty-question"), ("a" * 5000, "question-too-long")])
async def test_what_cannot_be_asked_fails_before_anything_is_sent(site: Path, text: str, code: str) -> None:
    """A QuestionError with its code."""
    async with open_pipeline(config_for(site)) as pipeline:
        with pytest.raises(QuestionError) as caught:
            await pipeline.assistant.answer(Question(text))
    assert caught.value.code == code


async def test_no_dictionary_is_opened_for_a_language_without_pages(site: Path) -> None:
    """A reader may ask in any language; what is not in the index is refused before anything is loaded for it."""
    async with open_pipeline(config_for(site)) as pipeline:
        opened = dictionary.cache_info().currsize
        for ask in (pipeline.assistant.answer, lambda question: pipeline.assistant.search(question, 3)):
            with pytest.raises(QuestionError) as caught:
                await ask(Question("Wie hoch ist das Gewicht?", scope=Scope(language="es")))
            assert caught.value.code == "unknown-language"
        assert dictionary.cache_info().currsize == opened


async def test_with_offline_none_there_is_no_answer_without_a_key(site: Path) -> None:
    """The error says which key of the configuration decides."""
    async with open_pipeline(config_for(site, llm={"offline": "none"})) as pipeline:
        with pytest.raises(ProvidersExhausted, match=r"llm\.offline"):
            await pipeline.assistant.answer(Question(QUESTION))


async def test_postprocessors_of_the_configuration_are_run(site: Path) -> None:
    """A LlamaIndex class named in YAML cuts what it is told to cut."""
    cut = {"class": "llama_index.core.postprocessor.SimilarityPostprocessor", "similarity_cutoff": 9.0}
    async with open_pipeline(config_for(site, query={"postprocessors": [cut]})) as pipeline:
        assert await pipeline.assistant.search(Question(QUESTION), 5) == ()
    async with open_pipeline(config_for(site, query={"postprocessors": ["reorder"]})) as pipeline:
        assert await pipeline.assistant.search(Question(QUESTION), 5)


@pytest.mark.parametrize(
    ("reply", "outcome", "text", "cited"),
    [
        (["**NOT_", "IN_DOCS**", "\n\nNothing about it."], "refused", REFUSAL, 0),
        (["Es tut mir ", "leid. ", "NOT_IN_DOCS"], "refused", f"Es tut mir leid\n\n{REFUSAL}", 0),
        (["Use pip [1]. ", "For Windows: ", "NOT_IN_DOCS."], "answered", "Use pip", 1),
        (["Use pip, ", "as ever."], "answered", "Use pip, as ever.", 0),
    ],
    ids=["decorated", "after an apology", "after a part", "uncited"],
)
async def test_what_a_model_says_when_it_does_not_know(
    site: Path, reply: list[str], outcome: str, text: str, cited: int
) -> None:
    """A refusal shows no sources and cites nothing; a part that is answered stays answered."""
    async with OpenAIServer() as server:
        server.script(Reply(reply))
        config = config_for(site, llm={"providers": [{"name": "scripted", "base_url": server.base_url}]})
        said, urls, end = await ask(config, Question(QUESTION))
    assert said.startswith(text)
    assert "NOT_IN_DOCS" not in said
    assert (end.outcome, len(end.cited)) == (outcome, cited)
    assert bool(urls) is (outcome == "answered")
