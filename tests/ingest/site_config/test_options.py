"""Docusaurus's options, made into the `site:` section."""

from pathlib import Path
from typing import Any

import pytest

from ingest.site_config.options import site_options, unseen
from pipeline.config import SiteConfig

ROOT = Path("/site")
DEFAULT = {"path": "docs", "routeBasePath": "docs"}


@pytest.mark.parametrize(
    ("tree", "docs"),
    [
        ({"presets": ["classic"]}, [DEFAULT]),
        ({"presets": [["classic", {"docs": None}]]}, [DEFAULT]),
        ({"presets": [["@docusaurus/preset-classic", {"docs": {"path": "../d"}}]]}, [{**DEFAULT, "path": "../d"}]),
        ({"presets": [["/p/node_modules/@docusaurus/preset-classic/lib/index.js", {}]]}, [DEFAULT]),
        ({"presets": [["C:\\p\\node_modules\\@docusaurus\\preset-classic\\lib\\index.js", {}]]}, [DEFAULT]),
        ({"presets": [["classic", {"docs": {"path": "/site/x", "sidebarPath": "s.js"}}]]}, [{**DEFAULT, "path": "x"}]),
        ({"plugins": [["content-docs", {"id": "b"}], None, "other"]}, [{"id": "b", **DEFAULT}]),
        ({"plugins": ["@docusaurus/plugin-content-docs"]}, [DEFAULT]),
        (
            {"presets": [["classic", {"docs": False}]], "plugins": [["content-docs", {"routeBasePath": "/"}]]},
            [{"path": "docs", "routeBasePath": "/"}],
        ),
        (
            {"presets": [["classic", {"docs": {"versions": {"1.0": {"label": "1", "className": "c", "x": 1}}}}]]},
            [{**DEFAULT, "versions": {"1.0": {"label": "1", "className": "c"}}}],
        ),
    ],
)  # fmt: skip
def test_instances(tree: dict[str, Any], docs: list[dict[str, Any]]) -> None:
    """Docs instances are found in presets and plugins under each of their names, with our options only."""
    assert site_options(tree, ROOT).values["docs"] == docs


@pytest.mark.parametrize(
    ("tree", "compat"),
    [
        ({}, None),
        ({"future": {"v4": {"removeLegacyPostBuildHeadAttribute": True}}}, None),
        ({"future": {"v4": True}}, [False, False, False]),
        ({"future": {"v4": {"mdx1CompatDisabledByDefault": True}}}, [False, False, False]),
        ({"future": {"v4": True}, "markdown": {"mdx1Compat": {"comments": True}}}, [True, False, False]),
        ({"markdown": {"mdx1Compat": {"headingIds": False}}}, [True, True, False]),
    ],
)
def test_mdx1_compat(tree: dict[str, Any], compat: list[bool] | None) -> None:
    """`future.v4` switches the habits of MDX 1 off, where `markdown.mdx1Compat` does not say otherwise."""
    markdown = site_options(tree, ROOT).values.get("markdown", {})
    expected = compat and dict(zip(("comments", "admonitions", "headingIds"), compat, strict=True))
    assert markdown.get("mdx1Compat") == expected


def test_notes() -> None:
    """What could not be seen is told with its key; only our own options count as unseen."""
    tree = {
        "title": unseen("`f()`"),
        "markdown": {"parseFrontMatter": unseen("a function"), "format": "detect", "hooks": {}},
        "i18n": {"defaultLocale": "fr", "locales": ["fr", unseen("`x`")]},
        "presets": [["@acme/preset", {}], ["classic", {"docs": {"numberPrefixParser": unseen("a function"),
                     "editUrl": unseen("a function"), "...own": unseen("`own`")}}]],
        "plugins": [unseen("a function"), unseen("`x && y`")],
    }  # fmt: skip
    options = site_options(tree, ROOT)
    assert options.unseen == (
        "title", "i18n.locales[1]", "what is spread into presets.docs", "presets.docs.numberPrefixParser", "plugins[1]",
    )  # fmt: skip
    assert options.values["markdown"] == {"format": "detect"}
    assert options.values["i18n"]["locales"] == ["fr"]
    told = "\n".join(options.notes)
    for part in ("parseFrontMatter", "@acme/preset", "editUrl", "(`f()`)"):
        assert part in told


def test_refused_values() -> None:
    """Values that our configuration would refuse are left out and told, the rest is kept."""
    tree = {
        "title": 5, "url": "ftp://x", "baseUrl": "/b/", "i18n": {"localeConfigs": {"a": 5, "b": {"direction": "up"}}},
        "presets": [["classic", {"docs": {"id": 3, "exclude": "x", "versions": {"a": {"banner": "zz", "path": "p"}}}}]],
        "plugins": [["content-docs", {"id": "q", "numberPrefixParser": 5}], 5, [], [[]], [None, {}]],
    }  # fmt: skip
    options = site_options(tree, ROOT)
    assert options.values["docs"] == [{**DEFAULT, "versions": {"a": {"path": "p"}}}, {"id": "q", **DEFAULT}]
    assert options.values["baseUrl"] == "/b/"
    assert "url" not in options.values
    SiteConfig.model_validate({"root": ROOT, **options.values})


def test_no_docs() -> None:
    """A site whose docs cannot be found gets the usual folder, and a note."""
    options = site_options({"presets": [["classic", {"docs": False}]]}, ROOT)
    assert options.values["docs"] == [DEFAULT]
    assert "no docs instance" in options.notes[0]
