"""Brings the index to what the docs folder holds: read, plan, write, switch."""

import asyncio
import os
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from ingest.docusaurus.problems import Problem
from ingest.docusaurus.site import read_site
from ingest.plan import Plan, plan
from pipeline.config import Config
from pipeline.embedding import Embedding
from pipeline.errors import SiteError
from pipeline.indexing import IndexWriter, fingerprint, read_index
from pipeline.models import Page
from pipeline.store import Store
from pipeline.vectors import Counts

PAGES_AT_A_TIME = 16
BATCHES_AT_ONCE = 4  # one in chunking, one in the store, and two that keep the model busy between them
GIT_TIMEOUT = 10  # seconds


@dataclass(frozen=True, slots=True)
class Report:
    """What a sync found and did.

    `unread` are the sources of pages that could not be read, `rebuilt` when the settings had changed and all was made anew."""

    plan: Plan
    counts: Counts
    problems: tuple[Problem, ...]
    unread: frozenset[str]
    revision: str
    rebuilt: bool


Progress = Callable[[int, int], None]
"""Called with (pages written, pages to write)."""


async def sync(
    config: Config,
    store: Store,
    embedding: Embedding,
    *,
    rebuild: bool = False,
    progress: Progress = lambda done, total: None,
) -> Report:
    """Writes a new generation when there is anything to write, and switches to it.

    Raises SiteError (nothing to read; the index is left alone), StoreLocked, StoreError, EmbeddingError.
    """
    async with store.writer() as writer:
        pages, problems, unread = read_pages(config)
        base = await read_index(store, fingerprint(config.ingestion, embedding.name))
        try:
            anew = rebuild or base.stale or base.generation is None
            todo = plan(pages, {} if anew else base.records, unread)
            if todo.empty and not anew:
                assert base.manifest is not None
                return Report(todo, Counts(), problems, unread, base.manifest.revision, rebuilt=False)
            index = IndexWriter(writer, config, embedding, base)
            revision = await _write(index, todo, anew, config, progress)
            return Report(todo, index.counts, problems, unread, revision, rebuilt=anew)
        finally:
            if base.generation is not None:
                await store.close_reader(base.generation)


async def planned(config: Config, store: Store, embedding: Embedding) -> Report:
    """What `sync` would do; nothing is written."""
    pages, problems, unread = read_pages(config, keep=False)
    base = await read_index(store, fingerprint(config.ingestion, embedding.name))
    if base.generation is not None:
        await store.close_reader(base.generation)
    anew = base.stale or base.generation is None
    todo = plan(pages, {} if anew else base.records, unread)
    revision = base.manifest.revision if base.manifest else ""
    return Report(todo, Counts(), problems, unread, revision, anew)


def read_pages(
    config: Config, *, keep: bool = True
) -> tuple[list[Page], tuple[Problem, ...], frozenset[str]]:
    """The pages to index, what is wrong with some, and the sources that could not be read.

    With `keep`, what was read is remembered beside the index for the next time.

    Raises SiteError when there is no page at all: an empty folder is more often a wrong path than a wish.
    """
    cache = config.store.path / "pages.sqlite"
    reading = read_site(config.site, processes=os.cpu_count() or 1, cache=cache if keep else None)
    pages = [
        page
        for page in reading.pages
        if (config.ingestion.drafts or not page.draft) and (config.ingestion.unlisted or not page.unlisted)
    ]
    if not pages:
        listed = "".join(f"\n  {problem}" for problem in reading.problems[:10])
        raise SiteError(
            f"no page found below {config.site.root}: check `site.docs[].path` and `include`{listed}"
        )
    return pages, tuple(reading.problems), reading.unread


async def _write(index: IndexWriter, todo: Plan, anew: bool, config: Config, progress: Progress) -> str:
    pages = todo.to_write
    try:
        await index.begin(rebuild=anew)
        progress(0, len(pages))
        await _replace_all(index, pages, progress)
        await index.remove([record.key for record in todo.to_remove])
        return (await index.commit(commit=docs_commit(config.site.root))).revision
    finally:
        await index.discard()


async def _replace_all(index: IndexWriter, pages: Sequence[Page], progress: Progress) -> None:
    """Some pages are cut into chunks and some are stored while others are embedded: the model never waits."""
    batches = iter(
        [pages[start : start + PAGES_AT_A_TIME] for start in range(0, len(pages), PAGES_AT_A_TIME)]
    )
    done = 0

    async def work() -> None:
        nonlocal done
        for batch in batches:
            await index.replace(batch)
            done += len(batch)
            progress(done, len(pages))

    try:
        async with asyncio.TaskGroup() as group:
            for _ in range(BATCHES_AT_ONCE):
                group.create_task(work())
    except ExceptionGroup as failures:
        raise failures.exceptions[0] from failures


def docs_commit(root: Path) -> str:
    """The git commit of the docs' folder, "" where there is none."""
    try:
        found = subprocess.run(
            ["git", "-C", str(root), "rev-parse", "HEAD"],
            capture_output=True, text=True, timeout=GIT_TIMEOUT, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return found.stdout.strip() if found.returncode == 0 else ""
