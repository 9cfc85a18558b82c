"""The index follows the folder: only what changed is embedded, nothing is left behind, nobody reads half."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from qdrant_client import AsyncQdrantClient

from ingest.syncing import Report, planned, sync
from pipeline.config import Config
from pipeline.edge import AsyncEdgeClient
from pipeline.embedding import Embedding
from pipeline.errors import EmbeddingError, NoIndex, SiteError, StoreLocked
from pipeline.live import LiveIndex
from pipeline.records import MANIFEST_ID, read_records
from pipeline.store import Store, open_store
from pipeline.store.generation import scroll_all
from pipeline.store.server import ServerStore
from tests.conftest import PAGES, config_for, write_site
from tests.fakes.embedding import HashedWords, embedding_of, fake_embedding


class Site:
    """A site that a test may change, with its store and a counted embedding."""

    def __init__(self, root: Path) -> None:
        self.root = write_site(root)
        self.config: Config = config_for(root)
        self.store: Store = open_store(self.config.store)
        self.embedding: Embedding
        self.model: HashedWords
        self.embedding, self.model = fake_embedding()

    def write(self, name: str, text: str) -> None:
        write_site(self.root, {name: text})

    async def sync(self, **options: Any) -> Report:
        return await sync(self.config, self.store, self.embedding, **options)

    async def points(self) -> dict[str, Any]:
        """Every point of the current index but the manifest, with its vectors."""
        name = await self.store.current()
        assert name is not None
        generation = await self.store.open_reader(name)
        points = {
            str(p.id): (p.payload, p.vector) async for p in scroll_all(generation, None, vectors=True)
            if p.payload and p.payload["kind"] != "manifest"
        }  # fmt: skip
        await self.store.close_reader(generation)
        return points


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path / "site")


@pytest.fixture(params=["embedded", "server"])
def any_site(request: pytest.FixtureRequest, site: Site) -> Site:
    """The same over both stores.  Qdrant's local mode stands in for a server: it has its aliases too."""
    if request.param == "server":
        site.store = ServerStore(AsyncQdrantClient(location=":memory:"), site.config.store)
    return site


async def test_the_second_run_embeds_nothing(any_site: Site) -> None:
    """Unchanged docs write no generation at all."""
    first = await any_site.sync()
    assert first.plan.counts()["added"] == len(PAGES)
    assert first.counts.embedded == first.counts.chunks > 0
    second = await any_site.sync()
    assert second.plan.empty
    assert second.plan.counts()["kept"] == len(PAGES)
    assert (second.counts.embedded, second.revision) == (0, first.revision)


async def test_only_the_changed_section_is_embedded(any_site: Site) -> None:
    """The page's other chunks keep their vectors."""
    await any_site.sync()
    before = len(any_site.model.texts)
    any_site.write("docs/intro.md", PAGES["docs/intro.md"].replace("Python 3.9", "Python 3.11"))
    report = await any_site.sync()
    assert [page.source for page in report.plan.changed] == ["docs/intro.md"]
    assert report.counts.embedded == 1
    changed, title = any_site.model.texts[before:]
    assert "Python 3.11" in changed
    assert title in changed.partition("\n")[0]  # the trail of titles stands before the text


async def test_a_moved_page_keeps_its_vectors(any_site: Site) -> None:
    """Nothing is embedded, the old address is gone, the new one is there."""
    await any_site.sync()
    (any_site.root / "docs/reference.md").rename(any_site.root / "docs/codes.md")
    report = await any_site.sync()
    assert [(old.source, page.source) for old, page in report.plan.moved] == [
        ("docs/reference.md", "docs/codes.md")
    ]
    assert report.counts.embedded == 0
    permalinks = {payload["permalink"] for payload, _ in (await any_site.points()).values()}
    assert permalinks == {"/docs/intro", "/docs/guides/colours", "/docs/codes"}


