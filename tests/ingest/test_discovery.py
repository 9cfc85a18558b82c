"""Which files are pages: patterns, links, folders that are not there."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ingest.docusaurus.discovery import discover
from pipeline.config import SiteConfig
from pipeline.errors import SiteError

MakeSite = Callable[..., SiteConfig]


def sources(site: SiteConfig) -> list[str]:
    return [file.source for file in discover(site).files]


def docs(**options: Any) -> dict[str, Any]:
    """Options of a site with one docs instance."""
    return {"docs": [options]}


FILES = [
    "docs/a.md",
    "docs/b.mdx",
    "docs/c.MD",
    "docs/d.txt",
    "docs/.hidden.md",
    "docs/.folder/a.md",
    "docs/_partial.md",
    "docs/_parts/a.md",
    "docs/x/_parts/y/a.md",
    "docs/x/a.test.md",
    "docs/x/a.test.js",
    "docs/x/__tests__/a.md",
    "docs/x/[id].md",
]


def test_default_globs(make_site: MakeSite) -> None:
    """Markdown files are pages, but not dot-files, names with an underscore and tests' folders."""
    assert sources(make_site(FILES)) == ["docs/a.md", "docs/b.mdx", "docs/x/[id].md", "docs/x/a.test.md"]


@pytest.mark.parametrize(
    ("include", "exclude", "expected"),
    [
        (["**/*.md"], ["a.md"], ["_parts/a.md", "_partial.md", "x/[id].md", "x/__tests__/a.md", "x/_parts/y/a.md", "x/a.test.md"]),
        (["*.{md,mdx}"], [], ["_partial.md", "a.md", "b.mdx"]),
        (["x/*"], ["**/*.js"], ["x/[id].md", "x/a.test.md"]),
        (["x"], ["**/*.js"], ["x/[id].md", "x/__tests__/a.md", "x/_parts/y/a.md", "x/a.test.md"]),
        (["x/**", "!**/*.js"], ["x/_parts"], ["x/[id].md", "x/__tests__/a.md", "x/a.test.md"]),
        (["**/*.md"], ["**/_*/**", "**/__tests__"], ["_partial.md", "a.md", "x/[id].md", "x/a.test.md"]),
        (["**/.*.md"], [], [".hidden.md"]),
        (["./a.md", "b.mdx"], ["./b.mdx"], ["a.md"]),
        (["**/(a|b).md*"], ["**/_*/**", "**/__tests__/**"], ["a.md", "b.mdx"]),
        (["**/!(*.test).md"], ["**/_*", "**/_*/**"], ["a.md", "x/[id].md"]),
        (["!a.md"], [], []),
        (["**/*.md"], ["x/*", "_*"], ["_parts/a.md", "a.md", "x/__tests__/a.md", "x/_parts/y/a.md"]),
    ],
)  # fmt: skip
def test_globs(make_site: MakeSite, include: list[str], exclude: list[str], expected: list[str]) -> None:
    """`include` and `exclude` replace the defaults and read as globby reads them."""
    site = make_site(FILES, **docs(include=include, exclude=exclude))
    assert sources(site) == sorted(f"docs/{path}" for path in expected)


def test_pattern_that_cannot_be_used(make_site: MakeSite) -> None:
    """A pattern that stands for too many others is refused, and the option is named."""
    with pytest.raises(SiteError, match="exclude"):
        discover(make_site(FILES, **docs(exclude=["{1..100000}.md"])))


def test_docs_outside_the_site(make_site: MakeSite) -> None:
    """`path` may lead out of the site's folder."""
    assert sources(make_site(["../docs/a.md"], **docs(path="../docs"))) == ["../docs/a.md"]


@pytest.mark.parametrize(
    ("options", "named"),
    [
        (docs(path="nowhere"), "`path` of the docs instance `default`"),
        ({"root": "/nowhere/at/all"}, "site.root"),
    ],
)
def test_missing_folder(make_site: MakeSite, options: dict[str, Any], named: str) -> None:
    """A folder that is not there stops everything, and its option is named."""
    with pytest.raises(SiteError, match=named):
        discover(make_site(["docs/a.md"], **options))


