"""`--watch`: one item for each burst of edits, until interrupted."""

from collections.abc import AsyncIterator
from pathlib import Path

from watchfiles import Change, DefaultFilter, awatch

from pipeline.config import Config, SiteConfig

QUIET = 300  # milliseconds without an edit before a burst has ended


class DocsFilter(DefaultFilter):
    """Edits of the docs, not of what a build, git, npm or we ourselves write."""

    ignore_dirs = (*DefaultFilter.ignore_dirs, ".docusaurus", "build")

    def __init__(self, own: Path) -> None:
        super().__init__(ignore_paths=[own])


def watched_folders(site: SiteConfig) -> tuple[Path, ...]:
    """The folders whose edits matter: the site's, and docs that its options take from elsewhere."""
    root = site.root.resolve()
    docs = {(root / docs.path).resolve() for docs in site.docs}
    outside = sorted(folder for folder in docs if folder.is_dir() and not folder.is_relative_to(root))
    return (root, *outside)


async def edits(config: Config) -> AsyncIterator[set[tuple[Change, str]]]:
    """One set of changes for each burst.  Ends when the process is interrupted."""
    folders = watched_folders(config.site)
    async for changes in awatch(*folders, watch_filter=DocsFilter(config.store.path), step=QUIET):
        yield changes
