"""`python -m evals retrieval`: asks a dataset's judged cases and scores what is found; or a whole grid."""

import argparse
import asyncio
import json
import sys
from pathlib import Path

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


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own options."""
    add_measuring(parser)
    parser.add_argument("--grid", type=Path, metavar="FILE", help="measure every configuration of this file")


def run(arguments: argparse.Namespace) -> int:
    """The figures on stdout.  1 when a gate is broken.

    Raises DatasetError, ConfigError, RunError and what indexing and searching raise.
    """
    setting = open_setting(arguments)
    if arguments.grid:
        return _grid(arguments, setting)
    folders = datasets(arguments, setting)
    if len(folders) > 1:
        print("error: one --dataset, or several with --grid", file=sys.stderr)
        return 2
    dataset = open_dataset(folders[0], setting.config)
    tell(dataset.notices)
    return asyncio.run(_measure(arguments, setting, dataset))


async def _measure(arguments: argparse.Namespace, setting: Setting, dataset: Dataset) -> int:
    from evals.corpus import open_corpus
    from evals.report import write_report
    from evals.retrieval import measure
    from evals.runs import describe, run_folder, write_run
    from evals.tables import print_retrieval

    with progress("indexing") as told:
        async with open_corpus(dataset, setting.config, setting.root, told) as corpus:
            record = await measure(dataset, corpus)
    gates = broken(setting.config.evals, record.summary)
    folder = arguments.out or run_folder(setting.runs, "retrieval", dataset.name)
    record.summary.update(gates_broken=gates, run=str(folder))
    written = write_run(folder, describe(dataset, setting.config, "retrieval", name=folder.name), record)
    write_report(folder / "report.html", [written])
    if arguments.json:
        print(json.dumps(record.summary, ensure_ascii=False))
    else:
        print_retrieval(terminal(), record.summary)
        print(f"report: {folder / 'report.html'}")
    tell([f"gate broken: {line}" for line in gates])
    return 1 if gates else 0


def _grid(arguments: argparse.Namespace, setting: Setting) -> int:
    from evals.grid import read_grid, sweep
    from evals.report import write_report
    from evals.tables import print_grid

    grid = read_grid(arguments.grid, setting.source, setting.base)
    folders = (
        [Path(name) for name in arguments.dataset or ()] or grid.datasets or datasets(arguments, setting)
    )
    opened = [open_dataset(folder, setting.config) for folder in folders]
    with progress("measuring") as told:
        swept = asyncio.run(sweep(grid, opened, setting.root, arguments.out, told))
    write_report(swept.folder / "report.html", swept.runs)
    if arguments.json:
        print(json.dumps({"grid": str(arguments.grid), "rows": swept.rows}, ensure_ascii=False))
    else:
        print_grid(terminal(), swept.rows, ("nDCG@10", "RR@10", "Success@5", "Recall@3", "Recall@10"))
        print(f"report: {swept.folder / 'report.html'}")
    return 0
