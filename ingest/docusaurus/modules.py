"""Fetches the files that pages import: partials, and other files as raw text.

What an import means for the page is worked out in `markdown`; here it is only turned into a file below
the site's folders.  Packages, aliases of plugins and loaders other than raw-loader are not followed.
"""

import os
from dataclasses import replace
from pathlib import Path

from ingest.docusaurus.boundary import Boundary
from ingest.docusaurus.dialects import file_format
from ingest.docusaurus.front_matter import check_fields, split_document
from ingest.docusaurus.front_matter.fields import Format
from ingest.docusaurus.markdown import Dialect, Module
from ingest.docusaurus.problems import UnreadablePageError
from ingest.docusaurus.sources import read_source

MARKDOWN = (".md", ".mdx")


class SiteModules:
    """The imports of one docs instance's pages; implements `markdown.Modules`.

    A file is read again only when its size or time of change differs.
    """

    def __init__(self, root: Path, boundary: Boundary, dialect: Dialect, site_format: Format) -> None:
        """`dialect` and `site_format` are the site's; a partial's own front matter may change its format."""
        self._root, self._boundary = root, boundary
        self._dialect, self._format = dialect, site_format
        self.missed = False  # whether text of the site was asked for that is not there
        self._read: dict[tuple[Path, bool], tuple[tuple[int, int], Module | None]] = {}

    def load(self, specifier: str, importer: Path) -> Module | None:
        """The file that `specifier` stands for in `importer`, or None.  Raises nothing."""
        loaders, _, request = specifier.rpartition("!")
        raw = "raw-loader" in loaders
        if loaders.strip("!") and not raw:
            return None
        try:
            path = self._path(request.partition("?")[0], importer)
            if path is None or not self._boundary.allows(path):
                return None
            return self._module(path, raw)
        except (OSError, ValueError):  # a name too long, a NUL in it, a file that goes away meanwhile
            return None

    def _path(self, request: str, importer: Path) -> Path | None:
        if request.startswith("@site/"):
            return Path(os.path.normpath(self._root / request.removeprefix("@site/").lstrip("/")))
        if request.startswith(("./", "../")):
            return Path(os.path.normpath(importer.parent / request))
        return None

    def _module(self, path: Path, raw: bool) -> Module | None:
        if not (raw or path.suffix in MARKDOWN):
            return None
        if not path.is_file():
            self.missed = True
            return None
        state = path.stat()
        key, stamp = (path, raw), (state.st_mtime_ns, state.st_size)
        if key not in self._read or self._read[key][0] != stamp:
            self._read[key] = stamp, self._opened(path, raw)
        return self._read[key][1]

    def _opened(self, path: Path, raw: bool) -> Module | None:
        try:
            text = read_source(path)
            if raw:
                return Module(path, text, self._dialect, "raw")
            document = split_document(text)
        except UnreadablePageError:
            return None
        own = file_format(path, self._format, _named_format(document.data))
        return Module(path, document.body, replace(self._dialect, format=own), "markdown")


def _named_format(data: object) -> Format | None:
    """The format that a partial's front matter names; the rest of it is ignored, even if wrong."""
    mdx = data.get("mdx") if isinstance(data, dict) else None
    try:
        return check_fields({"mdx": mdx}).format
    except UnreadablePageError:
        return None
