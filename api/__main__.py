"""`python -m api`: serves answers over HTTP.  Its other commands stand in `api.commands`."""

import argparse
import asyncio
import importlib
import os
import socket
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.errors import ConfigError, FingerpostError

if TYPE_CHECKING:
    from pipeline.config import Config


COMMANDS = {
    "insights": ("what readers ask and do not find", "[--days N] [--json] [--drafts FILE]"),
    "migrate": ("bring the tables of the memory up to date", ""),
}
"""Each command with what it does and its options: a module of this name in `api.commands`."""


def main(argv: Sequence[str] | None = None) -> int:
    """Exit code: 0 stopped or done, 2 could not start."""
    argv = sys.argv[1:] if argv is None else argv
    if argv and argv[0] in COMMANDS:
        return _command(argv[0], argv[1:])
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
    parser.add_argument("--reload", action="store_true", help="start again when the code changes")
    args = parser.parse_args(argv)
    try:
        return _serve(args)
    except FingerpostError as error:
        print(error, file=sys.stderr)
        return 2


def _command(name: str, argv: Sequence[str]) -> int:
    module = importlib.import_module(f"api.commands.{name}")
    parser = argparse.ArgumentParser(prog=f"python -m api {name}", description=module.__doc__)
    parser.add_argument("--config", default="config.yaml", metavar="FILE")
    module.add_arguments(parser)
    args = parser.parse_args(argv)
    try:
        return int(module.run(args))
    except FingerpostError as error:
        print(error, file=sys.stderr)
        return 2


def _serve(args: argparse.Namespace) -> int:
    from pipeline.config import load_config

    config = load_config(args.config)
    os.environ["FINGERPOST_CONFIG"] = args.config
    host = args.host or config.api.host
    port = config.api.port if args.port is None else args.port
    _try_port(host, port)
    asyncio.run(_try_pipeline(config))
    _say_what_answers(config)

    import uvicorn  # heavy: not for --help

    uvicorn.run(
        "api.app:from_environment",
        factory=True,
        host=host,
        port=port,
        reload=args.reload,
        access_log=False,
        server_header=False,
        log_level="info",
    )
    return 0


def _try_port(host: str, port: int) -> None:
    """Raises ConfigError when somebody else has the port: Uvicorn would say so only after a start."""
    try:
        socket.create_server((host, port)).close()
    except OSError as error:
        wanted = f"{host}:{port}"
        raise ConfigError(
            "api.port", [f"{wanted} cannot be had ({error.strerror}); choose another with --port P"]
        ) from None


async def _try_pipeline(config: "Config") -> None:
    """Opens everything once, so that what is wrong is said here and not in a server's traceback."""
    from pipeline.bootstrap import open_pipeline

    async with open_pipeline(config):
        pass


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
