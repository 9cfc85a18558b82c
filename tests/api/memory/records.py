"""Records to put into a memory, and what is read of it: for the tests of this folder."""

from datetime import timedelta
from typing import Any

from sqlalchemy import func, select

from api.memory import AnswerRecord, FoundSection, Vote, open_memory
from api.memory.database import open_engine
from api.memory.models import now
from api.memory.reading import Insights, read_insights
from pipeline.config.memory import MemoryConfig

NUMBERS = iter(range(10**6))


def record(question: str | None = "How?", **changes: Any) -> AnswerRecord:
    """The record of an answered question."""
    values: dict[str, Any] = {
        "message_id": f"msg_{next(NUMBERS):032x}", "asked_at": now(), "question": question,
        "ending": "answered", "mode": "model", "model": "m", "version": "", "language": "", "revision": "r1",
        "client": "c1", "retrieval_ms": 3.5, "first_token_ms": 40.0, "total_ms": 90.0,
        "prompt_tokens": 100, "completion_tokens": 20, "cost": 0.25,
        "sections": (FoundSection("https://d/a#x", True), FoundSection("https://d/b#y", False)),
    }  # fmt: skip
    return AnswerRecord(**{**values, **changes})


async def counted(config: MemoryConfig, table: Any) -> int:
    engine = open_engine(config)
    async with engine.connect() as db:
        number = await db.scalar(select(func.count()).select_from(table))
    await engine.dispose()
    return int(number or 0)


async def insights(config: MemoryConfig, days: int = 30) -> Insights:
    engine = open_engine(config)
    try:
        return await read_insights(engine, days)
    finally:
        await engine.dispose()


async def remembered(config: MemoryConfig) -> None:
    """Two days of questions, two votes down."""
    today = now()  # once, so that midnight cannot come between
    yesterday = today - timedelta(days=1)
    down = record("Does dark mode work on 2.0?", version="Next", asked_at=today)
    async with open_memory(config) as memory:
        assert memory is not None
        memory.record(record(asked_at=yesterday))
        memory.record(record(client="c2", asked_at=today))
        memory.record(record("What does it cost?", ending="refused", sections=(), asked_at=yesterday))
        memory.record(record("what does it cost", ending="refused", sections=(), asked_at=today))
        memory.record(record("Who are you?", ending="refused", sections=(), asked_at=yesterday))
        memory.record(down)
        memory.record(record("ancient", asked_at=now() - timedelta(days=60)))
        await memory.vote(memory.sign(down.message_id), Vote(1))
        await memory.vote(memory.sign(down.message_id), Vote(0, ("outdated",), "it says 1.0"))
