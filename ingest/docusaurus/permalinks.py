"""Addresses as Docusaurus joins, checks and serves them; pure functions on text.

Rules of @docusaurus/utils `urlUtils`, @docusaurus/utils-common `applyTrailingSlash` and the npm
package resolve-pathname, which Docusaurus 3.10 uses.  Which slug a page has is decided in `slugs`.
"""

import re
from collections.abc import Sequence
from urllib.parse import quote

# What the URL standard leaves as it is in a path, beside letters and digits; "%" is never encoded again.
PATH_SAFE = "!$%&'()*+,-./:;=@[\\]_|~"
# What JavaScript's encodeURI leaves as it is, beside letters and digits.
ENCODE_URI_SAFE = ";,/?:@&=+$-_.!~*'()#"
BEFORE_QUERY = re.compile(r"/(\?|&|#[^!/])")
REPEATED_SLASHES = re.compile(r"([^:/]/)/+")
# Removed or cut off by the URL parser before anything else is looked at.
C0_AND_SPACE = "".join(map(chr, range(0x21)))
DROPPED = str.maketrans("", "", "\t\n\r")


def normalize_url(parts: Sequence[str]) -> str:
    """The path that `parts` join to: single slashes, a slash at the end only if the last part has one.

    `normalizeUrl` of Docusaurus for parts without a protocol.
    """
    joined: list[str] = []
    ends_with_slash = False
    for index, part in enumerate(parts):
        last = index == len(parts) - 1
        if part == "":
            joined += ["/"] if last and ends_with_slash else []
        elif part == "/":
            joined.append(part)
        else:
            inner = part.lstrip("/") if index > 0 and joined else part
            ends_with_slash = inner.endswith("/")
            joined.append(inner.rstrip("/") + ("/" if last and ends_with_slash else ""))
    text = BEFORE_QUERY.sub(r"\1", "/".join(joined))
    path, *queries = text.split("?")
    text = path + ("?" + "&".join(queries) if queries else "")
    return re.sub(r"^/+", "/", REPEATED_SLASHES.sub(r"\1", text))


def apply_trailing_slash(path: str, *, trailing_slash: bool | None, base_url: str) -> str:
    """The route of `path` under the site's `trailingSlash`; "/" and `base_url` stay as they are."""
    if path.startswith("#") or trailing_slash is None:
        return path
    pathname = re.split(r"[#?]", path, maxsplit=1)[0]
    if pathname in ("/", base_url):
        return path
    changed = pathname.removesuffix("/") + ("/" if trailing_slash else "")
    return changed + path[len(pathname) :]


def resolve_pathname(to: str, base: str) -> str:
    """`to` as a link written at `base` (absolute, ending in a slash) would resolve.

    Too many ".." stop at the root.  `resolve-pathname` for an absolute `base`.
    """
    parts = to.split("/") if to.startswith("/") else base.split("/")[:-1] + to.split("/")
    trailing = parts[-1] in (".", "..", "")
    up, kept = 0, []
    for part in reversed(parts):
        if part == "..":
            up += 1
        elif part == ".":
            continue
        elif up:
            up -= 1
        else:
            kept.append(part)
    kept.reverse()
    if not kept or kept[0] != "":
        kept.insert(0, "")
    path = "/".join(kept)
    return path + "/" if trailing and not path.endswith("/") else path


def is_valid_pathname(path: str) -> bool:
    """Whether `path` is an absolute path that a URL parser leaves alone, but for encoding it."""
    if not path.startswith("/"):
        return False
    return _pathname(path) in (path, quote(path, safe=ENCODE_URI_SAFE))


def browser_url(origin: str, route: str) -> str:
    """`route` below `origin` as a browser writes it: percent-encoded once, what is encoded stays."""
    return origin + _pathname(route)


def _pathname(path: str) -> str:
    """`new URL(path, origin).pathname` of the URL standard, for a path that starts with a slash."""
    path = path.strip(C0_AND_SPACE).translate(DROPPED)
    path = re.split(r"[?#]", path, maxsplit=1)[0].replace("\\", "/")
    if path.startswith("//"):  # names another host: nothing of it is a path of ours
        path = "/" + path.lstrip("/").partition("/")[2]
    segments: list[str] = []
    *parents, name = path.split("/")[1:] or [""]
    for segment in parents:
        _step(segments, segment)
    dots = _step(segments, name)
    if dots:
        segments.append("")
    return "/" + "/".join(quote(segment, safe=PATH_SAFE) for segment in segments)


def _step(segments: list[str], segment: str) -> bool:
    """Goes one segment down, or up; whether the segment was "." or ".." in any spelling."""
    plain = segment.lower().replace("%2e", ".")
    if plain == "..":
        del segments[-1:]
    elif plain != ".":
        segments.append(segment)
        return False
    return True
