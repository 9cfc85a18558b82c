"""What was read once is not parsed again, and never taken for what the files no longer say."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest

from ingest.docusaurus.discovery import PageFile, discover
from ingest.docusaurus.reading import PageReader, Reading
from ingest.docusaurus.reading_cache import ReadingCache
from pipeline.config import SiteConfig
from tests.ingest.conftest import MakeSite

PAGES = {
    "docs/a.md": "# A\n\n## One\n\nWords.\n",
    "docs/b.mdx": "import Part from './_part.mdx'\n\n# B\n\n<Part />\n",
    "docs/_part.mdx": "## Shared\n\nShared words.\n",
}


class Counted:
    """Reads the site through the cache and remembers what had to be parsed."""

    def __init__(self, site: SiteConfig, path: Path) -> None:
        self.site, self.path = site, path
        self.parsed: list[str] = []

    def __call__(self) -> list[Reading]:
        self.parsed = []

        def read(files: Sequence[PageFile]) -> Iterator[Reading]:
            self.parsed = [file.relative for file in files]
            return map(PageReader(self.site).read, files)

        return ReadingCache(self.path, self.site).read(discover(self.site).files, read)


@pytest.fixture
def read(make_site: MakeSite, tmp_path: Path) -> Counted:
    return Counted(make_site(PAGES), tmp_path / "cache" / "pages.sqlite")


def test_an_unchanged_site_is_not_parsed_again(read: Counted) -> None:
    """The second reading equals the first."""
    first = read()
    assert read.parsed == ["a.md", "b.mdx"]
    assert read() == first
    assert read.parsed == []


def test_a_changed_file_is(read: Counted) -> None:
    """And it alone."""
    read()
    (read.site.root / "docs/a.md").write_text("# A\n\n## Two\n\nOther words.\n")
    assert read()[0].page.headings[0].text == "Two"  # type: ignore[union-attr]
    assert read.parsed == ["a.md"]


def test_a_changed_partial_changes_the_pages_that_use_it(read: Counted) -> None:
    """Its words are in them."""
    read()
    (read.site.root / "docs/_part.mdx").write_text("## Other\n\nOther words.\n")
    assert read()[1].page.headings[0].text == "Other"  # type: ignore[union-attr]
    assert read.parsed == ["b.mdx"]


def test_a_missing_partial_is_asked_for_again(read: Counted) -> None:
    """A page with a problem is read each time, until it has none."""
    part = read.site.root / "docs/_part.mdx"
    text = part.read_text()
    part.unlink()
    assert read()[1].problems
    part.write_text(text)
    assert read()[1].page.headings[0].text == "Shared"  # type: ignore[union-attr]


def test_other_options_are_another_key(read: Counted) -> None:
    """The address depends on them."""
    read()
    read.site = read.site.model_copy(update={"trailingSlash": True})
    assert [reading.page.permalink for reading in read() if reading.page] == ["/docs/a/", "/docs/b/"]


def test_pages_that_are_gone_are_forgotten(read: Counted) -> None:
    """The cache does not grow for ever."""
    read()
    (read.site.root / "docs/a.md").unlink()
    read()
    with closing(sqlite3.connect(read.path)) as database:
        assert database.execute("SELECT count(*) FROM pages").fetchone() == (1,)


def test_a_damaged_cache_is_as_good_as_none(read: Counted) -> None:
    """It is made anew."""
    first = read()
    read.path.write_bytes(b"no database" * 1000)
    assert read() == first
    assert read() == first
    assert read.parsed == []
