"""A Docusaurus site in a temporary folder, written out file by file, or with an index of its own."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from qdrant_client import AsyncQdrantClient

from pipeline.config import SiteConfig
from pipeline.store.server import ServerStore
from tests.ingest.synced_site import Site

MakeSite = Callable[..., SiteConfig]


@pytest.fixture
def make_site(tmp_path: Path) -> MakeSite:
    """Writes `files` (path below the site's root to content) and gives the site with `options`.

    A file without content of its own holds one word.  The root is a folder below the test's own, so
    that files can lie beside it.
    """

    def make(files: Mapping[str, str | bytes] | list[str], **options: Any) -> SiteConfig:
        root = tmp_path / "website"
        root.mkdir(exist_ok=True)
        contents = files if isinstance(files, Mapping) else dict.fromkeys(files, "word")
        for name, content in contents.items():
            path = root / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return SiteConfig.model_validate({"root": root, **options})

    return make


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path / "site")


@pytest.fixture(params=["embedded", "server"])
def any_site(request: pytest.FixtureRequest, site: Site) -> Site:
    """The same over both stores.  Qdrant's local mode stands in for a server: it has its aliases too."""
    if request.param == "server":
        site.store = ServerStore(AsyncQdrantClient(location=":memory:"), site.config.store)
    return site
