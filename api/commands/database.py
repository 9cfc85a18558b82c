"""The memory's database, opened for a command: what is wrong with it is said, not waited for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncEngine

from api.memory.database import open_engine
from api.memory.errors import MemoryUnavailable
from api.memory.writing import cause
from pipeline.config.memory import MemoryConfig
from pipeline.errors import ConfigError, FingerpostError


@asynccontextmanager
async def database(config: MemoryConfig) -> AsyncIterator[AsyncEngine]:
    """The engine until the block ends.  Raises ConfigError, and MemoryUnavailable for whatever fails in it."""
    if not config.enabled:
        raise ConfigError("config.yaml", ["api.memory.enabled: is false, so nothing is remembered"])
    engine = open_engine(config)
    try:
        yield engine
    except FingerpostError:
        raise
    except Exception as error:
        # Database drivers have no common class of errors.
        raise MemoryUnavailable(f"api.memory.url: {cause(error)}") from error
    finally:
        await engine.dispose()
