"""`python -m evals answers`: asks every case of a dataset and scores the answers, with a judge if there is one."""

import argparse
import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from evals.cases import Dataset, open_dataset
from evals.commands.setting import (
    Setting,
    add_measuring,
    datasets,
    open_setting,
    progress,
    tell,
    terminal,
)
from evals.gates import broken

if TYPE_CHECKING:  # heavy: not for --help
    from evals.runs import Record
    from pipeline.judging import Judge


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own options."""
    add_measuring(parser)
    parser.add_argument("--no-judge", action="store_true", help="ask no judge, even when one is configured")
    parser.add_argument(
        "--concurrency",
        type=int,
        default=1,
        metavar="N",
        help="questions at a time; default 1, for honest times",
    )


def run(arguments: argparse.Namespace) -> int:
    """The figures on stdout.  1 when a gate is broken, or an answer or a judgment failed.

    Raises DatasetError, ConfigError, RunError, JudgeError and what indexing and asking raise.
    """
    setting = open_setting(arguments)
    dataset = open_dataset(datasets(arguments, setting)[0], setting.config, needs_labels=False)
    tell(dataset.notices)
    return asyncio.run(_measure(arguments, setting, dataset))


async def _measure(arguments: argparse.Namespace, setting: Setting, dataset: Dataset) -> int:
    from evals.answers.measuring import Exam, measure
    from evals.corpus import open_corpus

    async with _judge(setting, wanted=not arguments.no_judge) as judge:
        exam = Exam(dataset, setting.config.evals, judge, max(1, arguments.concurrency))
        with progress("indexing") as told:
            async with open_corpus(dataset, setting.config, setting.root, told) as corpus:
                record = await measure(exam, corpus, lambda what, done, todo: told(done, todo))
        return _tell(arguments, setting, dataset, record, judge)


@asynccontextmanager
async def _judge(setting: Setting, *, wanted: bool) -> AsyncIterator["Judge | None"]:
    """The configured judge, or none; why there is none is told."""
    config = setting.config.evals.judge
    if config is None or not wanted:
        yield None
        return
    from pipeline.judging import open_judge

    judge = open_judge(config)
    if isinstance(judge, str):
        tell([judge])
        yield None
        return
    try:
        yield judge
    finally:
        await judge.aclose()


def _tell(
    arguments: argparse.Namespace, setting: Setting, dataset: Dataset, record: "Record", judge: "Judge | None"
) -> int:
    from evals.report import write_report
    from evals.runs import describe, run_folder, write_run
    from evals.tables import print_answers

    gates = broken(setting.config.evals, record.summary)
    folder = arguments.out or run_folder(setting.runs, "answers", dataset.name)
    record.summary.update(gates_broken=gates, run=str(folder))
    about = describe(
        dataset, setting.config, "answers", name=folder.name, judge=judge.identity if judge else None
    )
    written = write_run(folder, about, record)
    write_report(folder / "report.html", [written])
    if arguments.json:
        print(json.dumps(record.summary, ensure_ascii=False))
    else:
        print_answers(terminal(), record.summary)
        print(f"report: {folder / 'report.html'}")
    failures = record.summary["failures"]
    tell([f"failed: {line}" for line in failures] + [f"gate broken: {line}" for line in gates])
    return 1 if gates or failures else 0
