"""What cannot be read, is interrupted or was damaged: the old index serves, the next sync goes on."""

import asyncio
import shutil
from contextlib import suppress

import pytest

from ingest.syncing import sync
from pipeline.edge import AsyncEdgeClient
from pipeline.errors import EmbeddingError, SiteError, StoreLocked
from pipeline.records import MANIFEST_ID
from tests.conftest import PAGES
from tests.fakes.embedding import HashedWords, embedding_of
from tests.ingest.synced_site import Site


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
