"""Whole pages, by the public doors: `read_site` and the reader of one page."""

import pickle
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.docusaurus.discovery import discover
from ingest.docusaurus.reading import PageReader
from ingest.docusaurus.site import read_site
from ingest.docusaurus.workers import FEWEST_PAGES
from pipeline.config import SiteConfig
from pipeline.models import Page

MakeSite = Callable[..., SiteConfig]


def only_page(site: SiteConfig) -> Page:
    (page,) = read_site(site).pages
    return page


def routes(site: SiteConfig) -> list[str]:
    return [page.permalink for page in read_site(site).pages]


def problems(site: SiteConfig) -> list[str]:
    return [str(problem) for problem in read_site(site).problems]


def test_page(make_site: MakeSite) -> None:
    """A page carries its place, its address, its title and what its front matter says of it."""
    text = "---\ndescription: About starting.\nkeywords: [begin, 1]\nunlisted: true\n---\n\n# Start here\n\nText.\n"
    page = only_page(make_site({"docs/guide/01-start.md": text}, url="https://x.io", baseUrl="/base/"))
    assert (page.source, page.permalink) == ("docs/guide/01-start.md", "/base/docs/guide/start")
    assert page.url == "https://x.io/base/docs/guide/start"
    assert (page.title, page.description, page.keywords) == ("Start here", "About starting.", ("begin", "1"))
    assert (page.version, page.version_label, page.is_last_version) == ("current", "Next", True)
    assert (page.locale, page.plugin, page.draft, page.unlisted) == ("en", "default", False, True)


@pytest.mark.parametrize(
    ("text", "title", "description"),
    [
        ("---\ntitle: Mine\n---\n# Other\n\ntext", "Mine", "text"),
        ("---\ntitle: ''\ndescription: ''\n---\n# Other\n\ntext", "", ""),
        ("# Other\n\ntext", "Other", "text"),
        ("---\nid: name\n---\ntext", "name", "text"),
        ("", "start", ""),
    ],
)
def test_title_and_description(make_site: MakeSite, text: str, title: str, description: str) -> None:
    """Front matter goes first, even when empty; then the text; then the id."""
    page = only_page(make_site({"docs/01-start.md": text}))
    assert (page.title, page.description) == (title, description)


@pytest.mark.parametrize(
    ("trailing_slash", "expected"),
    [
        (None, ["/base/", "/base/guide/", "/base/guide/a", "/base/x/"]),
        (True, ["/base/", "/base/guide/", "/base/guide/a/", "/base/x/"]),
        (False, ["/base/", "/base/guide", "/base/guide/a", "/base/x"]),
    ],
)
def test_trailing_slash(make_site: MakeSite, trailing_slash: bool | None, expected: list[str]) -> None:
    """The option is applied to every route but the site's own root."""
    files = {
        "docs/README.md": "",
        "docs/guide/a.md": "",
        "docs/guide/index.md": "",
        "docs/x.md": "---\nslug: x/\n---",
    }
    site = make_site(files, baseUrl="/base", trailingSlash=trailing_slash, docs=[{"routeBasePath": ""}])
    assert sorted(routes(site)) == expected


def test_every_version_and_locale(make_site: MakeSite) -> None:
    """One file is a page in each version and locale, under its own address and text."""
    translated = "i18n/fr/docusaurus-plugin-content-docs/version-1.0/a.md"
    site = make_site(
        {
            "docs/a.md": "# New",
            "versions.json": '["1.0"]',
            "versioned_docs/version-1.0/a.md": "# Old",
            translated: "---\nslug: /vieux\n---\n# Vieux",
        },
        url="https://x.io",
        i18n={"locales": ["en", "fr"]},
    )
    pages = read_site(site).pages
    assert [(p.locale, p.version, p.url, p.title, p.is_last_version) for p in pages] == [
        ("en", "current", "https://x.io/docs/next/a", "New", False),
        ("en", "1.0", "https://x.io/docs/a", "Old", True),
        ("fr", "current", "https://x.io/fr/docs/next/a", "New", False),
        ("fr", "1.0", "https://x.io/fr/docs/vieux", "Vieux", True),
    ]
    assert pages[3].source == translated


