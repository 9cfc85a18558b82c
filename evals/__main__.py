"""The command line of `python -m evals`: finds the command, runs it, turns errors into exit codes.

What a command does stands in `evals.commands`, in a module of its name.
"""

import argparse
import importlib
import sys
from collections.abc import Sequence

from pipeline.exits import exit_code

COMMANDS = {
    "retrieval": "how well questions find their sections",
    "answers": "how good whole answers are",
    "load": "many readers at once on a running server",
    "upstream": "stand in for a model provider while a server is under load",
    "compare": "two runs, or a run and the baseline",
    "accept": "make a run the baseline",
    "gate": "fits the refusals of extractive mode",
    "generate": "a first dataset from the site's own pages",
}
"""Each command, in the order of --help, with what it does: a module of this name in `evals.commands`."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command in `argv` (default: the process's own).

    0: done; 1: done, with broken gates or failures that were listed; 2: could not run.
    """
    return exit_code(lambda: _run(argv))


def _run(argv: Sequence[str] | None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m evals", description="Measures.", formatter_class=argparse.RawTextHelpFormatter
    )
    listed = "\n".join(f"{name:10} {text}" for name, text in COMMANDS.items())
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND", help=listed)
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="`COMMAND --help` lists them")
    chosen = parser.parse_args(argv)
    module = importlib.import_module(f"evals.commands.{chosen.command}")
    own = argparse.ArgumentParser(
        prog=f"python -m evals {chosen.command}", description=COMMANDS[chosen.command]
    )
    own.add_argument("--config", default=None, metavar="FILE", help="default: config.yaml, if there is one")
    module.add_arguments(own)
    return int(module.run(own.parse_args(chosen.arguments)))


if __name__ == "__main__":
    sys.exit(main())
