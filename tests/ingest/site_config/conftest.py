"""Sites that consist of their configuration, and Node where there is one."""

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

MakeConfig = Callable[..., Path]


@pytest.fixture
def make_config(tmp_path: Path) -> MakeConfig:
    """Writes a configuration, and files beside it; gives the site's folder."""

    def make(source: str, name: str = "docusaurus.config.js", **files: str) -> Path:
        root = tmp_path / "website"
        for file, content in {name: source, **files}.items():
            path = root / file
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8")
        return root

    return make


@pytest.fixture(scope="session")
def node() -> str:
    """Where Node is; a test that asks for it is skipped where there is none."""
    found = shutil.which("node")
    if found is None:
        pytest.skip("needs Node.js")
    return found
