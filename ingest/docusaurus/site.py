"""The whole site, read: every page of every version and locale, and everything that is wrong with it.

The two steps behind it, for who wants to plan between them, are `discovery.discover` and
`reading.PageReader` (or `workers.read_pages`, for many); `links.link_pages` then needs all that was read.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.docusaurus.discovery import PageFile, discover
from ingest.docusaurus.links import link_pages
from ingest.docusaurus.problems import Problem
from ingest.docusaurus.reading import Reading
from ingest.docusaurus.reading_cache import ReadingCache
from ingest.docusaurus.workers import read_pages
from pipeline.config.site import SiteConfig
from pipeline.models import Page


@dataclass(frozen=True, slots=True)
class SiteReading:
    """`pages` in the order of discovery, drafts among them; `problems` sorted by file and line.

    `unread` are the sources of pages that are there and could not be read.
    """

    pages: tuple[Page, ...]
    problems: tuple[Problem, ...]
    unread: frozenset[str] = frozenset()


def read_site(config: SiteConfig, *, processes: int = 1, cache: Path | None = None) -> SiteReading:
    """Every page that `config` describes, read in up to `processes` (see `workers`).

    With `cache`, a file of our own, unchanged pages are not parsed again.  A page that cannot be read is left out and reported.  Raises SiteError when a folder or a version
    that the options name does not exist.
    """
    found = discover(config)

    def read(files: Sequence[PageFile]) -> Iterator[Reading]:
        return read_pages(config, files, processes=processes)

    read_all = (
        list(read(found.files)) if cache is None else ReadingCache(cache, config).read(found.files, read)
    )
    readings = link_pages(config, read_all)
    pages = tuple(reading.page for reading in readings if reading.page is not None)
    unread = frozenset(reading.file.source for reading in readings if reading.page is None)
    return SiteReading(pages, collect_problems(found.problems, readings), unread)


def collect_problems(found: Iterable[Problem], readings: Iterable[Reading]) -> tuple[Problem, ...]:
    """What discovery and reading noted, and what is wrong between pages, each once, sorted."""
    readings = list(readings)
    noted = (problem for reading in readings for problem in reading.problems)
    return tuple(sorted({*found, *noted, *_collisions(readings)}))


def _collisions(readings: Iterable[Reading]) -> Iterator[Problem]:
    """Two pages at one address, or with one id in the same version.  Drafts are not served."""
    routes: dict[tuple[str, ...], list[Page]] = defaultdict(list)
    ids: dict[tuple[str, ...], list[Page]] = defaultdict(list)
    for reading in readings:
        page = reading.page
        if page is None or page.draft:
            continue
        routes[page.locale, page.url, page.permalink].append(page)
        ids[page.locale, page.plugin, page.version, reading.doc_id].append(page)
    for (*_, permalink), pages in routes.items():
        for page in pages[1:]:
            yield Problem(page.source, 0, f"is served at {permalink}, and so is {pages[0].source}")
    for (*_, doc_id), pages in ids.items():
        for page in pages[1:]:
            yield Problem(page.source, 0, f"has the id `{doc_id}`, and so has {pages[0].source}")
