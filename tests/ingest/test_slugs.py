"""Doc ids and slugs from a file's place, by Docusaurus's rules."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.docusaurus.slugs import NoAddress, doc_name, strip_number_prefix

SEGMENT = st.text("ab01_-. é", min_size=1, max_size=8).filter(lambda s: s.strip(". ") == s)


@pytest.mark.parametrize(
    ("segment", "expected"),
    [
        ("01-start", "start"),
        ("01. start", "start"),
        ("003 - start", "start"),
        ("5--start", "start"),
        ("1_start", "start"),
        ("4.-_start", "start"),
        ("01-two words", "two words"),
        ("10", "10"),
        ("6-", "6-"),
        ("01 start", "01 start"),
        ("v1-start", "v1-start"),
        ("-1-start", "-1-start"),
        ("2021-11-start", "2021-11-start"),
        ("7.0-start", "7.0-start"),
        ("8-9lives", "8-9lives"),
        ("1.2.3", "1.2.3"),
    ],
)
def test_number_prefix(segment: str, expected: str) -> None:
    """A number that orders a file is dropped; dates, versions and bare numbers stay."""
    assert strip_number_prefix(segment) == expected


@pytest.mark.parametrize(
    ("relative", "doc_id", "slug"),
    [
        ("start.md", "start", "/start"),
        ("index.md", "index", "/"),
        ("README.md", "README", "/"),
        ("guide/Index.mdx", "guide/Index", "/guide/"),
        ("guide/guide.md", "guide/guide", "/guide/"),
        ("Guide/guide.md", "Guide/guide", "/Guide/"),
        ("a/guide/a.md", "a/guide/a", "/a/guide/a"),
        ("02-guide/01-start.md", "guide/start", "/guide/start"),
        ("02-guide/01-index.md", "guide/index", "/guide/index"),
        ("02-guide/guide.md", "guide/guide", "/guide/guide"),
        ("02-guide/02-guide.md", "guide/guide", "/guide/"),
        ("02-guide/readme.md", "guide/readme", "/guide/"),
        ("a b/c++.md", "a b/c++", "/a b/c++"),
        ("é/ü.v1.md", "é/ü.v1", "/é/ü.v1"),
        ("100%.md", "100%", "/100%"),
        ("[id].md", "[id]", "/[id]"),
    ],
)
def test_name_from_place(relative: str, doc_id: str, slug: str) -> None:
    """Without front matter the place decides, and index files stand for their folder."""
    name = doc_name(relative)
    assert (name.doc_id, name.slug) == (doc_id, slug)


@pytest.mark.parametrize(
    ("front_slug", "expected"),
    [
        ("/01-top", "/01-top"),
        ("/top/", "/top/"),
        ("/", "/"),
        ("x", "/guide/x"),
        ("./x", "/guide/x"),
        ("x/y", "/guide/x/y"),
        ("x/", "/guide/x/"),
        (".", "/guide/"),
        ("..", "/"),
        ("../x", "/x"),
        ("../../../x", "/x"),
        ("x/../y", "/guide/y"),
        ("02-x", "/guide/02-x"),
        ("é x", "/guide/é x"),
        ("%C3%A9", "/guide/%C3%A9"),
    ],
)
def test_front_matter_slug(front_slug: str, expected: str) -> None:
    """A slug is taken from the root when it starts with a slash, else from the file's folder."""
    assert doc_name("01-guide/02-start.md", slug=front_slug).slug == expected


def test_index_file_with_its_own_words() -> None:
    """An id changes an index file's doc id but not its address; a slug changes the address."""
    assert doc_name("guide/index.md", front_id="home") == doc_name("guide/index.md", front_id="home")
    assert doc_name("guide/index.md", front_id="home").doc_id == "guide/home"
    assert doc_name("guide/index.md", front_id="home").slug == "/guide/"
    assert doc_name("guide/index.md", slug="x").slug == "/guide/x"


def test_front_matter_id_keeps_its_number() -> None:
    """The id of the front matter is used as it is, for the doc id and for the address."""
    name = doc_name("01-guide/02-start.md", front_id="03-begin")
    assert (name.doc_id, name.slug) == ("guide/03-begin", "/guide/03-begin")


def test_numbers_kept_on_request() -> None:
    """With number prefixes switched off they stay in folders and names."""
    name = doc_name("01-guide/02-start.md", strip_numbers=False)
    assert (name.doc_id, name.slug) == ("01-guide/02-start", "/01-guide/02-start")


@pytest.mark.parametrize("front_slug", ["x?y", "x#y", "a\\b", "/a/../b", "/./a", "/a\tb", "//host/a"])
def test_slug_that_is_no_path(front_slug: str) -> None:
    """A slug that a browser would read as something else is refused, with a hint."""
    with pytest.raises(NoAddress, match="slug"):
        doc_name("guide/start.md", slug=front_slug)


def test_id_with_a_slash() -> None:
    """An id with a slash is refused."""
    with pytest.raises(NoAddress, match="slash"):
        doc_name("start.md", front_id="a/b")


@given(st.lists(SEGMENT, min_size=1, max_size=4))
def test_slug_is_a_path_below_the_root(segments: list[str]) -> None:
    """Whatever files are called, a slug starts with one slash and has no step up in it."""
    slug = doc_name("/".join(segments) + ".md").slug
    assert slug.startswith("/")
    assert not slug.startswith("//")
    assert not {".", ".."} & set(slug.split("/"))
