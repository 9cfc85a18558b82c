"""`python -m ingest [sync]`: brings the index to what the docs folder holds now."""

import argparse
import asyncio
import json
import sys
import time

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from ingest.plan import Plan
from pipeline.config import Config, load_config

LISTED = 20  # pages of a plan that are named; --json names all


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own options."""
    parser.add_argument("--dry-run", action="store_true", help="print the plan, change nothing")
    parser.add_argument("--rebuild", action="store_true", help="make everything anew")
    parser.add_argument("--json", action="store_true", help="print the report as one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """The report on stdout, progress and problems on stderr.  1 when a page could not be read.

    Raises ConfigError, SiteError, StoreError, EmbeddingError.
    """
    return asyncio.run(_run(load_config(arguments.config), arguments))


async def _run(config: Config, arguments: argparse.Namespace) -> int:
    # Heavy: not for --help.
    from ingest.syncing import planned, sync
    from pipeline.embedding import open_embedding
    from pipeline.store import open_store

    started = time.perf_counter()
    embedding = open_embedding(config.embedding)
    store = open_store(config.store)
    try:
        if arguments.dry_run:
            report = await planned(config, store, embedding)
        else:
            with _bar() as bar:
                task = bar.add_task("indexing", total=None)
                report = await sync(
                    config, store, embedding, rebuild=arguments.rebuild,
                    progress=lambda done, total: bar.update(task, completed=done, total=total),
                )  # fmt: skip
    finally:
        await store.aclose()
        await embedding.aclose()
    for problem in report.problems:
        print(problem, file=sys.stderr)
    told = {
        **report.plan.counts(),
        "chunks": report.counts.chunks,
        "embedded": report.counts.embedded,
        "reused": report.counts.reused,
        "rebuilt": report.rebuilt,
        "revision": report.revision,
        "problems": len(report.problems),
        "seconds": round(time.perf_counter() - started, 2),
    }
    if arguments.json:
        named = {
            "added": [page.source for page in report.plan.added],
            "changed": [page.source for page in report.plan.changed],
            "moved": [[record.source, page.source] for record, page in report.plan.moved],
            "deleted": [record.source for record in report.plan.deleted],
        }
        print(json.dumps({**told, "pages": named}, ensure_ascii=False))
    else:
        _tell(told, report.plan, arguments.dry_run)
    return 1 if report.unread else 0


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