def test_address_is_encoded_but_the_route_is_not(make_site: MakeSite) -> None:
    """The route is kept raw; the address to link to is encoded."""
    page = only_page(make_site({"docs/a b/é.md": ""}, url="https://x.io"))
    assert (page.permalink, page.url) == ("/docs/a b/é", "https://x.io/docs/a%20b/%C3%A9")


def test_numbers_kept(make_site: MakeSite) -> None:
    """The option and the front matter both keep number prefixes, folders included."""
    files = {"docs/01-a/02-b.md": "---\nparse_number_prefixes: false\n---", "docs/01-a/03-c.md": ""}
    assert routes(make_site(files)) == ["/docs/01-a/02-b", "/docs/a/c"]
    assert routes(make_site(files, docs=[{"numberPrefixParser": False}])) == [
        "/docs/01-a/02-b",
        "/docs/01-a/03-c",
    ]


def test_drafts_are_read(make_site: MakeSite) -> None:
    """A draft is read and marked; it does not stand in the way of the page at the same address."""
    site = make_site({"docs/a.md": "---\ndraft: true\nslug: b\n---\n# A", "docs/b.md": "# B"})
    assert [(page.title, page.draft) for page in read_site(site).pages] == [("A", True), ("B", False)]
    assert problems(site) == []


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("---\ntitle: a: b\n---\n", "docs/bad.md:2: the front matter is not valid YAML: mapping values are not allowed here"),
        ("---\nid: x\ndraft: maybe\n---\n", "docs/bad.md:3: `draft` should be true or false"),
        ("---\nid: x\nslug: a?b\n---\n", 'docs/bad.md:3: "/a?b" cannot be a page\'s address; set another `slug` in the front matter'),
        (b"ok\nno\xffpe\n", "docs/bad.md:2: is not UTF-8"),
        (b"ok\n\0\1\2", "docs/bad.md:2: is binary, or text that is not UTF-8"),
        ("x" * (10 * 2**20 + 1), "docs/bad.md: is larger than 10 MB"),
    ],
    ids=["yaml", "field", "slug", "encoding", "binary", "size"],
)  # fmt: skip
def test_page_that_cannot_be_read(make_site: MakeSite, content: str | bytes, expected: str) -> None:
    """A page that cannot be read is reported with its line, and the others are read."""
    site = make_site({"docs/bad.md": content, "docs/good.md": "# Good"})
    assert problems(site) == [expected]
    assert only_page(site).title == "Good"


def test_file_gone_meanwhile(make_site: MakeSite) -> None:
    """A file that disappears after it was found is reported."""
    site = make_site(["docs/a.md"])
    (file,) = discover(site).files
    file.path.unlink()
    reading = PageReader(site).read(file)
    assert reading.page is None
    assert [str(problem) for problem in reading.problems] == [
        "docs/a.md: cannot be read: No such file or directory"
    ]


def test_two_pages_at_one_address(make_site: MakeSite) -> None:
    """Pages that share an address, or an id in one version, are kept and reported."""
    site = make_site(
        {"docs/a.md": "---\nslug: /x\n---", "docs/b.md": "---\nslug: /x\n---", "docs/01-a.md": ""}
    )
    assert len(read_site(site).pages) == 3
    assert problems(site) == [
        "docs/a.md: has the id `a`, and so has docs/01-a.md",
        "docs/b.md: is served at /docs/x, and so is docs/a.md",
    ]


def test_same_id_in_two_versions_is_fine(make_site: MakeSite) -> None:
    """The same doc in two versions is no collision."""
    files = {"docs/a.md": "", "versions.json": '["1"]', "versioned_docs/version-1/a.md": ""}
    assert problems(make_site(files)) == []


