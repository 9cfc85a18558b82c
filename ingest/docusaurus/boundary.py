"""How far reading may go: the site's folder and the docs folders its options name, nothing else.

Symbolic links and imports are followed inside, never out: a docs folder may come from strangers.
"""

import os
from pathlib import Path

from pipeline.config.site import SiteConfig

LARGEST_FILE = 10 * 1024 * 1024  # bytes


class Boundary:
    """The folders below which files may be read."""

    def __init__(self, site: SiteConfig) -> None:
        folders = {site.root, *(content_folder(site.root, docs.path) for docs in site.docs)}
        self._roots = tuple(sorted(os.path.realpath(folder) for folder in folders))

    def allows(self, path: str | Path) -> bool:
        """Whether `path`, with every link in it followed, lies inside."""
        real = os.path.realpath(path)
        return any(real == root or real.startswith(root.rstrip(os.sep) + os.sep) for root in self._roots)


def content_folder(root: Path, path: str) -> Path:
    """The folder that a docs instance's `path` names, seen from the site's `root`."""
    return Path(os.path.normpath(root / path))


def relative_source(path: Path, root: Path) -> str:
    """`path` relative to `root` with forward slashes; may start with "../"."""
    return Path(os.path.relpath(path, root)).as_posix()
