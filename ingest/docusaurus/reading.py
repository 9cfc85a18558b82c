"""One file becomes one page: front matter, address, title, then its Markdown.

Pure in the file, the files it imports and the site's options, so that it can run in other processes and
its result can be kept.  Which files there are is found in `discovery`; what holds between pages is
checked in `site`.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from ingest.docusaurus.boundary import Boundary
from ingest.docusaurus.dialects import file_format, site_dialect
from ingest.docusaurus.discovery import PageFile
from ingest.docusaurus.front_matter import Document, FrontMatter, check_fields, split_document
from ingest.docusaurus.link_targets import targets
from ingest.docusaurus.markdown import Dialect, read_body
from ingest.docusaurus.modules import SiteModules
from ingest.docusaurus.permalinks import apply_trailing_slash, browser_url, normalize_url
from ingest.docusaurus.problems import Problem, UnreadablePageError
from ingest.docusaurus.slugs import DocName, NoAddress, doc_name
from ingest.docusaurus.sources import read_source
from ingest.docusaurus.titles import content_title, excerpt
from pipeline.config.site import SiteConfig
from pipeline.models import Page


@dataclass(frozen=True, slots=True)
class Head:
    """All that is known of a page before its Markdown is read.

    `page` has no headings and sections yet; `body` is its Markdown, `body_line` where that starts in
    the file; `doc_id` is unique within a version and locale of a good site.
    """

    page: Page
    doc_id: str
    body: str
    body_line: int
    dialect: Dialect


Spans = tuple[tuple[tuple[int, int], ...], ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What came of one file.

    `page` is None when it could not be read; `problems` say why, or what was odd.  `imports` are the
    files whose text became part of the page: it changes when they do.  `links` are, for each section,
    where the targets of its links start and end.  `complete` unless an import led to no file.
    """

    file: PageFile
    page: Page | None
    doc_id: str = ""
    problems: tuple[Problem, ...] = ()
    imports: tuple[Path, ...] = ()
    links: Spans = ()
    complete: bool = True


class PageReader:
    """Reads the pages of one site, one after the other.  Make one in each process."""

    def __init__(self, site: SiteConfig) -> None:
        self._site = site
        self._docs = {docs.id: docs for docs in site.docs}
        boundary = Boundary(site)
        self._dialects = {docs.id: site_dialect(site.markdown, docs) for docs in site.docs}
        self._modules = {
            plugin: SiteModules(site.root, boundary, dialect, site.markdown.format)
            for plugin, dialect in self._dialects.items()
        }

    def read(self, file: PageFile) -> Reading:
        """The page in `file`.  Whatever is wrong with it is a problem, not an error."""
        try:
            head = self.read_head(file)
        except UnreadablePageError as error:
            return Reading(file, None, problems=tuple(Problem(file.source, *note) for note in error.notes))
        modules = self._modules[file.plugin]
        modules.missed = False
        body = read_body(
            head.body, title=head.page.title, dialect=head.dialect, modules=modules, path=file.path
        )
        problems = (
            Problem(file.source, problem.line + head.body_line - 1, problem.message)
            for problem in body.problems
        )
        page = replace(head.page, headings=body.headings, sections=body.sections)
        links = tuple(tuple(targets(section.text)) for section in page.sections)
        imports = tuple(map(Path, body.imports))
        return Reading(file, page, head.doc_id, tuple(problems), imports, links, not modules.missed)

    def read_head(self, file: PageFile) -> Head:
        """The page in `file` but for its Markdown.  Raises UnreadablePageError."""
        document = split_document(read_source(file.path))
        front = check_fields(document.data, document.key_lines)
        name = self._name(file, front, document)
        own_format = file_format(file.path, self._site.markdown.format, front.format)
        return Head(
            page=self._page(file, front, name, document),
            doc_id=name.doc_id,
            body=document.body,
            body_line=document.body_line,
            dialect=replace(self._dialects[file.plugin], format=own_format),
        )

    def _name(self, file: PageFile, front: FrontMatter, document: Document) -> DocName:
        numbers = front.parse_number_prefixes and self._docs[file.plugin].numberPrefixParser
        try:
            return doc_name(file.relative, front_id=front.id, slug=front.slug, strip_numbers=numbers)
        except NoAddress as error:
            raise UnreadablePageError((document.key_lines.get(error.key, 1), str(error))) from error

    def _page(self, file: PageFile, front: FrontMatter, name: DocName, document: Document) -> Page:
        route = self._route(file, name.slug)
        title = front.title if front.title is not None else content_title(document.body)
        return Page(
            source=file.source,
            permalink=route,
            url=browser_url(file.locale.origin, route),
            title=name.base_id if title is None else title,
            version=file.version.name,
            locale=file.locale.name,
            plugin=file.plugin,
            description=excerpt(document.body) if front.description is None else front.description,
            keywords=front.keywords,
            tags=tuple(dict.fromkeys(file.version.tag_labels.get(tag, tag) for tag in front.tags)),
            draft=front.draft,
            unlisted=front.unlisted,
            is_last_version=file.version.is_last,
            version_label=file.version.label,
        )

    def _route(self, file: PageFile, slug: str) -> str:
        permalink = normalize_url([file.version_path, slug])
        return apply_trailing_slash(
            permalink, trailing_slash=self._site.trailingSlash, base_url=file.locale.base_url
        )