def test_no_pages(make_site: MakeSite) -> None:
    """A folder without pages is reported."""
    (problem,) = discover(make_site(["docs/a.txt"])).problems
    assert str(problem) == "docs: version `current` has no pages"


TRANSLATIONS = "docusaurus-plugin-content-docs"


def test_links_inside_the_site(make_site: MakeSite) -> None:
    """Links to files and folders of the site are followed, as often as they are there."""
    site = make_site(["docs/a.md", "shared/s.md"])
    for name in ("one", "two"):
        (site.root / "docs" / name).symlink_to("../shared")
    (site.root / "docs" / "file.md").symlink_to("../shared/s.md")
    assert sources(site) == ["docs/a.md", "docs/file.md", "docs/one/s.md", "docs/two/s.md"]


def test_links_out_of_the_site(make_site: MakeSite, tmp_path: Path) -> None:
    """Links that lead out are not followed, and said so: files, folders, translations."""
    site = make_site(["docs/a.md", "docs/b.md", f"i18n/en/{TRANSLATIONS}/current/x.md", "../secret/s.md"])
    (site.root / "docs/folder").symlink_to(tmp_path / "secret")
    (site.root / "docs/file.md").symlink_to(tmp_path / "secret/s.md")
    (site.root / f"i18n/en/{TRANSLATIONS}/current/b.md").symlink_to(tmp_path / "secret/s.md")
    found = discover(site)
    assert [file.source for file in found.files] == ["docs/a.md", "docs/b.md"]
    assert [problem.source for problem in found.problems] == [
        *sorted(["docs/file.md", "docs/folder"], key=[p.source for p in found.problems].index),
        f"i18n/en/{TRANSLATIONS}/current/b.md",
    ]


def test_docs_folder_that_is_a_link(make_site: MakeSite) -> None:
    """The folder that `path` names may itself be a link; a version's folder may not lead out."""
    site = make_site({"../kept/a.md": "word", "../old/a.md": "word", "versions.json": '["1.0"]'})
    (site.root / "docs").symlink_to("../kept")
    (site.root / "versioned_docs").mkdir()
    (site.root / "versioned_docs/version-1.0").symlink_to("../../old")
    found = discover(site)
    assert [file.source for file in found.files] == ["docs/a.md"]
    assert [problem.source for problem in found.problems] == ["versioned_docs/version-1.0"]


def test_loops(make_site: MakeSite) -> None:
    """Links in a circle end, and every page is found at its own place."""
    site = make_site(["docs/a.md", "docs/x/b.md", "docs/y/c.md"])
    (site.root / "docs/x/up").symlink_to("..")
    (site.root / "docs/x/y").symlink_to("../y")
    (site.root / "docs/y/x").symlink_to("../x")
    (site.root / "docs/self.md").symlink_to("self.md")
    found = discover(site)
    assert {"docs/a.md", "docs/x/b.md", "docs/y/c.md"} <= {file.source for file in found.files}
    assert any("above it" in problem.message for problem in found.problems)


def test_many_links_among_each_other(make_site: MakeSite) -> None:
    """Folders that all link to each other come to an end soon."""
    names = [f"f{number}" for number in range(9)]
    site = make_site([f"docs/{name}/a.md" for name in names])
    for one in names:
        for other in names:
            (site.root / "docs" / one / f"to-{other}").symlink_to(f"../{other}")
    assert len(discover(site).files) < 2000


def test_broken_link_and_odd_name(make_site: MakeSite) -> None:
    """A link to nothing and a name that is not UTF-8 are reported."""
    site = make_site(["docs/a.md"])
    (site.root / "docs/gone.md").symlink_to("nothing.md")
    with open(os.fsencode(site.root) + b"/docs/\xff.md", "wb"):
        pass
    found = discover(site)
    assert [file.source for file in found.files] == ["docs/a.md"]
    assert len(found.problems) == 2


def test_large_site(make_site: MakeSite) -> None:
    """Five thousand files in ten locales are found as one walk of each folder finds them."""
    files = [f"docs/{folder}/{number}.md" for folder in range(20) for number in range(25)]
    site = make_site(files, i18n={"locales": [f"l{n}" for n in range(10)], "defaultLocale": "l0"})
    assert len(discover(site).files) == 5000
