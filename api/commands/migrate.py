"""`python -m api migrate`: brings the memory's tables to the newest form, and says so."""

import argparse
import asyncio
import sys

from api.commands.database import database
from api.memory.database import migrate
from pipeline.config import Config, load_config


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """It has no options of its own."""


def run(args: argparse.Namespace) -> int:
    """Exit code 0.  Raises ConfigError, MemoryUnavailable."""
    changed = asyncio.run(_migrate(load_config(args.config)))
    sys.stdout.write("the tables were brought up to date\n" if changed else "the tables are up to date\n")
    return 0


async def _migrate(config: Config) -> bool:
    async with database(config.api.memory) as engine:
        return await migrate(engine)
