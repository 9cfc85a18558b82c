"""A config.yaml that names only the site's folder."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.site_config.completing import CACHE, complete_site
from ingest.site_config.running import find_node
from pipeline.config import SiteConfig
from pipeline.errors import SiteError

MakeConfig = Callable[..., Path]
SOURCE = """
const fs = require('fs');
fs.appendFileSync(__dirname + '/runs', '.');
module.exports = {title: require('./title.json'), url: 'https://t.io', baseUrl: '/b/',
  presets: [['classic', {docs: {routeBasePath: '/'}}]]};
"""


def test_fills_in_what_is_not_set(make_config: MakeConfig, tmp_path: Path) -> None:
    """Keys of config.yaml stand; the others come from the site's configuration."""
    literal = "module.exports = {title: 'T', url: 'https://t.io', baseUrl: '/b/', presets: [['classic', {docs: {routeBasePath: '/'}}]]};"
    site = SiteConfig(root=make_config(literal), title="Mine")
    completed, _ = complete_site(site, tmp_path / "index", node=find_node())
    assert (completed.title, completed.url, completed.baseUrl) == ("Mine", "https://t.io", "/b/")
    assert completed.docs[0].routeBasePath == "/"
    assert completed.root == site.root


def test_left_alone(make_config: MakeConfig, tmp_path: Path) -> None:
    """A site that lists its docs, or that has no configuration of its own, stays as it is."""
    root = make_config("throw 1")
    listed = SiteConfig.model_validate({"root": root, "docs": [{"path": "x"}]})
    bare = SiteConfig(root=tmp_path)
    assert complete_site(listed, tmp_path / "index", node=find_node()) == (listed, ())
    assert complete_site(bare, tmp_path / "index", node=find_node()) == (bare, ())
    assert not (tmp_path / "index").exists()


def test_unreadable(make_config: MakeConfig, tmp_path: Path) -> None:
    """A configuration that cannot be read at all is an error: guessed addresses would be wrong ones."""
    with pytest.raises(SiteError, match="by hand"):
        complete_site(SiteConfig(root=make_config("throw 1")), tmp_path / "index", node=find_node())


@pytest.mark.node
def test_cache(make_config: MakeConfig, tmp_path: Path, node: str) -> None:
    """Node is started again only when a file that took part has changed; a broken cache is no harm."""
    root = make_config(SOURCE, **{"title.json": '"One"'})
    site, store, runs = SiteConfig(root=root), tmp_path / "index", root / "runs"
    assert complete_site(site, store, node=node)[0].title == "One"
    once = runs.read_text()
    assert complete_site(site, store, node=node)[0].title == "One"
    assert runs.read_text() == once
    (root / "title.json").write_text('"Two"')
    assert complete_site(site, store, node=node)[0].title == "Two"
    (store / CACHE).write_text("{]")
    assert complete_site(site, store, node=node)[0].title == "Two"
    assert runs.read_text() == once * 3


def test_nothing_is_run_without_node(make_config: MakeConfig, tmp_path: Path) -> None:
    """What stands literally in the file is taken, and what was read with Node before is not."""
    root = make_config(SOURCE, **{"title.json": '"One"'})
    site, store = SiteConfig(root=root), tmp_path / "index"
    for node in (None, find_node(), None):
        (root / "runs").unlink(missing_ok=True)
        completed, notes = complete_site(site, store, node=node)
        assert (completed.url, completed.baseUrl) == ("https://t.io", "/b/")
    assert not (root / "runs").exists()
    assert "was read without running it" in notes[0]
