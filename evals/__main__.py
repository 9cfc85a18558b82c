"""The command line of `python -m evals`: finds the command, runs it, turns errors into exit codes.

What a command does stands in `evals.commands`, in a module of its name.
"""

import argparse
import importlib
import sys
from collections.abc import Sequence

from pipeline.errors import FingerpostError

COMMANDS = {
    "retrieval": "how well questions find their sections",
    "answers": "how good whole answers are",
    "load": "many readers at once on a running server",
    "upstream": "stand in for a model provider while a server is under load",
    "compare": "two runs, or a run and the baseline",
    "accept": "make a run the baseline",
    "generate": "a first dataset from the site's own pages",
}
"""Each command, in the order of --help, with what it does: a module of this name in `evals.commands`."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command in `argv` (default: the process's own).

    0: done; 1: done, with broken gates or failures that were listed; 2: could not run.
    """
    parser = argparse.ArgumentParser(
        prog="python -m evals", description="Measures.", formatter_class=argparse.RawTextHelpFormatter
    )
    listed = "\n".join(f"{name:10} {text}" for name, text in COMMANDS.items())
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND", help=listed)
    parser.add_argument("arguments", nargs=argparse.REMAINDER, help="`COMMAND --help` lists them")
    try:
        chosen = parser.parse_args(argv)
        module = importlib.import_module(f"evals.commands.{chosen.command}")
        own = argparse.ArgumentParser(
            prog=f"python -m evals {chosen.command}", description=COMMANDS[chosen.command]
        )
        own.add_argument(
            "--config", default=None, metavar="FILE", help="default: config.yaml, if there is one"
        )
        module.add_arguments(own)
        return int(module.run(own.parse_args(chosen.arguments)))
    except FingerpostError as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # the reader of our output, `head` say, has gone
        sys.stderr.close()
        return 1
    except SystemExit as error:  # argparse: 0 after --help, 2 for a wrong option
        return int(error.code or 0)


if __name__ == "__main__":
    sys.exit(main())
