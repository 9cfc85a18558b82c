"""The index follows the folder: only what changed is embedded, nothing is left behind."""

from collections.abc import AsyncIterator

import pytest

from ingest.syncing import planned
from pipeline.errors import NoIndex
from pipeline.live import LiveIndex
from pipeline.records import read_records
from tests.conftest import PAGES, config_for
from tests.fakes.embedding import fake_embedding
from tests.ingest.synced_site import Site


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
