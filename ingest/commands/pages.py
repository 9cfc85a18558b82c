"""`python -m ingest pages`: the pages as they are seen, nothing is indexed."""

import argparse
import os
import sys
from collections.abc import Iterable, Sequence

import orjson

from ingest.docusaurus.problems import Problem
from ingest.docusaurus.site import read_site
from ingest.site_config.completing import complete_site
from ingest.site_config.running import find_node
from pipeline.config import load_config
from pipeline.models import Page

COLUMNS = ("permalink", "title", "version", "locale")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own options."""
    parser.add_argument("--no-node", action="store_true", help="run none of the site's JavaScript")
    parser.add_argument("--json", action="store_true", help="print one JSON object a line")


def run(arguments: argparse.Namespace) -> int:
    """Prints the pages on stdout, problems on stderr.  1 when a page could not be read, else 0.

    Raises ConfigError and SiteError.
    """
    config = load_config(arguments.config)
    node = find_node(allowed=config.ingestion.node and not arguments.no_node)
    site, notes = complete_site(config.site, config.store.path, node=node)
    sys.stderr.writelines(f"{note}\n" for note in notes)
    reading = read_site(site, processes=os.cpu_count() or 1)
    if arguments.json:
        sys.stdout.writelines(_json_lines(reading.pages))
    else:
        sys.stdout.writelines(_table(reading.pages))
    sys.stderr.writelines(_summary(reading.pages, reading.problems))
    return 1 if reading.unread else 0


def _json_lines(pages: Iterable[Page]) -> Iterable[str]:
    for page in pages:
        row = {
            "source": page.source,
            "permalink": page.permalink,
            "url": page.url,
            "title": page.title,
            "version": page.version,
            "locale": page.locale,
            "plugin": page.plugin,
            "draft": page.draft,
            "unlisted": page.unlisted,
            "headings": page.headings,
        }
        yield orjson.dumps(row).decode() + "\n"


def _table(pages: Iterable[Page]) -> Iterable[str]:
    rows: list[Sequence[str]] = [[name.upper() for name in COLUMNS]]
    rows += [[str(getattr(page, name)) + _mark(page, name) for name in COLUMNS] for page in pages]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        yield "  ".join(cells).rstrip() + "\n"


def _mark(page: Page, column: str) -> str:
    if column != "title":
        return ""
    return " (draft)" if page.draft else " (unlisted)" if page.unlisted else ""


def _summary(pages: Sequence[Page], problems: Sequence[Problem]) -> Iterable[str]:
    for problem in problems:
        yield f"{problem}\n"
    yield f"{len(pages)} pages, {len(problems)} problems\n"
