"""`api.memory` and `api.log`: what the server remembers and what it writes down.

The database's address may hold a password, so it is kept as a secret.  Nothing is opened here.
"""

from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SecretStr, ValidationInfo

from pipeline.config.base import Part

SQLITE, POSTGRESQL = "sqlite+aiosqlite:///", "postgresql+asyncpg://"


def _address(value: Any, info: ValidationInfo) -> Any:
    """The file of an SQLite address, relative to config.yaml, becomes absolute."""
    if not isinstance(value, str):
        return value
    if value.startswith(SQLITE):
        base: Path = (info.context or {}).get("base", Path.cwd())
        name, mark, options = value.removeprefix(SQLITE).partition("?")
        if not name or name == ":memory:":
            raise ValueError("should name a file: what is kept in memory only is lost with the process")
        return f"{SQLITE}{(base / Path(name).expanduser()).resolve()}{mark}{options}"
    if value.startswith(POSTGRESQL):
        return value
    raise ValueError(f"should begin with {SQLITE} or {POSTGRESQL}")


DatabaseUrl = Annotated[SecretStr, BeforeValidator(_address)]


class MemoryConfig(Part):
    """`api.memory`: what was asked, what came of it, and how readers liked it."""

    enabled: bool = True
    url: DatabaseUrl = Field(
        default=f"{SQLITE}.fingerpost/memory.db",
        validate_default=True,
        description="SQLAlchemy's address of the database; a file is relative to config.yaml",
    )
    log_questions: bool = Field(default=True, description="keep the words of questions and of notes")
    retention_days: int = Field(default=90, ge=1, le=3650)


class TracesConfig(Part):
    """`api.traces`: where OpenTelemetry's traces go, by OTLP over HTTP."""

    endpoint: str | None = Field(
        default=None, pattern=r"^https?://.", description="default: what OTEL_EXPORTER_OTLP_ENDPOINT says"
    )


class LogConfig(Part):
    """`api.log`: one event for each request, on stderr."""

    format: Literal["text", "json"] = Field(default="text", description="json: one object a line")
    questions: bool = Field(default=False, description="write the question into the event")
