"""`python -m evals generate DIR`: makes a first dataset from the pages of config.yaml's site, without a model."""

import argparse
import json
from pathlib import Path

from evals.commands.setting import open_setting, tell


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own options."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="the new dataset's folder")
    parser.add_argument(
        "--limit",
        type=_positive,
        metavar="N",
        help="at most so many cases, from all over the site; default: all",
    )
    parser.add_argument("--json", action="store_true", help="print what was made as one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """How many cases were made, on stdout.  1 when a page could not be read.

    Raises ConfigError, SiteError, and DatasetError when nothing can be made or the folder is taken.
    """
    from evals.errors import DatasetError
    from evals.generating import known_items, write_dataset
    from ingest.site_config.completing import complete_site
    from ingest.syncing import read_pages

    setting = open_setting(arguments)
    site, notes = complete_site(setting.config.site, setting.config.store.path)
    pages, problems, unread = read_pages(setting.config.model_copy(update={"site": site}), keep=False)
    tell([*notes, *(str(problem) for problem in problems)])
    cases = known_items(pages, site.i18n.defaultLocale, limit=arguments.limit)
    if not cases:
        raise DatasetError(str(arguments.folder), ["the site has no heading or description to ask for"])
    write_dataset(arguments.folder, arguments.folder.resolve().name, site, cases)
    tags = {tag: sum(tag in case["tags"] for case in cases) for tag in ("description", "heading")}
    if arguments.json:
        print(json.dumps({"dataset": str(arguments.folder), "cases": len(cases), "tags": tags}))
    else:
        counts = f"{tags['description']} descriptions, {tags['heading']} headings"
        print(f"{len(cases)} cases in {arguments.folder}: {counts}")
    return 1 if unread else 0


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("should be 1 or more")
    return value
