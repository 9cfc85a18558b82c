"""Rewrites the links of all pages of a site, once all of them are read."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from ingest.docusaurus.link_targets import rewrite_targets
from ingest.docusaurus.links.addresses import Link, resolve
from ingest.docusaurus.links.anchors import Anchors
from ingest.docusaurus.links.directory import Directory
from ingest.docusaurus.problems import Problem
from ingest.docusaurus.reading import Reading
from pipeline.config.site import SiteConfig
from pipeline.models import Page, Section

MOST_PROBLEMS = 5  # of one page that are told one by one


def link_pages(site: SiteConfig, readings: Sequence[Reading]) -> list[Reading]:
    """`readings`, all those of `site`, in their order, with every link in their texts resolved.

    A file that is no page, and an anchor that a page does not have, are added to the problems of the
    page that links there.  Nothing is raised.
    """
    linker = _Linker(site, readings)
    return [linker.linked(reading) for reading in readings]


class _Linker:
    def __init__(self, site: SiteConfig, readings: Sequence[Reading]) -> None:
        self._trailing_slash = site.trailingSlash
        self._directory = Directory(site.root, readings)
        self._anchors = Anchors()

    def linked(self, reading: Reading) -> Reading:
        page = reading.page
        if page is None or not any(reading.links):
            return reading
        links: dict[str, Link] = {}

        def address(target: str) -> str:
            if target not in links:
                links[target] = resolve(target, reading, self._directory, self._trailing_slash)
            return links[target].address

        sections = tuple(
            _rewritten(section, rewrite_targets(section.text, spans, address))
            for section, spans in zip(page.sections, reading.links, strict=True)
        )
        problems = tuple(_shortened(page, list(self._problems(reading, page, links))))
        return replace(
            reading, page=replace(page, sections=sections), problems=(*reading.problems, *problems)
        )

    def _problems(self, reading: Reading, page: Page, links: dict[str, Link]) -> Iterator[Problem]:
        for target, link in links.items():
            message = link.broken and f"links to {target}, which {link.broken}"
            if link.page is not None and not self._anchors.may_hold(link.page, link.anchor):
                assert link.page.page is not None
                message = f"links to {target}, but {link.page.page.source} has no heading #{link.anchor}"
            if message:
                yield Problem(page.source, _line(self._anchors.texts(reading)[0], target), message)


def _rewritten(section: Section, text: str) -> Section:
    return section if text == section.text else replace(section, text=text)


def _shortened(page: Page, problems: list[Problem]) -> Iterator[Problem]:
    """The first few `problems`, and the number of the others: one rename can break a link many times."""
    yield from problems[:MOST_PROBLEMS]
    if len(problems) > MOST_PROBLEMS:
        more = len(problems) - MOST_PROBLEMS
        yield Problem(page.source, 0, f"has {more} more links that lead nowhere")


def _line(source: str, target: str) -> int:
    """The line of the first link to `target`, 0 if it is written otherwise than it reads."""
    places = (source.find(f"{before}{target}") for before in ("](", "](<", "]: ", '"', "'"))
    place = min((place for place in places if place >= 0), default=-1)
    return source.count("\n", 0, place) + 1 if place >= 0 else 0
