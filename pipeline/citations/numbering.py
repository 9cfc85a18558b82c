"""Hits become numbered sources, one for each section; and which links an answer may hold."""

import re
from collections.abc import Iterable, Sequence

from pipeline.models import Hit, Source

LINK_TARGET = re.compile(
    r"(?<!!)\[[^\]\n]*\]\(\s*<?((?:[^()<>\s]|\((?:[^()<>\s]|\([^()<>\s]*\))*\))+)"
)  # with balanced parentheses, two deep
URL_IN_TEXT = re.compile(r"https?://[^\s<>\"'`)\]]+")


def number_sources(hits: Sequence[Hit], *, limit: int, max_words: int) -> tuple[Source, ...]:
    """At most `limit` sources in the order of their best hit, at most `max_words` words in all.

    Chunks of one section become one source, its texts in the order in which they were found.  The
    first source always fits, however long.
    """
    groups: dict[str, list[Hit]] = {}
    words = 0
    for hit in hits:
        length = len(hit.text.split())
        if words and words + length > max_words:
            continue
        if hit.url not in groups and len(groups) == limit:
            continue
        groups.setdefault(hit.url, []).append(hit)
        words += length
    return tuple(
        Source(str(number), url, group[0].title, group[0].breadcrumbs, "\n\n".join(h.text for h in group))
        for number, (url, group) in enumerate(groups.items(), 1)
    )


def allowed_links(sources: Iterable[Source], *, site_url: str, external: bool) -> dict[str, str]:
    """Every address that may be linked in an answer -> the address to write.

    These are the sources themselves and the links in their texts: those of the site (its own
    address, or a path) and, when `external`, any http(s) address.  Sources can be named by their
    path alone.
    """
    links: dict[str, str] = {}
    for source in sources:
        links[source.url] = source.url
        if site_url and source.url.startswith(site_url + "/"):
            links[source.url[len(site_url) :]] = source.url
        for target in LINK_TARGET.findall(source.text):
            if target.startswith("/") and not target.startswith("//"):
                links.setdefault(target, site_url + target)
                links.setdefault(site_url + target, site_url + target)
            elif _same_site(target, site_url) or (external and target.startswith(("https://", "http://"))):
                links.setdefault(target, target)
    return links


def addresses_in(sources: Iterable[Source]) -> frozenset[str]:
    """Every http(s) address that stands anywhere in the sources: may be shown, as text."""
    return frozenset(address.rstrip(".,;:!?") for s in sources for address in URL_IN_TEXT.findall(s.text))


def _same_site(target: str, site_url: str) -> bool:
    return bool(site_url) and (target == site_url or target.startswith((site_url + "/", site_url + "#")))
