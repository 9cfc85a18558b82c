"""Copies of an index's folder: a whole one to write on, a linked one to read from."""

import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

LINKED_FROM = 1 << 20  # bytes; smaller files are cheaper copied than shared
BLOCK = 1 << 20


def copy_tree(source: Path, target: Path) -> None:
    """A copy that shares nothing.  Holes stay holes: the engine reserves files far beyond their data."""
    _walk(source, target, _copy)


def link_tree(source: Path, target: Path) -> None:
    """A view for one reader: large files linked, small ones (which an opening rewrites) copied.

    Where links are not possible (another file system), everything is copied.
    """
    _walk(source, target, _link_or_copy)


def remove_tree(folder: Path) -> None:
    """Removes the folder; no error when it, or a part of it, is gone already."""
    with suppress(FileNotFoundError):
        shutil.rmtree(folder)


def _walk(source: Path, target: Path, place: Callable[[Path, Path], None]) -> None:
    for root, _, files in os.walk(source):
        folder = target / Path(root).relative_to(source)
        folder.mkdir(parents=True, exist_ok=True)
        for name in files:
            if not name.endswith(".lock"):
                place(Path(root) / name, folder / name)


def _link_or_copy(source: Path, target: Path) -> None:
    if source.stat().st_size >= LINKED_FROM:
        with suppress(OSError):
            os.link(source, target)
            return
    _copy(source, target)


def _copy(source: Path, target: Path) -> None:
    size = source.stat().st_size
    if size < BLOCK or not hasattr(os, "SEEK_DATA"):
        shutil.copyfile(source, target)
        return
    with source.open("rb") as reader, target.open("wb") as writer:
        writer.truncate(size)
        position = 0
        while position < size:
            try:
                position = os.lseek(reader.fileno(), position, os.SEEK_DATA)
            except OSError:  # ENXIO: only a hole is left
                return
            hole = os.lseek(reader.fileno(), position, os.SEEK_HOLE)
            reader.seek(position)
            writer.seek(position)
            while position < hole:
                block = reader.read(min(BLOCK, hole - position))
                writer.write(block)
                position += len(block)
