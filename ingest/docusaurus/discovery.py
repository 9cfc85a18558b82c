"""The cheap first step: which pages the site has, in every version and locale.  No page is opened.

The list of files comes from the content folder alone; a translation only replaces the text of a file
that is in it (plugin-content-docs `docs.ts`, readDocFile).
"""

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

from ingest.docusaurus.boundary import Boundary, relative_source
from ingest.docusaurus.globs import PageGlobs
from ingest.docusaurus.locales import Locale, label_file, read_locales, translated_folder, translated_label
from ingest.docusaurus.permalinks import normalize_url
from ingest.docusaurus.problems import Problem, UnreadablePageError
from ingest.docusaurus.tags import read_tag_labels, tags_file
from ingest.docusaurus.versions import Version, read_versions
from ingest.docusaurus.walking import walk_pages
from pipeline.config.site import DocsConfig, SiteConfig
from pipeline.errors import SiteError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class PageFile:
    """A file that will be one page.

    `path` is what to read (the translation where there is one), `source` the same relative to the
    site's root, `relative` its place below the version's folder, which decides its address.
    `version_path` is the address of the version's root ("/docs/next").
    """

    path: Path
    source: str
    relative: str
    plugin: str
    version: Version
    locale: Locale
    version_path: str


@dataclass(frozen=True, slots=True)
class Discovery:
    """Every page to be read, by locale, instance, version and path; and what was odd on the way."""

    files: tuple[PageFile, ...]
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True)
class _Listing:
    """The pages of one version, before locales."""

    docs: DocsConfig
    version: Version
    source: str
    paths: tuple[str, ...]


def discover(site: SiteConfig) -> Discovery:
    """The pages of `site`.  Raises SiteError when a folder or a version that it names is not there."""
    if not site.root.is_dir():
        raise SiteError(f"the folder {site.root} does not exist (`site.root`)")
    return _Discoverer(site).discover()


class _Discoverer:
    """Walks the folders of one site and gathers what is odd on the way."""

    def __init__(self, site: SiteConfig) -> None:
        self.root, self.site = site.root, site
        self.boundary = Boundary(site)
        self.problems: list[Problem] = []

    def discover(self) -> Discovery:
        listings = [listing for docs in self.site.docs for listing in self.listings(docs)]
        locales = read_locales(self.site)
        files = tuple(
            file for locale in locales for listing in listings for file in self.files(listing, locale)
        )
        return Discovery(files, tuple(dict.fromkeys(self.problems)))

    def listings(self, docs: DocsConfig) -> Iterator[_Listing]:
        versions, odd = read_versions(self.root, docs)
        self.problems.extend(odd)
        for version in versions:
            source = relative_source(version.folder, self.root)
            if not self.allowed(version.folder, source):
                continue
            globs = PageGlobs(docs.include, docs.exclude, version.folder)
            walk = walk_pages(version.folder, globs, self.boundary)
            for path, note in walk.notes:
                self.problems.append(Problem(_printable(_joined(source, path)), 0, note))
            if not walk.paths:
                self.problems.append(Problem(source, 0, f"version `{version.name}` has no pages"))
            yield _Listing(docs, version, source, tuple(walk.paths))

    def files(self, listing: _Listing, locale: Locale) -> Iterator[PageFile]:
        docs, version = listing.docs, self.localized(listing, locale)
        base = docs.routeBasePath if docs.routeBasePath.startswith("/") else f"/{docs.routeBasePath}"
        version_path = normalize_url([locale.base_url, base, version.path_part])
        translated = translated_folder(locale, docs.id, version.name)
        for relative in listing.paths:
            path, source = version.folder / relative, _joined(listing.source, relative)
            if translated is not None and os.path.isfile(candidate := translated / relative):
                translation = relative_source(candidate, self.root)
                if self.allowed(candidate, translation):
                    path, source = candidate, translation
            yield PageFile(path, source, relative, docs.id, version, locale, version_path)

    def localized(self, listing: _Listing, locale: Locale) -> Version:
        """The version with its label, and those of its tags, in the language of `locale`."""
        docs, version = listing.docs, listing.version
        label = self.read(label_file(locale, docs.id, version.name), translated_label)
        folders = (translated_folder(locale, docs.id, version.name), version.folder)
        tags = self.read(tags_file(docs, folders), read_tag_labels)
        return replace(version, label=label or version.label, tag_labels=tags or {})

    def read(self, path: Path | None, read: Callable[[Path], T]) -> T | None:
        """What `read` makes of the file at `path`; None, and a problem, if it may or can not be read."""
        if path is None or not self.allowed(path, source := relative_source(path, self.root)):
            return None
        try:
            return read(path)
        except UnreadablePageError as error:
            self.problems.extend(Problem(source, *note) for note in error.notes)
            return None

    def allowed(self, path: Path, source: str) -> bool:
        """Whether `path` may be read; notes it if not."""
        inside = self.boundary.allows(path)
        if not inside:
            self.problems.append(Problem(source, 0, "the link leads out of the site and is not followed"))
        return inside


def _joined(folder: str, path: str) -> str:
    return path if folder == "." else f"{folder}/{path}" if path else folder


def _printable(source: str) -> str:
    return source.encode("utf-8", "backslashreplace").decode()
