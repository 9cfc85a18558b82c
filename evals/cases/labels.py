"""What cases name, held against the site's pages: addresses and files become ids of pages and sections."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from urllib.parse import unquote

from evals.cases.models import Case, Judgment, Relevant
from pipeline.models import Hit, Page


def page_id(permalink: str) -> str:
    """A page's id: its permalink, decoded, without a slash at its end."""
    return unquote(permalink).rstrip("/") or "/"


def section_id(permalink: str, anchor: str) -> str:
    """A section's id; what stands before the first heading has the anchor ""."""
    return f"{page_id(permalink)}#{anchor}"


def hit_ids(hit: Hit) -> tuple[str, str]:
    """The ids of the section and of the page that a hit is of."""
    return section_id(hit.permalink, hit.anchor), page_id(hit.permalink)


class Site:
    """The pages of a site, to look labels up in.  `default_locale` is the one that a case means."""

    def __init__(self, pages: Sequence[Page], default_locale: str) -> None:
        self._locale = default_locale
        self._by_address: dict[str, Page] = {}
        self._by_source: dict[str, list[Page]] = defaultdict(list)
        for page in pages:
            self._by_address.setdefault(page_id(page.permalink), page)
            self._by_address.setdefault(page_id(page.url), page)
            self._by_source[page.source].append(page)
        self._versions = {name for page in pages for name in (page.version, page.version_label) if name}
        self._locales = {page.locale for page in pages}

    def judgment(self, case: Case) -> Judgment:
        """What is right for the case; labels that are not there are left out (see `problems`)."""
        sections: set[str] = set()
        pages: set[str] = set()
        for relevant in case.relevant:
            for page, anchor in self._found(relevant, case):
                pages.add(page_id(page.permalink))
                sections.add(
                    page_id(page.permalink) if anchor is None else section_id(page.permalink, anchor)
                )
        return Judgment(frozenset(sections), frozenset(pages))

    def problems(self, case: Case) -> Iterator[str]:
        """What the case names that the site does not have."""
        for relevant in case.relevant:
            if not any(True for _ in self._found(relevant, case)):
                yield f"the site has no {relevant}{self._why_not(relevant, case)}"
        for key, value, known in (
            ("version", case.filter.version, self._versions),
            ("language", case.filter.language, self._locales),
        ):
            if value is not None and value not in known:
                yield f"the site has no {key} {value!r}; it has {', '.join(sorted(known)) or 'none'}"

    def _found(self, relevant: Relevant, case: Case) -> Iterator[tuple[Page, str | None]]:
        """The pages that a label means, each with the label's anchor: None for the whole page.

        The anchor "", written `/page#`, is the text before the first heading.
        """
        name, mark, anchor = str(relevant).partition("#")
        anchor = unquote(anchor)
        for page in self._pages(relevant, name, case):
            if not anchor or anchor in _anchors(page):
                yield page, anchor if mark else None

    def _pages(self, relevant: Relevant, name: str, case: Case) -> list[Page]:
        if relevant.url is not None:
            page = self._by_address.get(page_id(name))
            return [page] if page else []
        found = self._by_source.get(name, [])
        locale = case.filter.language or self._locale
        return [page for page in found if page.locale == locale] or found

    def _why_not(self, relevant: Relevant, case: Case) -> str:
        name, _, anchor = str(relevant).partition("#")
        if anchor and (pages := self._pages(relevant, name, case)):
            known = ", ".join(sorted(_anchors(pages[0]))[:12])
            return f"; the page is there, its anchors are {known or 'none'}"
        return ""


def _anchors(page: Page) -> set[str]:
    named = {heading.id for heading in page.headings} | {section.anchor for section in page.sections}
    return named - {""}


def addresses(pages: Iterable[Page]) -> frozenset[str]:
    """Every address that a link may lead to: pages, and their headings."""
    return frozenset(
        address
        for page in pages
        for address in (page.url, *(f"{page.url}#{anchor}" for anchor in _anchors(page)))
    )
