"""Remembers what files said, so that an unchanged file is not parsed again.

A page follows from its file, the files it imports, its place in the site, the site's options and this
code: the key is a hash of all of them, and a changed one is simply another key.  A page that imports a
file that is not there is not kept: tomorrow it may be there.  Losing the cache costs time, nothing else.
"""

import hashlib
import sqlite3
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from ingest.docusaurus.discovery import PageFile
from ingest.docusaurus.problems import Problem
from ingest.docusaurus.reading import Reading, Spans
from pipeline.config.site import SiteConfig
from pipeline.models import Page

CODE = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Entry:
    """One remembered reading.  `imports` are files whose text is in the page, with the hash of each."""

    page: Page
    doc_id: str
    imports: dict[str, str]
    links: Spans
    problems: tuple[Problem, ...]


ENTRY = TypeAdapter(Entry)


class ReadingCache:
    """One SQLite file.  A damaged one, or a folder that cannot be written, is as good as none."""

    def __init__(self, path: Path, site: SiteConfig) -> None:
        self._path = path
        self._basis = _basis(site)
        self._sums: dict[Path, str] = {}

    def read(
        self, files: Sequence[PageFile], read: Callable[[Sequence[PageFile]], Iterator[Reading]]
    ) -> list[Reading]:
        """What comes of each of `files`, in their order; `read` reads those that are not remembered."""
        known = self._load()
        keys = {file: self._key(file) for file in files}
        found = {file: self._reading(file, known.get(keys[file])) for file in files}
        new = {reading.file: reading for reading in read([file for file in files if found[file] is None])}
        unused = known.keys() - {keys[file] for file, reading in found.items() if reading}
        self._store({keys[f]: entry for f, r in new.items() if (entry := self._entry(r))}, unused)
        return [found[file] or new[file] for file in files]

    def _key(self, file: PageFile) -> bytes:
        return hashlib.sha256(f"{self._basis}\n{file!r}\n{self._sum(file.path)}".encode()).digest()

    def _sum(self, path: Path) -> str:
        if path not in self._sums:
            try:
                self._sums[path] = hashlib.sha256(path.read_bytes()).hexdigest()
            except OSError:
                self._sums[path] = ""
        return self._sums[path]

    def _reading(self, file: PageFile, row: bytes | None) -> Reading | None:
        if row is None:
            return None
        with suppress(ValueError):
            entry = ENTRY.validate_json(row)
            if all(self._sum(Path(path)) == known for path, known in entry.imports.items()):
                imports = tuple(map(Path, entry.imports))
                return Reading(file, entry.page, entry.doc_id, entry.problems, imports, entry.links)
        return None

    def _entry(self, reading: Reading) -> bytes | None:
        if reading.page is None or not reading.complete:
            return None
        imports = {str(path): self._sum(path) for path in reading.imports}
        entry = Entry(reading.page, reading.doc_id, imports, reading.links, reading.problems)
        return ENTRY.dump_json(entry)

    def _load(self) -> dict[bytes, bytes]:
        if not self._path.is_file():
            return {}
        try:
            with closing(sqlite3.connect(self._path)) as database:
                return dict(database.execute("SELECT key, entry FROM pages"))
        except sqlite3.Error:
            with suppress(OSError):
                self._path.unlink()  # damaged: begin anew
            return {}

    def _store(self, new: dict[bytes, bytes], unused: Collection[bytes]) -> None:
        if not new and not unused:
            return
        with suppress(OSError, sqlite3.Error):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with closing(sqlite3.connect(self._path)) as database, database:
                database.execute("CREATE TABLE IF NOT EXISTS pages (key BLOB PRIMARY KEY, entry BLOB)")
                database.executemany("DELETE FROM pages WHERE key = ?", [(key,) for key in unused])
                database.executemany("INSERT OR REPLACE INTO pages VALUES (?, ?)", new.items())


def _basis(site: SiteConfig) -> str:
    """A hash of all that is the same for every page: the options and the code that reads."""
    total = hashlib.sha256(site.model_dump_json().encode())
    for file in sorted(CODE.rglob("*.py")):
        total.update(file.read_bytes())
    return total.hexdigest()
