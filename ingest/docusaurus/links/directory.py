"""The site's pages by file and by address, for every locale: what a link can lead to."""

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from urllib.parse import unquote

from ingest.docusaurus.reading import Reading

ALIAS = "@site/"


class Directory:
    """Finds what was read from a file, or is served at an address.  `root` is the site's folder."""

    def __init__(self, root: Path, readings: Iterable[Reading]) -> None:
        self._root = str(root)
        self._files: dict[tuple[str, str, str], Reading] = {}
        self._any_instance: dict[tuple[str, str], Reading] = {}
        self._routes: dict[str, Reading] = {}
        for reading in readings:
            self._add(reading)

    def _add(self, reading: Reading) -> None:
        file, page = reading.file, reading.page
        # A translation is found by the place of its original as well.
        for path in {os.path.normpath(file.path), self._original(reading)}:
            self._files.setdefault((file.locale.name, file.plugin, path), reading)
            self._any_instance.setdefault((file.locale.name, path), reading)
        if page is not None and not page.draft:
            self._routes.setdefault(file.locale.origin + _route(page.permalink), reading)

    def at_route(self, origin: str, route: str) -> Reading | None:
        """What is served at `route` of the site at `origin`, with or without a slash at the end."""
        return self._routes.get(origin + _route(route))

    def at_file(self, link: str, reading: Reading) -> Reading | None:
        """What was read from the Markdown file that `link`, written in `reading`, names.

        The order of `resolveMarkdownLinkPathname` in @docusaurus/utils 3.10; `./` and `../` in imported
        files are already seen from the page.  Where it finds nothing, the place of the untranslated file
        and those of imported files count too, and other docs instances: a reader is served better by
        the page that is meant than by a dead link.
        """
        locale, plugin = reading.file.locale.name, reading.file.plugin
        paths = list(self._paths(unquote(link), reading))
        found = (self._files.get((locale, plugin, path)) for path in paths)
        elsewhere = (self._any_instance.get((locale, path)) for path in paths)
        return next((there for there in (*found, *elsewhere) if there is not None), None)

    def _paths(self, link: str, reading: Reading) -> Iterator[str]:
        if link.startswith(ALIAS):
            yield _joined(self._root, link.removeprefix(ALIAS))
            return
        if not link.startswith("/"):
            places = (str(reading.file.path), self._original(reading), *map(str, reading.imports))
            for folder in dict.fromkeys(map(os.path.dirname, places)):
                yield _joined(folder, link)
        if not link.startswith(("./", "../")):
            yield _joined(str(reading.file.version.folder), link)
            yield _joined(self._root, link)

    @staticmethod
    def _original(reading: Reading) -> str:
        return _joined(str(reading.file.version.folder), reading.file.relative)


def _joined(folder: str, path: str) -> str:
    return os.path.normpath(f"{folder}/{path}")


def _route(permalink: str) -> str:
    return unquote(permalink).rstrip("/")
