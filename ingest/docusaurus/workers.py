"""Reads many pages, in several processes when there are enough of them to pay for the start."""

import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor

from ingest.docusaurus.discovery import PageFile
from ingest.docusaurus.reading import PageReader, Reading
from pipeline.config.site import SiteConfig

# A process takes about as long to start as it takes to read some fifty pages.
FEWEST_PAGES = 250
PAGES_AT_A_TIME = 16

_readers: list[PageReader] = []  # in a worker: its own reader


def read_pages(site: SiteConfig, files: Sequence[PageFile], *, processes: int = 1) -> Iterator[Reading]:
    """What comes of each of `files`, in their order.

    Uses at most `processes`, and fewer for few files.  More than one need a main module that can be
    imported without doing anything, as for all of `multiprocessing`.
    """
    wanted = min(processes, len(files) // FEWEST_PAGES)
    if wanted <= 1:
        reader = PageReader(site)
        yield from map(reader.read, files)
        return
    context = multiprocessing.get_context("spawn")  # a fork would copy the threads' locks
    with ProcessPoolExecutor(wanted, context, initializer=_start, initargs=(site,)) as pool:
        yield from pool.map(_read, files, chunksize=PAGES_AT_A_TIME)


def _start(site: SiteConfig) -> None:
    _readers[:] = [PageReader(site)]


def _read(file: PageFile) -> Reading:
    return _readers[0].read(file)
