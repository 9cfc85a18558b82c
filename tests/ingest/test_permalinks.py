"""Joining, slashing, checking and encoding addresses."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.docusaurus.permalinks import (
    apply_trailing_slash,
    browser_url,
    is_valid_pathname,
    normalize_url,
    resolve_pathname,
)

PATH = st.text("ab/é.%-", max_size=12).map(lambda text: "/" + text)


@pytest.mark.parametrize(
    ("parts", "expected"),
    [
        (["/", "docs", "", "/"], "/docs/"),
        (["/", "docs", "", "/a"], "/docs/a"),
        (["/", "/docs/", "next", "/a/"], "/docs/next/a/"),
        (["/base/", "/", "", "/"], "/base/"),
        (["/base/", "", "", "/a"], "/base/a"),
        (["/fr/", "docs", "1.0", "/x/y"], "/fr/docs/1.0/x/y"),
        (["/", "/", "/", "/a"], "/a"),
        (["/", "docs", ""], "/docs"),
        (["/", "docs/", ""], "/docs/"),
        (["/docs//x", "///y//z"], "/docs/x/y/z"),
        (["/docs", "/&x"], "/docs&x"),
        (["/docs", "/#!x"], "/docs/#!x"),
    ],
)
def test_normalize_url(parts: list[str], expected: str) -> None:
    """Parts join with single slashes; only the last one keeps a slash at its end."""
    assert normalize_url(parts) == expected


@pytest.mark.parametrize(
    ("path", "unset", "with_slash", "without"),
    [
        ("/", "/", "/", "/"),
        ("/base/", "/base/", "/base/", "/base/"),
        ("/base", "/base", "/base/", "/base"),
        ("/base/a", "/base/a", "/base/a/", "/base/a"),
        ("/base/a/", "/base/a/", "/base/a/", "/base/a"),
        ("/a.b", "/a.b", "/a.b/", "/a.b"),
        ("/a?x=/", "/a?x=/", "/a/?x=/", "/a?x=/"),
        ("/a/#h", "/a/#h", "/a/#h", "/a#h"),
        ("#h", "#h", "#h", "#h"),
    ],
)
def test_trailing_slash(path: str, unset: str, with_slash: str, without: str) -> None:
    """The option adds or removes the slash before query and hash, but leaves the root and baseUrl."""
    assert apply_trailing_slash(path, trailing_slash=None, base_url="/base/") == unset
    assert apply_trailing_slash(path, trailing_slash=True, base_url="/base/") == with_slash
    assert apply_trailing_slash(path, trailing_slash=False, base_url="/base/") == without


@given(PATH, st.sampled_from([None, True, False]))
def test_trailing_slash_settles(path: str, option: bool | None) -> None:
    """Applying the option twice is applying it once."""
    once = apply_trailing_slash(normalize_url([path]), trailing_slash=option, base_url="/base/")
    assert apply_trailing_slash(once, trailing_slash=option, base_url="/base/") == once


@given(st.lists(st.text("ab/", max_size=6), max_size=4))
def test_normalized_stays(parts: list[str]) -> None:
    """A normalised path has no double slash and is its own normal form."""
    path = normalize_url(["/", *parts])
    assert "//" not in path
    assert normalize_url([path]) == path


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ("x", "/a/x"),
        ("../x", "/x"),
        ("./x/.", "/a/x/"),
        ("x/..", "/a/"),
        ("../../../x", "/x"),
        ("/x/./y/../z", "/x/z"),
        ("..", "/"),
    ],
)
def test_resolve_pathname(to: str, expected: str) -> None:
    """A relative path resolves as a link does and never leaves the root."""
    assert resolve_pathname(to, "/a/") == expected


@pytest.mark.parametrize(
    "path", ["/", "/a b", "/é", "/%C3%A9", "/100%", "/a|b", "/[x]", "/a'b", '/a"b', "/a^"]
)
def test_valid_pathnames(path: str) -> None:
    """What a browser keeps, or only encodes, is a pathname."""
    assert is_valid_pathname(path)


@pytest.mark.parametrize(
    "path",
    ["", "a", "/a?b", "/a#b", "/a\\b", "/a/../b", "/./a", "/a/%2e%2e/b", "//a/b", "/a\nb", "/a b]", "/é%"],
)
def test_invalid_pathnames(path: str) -> None:
    """What a browser would change beyond encoding is none."""
    assert not is_valid_pathname(path)


@pytest.mark.parametrize(
    ("route", "expected"),
    [
        ("/docs/a b", "https://x.io/docs/a%20b"),
        ("/docs/é", "https://x.io/docs/%C3%A9"),
        ("/docs/%C3%A9", "https://x.io/docs/%C3%A9"),
        ("/docs/a&b+c@d", "https://x.io/docs/a&b+c@d"),
        ("/docs/<`{}>", "https://x.io/docs/%3C%60%7B%7D%3E"),
        ("/docs/", "https://x.io/docs/"),
    ],
)
def test_browser_url(route: str, expected: str) -> None:
    """The address to link to is encoded once."""
    assert browser_url("https://x.io", route) == expected
