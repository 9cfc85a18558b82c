"""The tables of the memory on real databases, and workers that start at once."""

import asyncio
import subprocess
import sys
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.engine import Connection

from api.memory import tables
from api.memory.database import migrate, open_engine
from pipeline.config.memory import MemoryConfig


async def test_the_migrations_make_the_tables_of_the_code(config: MemoryConfig) -> None:
    """After the newest migration nothing is left to do, and the tables are those of `tables`."""

    def differences(connection: Connection) -> list[Any]:
        return list(compare_metadata(MigrationContext.configure(connection), tables.metadata))

    engine = open_engine(config)
    assert await migrate(engine) is True
    assert await migrate(engine) is False
    async with engine.connect() as db:
        assert await db.run_sync(differences) == []
    await engine.dispose()


async def test_workers_that_start_at_once_migrate_once_and_share_their_secrets(config: MemoryConfig) -> None:
    """Processes started together all succeed, and each knows the ids of the others."""
    program = (
        "import asyncio, sys\n"
        "from api.memory import open_memory\n"
        "from pipeline.config.memory import MemoryConfig\n"
        "async def main():\n"
        "    async with open_memory(MemoryConfig.model_validate({'url': sys.argv[1]})) as memory:\n"
        "        print(memory.sign('msg_0123456789abcdef'), memory.client_hash('192.0.2.1'))\n"
        "asyncio.run(main())\n"
    )
    line = [sys.executable, "-c", program, config.url.get_secret_value()]
    pipes: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    workers = [await asyncio.create_subprocess_exec(*line, **pipes) for _ in range(3)]
    told = [await worker.communicate() for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0, 0]
    assert [errors for _, errors in told] == [b"", b"", b""]
    assert len({said for said, _ in told}) == 1
    assert b"192.0.2.1" not in told[0][0]
