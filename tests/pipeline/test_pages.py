"""Whole pages, read back from the index by their addresses."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ingest.syncing import sync
from pipeline.bootstrap import open_pipeline
from pipeline.config import Config
from pipeline.embedding import Embedding
from pipeline.pages import NEAR, Pages
from pipeline.store import open_store
from tests.conftest import config_for, write_site

LONG = "\n\n".join(f"Paragraph {n} says {'word ' * 60}here." for n in range(30))
SITE = {
    "versions.json": '["1.0"]',
    "docs/intro.md": f"# Intro\n\n## Long\n\n{LONG}\n\n### Deep\n\nDeep words.\n\n## Last\n\nLast words.\n",
    "versioned_docs/version-1.0/intro.md": "# Intro\n\n## Old\n\nOld words.\n",
    "versioned_docs/version-1.0/café.md": "# Café\n\nCoffee.\n",
    **{f"versioned_docs/version-1.0/guides/part-{n}.md": f"# Part {n}\n\nText {n}.\n" for n in range(9)},
}


@pytest.fixture(scope="module")
def config(tmp_path_factory: pytest.TempPathFactory, embedding: Embedding) -> Config:
    config = config_for(write_site(tmp_path_factory.mktemp("pages"), SITE))
    asyncio.run(sync(config, open_store(config.store), embedding))
    return config


@pytest.fixture
async def pages(config: Config) -> AsyncIterator[Pages]:
    async with open_pipeline(config) as pipeline:
        yield Pages(pipeline.index)


async def test_chunks_of_a_section_are_one_text_again(pages: Pages) -> None:
    """Each section once and in order, its text whole, however many chunks it was cut into."""
    page = await pages.get("/docs/next/intro")
    assert page is not None
    assert [section.anchor for section in page.sections] == ["long", "deep", "last"]
    assert page.sections[0].text.split() == LONG.split()
    assert page.sections[1].breadcrumbs == ("Intro", "Long", "Deep")
    assert page.sections[2].text == "Last words."


async def test_an_address_names_one_version(pages: Pages) -> None:
    """The path says which: the last one has none in it."""
    old, new = await pages.get("/docs/intro"), await pages.get("/docs/next/intro")
    assert old is not None
    assert new is not None
    assert (old.version, old.sections[0].text) == ("1.0", "Old words.")
    assert (new.version, new.is_last_version) == ("current", False)


@pytest.mark.parametrize(
    "address", ["/docs/café", "/docs/caf%C3%A9", "https://docs.example.com/docs/caf%C3%A9/?q#a"]
)
async def test_an_address_can_be_written_in_many_ways(pages: Pages, address: str) -> None:
    """Percent-encoded or not, with the site before it, with what says nothing behind it."""
    page = await pages.get(address)
    assert page is not None
    assert page.title == "Café"


async def test_the_most_alike_come_first_and_few(pages: Pages) -> None:
    """By the words of the path; nothing alike is nothing."""
    near = await pages.near("/docs/guide/part-3")
    assert near[0] == "https://docs.example.com/docs/guides/part-3"
    assert len(near) == NEAR
    assert await pages.near("zebra") == ()


async def test_a_new_index_brings_its_own_pages(tmp_path: Path, embedding: Embedding) -> None:
    """The list of pages follows the switch of the index."""
    config = config_for(write_site(tmp_path))
    store = open_store(config.store)
    await sync(config, store, embedding)
    async with open_pipeline(config) as pipeline:
        pages = Pages(pipeline.index)
        assert await pages.get("/docs/new") is None
        write_site(tmp_path, {"docs/new.md": "# New\n\nFresh words.\n"})
        await sync(config, store, embedding)
        await pipeline.index.refresh()
        page = await pages.get("/docs/new")
    assert page is not None
    assert page.sections[0].text == "Fresh words."