@pytest.mark.parametrize(
    ("options", "name", "front", "expected"),
    [
        ({}, "a.md", "", "mdx"),
        ({"format": "md"}, "a.mdx", "", "md"),
        ({"format": "detect"}, "a.md", "", "md"),
        ({"format": "detect"}, "a.mdx", "", "mdx"),
        ({}, "a.mdx", "mdx:\n  format: md", "md"),
        ({"format": "md"}, "a.md", "mdx:\n  format: mdx", "mdx"),
        ({"format": "mdx"}, "a.md", "mdx:\n  format: detect", "md"),
        ({"format": "mdx"}, "a.md", "mdx: other", "mdx"),
    ],
)
def test_format(make_site: MakeSite, options: dict[str, Any], name: str, front: str, expected: str) -> None:
    """The dialect is the front matter's word, else the site's, by the file's ending where asked."""
    site = make_site({f"docs/{name}": f"---\n{front}\n---\ntext"}, markdown=options)
    head = PageReader(site).read_head(discover(site).files[0])
    assert head.dialect.format == expected


def test_dialect_options(make_site: MakeSite) -> None:
    """The site's Markdown options and the instance's admonitions reach the dialect."""
    site = make_site(
        ["docs/a.md", "api/a.md"],
        markdown={
            "mdx1Compat": {"comments": False, "headingIds": False},
            "anchors": {"maintainCase": True},
            "emoji": False,
        },
        docs=[{"admonitions": {"keywords": ["aside"]}}, {"id": "api", "path": "api", "admonitions": False}],
    )
    reader = PageReader(site)
    first, second = (reader.read_head(file).dialect for file in discover(site).files)
    assert (first.comments, first.heading_ids, first.maintain_case, first.emoji) == (
        False,
        False,
        True,
        False,
    )
    assert (first.admonitions, first.admonition_keywords) == (True, ("aside",))
    assert not second.admonitions


def test_reading_can_travel(make_site: MakeSite) -> None:
    """Files and readings can be sent to another process."""
    site = make_site({"docs/a.md": "# A"})
    (file,) = discover(site).files
    reading = PageReader(pickle.loads(pickle.dumps(site))).read(pickle.loads(pickle.dumps(file)))
    assert pickle.loads(pickle.dumps(reading)) == PageReader(site).read(file)


def test_many_pages_in_several_processes(make_site: MakeSite) -> None:
    """Read in several processes, the pages and problems come out the same, in the same order."""
    files = {f"docs/{number}.md": f"# Page {number}\n\n## Part" for number in range(2 * FEWEST_PAGES)}
    site = make_site(files | {"docs/7.md": "---\ntitle: [\n---"})
    assert read_site(site, processes=2) == read_site(site)


NAME = st.text("aB0-_. é[]#?", min_size=1, max_size=6).filter(lambda name: name.strip(".") != "")


@settings(deadline=None, max_examples=50)
@given(st.dictionaries(NAME, st.text("-:#a'[\n é", max_size=20), min_size=1, max_size=5))
def test_every_file_is_a_page_or_a_problem(data: dict[str, str]) -> None:
    """Each file that is found is one page, or at least one problem of its own."""
    with tempfile.TemporaryDirectory() as root:
        folder = Path(root) / "docs"
        folder.mkdir()
        for name, text in data.items():
            (folder / f"{name}.md").write_text(f"---{text}", encoding="utf-8")
        site = SiteConfig.model_validate({"root": root, "docs": [{"exclude": []}]})
        found = discover(site)
        reader = PageReader(site)
        readings = [reader.read(file) for file in found.files]
    assert all((reading.page is None) <= bool(reading.problems) for reading in readings)
    visible = {f"docs/{name}.md" for name in data if not name.startswith(".")}
    assert {file.source for file in found.files} == visible
