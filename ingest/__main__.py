"""The command line of `python -m ingest`: finds the command, runs it, turns errors into exit codes.

What a command does stands in `ingest.commands`, in a module of its name.
"""

import argparse
import importlib
import sys
from collections.abc import Sequence

from pipeline.exits import exit_code

DEFAULT = "sync"  # without a command the index is brought up to date
COMMANDS = {
    "sync": "bring the index to what the docs folder holds now (what no command means)",
    "status": "print what is indexed",
    "pages": "print the pages as they are seen; index nothing",
    "init": "write the site: section from a site's own docusaurus.config.*",
}
"""Each command, in the order of --help, with what it does: a module of this name in `ingest.commands`."""


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command in `argv` (default: the process's own).

    0: done; 1: done, with failures that were listed; 2: could not run.
    """
    words = list(sys.argv[1:] if argv is None else argv)
    return exit_code(lambda: _run(words))


def _run(words: list[str]) -> int:
    name, rest = _command(words)
    module = importlib.import_module(f"ingest.commands.{name}")
    parser = argparse.ArgumentParser(prog=f"python -m ingest {name}", description=COMMANDS[name])
    _add_config(parser)
    module.add_arguments(parser)
    return int(module.run(parser.parse_args(rest)))


def _command(words: list[str]) -> tuple[str, list[str]]:
    """The command that `words` ask for, wherever it stands among the options, and the other words."""
    for place, word in enumerate(words):
        if word in COMMANDS and words[place - 1 : place] != ["--config"]:
            return word, words[:place] + words[place + 1 :]
    if not words or (words[0].startswith("-") and words[0] not in ("-h", "--help")):
        return DEFAULT, words
    listed = "\n".join(f"{name:8} {text}" for name, text in COMMANDS.items())
    parser = argparse.ArgumentParser(prog="python -m ingest", formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("command", choices=COMMANDS, metavar="COMMAND", nargs="?", help=listed)
    _add_config(parser)
    parser.parse_args(words)
    return DEFAULT, []


def _add_config(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", default="config.yaml", metavar="FILE", help="default: config.yaml")


if __name__ == "__main__":
    sys.exit(main())
