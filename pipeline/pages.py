"""A whole page, read back from the index by its address.  Nothing is searched or ranked here."""

import heapq
import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from pipeline.live import LiveIndex, Served
from pipeline.models import Page, Section
from pipeline.records import PageRecord, read_records
from pipeline.store.generation import Generation, matches, scroll_all

FIELDS = ["anchor", "title", "breadcrumbs", "place", "text"]
NEAR = 5
WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True, slots=True)
class _Directory:
    """The pages of one generation, by permalink."""

    generation: str
    pages: dict[str, PageRecord]


class Pages:
    """Gives pages of the index that is live.  Keeps the list of pages of one generation."""

    def __init__(self, index: LiveIndex) -> None:
        self._index = index
        self._directory = _Directory("", {})

    async def get(self, address: str) -> Page | None:
        """The page at `address`, None when the index has none there.

        `address` is a page's url or permalink; a trailing slash, a query and an anchor say nothing.
        The page has its sections in the page's order, as they were indexed, and no headings.
        Raises NoIndex, StaleIndex, StoreError.
        """
        served = self._index.served
        record = (await self._pages(served)).get(_place(address, served.manifest.site) or "")
        return None if record is None else _page(record, await _sections(served.generation, record))

    async def near(self, address: str) -> tuple[str, ...]:
        """At most NEAR urls whose path shares words with that of `address`, the most alike first."""
        wanted = set(WORD.findall(_path(address).lower()))
        pages = await self._pages(self._index.served)
        alike = ((_likeness(wanted, place), record.url) for place, record in pages.items())
        best = heapq.nlargest(NEAR, (found for found in alike if found[0] > 0), key=lambda found: found[0])
        return tuple(url for _, url in best)

    async def _pages(self, served: Served) -> dict[str, PageRecord]:
        name = served.generation.name
        if self._directory.generation != name:
            records = await read_records(served.generation)
            self._directory = _Directory(name, {_path(r.permalink): r for r in records.values()})
        return self._directory.pages


def _path(address: str) -> str:
    """The path alone, decoded, with a slash before it and none after it."""
    try:
        path = urlsplit(address.strip()).path
    except ValueError:  # "http://[": no address at all
        return ""
    return "/" + unquote(path).strip("/")


def _place(address: str, site: str) -> str | None:
    """The path of `address`, None when it is another site's."""
    try:
        host = urlsplit(address.strip()).netloc
    except ValueError:
        return None
    return _path(address) if host in ("", urlsplit(site).netloc) else None


def _likeness(wanted: set[str], place: str) -> float:
    """Shared words of two paths, by all of their words: 0 to 1 (Jaccard's index)."""
    words = set(WORD.findall(place.lower()))
    return len(wanted & words) / (len(wanted | words) or 1)


async def _sections(generation: Generation, record: PageRecord) -> tuple[Section, ...]:
    """The page's chunks in their order; chunks of one section are one text again."""
    where = matches(kind="chunk", page=record.key)
    chunks = [point.payload or {} async for point in scroll_all(generation, where, payload=FIELDS)]
    found: list[Section] = []
    for chunk in sorted(chunks, key=lambda chunk: int(chunk["place"])):
        text = chunk["text"]
        if found and found[-1].anchor == chunk["anchor"]:
            text = f"{found.pop().text}\n\n{text}"
        found.append(Section(chunk["anchor"], chunk["title"], tuple(chunk["breadcrumbs"]), text))
    return tuple(found)


def _page(record: PageRecord, sections: tuple[Section, ...]) -> Page:
    return Page(
        source=record.source,
        permalink=record.permalink,
        url=record.url,
        title=record.title,
        version=record.version,
        version_label=record.version_label,
        locale=record.locale,
        is_last_version=record.last,
        sections=sections,
    )
