"""What a page can be linked at, as far as its files tell."""

import re
from pathlib import Path
from urllib.parse import unquote

from ingest.docusaurus.problems import UnreadablePageError
from ingest.docusaurus.reading import Reading
from ingest.docusaurus.sources import read_source

# Made by browsers and by footnotes, not by headings.
GIVEN = re.compile(r"top\Z|:~:|user-content-")


class Anchors:
    """Answers for the pages of one site.  Remembers the ids of each, and opens a file only in doubt."""

    def __init__(self) -> None:
        self._ids: dict[int, frozenset[str]] = {}
        self._mentioned: dict[tuple[int, str], bool] = {}
        self._texts: dict[int, tuple[str, ...]] = {}

    def may_hold(self, reading: Reading, anchor: str) -> bool:
        """Whether the page has `anchor`, or its files mention it as an id, so that a component may."""
        spellings = {anchor, unquote(anchor)}
        if not anchor or GIVEN.match(anchor) or spellings & self._known(reading):
            return True
        key = (id(reading), anchor)
        if key not in self._mentioned:
            texts = self.texts(reading)
            self._mentioned[key] = any(_written_as_id(word, text) for word in spellings for text in texts)
        return self._mentioned[key]

    def texts(self, reading: Reading) -> tuple[str, ...]:
        """The page's file and those that it imports; "" for what cannot be read any more."""
        if id(reading) not in self._texts:
            self._texts[id(reading)] = tuple(map(_text, (reading.file.path, *reading.imports)))
        return self._texts[id(reading)]

    def _known(self, reading: Reading) -> frozenset[str]:
        page = reading.page
        assert page is not None  # only pages are linked to
        if id(reading) not in self._ids:
            headings = (heading.id for heading in page.headings)
            sections = (section.anchor for section in page.sections)
            self._ids[id(reading)] = frozenset((*headings, *sections))
        return self._ids[id(reading)]


def _text(path: Path) -> str:
    try:
        return read_source(path)
    except UnreadablePageError:
        return ""


def _written_as_id(anchor: str, text: str) -> bool:
    if anchor not in text:
        return False
    name = re.escape(anchor)
    quoted, bare = rf"[\"'`]{name}[\"'`]", rf"\b(?:id|name)={name}(?![\w-])"
    return re.search(rf"{quoted}|{bare}|\{{[^{{}}\n]*#{name}[\s}}*]", text) is not None
