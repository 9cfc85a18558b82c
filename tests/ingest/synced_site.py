"""What the tests of syncing share: a site in a folder, with an index of its own."""

from pathlib import Path
from typing import Any

from ingest.syncing import Report, sync
from pipeline.config import Config
from pipeline.embedding import Embedding
from pipeline.store import Store, open_store
from pipeline.store.generation import scroll_all
from tests.conftest import config_for, write_site
from tests.fakes.embedding import HashedWords, fake_embedding


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
