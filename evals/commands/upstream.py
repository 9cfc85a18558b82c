"""`python -m evals upstream`: stands in for a model provider, so that load costs nothing and can be repeated."""

import argparse
from contextlib import suppress


def add_pace(parser: argparse.ArgumentParser) -> None:
    """How fast the stand-in speaks."""
    parser.add_argument(
        "--ttft", type=float, default=0.4, metavar="S", help="seconds to the first token; default 0.4"
    )
    parser.add_argument(
        "--gap", type=float, default=0.012, metavar="S", help="seconds between tokens; default 0.012"
    )
    parser.add_argument("--tokens", type=int, default=200, metavar="N", help="tokens an answer; default 200")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The command's own options."""
    parser.add_argument("--port", type=int, default=9000, metavar="P", help="default 9000; 0: any free one")
    add_pace(parser)


def run(arguments: argparse.Namespace) -> int:
    """Its address on stdout, and then it serves on loopback until Ctrl+C."""
    import uvloop

    from evals.load.upstream import Pace, serve

    pace = Pace(arguments.ttft, arguments.gap, arguments.tokens)
    with suppress(KeyboardInterrupt):
        uvloop.run(serve(arguments.port, pace))
    return 0
