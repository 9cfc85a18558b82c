"""Imports of pages, resolved to files below the site's folders."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.docusaurus.boundary import Boundary
from ingest.docusaurus.markdown import Dialect
from ingest.docusaurus.modules import SiteModules
from pipeline.config import SiteConfig

MakeSite = Callable[..., SiteConfig]


def modules_of(site: SiteConfig) -> SiteModules:
    return SiteModules(site.root, Boundary(site), Dialect(), site.markdown.format)


@pytest.fixture
def site(make_site: MakeSite) -> SiteConfig:
    """A site with partials inside it, beside it in its docs folder, and a file out of reach."""
    return make_site(
        {
            "../docs/guide/page.mdx": "",
            "../docs/guide/_near.mdx": "---\ntitle: x\n---\n\nnear\n",
            "../docs/_up.md": "up",
            "src/_site.md": "---\nmdx:\n  format: md\n---\nsite",
            "src/code.js": "let a;\n",
            "src/_broken.md": "---\na: b: c\n---\ntext",
            "src/_odd.md": "---\ntitle: true\nmdx: {format: html}\n---\ntext",
            "src/_bytes.md": b"\xff",
            "../secret.md": "secret",
        },
        docs=[{"path": "../docs"}],
    )


@pytest.mark.parametrize(
    ("specifier", "text", "kind"),
    [
        ("./_near.mdx", "near", "markdown"),
        ("../_up.md", "up", "markdown"),
        ("../guide/../_up.md", "up", "markdown"),
        ("@site/src/_site.md", "site", "markdown"),
        ("@site/../docs/_up.md", "up", "markdown"),
        ("./_near.mdx?x=1", "near", "markdown"),
        ("@site/src/_odd.md", "text", "markdown"),
        ("!!raw-loader!@site/src/code.js", "let a;\n", "raw"),
        ("!raw-loader!./_near.mdx", "---\ntitle: x\n---\n\nnear\n", "raw"),
        ("raw-loader!../_up.md", "up", "raw"),
    ],
)
def test_resolved(site: SiteConfig, specifier: str, text: str, kind: str) -> None:
    """Relative and @site imports become the file's text, without front matter unless it is raw."""
    module = modules_of(site).load(specifier, site.root.parent / "docs/guide/page.mdx")
    assert module is not None
    assert (module.text, module.kind) == (text, kind)


@pytest.mark.parametrize(
    "specifier",
    [
        "./gone.md",
        "./",
        "@site",
        "@site/",
        "@site/src/code.js",
        "@site/../secret.md",
        "../../secret.md",
        "/etc/passwd",
        "!!raw-loader!/etc/passwd",
        "!!raw-loader!@site/../secret.md",
        "!!file-loader!@site/src/code.js",
        "@theme/Tabs",
        "react",
        "",
        "!",
        "./" + "x" * 5000,
        "./a\0b.md",
        "@site/src/_broken.md",
        "@site/src/_bytes.md",
    ],
)
def test_not_resolved(site: SiteConfig, specifier: str) -> None:
    """Packages, other loaders, broken files and whatever lies outside are not there."""
    assert modules_of(site).load(specifier, site.root.parent / "docs/guide/page.mdx") is None


def test_link_out_of_the_site(site: SiteConfig) -> None:
    """A link inside the site that leads out is not followed."""
    (site.root / "src/_link.md").symlink_to("../../secret.md")
    assert modules_of(site).load("@site/src/_link.md", site.root / "docs/a.md") is None


def test_dialect_of_a_partial(site: SiteConfig) -> None:
    """A partial's format is its own front matter's word, else the site's."""
    modules, page = modules_of(site), site.root.parent / "docs/guide/page.mdx"
    found = [modules.load(name, page) for name in ("@site/src/_site.md", "./_near.mdx")]
    assert [module.dialect.format for module in found if module] == ["md", "mdx"]


def test_changed_partial(site: SiteConfig) -> None:
    """A partial that changed on disk is read again, one that did not is not."""
    modules, page = modules_of(site), site.root.parent / "docs/guide/page.mdx"
    first = modules.load("../_up.md", page)
    assert modules.load("../_up.md", page) is first
    path: Path = site.root.parent / "docs/_up.md"
    path.write_text("new text")
    os.utime(path, (1, 1))
    changed = modules.load("../_up.md", page)
    assert changed is not None
    assert changed.text == "new text"
