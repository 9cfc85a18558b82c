"""Which versions a docs instance has and where they are served."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from ingest.docusaurus.discovery import discover
from pipeline.config import SiteConfig
from pipeline.errors import SiteError

MakeSite = Callable[..., SiteConfig]


def docs(**options: Any) -> dict[str, Any]:
    """Options of a site with one docs instance."""
    return {"docs": [options]}


def versioned(names: Sequence[str], *, prefix: str = "") -> dict[str, str]:
    """The files of a site with versions: one page in each."""
    files = {"docs/a.md": "word", f"{prefix}versions.json": json.dumps(names)}
    return files | {f"{prefix}versioned_docs/version-{name}/a.md": "word" for name in names}


def version_paths(site: SiteConfig) -> dict[str, str]:
    """Each version's name with its address."""
    return {file.version.name: file.version_path for file in discover(site).files}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, {"current": "/docs/next", "2.0": "/docs", "1.0": "/docs/1.0"}),
        ({"includeCurrentVersion": False}, {"2.0": "/docs", "1.0": "/docs/1.0"}),
        ({"disableVersioning": True}, {"current": "/docs"}),
        ({"lastVersion": "current"}, {"current": "/docs", "2.0": "/docs/2.0", "1.0": "/docs/1.0"}),
        ({"lastVersion": "1.0"}, {"current": "/docs/next", "2.0": "/docs/2.0", "1.0": "/docs"}),
        ({"onlyIncludeVersions": ["1.0", "current"]}, {"current": "/docs/next", "1.0": "/docs"}),
        ({"onlyIncludeVersions": ["current"]}, {"current": "/docs"}),
        (
            {"versions": {"2.0": {"path": "v2"}, "current": {"path": ""}, "1.0": {"path": "/old/"}}},
            {"current": "/docs", "2.0": "/docs/v2", "1.0": "/docs/old/"},
        ),
        (
            {"routeBasePath": "/", "versions": {"current": {"path": "/"}, "2.0": {"path": "v2"}}},
            {"current": "/", "2.0": "/v2", "1.0": "/1.0"},
        ),
    ],
)
def test_version_paths(make_site: MakeSite, options: dict[str, Any], expected: dict[str, str]) -> None:
    """The last version has no part of its own in the address unless it is given one."""
    site = make_site(versioned(["2.0", "1.0"]), **docs(**options))
    assert version_paths(site) == expected


def test_labels_and_last(make_site: MakeSite) -> None:
    """A version's label is its option, else its name; exactly one version is the last."""
    site = make_site(versioned(["2.0", "1.0"]), **docs(versions={"1.0": {"label": "One"}}))
    versions = [file.version for file in discover(site).files]
    assert [(v.label, v.is_last) for v in versions] == [("Next", False), ("2.0", True), ("One", False)]


def test_versions_of_another_instance(make_site: MakeSite) -> None:
    """A second instance has its own versions file and folders, named after its id."""
    files = versioned(["1.0"], prefix="api_") | {"api/a.md": "word"}
    site = make_site(files, docs=[{}, {"id": "api", "path": "api", "routeBasePath": "ref"}])
    found = [(f.plugin, f.version.name, f.source, f.version_path) for f in discover(site).files]
    assert found == [
        ("default", "current", "docs/a.md", "/docs"),
        ("api", "current", "api/a.md", "/ref/next"),
        ("api", "1.0", "api_versioned_docs/version-1.0/a.md", "/ref"),
    ]


def test_current_named_in_the_file(make_site: MakeSite) -> None:
    """`current` in versions.json keeps its place."""
    site = make_site(versioned(["1.0"]) | {"versions.json": '["1.0", "current"]'})
    assert list(version_paths(site)) == ["1.0", "current"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lastVersion": "3.0"}, "`lastVersion`.*`3.0`.*`current`, `2.0`, `1.0`"),
        ({"onlyIncludeVersions": []}, "`onlyIncludeVersions`"),
        ({"onlyIncludeVersions": ["3.0"]}, "`onlyIncludeVersions`"),
        ({"onlyIncludeVersions": ["2.0"], "lastVersion": "1.0"}, "`lastVersion`"),
        ({"includeCurrentVersion": False, "disableVersioning": True}, "`includeCurrentVersion`"),
    ],
)
def test_versions_that_cannot_be(make_site: MakeSite, options: dict[str, Any], message: str) -> None:
    """An option that leaves open which version is the last stops everything."""
    with pytest.raises(SiteError, match=message):
        discover(make_site(versioned(["2.0", "1.0"]), **docs(**options)))


def test_version_without_folder(make_site: MakeSite) -> None:
    """A listed version without its folder stops everything."""
    with pytest.raises(SiteError, match=r"version-9\.9 does not exist \(versions.json lists `9.9`\)"):
        discover(make_site(versioned(["1.0"]) | {"versions.json": '["9.9"]'}))


@pytest.mark.parametrize("content", ["{", "{}", "[1]", '["../x"]', '["a/b"]', '[" "]', b"\xff"])
def test_broken_versions_file(make_site: MakeSite, content: str | bytes) -> None:
    """A versions file that holds anything but names of folders stops everything."""
    with pytest.raises(SiteError, match=r"versions\.json"):
        discover(make_site({"docs/a.md": "", "versions.json": content}))


def test_harmless_unknown_names(make_site: MakeSite) -> None:
    """A name on which nothing hangs is only reported."""
    options = docs(versions={"9.9": {"label": "x"}}, onlyIncludeVersions=["1.0", "8.8"])
    found = discover(make_site(versioned(["1.0"]), **options))
    assert [file.version.name for file in found.files] == ["1.0"]
    assert [("`9.9`" in str(p), "`8.8`" in str(p)) for p in found.problems] == [(True, False), (False, True)]


def test_versioning_disabled_without_versions(make_site: MakeSite) -> None:
    """Switching off what is not there is only reported."""
    found = discover(make_site(["docs/a.md"], **docs(disableVersioning=True)))
    assert len(found.files) == len(found.problems) == 1
