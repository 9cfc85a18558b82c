"""What was spent on each day, in the memory's database: it survives a restart and all processes share it.

Not in a storage of the `limits` library: one in the process forgets, and a Redis may.  Amounts are whole
billionths, so that sums are exact.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import case, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from api.memory.database import migrate
from api.memory.tables import spending

BILLION = 1_000_000_000


def whole(money: float) -> int:
    """An amount of money in billionths."""
    return round(money * BILLION)


def today() -> date:
    """The day in UTC."""
    return datetime.now(UTC).date()


@dataclass(frozen=True, slots=True)
class Spent:
    """What is spent or set aside, in billionths: on `day`, and in its month so far."""

    day: date
    today: int
    month: int

    def on(self, day: date) -> "Spent":
        """The same, as far as it matters on `day`."""
        same_month = (day.year, day.month) == (self.day.year, self.day.month)
        return Spent(day, self.today if day == self.day else 0, self.month if same_month else 0)

    def plus(self, amount: int) -> "Spent":
        """The same with `amount` spent besides."""
        return Spent(self.day, self.today + amount, self.month + amount)


@dataclass(frozen=True, slots=True)
class Limits:
    """The most that may be spent, in billionths; None is no limit."""

    daily: int | None
    monthly: int | None

    def granted(self, spent: Spent, wanted: Sequence[int]) -> list[bool]:
        """Which of the amounts that are wanted are left, first come, first served."""
        grants: list[bool] = []
        for amount in wanted:
            after = spent.plus(amount)
            fits = self.holds(after.today, self.daily) and self.holds(after.month, self.monthly)
            grants.append(fits)
            spent = after if fits else spent
        return grants

    @staticmethod
    def holds(spent: int, limit: int | None) -> bool:
        """Whether a limit is kept."""
        return limit is None or spent <= limit


class Ledger:
    """The table of days."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._is_prepared = False

    async def book(
        self, owed: Mapping[date, int], wanted: Sequence[int], limits: Limits
    ) -> tuple[Spent, list[bool]]:
        """Books what is owed from before, and of the wanted amounts those that are left: all in one transaction.

        Gives what is spent now, and which amounts were granted.  Raises what the database raises.
        """
        if not self._is_prepared:
            await migrate(self._engine)
            self._is_prepared = True
        day = today()
        async with self._engine.begin() as db:
            for before, amount in owed.items():
                await self._add(db, before, amount)
            await self._add(db, day, 0)  # a writer from here on: nobody else books before this is done
            spent = await _spent(db, day)
            grants = limits.granted(spent, wanted)
            booked = sum(amount for amount, granted in zip(wanted, grants, strict=True) if granted)
            if booked:
                await self._add(db, day, booked)
        return spent.plus(booked), grants

    async def _add(self, db: AsyncConnection, day: date, amount: int) -> None:
        dialect: Any = sqlite if self._engine.dialect.name == "sqlite" else postgresql
        row = dialect.insert(spending).values(day=day, spent=amount)
        more = {"spent": spending.c.spent + row.excluded.spent}
        await db.execute(row.on_conflict_do_update(index_elements=["day"], set_=more))

    async def aclose(self) -> None:
        """Gives the connections back."""
        await self._engine.dispose()


async def _spent(db: AsyncConnection, day: date) -> Spent:
    of_today = func.sum(case((spending.c.day == day, spending.c.spent), else_=0))
    sums = select(of_today, func.sum(spending.c.spent)).where(
        spending.c.day >= day.replace(day=1), spending.c.day <= day
    )
    now, month = (await db.execute(sums)).one()
    return Spent(day, int(now), int(month))
