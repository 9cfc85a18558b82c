"""How log records are written: lines for people, or one JSON object a line.

Every record written while a request is served carries its id.  What is in the one event of a request
is decided in `api.exchange`.
"""

import logging
import sys
from datetime import UTC, datetime
from typing import Any

import orjson

from api.exchange import current
from pipeline.config.memory import LogConfig

OURS = ("api", "pipeline", "uvicorn")


def install(config: LogConfig) -> None:
    """Sends all log records of this process to stderr.  For a real server, never in a library or a test."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if config.format == "json" else Lines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.WARNING)  # other libraries' chatter may hold addresses or questions
    for name in OURS:
        logging.getLogger(name).setLevel(logging.INFO)
    for name in ("uvicorn", "uvicorn.error"):  # its own handlers would say everything in another form
        logger = logging.getLogger(name)
        logger.handlers.clear()
        logger.propagate = True


def _fields(record: logging.LogRecord) -> dict[str, Any]:
    fields: dict[str, Any] = dict(getattr(record, "event", {}))
    exchange = current.get()
    if exchange is not None:
        fields.setdefault("request_id", exchange.request_id)
    return fields


class JsonLines(logging.Formatter):
    """`{"time", "level", "logger", "message", ...}`, the event's fields beside them."""

    def format(self, record: logging.LogRecord) -> str:
        values: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
            **_fields(record),
        }
        if record.exc_info:
            values["traceback"] = self.formatException(record.exc_info)
        return orjson.dumps(values, default=str).decode()


class Lines(logging.Formatter):
    """`time LEVEL logger: message key=value ...`, on one line but for tracebacks."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)-7s %(name)s: %(message)s")

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 logging's own name
        fields = (f"{key}={_plain(value)}" for key, value in _fields(record).items())
        return " ".join([super().formatMessage(record), *fields])


def _plain(value: object) -> str:
    text = str(value)
    plain = text.isascii() and text.isprintable() and " " not in text and '"' not in text
    return text if plain and text else orjson.dumps(text, default=str).decode()