async def test_a_deleted_page_leaves_nothing_behind(any_site: Site) -> None:
    """Neither chunks nor its record."""
    await any_site.sync()
    (any_site.root / "docs/reference.md").unlink()
    report = await any_site.sync()
    assert [record.source for record in report.plan.deleted] == ["docs/reference.md"]
    assert not [p for p, _ in (await any_site.points()).values() if "reference" in p["permalink"]]


async def test_n_chunks_are_n_points(any_site: Site) -> None:
    """A page of many chunks keeps all of them, also when it is written again."""
    any_site.write(
        "docs/long.md", "# Long\n\n" + "\n\n".join(f"## Part {i}\n\nWords of part {i}." for i in range(50))
    )
    await any_site.sync()
    any_site.write(
        "docs/long.md", "# Long\n\n" + "\n\n".join(f"## Part {i}\n\nWords of part {i}!" for i in range(40))
    )
    await any_site.sync()
    long = [p for p, _ in (await any_site.points()).values() if p["page"].endswith("docs/long.md")]
    assert len([p for p in long if p["kind"] == "chunk"]) == 40


async def test_another_title_weight_embeds_everything_anew(any_site: Site) -> None:
    """Vectors that lean another way are other vectors, though the model and the text are the same."""
    await any_site.sync()
    any_site.config = any_site.config.model_copy(
        update={"ingestion": any_site.config.ingestion.model_copy(update={"title_weight": 0.1})}
    )
    report = await any_site.sync()
    assert report.rebuilt
    assert report.counts.embedded == report.counts.chunks


async def test_other_settings_build_a_new_generation(any_site: Site) -> None:
    """Vectors of two models never mix: all is made anew, and the old index is refused by then."""
    await any_site.sync()
    any_site.embedding, any_site.model = fake_embedding("other/16")
    index = LiveIndex(any_site.store, any_site.embedding.name)
    await index.refresh()
    with pytest.raises(Exception, match="run `python -m ingest`"):
        _ = index.served
    report = await any_site.sync()
    assert report.rebuilt
    assert report.counts.embedded == report.counts.chunks


async def test_other_chunking_uses_the_vectors_again(any_site: Site) -> None:
    """Sections that stay as they were need no embedding."""
    await any_site.sync()
    any_site.config = config_for(
        any_site.root, ingestion={"transformations": [{"name": "sections", "max_words": 90}]}
    )
    report = await any_site.sync()
    assert report.rebuilt
    assert report.counts.embedded == 0


async def test_a_dry_run_tells_and_writes_nothing(site: Site) -> None:
    """The plan alone."""
    report = await planned(site.config, site.store, site.embedding)
    assert report.plan.counts()["added"] == len(PAGES)
    assert await site.store.current() is None
    assert not (site.root / ".fingerpost").exists()


async def test_a_page_that_cannot_be_read_stays_as_it_was(site: Site) -> None:
    """It is reported with file and line, the rest is ingested, and what it said before is still found."""
    await site.sync()
    before = await site.points()
    site.write("docs/intro.md", "---\ntitle: a: b\n---\n# Broken\n")
    (site.root / "docs/reference.md").write_bytes(b"# \xff\xfe not UTF-8\n")
    site.write("docs/new.md", "# New\n\nA new page.\n")
    report = await site.sync()
    assert report.unread == {"docs/intro.md", "docs/reference.md"}
    assert {(problem.source, problem.line) for problem in report.problems} == {
        ("docs/intro.md", 2), ("docs/reference.md", 1),
    }  # fmt: skip
    assert report.plan.counts()["unread"] == 2
    now = await site.points()
    unread = {key for key, (payload, _) in before.items() if payload["source"] in report.unread}
    assert len(unread) == 6
    assert {key: before[key] for key in unread} == {key: now[key] for key in unread}


@pytest.mark.parametrize("ruin", ["folder", "all pages"])
async def test_an_empty_docs_folder_does_not_empty_the_index(site: Site, ruin: str) -> None:
    """A wrong path is an error that says so; the index is left alone."""
    await site.sync()
    before = await site.points()
    for page in (site.root / "docs").rglob("*.md"):
        page.unlink()
    if ruin == "folder":
        (site.root / "docs").rename(site.root / "elsewhere")
    with pytest.raises(SiteError, match="docs"):
        await site.sync()
    assert await site.points() == before


