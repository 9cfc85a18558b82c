"""What the owner asks of the memory: how much was asked, how it ended, what the docs do not answer.

Nothing here is fast or slow on purpose: it reads a window of days once, for a command or a page.
"""

import asyncio
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, case, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.memory.models import now
from api.memory.tables import answers, found_sections, votes

MOST_ROWS = 20_000  # refused and down-voted questions that are looked at, the newest first
WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Asked:
    """Questions that are the same but for case, accents of writing and punctuation.

    `question` is the newest wording, `times` how often it was asked, `tags` and `notes` what readers
    said when they voted it down.
    """

    question: str
    times: int
    last_asked: datetime
    version: str
    language: str
    tags: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Tokens:
    """What one model read and wrote, as its provider counted, and what is known of its cost."""

    model: str
    answers: int
    prompt: int
    completion: int
    cost: float


@dataclass(frozen=True, slots=True)
class Insights:
    """A window of days, up to now.

    `per_day` are the questions of each day that has any, as ("2026-11-23", 12); `endings` counts
    answers by how they ended; `cited_pages` and `found_pages` count answers by page, without anchors.
    """

    since: datetime
    questions: int
    clients: int
    per_day: tuple[tuple[str, int], ...]
    endings: dict[str, int]
    votes_up: int
    votes_down: int
    refused: tuple[Asked, ...]
    down_voted: tuple[Asked, ...]
    cited_pages: tuple[tuple[str, int], ...]
    found_pages: dict[str, int]
    tokens: tuple[Tokens, ...]


async def read_insights(engine: AsyncEngine, days: int) -> Insights:
    """The last `days` days.  Raises SQLAlchemyError and what the driver raises."""
    since = now() - timedelta(days=days)
    recent = answers.c.asked_at >= since
    async with engine.connect() as db:
        per_day = await _rows(db, _per_day().where(recent))
        endings = await _rows(
            db, select(answers.c.ending, func.count()).where(recent).group_by(answers.c.ending)
        )
        clients = await db.scalar(select(func.count(answers.c.client.distinct())).where(recent))
        voted = dict(await _rows(db, _thumbs().where(votes.c.voted_at >= since)))
        by_url = await _rows(db, _by_url().where(recent))
        refused = await _rows(db, _wording().where(recent, answers.c.ending == "refused"))
        down = await _rows(db, _down_voted().where(recent))
        tokens = await _rows(db, _tokens().where(recent))
    # In a thread: MOST_ROWS of them take a fifth of a second, in which no answer should stand still.
    by_words = await asyncio.to_thread(lambda: (grouped(refused), grouped(down)))
    return Insights(
        since=since,
        questions=sum(count for _, count in per_day),
        clients=clients or 0,
        per_day=tuple((str(day), count) for day, count in per_day),
        endings=dict(endings),
        votes_up=voted.get(1, 0),
        votes_down=voted.get(0, 0),
        refused=by_words[0],
        down_voted=by_words[1],
        cited_pages=tuple(_by_page((url, cited) for url, _, cited in by_url).most_common()),
        found_pages=dict(_by_page((url, found) for url, found, _ in by_url)),
        tokens=tuple(Tokens(*row) for row in tokens),
    )


def _per_day() -> Select[Any]:
    day = func.date(answers.c.asked_at)
    return select(day, func.count()).group_by(day).order_by(day)


def _thumbs() -> Select[Any]:
    return select(votes.c.thumbs, func.count()).group_by(votes.c.thumbs)


def _by_url() -> Select[Any]:
    url, cited = found_sections.c.url, func.sum(case((found_sections.c.cited, 1), else_=0))
    counted = select(url, func.count(found_sections.c.message_id.distinct()), cited)
    return counted.join(answers).group_by(url)


def _down_voted() -> Select[Any]:
    voted = _wording(votes.c.tags, votes.c.notes).join(votes, votes.c.message_id == answers.c.message_id)
    return voted.where(votes.c.thumbs == 0)


async def _rows(db: AsyncConnection, statement: Select[Any]) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in await db.execute(statement)]


def _wording(*more: Any) -> Select[Any]:
    columns = (answers.c.question, answers.c.asked_at, answers.c.version, answers.c.language)
    worded = select(*columns, *more).where(answers.c.question.is_not(None))
    return worded.order_by(answers.c.asked_at.desc()).limit(MOST_ROWS)


def _tokens() -> Select[Any]:
    prompt, completion = func.sum(answers.c.prompt_tokens), func.sum(answers.c.completion_tokens)
    counted = select(
        answers.c.model,
        func.count(),
        func.coalesce(prompt, 0),
        func.coalesce(completion, 0),
        func.coalesce(func.sum(answers.c.cost), 0.0),
    ).where(answers.c.model != "")
    return counted.group_by(answers.c.model).order_by(answers.c.model)


def _by_page(counts: Iterable[tuple[str, int]]) -> Counter[str]:
    pages: Counter[str] = Counter()
    for url, count in counts:
        if count:
            pages[url.partition("#")[0]] += count
    return pages


def grouped(rows: Iterable[tuple[Any, ...]]) -> tuple[Asked, ...]:
    """Rows of (question, asked_at, version, language, tags?, notes?), newest first, as groups.

    The most asked come first, of these the newest.
    """
    groups: dict[str, list[tuple[Any, ...]]] = {}
    for row in rows:
        groups.setdefault(normalised(row[0]), []).append(row)
    asked = [_asked(rows) for rows in groups.values()]
    return tuple(sorted(asked, key=lambda group: (group.times, group.last_asked), reverse=True))


def _asked(rows: list[tuple[Any, ...]]) -> Asked:
    question, last_asked, version, language, *_ = rows[0]
    tags = dict.fromkeys(tag for row in rows if len(row) > 4 for tag in row[4])
    notes = dict.fromkeys(row[5] for row in rows if len(row) > 5 and row[5])
    return Asked(question, len(rows), last_asked, version, language, tuple(tags), tuple(notes))


def normalised(question: str) -> str:
    """The words alone: "How do I install it?" and "how do I install it" are one question."""
    return " ".join(WORD.findall(unicodedata.normalize("NFKC", question).casefold()))
