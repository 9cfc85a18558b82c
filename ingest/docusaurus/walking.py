"""Finds the pages below one content folder: one walk, names only, nothing is opened."""

import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ingest.docusaurus.boundary import Boundary
from ingest.docusaurus.globs import PageGlobs

# Folders entered through links, all together: more means links that point at each other.
MOST_LINKS = 400


@dataclass(slots=True)
class Walk:
    """What one walk found: `paths` of pages, relative, sorted; `notes` as (path, message)."""

    paths: list[str] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)


def walk_pages(folder: Path, globs: PageGlobs, boundary: Boundary) -> Walk:
    """The pages below `folder`.  Links are followed inside `boundary`; loops are cut."""
    return _Walker(folder, globs, boundary).walk()


class _Walker:
    def __init__(self, folder: Path, globs: PageGlobs, boundary: Boundary) -> None:
        self.folder, self.globs, self.boundary = folder, globs, boundary
        self.found = Walk()
        self.links = 0

    def walk(self) -> Walk:
        pending: list[tuple[str, frozenset[str]]] = [("", frozenset({os.path.realpath(self.folder)}))]
        while pending:
            pending += self._folder(*pending.pop())
        self.found.paths.sort()
        return self.found

    def _folder(self, relative: str, above: frozenset[str]) -> Iterator[tuple[str, frozenset[str]]]:
        """Notes the pages right in one folder; yields the folders to enter next.

        `above` are the real paths of the links' targets on the way here.
        """
        try:
            with os.scandir(self.folder / relative) as listing:
                entries = list(listing)
        except OSError as error:
            self.found.notes.append((relative, f"the folder cannot be read: {error.strerror}"))
            return
        for entry in entries:
            path = f"{relative}/{entry.name}" if relative else entry.name
            if _is_folder(entry):
                if self.globs.enters(path):
                    yield from self._entered(entry, path, above)
            elif self.globs.includes(path):
                self._page(entry, path)

    def _entered(
        self, entry: os.DirEntry[str], path: str, above: frozenset[str]
    ) -> Iterator[tuple[str, frozenset[str]]]:
        if not entry.is_symlink():
            yield path, above
            return
        real = os.path.realpath(entry.path)
        inside = os.path.realpath(os.path.dirname(entry.path))
        if real in above or inside == real or inside.startswith(real + os.sep):
            self.found.notes.append((path, "the link leads back to a folder above it and is not followed"))
        elif not self.boundary.allows(real):
            self.found.notes.append((path, "the link leads out of the site and is not followed"))
        elif self.links >= MOST_LINKS:
            self.found.notes.append((path, f"the link is not followed: there are over {MOST_LINKS}"))
        else:
            self.links += 1
            yield path, above | {real}

    def _page(self, entry: os.DirEntry[str], path: str) -> None:
        if entry.is_symlink() and not self.boundary.allows(entry.path):
            self.found.notes.append((path, "the link leads out of the site and is not followed"))
        elif not _is_utf8(path):
            self.found.notes.append((path, "the file's name is not UTF-8"))
        elif _is_file(entry):
            self.found.paths.append(path)
        elif entry.is_symlink():
            self.found.notes.append((path, "the link leads nowhere"))


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:  # a link to itself
        return False


def _is_file(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_file()
    except OSError:  # a link to itself
        return False


def _is_utf8(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True
