"""The database: its engine, its tables brought up to date, its secrets.

SQLite and PostgreSQL behave alike from here on; what they need of their own stands in this file.
"""

import asyncio
import secrets as randomness
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from filelock import AsyncFileLock
from sqlalchemy import event, insert, select, text
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from api.memory import tables
from pipeline.config.memory import MemoryConfig
from pipeline.errors import ConfigError

MIGRATIONS = Path(__file__).parent / "migrations"
ADVISORY_LOCK = 0x66696E676572  # "finger": one number for everybody who migrates this database
LOCK_WAIT = 30  # seconds
BUSY_WAIT = 10.0  # seconds that a writer waits for another one, in SQLite


def open_engine(config: MemoryConfig) -> AsyncEngine:
    """The engine for `api.memory.url`; nothing is connected yet.  Raises ConfigError without its driver."""
    address = config.url.get_secret_value()
    sqlite = address.startswith("sqlite")
    options: dict[str, Any] = {"connect_args": {"timeout": BUSY_WAIT}}
    if sqlite:
        options["connect_args"]["async_creator_fn"] = _connected
    else:
        # A connection that the server or a firewall dropped at night is noticed before it is used.
        options |= {"pool_pre_ping": True, "pool_size": 2, "max_overflow": 3}
    try:
        engine = create_async_engine(address, **options)
    except ImportError as error:
        missing = "pip install 'fingerpost[postgres]'"
        raise ConfigError(
            "config.yaml", [f"api.memory.url: {error.name} is not installed: {missing}"]
        ) from None
    if sqlite:
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    return engine


async def _connected(*database: Any, **options: Any) -> Any:
    """A connection by aiosqlite; when it fails, its thread has ended too.

    aiosqlite does not wait for that, and a thread that speaks last to an event loop that is gone dies with
    a traceback.  The thread is not public; SQLAlchemy looks at it as well.
    """
    import aiosqlite  # only where SQLite is used

    connection = aiosqlite.connect(*database, **options)
    connection._thread.daemon = True  # a process does not wait for it, as SQLAlchemy sees to without us
    try:
        return await connection
    except BaseException:
        await asyncio.to_thread(connection._thread.join)
        raise


def _prepare_sqlite(connection: Any, _: object) -> None:
    """Readers beside a writer, cascades, and deleted questions overwritten."""
    cursor = connection.cursor()
    for pragma in ("journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


async def migrate(engine: AsyncEngine) -> bool:
    """Brings the tables to the newest migration; True when there was something to do.

    Several processes may call this at once: one works, the others wait for it.
    Raises SQLAlchemyError, OSError, or filelock's Timeout (an OSError too).
    """
    async with _alone(engine) as connection:
        return await connection.run_sync(_upgrade)


@asynccontextmanager
async def _alone(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection in a transaction that no other migration runs beside."""
    if engine.dialect.name == "sqlite":
        file = Path(str(engine.url.database))
        file.parent.mkdir(parents=True, exist_ok=True)
        async with AsyncFileLock(f"{file}.lock", timeout=LOCK_WAIT), engine.begin() as connection:
            yield connection
        return
    async with engine.begin() as connection:
        await connection.execute(text(f"SELECT pg_advisory_xact_lock({ADVISORY_LOCK})"))
        yield connection


def _upgrade(connection: Connection) -> bool:
    from alembic import command  # a tenth of a second: only where a server starts
    from alembic.config import Config
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    head = ScriptDirectory.from_config(config).get_current_head()
    if MigrationContext.configure(connection).get_current_revision() == head:
        return False
    command.upgrade(config, "head")
    return True


async def read_secret(engine: AsyncEngine, name: str) -> str:
    """The secret of this name; the first who asks makes it, and all others read that one."""
    table = tables.secrets
    wanted = select(table.c.value).where(table.c.name == name)
    async with engine.connect() as connection:
        known: str | None = await connection.scalar(wanted)
    if known is None:
        try:
            async with engine.begin() as connection:
                await connection.execute(insert(table).values(name=name, value=randomness.token_hex(32)))
        except IntegrityError:
            pass  # another worker was faster
        async with engine.connect() as connection:
            known = await connection.scalar(wanted)
    return str(known)
