"""Where a link's target leads: pure, on what `directory` knows.

Files as @docusaurus/utils 3.10 `markdownLinks` resolves them; everything else as its `Link` component
and then a browser do: baseUrl before absolute paths that lack it, relative ones against the page's own
route, the site's `trailingSlash`.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

from ingest.docusaurus.links.directory import ALIAS, Directory
from ingest.docusaurus.permalinks import apply_trailing_slash, browser_url, resolve_pathname
from ingest.docusaurus.reading import Reading

PROTOCOL = re.compile(r"[A-Za-z][A-Za-z\d+.-]*:|//")  # `hasProtocol` of @docusaurus/core
PATHNAME = "pathname://"  # says: a path of the site that is no page
STATIC = "@site/static/"  # served at the site's root
MARKDOWN_FILE = re.compile(r"\.mdx?\Z", re.IGNORECASE)
EXTENSION = re.compile(r"[^/]\.(?!(?:mdx?|html)\Z)[^./]+\Z")  # of an asset, as `transformLinks` tells
NOT_IN_AN_ADDRESS = re.compile(r"[\s{}<>\"`\\^|\x00-\x1f\ud800-\udfff]")
SPACE = re.compile(r"\s")


@dataclass(frozen=True, slots=True)
class Link:
    """Where a target leads.

    `address` is what to write instead of it: an absolute one, a path when the site's own address is
    unknown, or the target as it was.  `page` is set when that is a page of ours, `anchor` the place in
    it, as written.  `broken` says what is wrong with a file that it names.
    """

    address: str
    page: Reading | None = None
    anchor: str = ""
    broken: str = ""


class Parts(NamedTuple):
    """A target in parts; `tail` is the query and the anchor as they are written."""

    path: str
    tail: str
    anchor: str


def resolve(target: str, reading: Reading, directory: Directory, trailing_slash: bool | None) -> Link:
    """Where `target`, a link's in the text of `reading`, leads."""
    as_file = target.startswith(PATHNAME)
    bare = target.removeprefix(PATHNAME)
    if PROTOCOL.match(bare) or (as_file and not bare.startswith("/")):
        return Link(target)
    parts = _split(bare)
    if MARKDOWN_FILE.search(parts.path) and not as_file:
        return _file_link(target, parts, reading, directory)
    if NOT_IN_AN_ADDRESS.search(target) or not target:
        return Link(target)
    if parts.path.startswith(STATIC):
        parts = parts._replace(path="/" + parts.path.removeprefix(STATIC))
    elif parts.path.startswith(ALIAS):
        return Link(target)
    return _route_link(target, parts, reading, directory, None if as_file else trailing_slash)


def _split(target: str) -> Parts:
    before, _, anchor = target.partition("#")
    path = before.partition("?")[0]
    return Parts(path, target[len(path) :], anchor)


def _file_link(target: str, parts: Parts, reading: Reading, directory: Directory) -> Link:
    found = directory.at_file(parts.path, reading)
    if found is None:
        return Link(target, broken="is no page")
    if found.page is None:  # it could not be read, and that has been said
        return Link(target)
    if found.page.draft and not (reading.page and reading.page.draft):
        return Link(target, broken="is a draft")
    return _to_page(found, parts)


def _route_link(
    target: str, parts: Parts, reading: Reading, directory: Directory, trailing_slash: bool | None
) -> Link:
    assert reading.page is not None  # its text is where the target stands
    if not parts.path and not parts.tail.startswith("?"):
        return _to_page(reading, parts)
    locale = reading.file.locale
    if parts.path.startswith("/"):
        route = _with_base_url(parts.path, locale.base_url)
    else:
        route = resolve_pathname(parts.path, reading.page.permalink) if parts.path else reading.page.permalink
    found = directory.at_route(locale.origin, route)
    if found is not None:
        return _to_page(found, parts)
    if EXTENSION.search(parts.path):
        # Where a file beside the page will be served depends on a hash of its content.
        absolute = parts.path.startswith("/")
        return Link(browser_url(locale.origin, route) + parts.tail) if absolute else Link(target)
    route = apply_trailing_slash(route, trailing_slash=trailing_slash, base_url=locale.base_url)
    return Link(browser_url(locale.origin, route) + parts.tail)


def _to_page(found: Reading, parts: Parts) -> Link:
    assert found.page is not None  # the callers have looked
    address = found.page.url + SPACE.sub("%20", parts.tail)
    return Link(address, found, parts.anchor)


def _with_base_url(path: str, base_url: str) -> str:
    """`useBaseUrl` of @docusaurus/core for a path that starts with a slash."""
    if path == base_url.removesuffix("/"):
        return base_url
    return path if path.startswith(base_url) else base_url + path[1:]