async def test_a_second_writer_is_told_so(site: Site) -> None:
    """One ingest at a time."""
    async with site.store.writer():
        with pytest.raises(StoreLocked, match="another ingest"):
            await site.sync()


async def test_a_failure_in_the_middle_leaves_the_old_index_serving(site: Site) -> None:
    """The next ingest finishes the work."""
    await site.sync()
    before = await site.points()
    site.write("docs/new.md", "# New\n\nA new page.\n")
    failing = embedding_of(_Failing(model_name="fake/16"))
    with pytest.raises(EmbeddingError):
        await sync(site.config, site.store, failing)
    assert await site.points() == before
    assert len(list((site.root / ".fingerpost/index/generations").iterdir())) == 1
    await site.sync()
    assert len(await site.points()) > len(before)


class _Failing(HashedWords):
    async def _aget_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        raise EmbeddingError("the model is away")


async def test_an_ingest_interrupted_at_the_switch_leaves_a_whole_index(site: Site) -> None:
    """Ctrl+C at the worst moment: CURRENT never names what is not there, and the next ingest goes on."""
    await site.sync()
    for number in range(5):
        site.write("docs/new.md", f"# New\n\nEdition {number}.\n")
        task = asyncio.ensure_future(site.sync())
        while not task.done() and not (site.root / ".fingerpost/index/CURRENT.new").exists():  # noqa: ASYNC110 - no event tells of a file
            await asyncio.sleep(0)
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        assert await site.points()
    await site.sync()
    assert any("Edition 4" in str(payload) for payload, _ in (await site.points()).values())


@pytest.mark.parametrize("ruin", ["generation gone", "collection gone", "another release"])
async def test_a_damaged_index_is_made_anew(site: Site, ruin: str) -> None:
    """The next ingest mends it, without a switch that one has to know."""
    await site.sync()
    name = await site.store.current()
    folder = site.root / ".fingerpost/index/generations" / str(name)
    if ruin == "generation gone":
        shutil.rmtree(folder)
    elif ruin == "collection gone":
        (folder / "chunks/collection.json").unlink()
    else:
        client = AsyncEdgeClient(folder)
        await client.overwrite_payload("chunks", payload={"kind": "manifest"}, points=[MANIFEST_ID])
        await client.close()
    report = await site.sync()
    assert report.rebuilt
    assert len(await site.points()) > len(PAGES)


@pytest.fixture
async def live(site: Site) -> AsyncIterator[LiveIndex]:
    index = LiveIndex(site.store, site.embedding.name)
    yield index
    await index.aclose()


async def test_a_server_follows_the_switch(site: Site, live: LiveIndex) -> None:
    """Before the first ingest there is nothing; then each new index is opened, and the old one stays open."""
    await live.refresh()
    with pytest.raises(NoIndex, match="python -m ingest"):
        _ = live.served
    await site.sync()
    assert await live.refresh()
    first = live.served
    site.write("docs/new.md", "# New\n\nA new page.\n")
    await site.sync()
    assert len(await read_records(live.served.generation)) == len(PAGES)
    assert await live.refresh()
    assert live.served.pages == len(PAGES) + 1
    assert len(await read_records(first.generation)) == len(PAGES)
    assert not await live.refresh()


async def test_reading_leaves_the_generation_untouched(site: Site, live: LiveIndex) -> None:
    """A serving process has a view of its own: not a byte of the finished index changes."""
    await site.sync()
    generations = site.root / ".fingerpost/index/generations"
    before = {file: file.read_bytes() for file in generations.rglob("*") if file.is_file()}
    await live.refresh()
    await read_records(live.served.generation)
    await live.aclose()
    assert {file: file.read_bytes() for file in generations.rglob("*") if file.is_file()} == before
    assert not list((site.root / ".fingerpost/index/readers").iterdir())
