"""The store's own indexes are built anew when enough has been written, in however many syncs."""

from pipeline.indexing import FEW_CHUNKS
from pipeline.records import read_manifest
from tests.ingest.synced_site import Site

SECTIONS = 70


async def unindexed(site: Site) -> int:
    """How many chunks the manifest says were written since."""
    name = await site.store.current()
    assert name is not None
    generation = await site.store.open_reader(name)
    manifest = await read_manifest(generation)
    await site.store.close_reader(generation)
    assert manifest is not None
    return manifest.unindexed


async def test_small_syncs_add_up(site: Site) -> None:
    """Each is too small to pay for new indexes; the one that makes them many pays for all."""
    await site.sync()
    assert await unindexed(site) == 0
    counts = []
    for edition in range(4):
        site.write("docs/new.md", "".join(f"## S {n}\n\nEdition {edition}.\n\n" for n in range(SECTIONS)))
        await site.sync()
        counts.append(await unindexed(site))
    assert 2 * SECTIONS < FEW_CHUNKS <= 3 * SECTIONS
    assert counts == [SECTIONS, 2 * SECTIONS, 0, SECTIONS]
