"""`python -m evals generate DIR`: a first dataset from the site's pages, by a model, or from production."""

import argparse
import asyncio
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from evals.commands.setting import Setting, open_setting, progress, tell
from evals.errors import DatasetError
from pipeline.config import SiteConfig
from pipeline.models import Page

BY_MODEL = 50  # cases, unless --limit says otherwise: a model costs money
KNOWN_ITEMS = "Known items: descriptions and headings as questions, made by `evals generate`."
WRITTEN = "Questions written and checked by a model, made by `evals generate --with-model`."
ASKED = "Questions that readers asked, made by `evals generate --drafts`."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own options."""
    parser.add_argument("folder", type=Path, metavar="DIR", help="the new dataset's folder")
    parser.add_argument(
        "--limit", type=_positive, metavar="N",
        help=f"at most so many cases, from all over the site; default: all, {BY_MODEL} with a model",
    )  # fmt: skip
    how = parser.add_mutually_exclusive_group()
    how.add_argument(
        "--with-model", action="store_true", help="let the model of `evals.judge` write the questions"
    )
    how.add_argument(
        "--drafts", type=Path, metavar="FILE",
        help="take the questions of `python -m api insights --drafts FILE`; DIR may be a dataset already",
    )  # fmt: skip
    parser.add_argument("--json", action="store_true", help="print what was made as one JSON object")


def run(arguments: argparse.Namespace) -> int:
    """How many cases were made, on stdout.  1 when a page could not be read, or a case not be written.

    Raises ConfigError, SiteError, and DatasetError when nothing can be made or the folder is taken.
    """
    from evals.generating import known_items, write_dataset
    from ingest.site_config.completing import complete_site
    from ingest.site_config.running import find_node
    from ingest.syncing import read_pages

    setting = open_setting(arguments)
    config = setting.config
    node = find_node(allowed=config.ingestion.node)
    site, notes = complete_site(config.site, config.store.path, node=node)
    if arguments.drafts:
        tell(notes)
        return _drafts(arguments, site)
    pages, problems, unread = read_pages(config.model_copy(update={"site": site}), keep=False)
    tell([*notes, *(str(problem) for problem in problems)])
    failures: list[str] = []
    if arguments.with_model:
        cases, failures = asyncio.run(_by_model(arguments, setting, site, pages))
        told = WRITTEN
    else:
        cases = known_items(pages, site.i18n.defaultLocale, limit=arguments.limit)
        told = KNOWN_ITEMS
    tell([f"failed: {line}" for line in failures])
    if not cases:
        nothing = "no case could be written" if failures else "the site has no heading or text to ask for"
        raise DatasetError(str(arguments.folder), [nothing])
    write_dataset(arguments.folder, arguments.folder.resolve().name, site, cases, told)
    _finish(arguments.folder)
    _tell(arguments, cases, len(failures))
    return 1 if unread or failures else 0


def _drafts(arguments: argparse.Namespace, site: SiteConfig) -> int:
    from evals.generating import write_dataset
    from evals.generating.drafts import added, read_drafts

    drafts = read_drafts(arguments.drafts)
    folder = arguments.folder
    if (folder / "cases.jsonl").exists():
        cases = added(folder, drafts)
    elif drafts:
        write_dataset(folder, folder.resolve().name, site, drafts, ASKED)
        cases = drafts
    else:
        raise DatasetError(str(arguments.drafts), ["holds no draft"])
    _tell(arguments, cases, 0)
    return 0


async def _by_model(
    arguments: argparse.Namespace, setting: Setting, site: SiteConfig, pages: Sequence[Page]
) -> tuple[list[dict[str, Any]], list[str]]:
    from evals.cases import Dataset
    from evals.corpus import open_corpus
    from evals.generating.by_model import CALLS_A_CASE, generate, jobs
    from evals.generating.writing import check_free
    from pipeline.drafting import Drafter
    from pipeline.judging import open_judge
    from pipeline.models import Question

    check_free(arguments.folder)
    config = setting.config.evals.judge
    judge = open_judge(config) if config else "evals.judge names no model"
    if config is None or isinstance(judge, str):
        raise DatasetError(str(arguments.folder), [f"--with-model needs a model: {judge}"])
    wanted = jobs(pages, site.i18n.defaultLocale, arguments.limit or BY_MODEL)
    tell([f"{len(wanted)} cases by {config.model}: at most {CALLS_A_CASE * len(wanted)} calls"])
    unasked = Dataset(arguments.folder.resolve().name, "", site, (), {}, frozenset(), "", arguments.folder)
    try:
        with progress("writing") as told:
            async with open_corpus(unasked, setting.config, setting.root, told) as corpus:

                async def search(text: str) -> list[str]:
                    return [hit.text for hit in await corpus.pipeline.assistant.search(Question(text), 5)]

                return await generate(
                    Drafter(judge), search, wanted, arguments.folder,
                    concurrency=config.concurrency, progress=told,
                )  # fmt: skip
    finally:
        await judge.aclose()


def _finish(folder: Path) -> None:
    from evals.generating.by_model import PROGRESS

    (folder / PROGRESS).unlink(missing_ok=True)


def _tell(arguments: argparse.Namespace, cases: Sequence[dict[str, Any]], failed: int) -> None:
    tags = dict(Counter(case["tags"][0] for case in cases if case.get("tags")))
    if arguments.json:
        told = {"dataset": str(arguments.folder), "cases": len(cases), "tags": tags, "failed": failed}
        print(json.dumps(told))
    else:
        counts = ", ".join(f"{count} {tag}" for tag, count in tags.items())
        print(f"{len(cases)} cases in {arguments.folder}: {counts}")


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError("should be 1 or more")
    return value
