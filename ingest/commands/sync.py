"""`python -m ingest [sync]`: brings the index to what the docs folder holds now."""

import argparse
import asyncio
import json
import sys
import time
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ingest.plan import Plan
from ingest.site_config.completing import complete_site
from ingest.site_config.running import find_node
from pipeline.config import Config, load_config
from pipeline.errors import FingerpostError

if TYPE_CHECKING:
    from ingest.syncing import Report
    from pipeline.embedding import Embedding
    from pipeline.store import Store

LISTED = 20  # pages of a plan that are named; --json names all


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own options."""
    parser.add_argument("--dry-run", action="store_true", help="print the plan, change nothing")
    parser.add_argument("--rebuild", action="store_true", help="make everything anew")
    parser.add_argument("--watch", action="store_true", help="go on: sync again after each edit")
    parser.add_argument("--no-node", action="store_true", help="run none of the site's JavaScript")
    parser.add_argument("--json", action="store_true", help="print the report as one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """The report on stdout, progress and problems on stderr.  1 when a page could not be read.

    Raises ConfigError, SiteError, StoreError, EmbeddingError.
    """
    return asyncio.run(_run(load_config(arguments.config), arguments))


def _completed(config: Config, *, no_node: bool) -> Config:
    """With what the site's own configuration says, where ours does not; what is odd about it on stderr."""
    node = find_node(allowed=config.ingestion.node and not no_node)
    site, notes = complete_site(config.site, config.store.path, node=node)
    for note in notes:
        print(note, file=sys.stderr)
    return config.model_copy(update={"site": site})


async def _run(config: Config, arguments: argparse.Namespace) -> int:
    # Heavy: not for --help.
    from pipeline.embedding import open_for_ingest
    from pipeline.store import open_store

    embedding = open_for_ingest(config.embedding, config.ingestion)
    store = open_store(config.store)
    try:
        if arguments.watch:
            return await _watch(config, store, embedding, arguments)
        return await _once(config, store, embedding, arguments)
    finally:
        await store.aclose()
        await embedding.aclose()


async def _watch(
    config: Config, store: "Store", embedding: "Embedding", arguments: argparse.Namespace
) -> int:
    from ingest.watching import edits

    bursts = edits(config)
    while True:
        # The watch begins before the sync, so that no edit falls between the two.
        edited = asyncio.ensure_future(anext(bursts, None))
        await asyncio.sleep(0)
        try:
            await _once(config, store, embedding, arguments)
        except FingerpostError as error:  # an edit half done, say: the next one may mend it
            print(f"error: {error}", file=sys.stderr)
        print(f"watching {config.site.root}; Ctrl+C ends it", file=sys.stderr, flush=True)
        changes = await edited
        if changes is None:
            return 0
        print(f"{len(changes)} files edited", file=sys.stderr)


async def _once(config: Config, store: "Store", embedding: "Embedding", arguments: argparse.Namespace) -> int:
    """One sync, or its plan, and the report."""
    from ingest.syncing import planned, sync

    config = _completed(config, no_node=arguments.no_node)
    started = time.perf_counter()
    if arguments.dry_run:
        report = await planned(config, store, embedding)
    else:
        with _bar() as bar:
            task = bar.add_task("indexing", total=None)
            report = await sync(
                config, store, embedding, rebuild=arguments.rebuild,
                progress=lambda done, total: bar.update(task, completed=done, total=total),
            )  # fmt: skip
    for problem in report.problems:
        print(problem, file=sys.stderr)
    told = _told(report, time.perf_counter() - started)
    if arguments.json:
        print(json.dumps({**told, "pages": _named(report.plan)}, ensure_ascii=False), flush=True)
    else:
        _tell(told, report.plan, arguments.dry_run)
    return 1 if report.unread else 0


def _told(report: "Report", seconds: float) -> dict[str, object]:
    return {
        **report.plan.counts(),
        "chunks": report.counts.chunks,
        "embedded": report.counts.embedded,
        "reused": report.counts.reused,
        "rebuilt": report.rebuilt,
        "revision": report.revision,
        "problems": len(report.problems),
        "seconds": round(seconds, 2),
    }


def _named(plan: Plan) -> dict[str, object]:
    return {
        "added": [page.source for page in plan.added],
        "changed": [page.source for page in plan.changed],
        "moved": [[record.source, page.source] for record, page in plan.moved],
        "deleted": [record.source for record in plan.deleted],
    }


def _bar() -> Progress:
    return Progress(
        TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TextColumn("pages"),
        TimeRemainingColumn(), console=Console(stderr=True), transient=True,
    )  # fmt: skip


def _tell(told: dict[str, object], plan: Plan, dry_run: bool) -> None:
    lines = [f"  + {page.source}" for page in plan.added]
    lines += [f"  ~ {page.source}" for page in plan.changed]
    lines += [f"  > {record.source} -> {page.source}" for record, page in plan.moved]
    lines += [f"  - {record.source}" for record in plan.deleted]
    for line in lines[:LISTED]:
        print(line)
    if len(lines) > LISTED:
        print(f"  ... and {len(lines) - LISTED} more")
    print(
        "{added} added, {changed} changed, {moved} moved, {deleted} deleted, {kept} unchanged pages".format(
            **told
        )
    )
    if dry_run:
        print("nothing was written (--dry-run)")
    elif told["chunks"] or lines:
        print(
            "{chunks} chunks written: {embedded} embedded, {reused} with the vectors they had; "
            "revision {revision}, {seconds} s".format(**told)
        )
    else:
        print("0 embedded; the index is up to date: revision {revision}, {seconds} s".format(**told))
