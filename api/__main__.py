"""`python -m api`: serves answers over HTTP.  Its other commands stand in `api.commands`."""

import argparse
import importlib
import os
import socket
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.errors import ConfigError
from pipeline.exits import exit_code

if TYPE_CHECKING:
    from pipeline.config import Config


COMMANDS = {
    "insights": ("what readers ask and do not find", "[--days N] [--json] [--drafts FILE]"),
    "migrate": ("bring the tables of the memory up to date", ""),
}
"""Each command with what it does and its options: a module of this name in `api.commands`."""


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code: 0 stopped or done, 2 could not start."""
    words = list(sys.argv[1:] if argv is None else argv)
    if words and words[0] in COMMANDS:
        return exit_code(lambda: _command(words[0], words[1:]))
    return exit_code(lambda: _serve(_parser().parse_args(words)))


def _parser() -> argparse.ArgumentParser:
    listed = "\n".join(f"  {name} {options}: {does}" for name, (does, options) in COMMANDS.items())
    parser = argparse.ArgumentParser(
        prog="python -m api",
        description="Serves answers over HTTP.",
        epilog=f"other commands, each with --config FILE:\n{listed}",
        formatter_class=argparse.RawTextHelpFormatter,
    )
    parser.add_argument("--config", default="config.yaml", metavar="FILE")
    parser.add_argument("--host", metavar="H", help="default: api.host")
    parser.add_argument("--port", type=int, metavar="P", help="default: api.port")
    parser.add_argument(
        "--workers", type=int, default=1, metavar="N", help="processes, under Gunicorn; default: 1"
    )
    parser.add_argument("--certfile", metavar="FILE", help="serve by TLS and HTTP/2, under Gunicorn")
    parser.add_argument("--keyfile", metavar="FILE", help="the certificate's key")
    parser.add_argument("--reload", action="store_true", help="start again when the code changes")
    return parser


def _command(name: str, argv: Sequence[str]) -> int:
    module = importlib.import_module(f"api.commands.{name}")
    parser = argparse.ArgumentParser(prog=f"python -m api {name}", description=module.__doc__)
    parser.add_argument("--config", default="config.yaml", metavar="FILE")
    module.add_arguments(parser)
    return int(module.run(parser.parse_args(argv)))


def _serve(args: argparse.Namespace) -> int:
    from api import serving  # heavy: not for --help
    from pipeline.config import load_config

    config = load_config(args.config)
    os.environ["FINGERPOST_CONFIG"] = args.config
    port = config.api.port if args.port is None else args.port
    address = serving.Address(args.host or config.api.host, port, args.certfile, args.keyfile)
    with _bound(address.host, address.port) as reserved:
        _say_what_answers(config)
        if not (args.reload or address.certfile or args.workers > 1):
            serving.run_one(config, reserved)
            return 0
    if args.reload:
        serving.run_reloading(address)
    else:
        serving.run_workers(args.workers, address)
    return 0


def _bound(host: str, port: int) -> socket.socket:
    """A socket at this address that does not listen yet.  Raises ConfigError when somebody else has it."""
    try:
        family, kind, _, _, where = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        bound = socket.socket(family, kind)
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, os.name != "nt")
        bound.bind(where)
    except OSError as error:
        wanted = f"{host}:{port}"
        raise ConfigError(
            "api.port", [f"{wanted} cannot be had ({error.strerror}); choose another with --port P"]
        ) from None
    return bound


def _say_what_answers(config: "Config") -> None:
    """On stderr: who writes the answers, and what is left out."""
    from pipeline.llm.providers import usable_providers

    providers, notices = usable_providers(config.llm, os.environ)
    for notice in notices:
        print(notice, file=sys.stderr)
    if not providers and config.llm.offline == "extractive":
        print("no language model: answers are the documentation's own sentences", file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main())
