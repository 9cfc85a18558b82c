"""The index that is served follows ingests, and nobody who is searching loses it."""

import asyncio
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from ingest.syncing import sync
from pipeline.bootstrap import open_pipeline
from pipeline.config import Config
from pipeline.embedding import Embedding
from pipeline.models import Question
from pipeline.store import Generation, open_store
from tests.conftest import PAGES, QUESTION, config_for, write_site

ROOT = Path(__file__).parent.parent.parent


@pytest.fixture
async def config(tmp_path: Path, embedding: Embedding) -> Config:
    """An ingested site that may be changed."""
    found = config_for(write_site(tmp_path))
    await sync(found, open_store(found.store), embedding)
    return found


async def ingested_again(config: Config, embedding: Embedding, words: str) -> None:
    page = config.site.root / "docs/reference.md"
    page.write_text(f"{PAGES['docs/reference.md']}\n{words}\n")
    await sync(config, open_store(config.store), embedding)


async def test_a_search_outlives_two_switches(config: Config, embedding: Embedding) -> None:
    """Whoever began with an index can go on with it when two newer ones have come within seconds."""
    async with open_pipeline(config) as pipeline:
        before = pipeline.index.served
        for words in ("Once.", "Twice."):
            await ingested_again(config, embedding, words)
            assert await pipeline.index.refresh()
        client, collection = before.generation.client, before.generation.collection
        assert (await client.count(collection)).count > 0
        assert before.generation.name != pipeline.index.served.generation.name
        assert await pipeline.assistant.search(Question(QUESTION), 3)


async def test_what_is_served_is_told(config: Config) -> None:
    """Pages, versions and languages are those of the index."""
    async with open_pipeline(config) as pipeline:
        served = pipeline.index.served
        assert (served.pages, served.locales) == (len(PAGES), ("en",))
        assert [(version.name, version.last) for version in served.versions] == [("current", True)]


def views(config: Config) -> Iterator[Path]:
    yield from (path for path in (config.store.path / "readers").iterdir() if path.is_dir())


async def test_views_end_with_their_process_however_it_ends(config: Config) -> None:
    """A killed process's view goes when the next one is made; one that is in use stays; nothing is left over."""
    program = (
        "import asyncio, sys\n"
        "from pathlib import Path\n"
        "from pipeline.store.embedded import EmbeddedStore\n"
        "async def main():\n"
        "    store = EmbeddedStore(Path(sys.argv[1]))\n"
        "    held = await store.open_reader(await store.current())\n"
        "    print('open', flush=True)\n"
        "    await asyncio.sleep(1000)\n"
        "asyncio.run(main())\n"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, config.store.path, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert process.stdout is not None
    assert await asyncio.wait_for(process.stdout.readline(), 60) == b"open\n"
    [its] = views(config)
    async with opened(config):
        assert its in views(config)
    process.kill()
    await process.wait()
    async with opened(config):
        [own] = views(config)
        assert own != its
    assert list((config.store.path / "readers").iterdir()) == []


@asynccontextmanager
async def opened(config: Config) -> AsyncIterator[Generation]:
    store = open_store(config.store)
    generation = await store.open_reader(str(await store.current()))
    try:
        yield generation
    finally:
        await store.close_reader(generation)
