"""`python -m evals accept [RUN...]`: makes runs the baseline that later ones are held against."""

import argparse
from pathlib import Path

from evals.baseline import accept, key, read_baseline
from evals.commands.setting import open_setting, tell, terminal
from evals.comparing import compare, measured
from evals.errors import RunError
from evals.gates import broken
from evals.runs import newest, read_run


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own options."""
    parser.add_argument("runs", nargs="*", type=Path, metavar="RUN", help="folders; default: the last run")


def run(arguments: argparse.Namespace) -> int:
    """What changes on stdout.  1, and nothing is written, when a run breaks a gate.

    Raises ConfigError, RunError.
    """
    from evals.tables import print_comparison

    setting = open_setting(arguments)
    chosen = [measured(read_run(folder)) for folder in arguments.runs or [newest(setting.runs)]]
    gates = [
        f"gate broken: {key(one)}: {line}"
        for one in chosen
        for line in broken(setting.config.evals, one.summary)
    ]
    if gates:
        tell([*gates, "nothing was accepted"])
        return 1
    held = read_baseline(setting.baseline)
    for one in chosen:
        if before := held.get(key(one)):
            try:
                print_comparison(terminal(), compare(before, one))
            except RunError as error:  # other cases or another judge: there is no difference to show
                tell([str(error)])
        accept(setting.baseline, one)
        print(f"{key(one)}: {len(one.values)} cases are the baseline now, in {setting.baseline}")
    return 0
