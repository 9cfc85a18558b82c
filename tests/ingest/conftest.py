"""A Docusaurus site in a temporary folder, written out file by file."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from pipeline.config import SiteConfig

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
