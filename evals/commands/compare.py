"""`python -m evals compare [A [B]]`: two runs, or a run and the baseline."""

import argparse
import dataclasses
import json
from pathlib import Path
from typing import Any

from evals.baseline import NAME, read_baseline
from evals.commands.setting import Setting, open_setting, tell, terminal
from evals.comparing import Comparison, Measured, compare, measured
from evals.errors import RunError
from evals.gates import broken
from evals.runs import Run, newest, read_run


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own options."""
    parser.add_argument(
        "a", nargs="?", default=NAME, metavar="A", help="a run's folder, or `baseline`, which is the default"
    )
    parser.add_argument("b", nargs="?", type=Path, metavar="B", help="a run's folder; default: the last run")
    parser.add_argument("--json", action="store_true", help="print the comparison as one JSON object")
    parser.add_argument("--report", type=Path, metavar="FILE", help="write both as one HTML report")
    parser.add_argument("--fail-on-worse", action="store_true", help="1, too, when a metric is surely worse")


def run(arguments: argparse.Namespace) -> int:
    """The differences on stdout.  1 when B breaks a gate.  Raises ConfigError, RunError."""
    setting = open_setting(arguments)
    run_b = read_run(arguments.b or newest(setting.runs))
    b = measured(run_b)
    run_a = None if arguments.a == NAME else read_run(Path(arguments.a))
    found = compare(measured(run_a) if run_a else accepted(setting, b), b)
    gates = broken(setting.config.evals, b.summary)
    if arguments.json:
        print(json.dumps(as_json(found, gates), ensure_ascii=False))
    else:
        # Imported here, because rich takes its time and --json has no table.
        from evals.tables import print_comparison

        print_comparison(terminal(), found)
    _report(arguments.report, [one for one in (run_a, run_b) if one])
    worse = [
        f"{one.metric} is worse by {abs(one.change):.4f} (p {one.adjusted:.4f})"
        for one in found.significantly_worse
        if arguments.fail_on_worse
    ]
    tell([f"gate broken: {line}" for line in gates] + worse)
    return 1 if gates or worse else 0


def accepted(setting: Setting, b: Measured) -> Measured:
    """The baseline's entry for what `b` measured.  Raises RunError when there is none."""
    found = read_baseline(setting.baseline).get(f"{b.kind}/{b.dataset}")
    if found is None:
        raise RunError(
            f"{setting.baseline} has no {b.kind} of {b.dataset}: make it with `python -m evals accept`"
        )
    return found


def _report(path: Path | None, runs: list[Run]) -> None:
    if path is not None:
        from evals.report import write_report

        write_report(path, runs)


def as_json(found: Comparison, gates: list[str]) -> dict[str, Any]:
    """The comparison for machines."""
    return {
        "a": found.a.name,
        "b": found.b.name,
        "dataset": found.b.dataset,
        "kind": found.b.kind,
        "differences": [
            {**dataclasses.asdict(one), "change": one.change, "significant": one.significant}
            for one in found.differences
        ],
        "lead": found.lead,
        "better": [dataclasses.asdict(one) for one in found.better],
        "worse": [dataclasses.asdict(one) for one in found.worse],
        "gates_broken": gates,
    }
