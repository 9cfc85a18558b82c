"""`api.budget`: money for answers, by the day and by the month (UTC), kept in the `ledger`.

What an answer may cost is set aside before a model is asked and settled after it, so that answers on
their way at once cannot overshoot together.  Those that come while the database is at work are booked
together next: a busy server needs few transactions.
"""

import asyncio
import logging
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial

from api.limits.ledger import BILLION, Ledger, Limits, Spent, today, whole
from api.memory.database import open_engine
from pipeline.config import ApiConfig, BudgetConfig
from pipeline.errors import BudgetSpent
from pipeline.llm import Settle

log = logging.getLogger(__name__)

PATIENCE = 10.0  # seconds that the database has to answer, as long as SQLite waits for another writer
FIRST_PATIENCE = 30.0  # seconds at the start, when its tables may have to be made
REST = 10.0  # seconds in which a database that failed is left alone
SETTLE_WAIT = 1.0  # seconds after which what is settled is booked, when no question comes before


@dataclass(frozen=True, slots=True)
class Account:
    """How the budget stands, in money.  `known` is False until the database has been read once."""

    known: bool
    spent: bool
    today: float
    month: float


class Budget:
    """A `Meter` of the pipeline.  While the database is away, this process goes on from what it knew last;
    before it has ever been read, nothing is granted.
    """

    def __init__(self, config: BudgetConfig, ledger: Ledger) -> None:
        self.config = config
        self._limits = Limits(*(None if m is None else whole(m) for m in (config.daily, config.monthly)))
        self._ledger = ledger
        self._known: Spent | None = None
        self._owed: defaultdict[date, int] = defaultdict(int)
        self._wanted: list[tuple[int, asyncio.Future[date | None]]] = []
        self._working: asyncio.Task[None] | None = None
        self._later: asyncio.TimerHandle | None = None
        self._resting_until = 0.0
        self._refused_on: date | None = None

    async def reserve(self, cost: float) -> Settle:
        """Sets `cost` aside.  Raises BudgetSpent when that is not left, or nobody knows what is."""
        answer: asyncio.Future[date | None] = asyncio.get_running_loop().create_future()
        self._wanted.append((whole(cost), answer))
        self._work()
        day = await answer
        if day is None:
            raise BudgetSpent("the budget of api.budget is spent")
        return partial(self._settle, day, whole(cost))

    @property
    def account(self) -> Account:
        """How it stands, as far as this process knows."""
        if self._known is None:
            return Account(known=False, spent=True, today=0, month=0)
        known = self._known.on(today())
        spent = self._refused_on == known.day
        return Account(known=True, spent=spent, today=known.today / BILLION, month=known.month / BILLION)

    def figures(self) -> Iterator[tuple[str, str, float]]:
        """Period, "spent" or "limit", money: for /metrics."""
        account = self.account
        for period, spent, limit in (
            ("day", account.today, self.config.daily), ("month", account.month, self.config.monthly),
        ):  # fmt: skip
            yield period, "spent", spent
            if limit is not None:
                yield period, "limit", limit

    async def refresh(self) -> None:
        """Books what is owed, and reads what all processes have spent."""
        await self._book([])

    async def aclose(self) -> None:
        """Books what is still owed, and closes the database."""
        if self._working is not None:
            await asyncio.wait({self._working})
        if self._later is not None:
            self._later.cancel()
        if any(self._owed.values()):
            await self.refresh()
        await self._ledger.aclose()

    def _settle(self, day: date, reserved: int, cost: float) -> None:
        self._owe(day, whole(cost) - reserved)
        self._work_later()

    def _owe(self, day: date, amount: int) -> None:
        self._owed[day] += amount
        if self._known is not None:
            self._known = self._known.plus(amount)

    def _work_later(self) -> None:
        if self._later is None:
            wait = max(SETTLE_WAIT, self._resting_until - time.monotonic())
            self._later = asyncio.get_running_loop().call_later(wait, self._work)

    def _work(self) -> None:
        if self._working is None or self._working.done():
            self._working = asyncio.create_task(self._run())

    async def _run(self) -> None:
        while True:
            wanted, self._wanted = self._wanted, []
            await self._book(wanted)
            if not self._wanted:
                break
        if self._later is not None:
            self._later.cancel()
            self._later = None
        if any(self._owed.values()):  # settled while the database was at work, or it is away
            self._work_later()

    async def _book(self, wanted: list[tuple[int, "asyncio.Future[date | None]"]]) -> None:
        owed, self._owed = self._owed, defaultdict(int)
        amounts = [amount for amount, _ in wanted]
        grants: list[bool] | None = None
        if time.monotonic() >= self._resting_until:
            try:
                async with asyncio.timeout(FIRST_PATIENCE if self._known is None else PATIENCE):
                    spent, grants = await self._ledger.book(owed, amounts, self._limits)
                self._known = spent.plus(sum(self._owed.values()))  # settled in the meantime
            except Exception as error:  # noqa: BLE001 drivers have no common class
                self._resting_until = time.monotonic() + REST
                log.warning("the database of api.budget is away: %s", type(error).__name__)
        if grants is None:
            grants = self._by_itself(owed, amounts)
        day = today()
        for (amount, answer), granted in zip(wanted, grants, strict=True):
            if not answer.done():
                answer.set_result(day if granted else None)
            elif granted:  # its reader has left
                self._owe(day, -amount)
        self._tell(grants)

    def _by_itself(self, owed: defaultdict[date, int], amounts: list[int]) -> list[bool]:
        """Without the database: what is granted is owed until it is back."""
        day = today()
        for before, amount in owed.items():
            self._owed[before] += amount
        if self._known is None:
            return [False] * len(amounts)
        known = self._known.on(day)
        grants = self._limits.granted(known, amounts)
        self._known = known
        for amount, granted in zip(amounts, grants, strict=True):
            if granted:
                self._owe(day, amount)
        return grants

    def _tell(self, grants: list[bool]) -> None:
        """Says once a day that the budget is spent, not once an answer."""
        if grants and all(grants):
            self._refused_on = None
        elif grants and self._refused_on != today():
            self._refused_on = today()
            account = self.account
            log.warning(
                "the budget is spent: %.4f today, %.4f this month%s; answers are the docs' own words until "
                "more is left",
                account.today, account.month, "" if account.known else " (not known: the database is away)",
            )  # fmt: skip


@asynccontextmanager
async def open_budget(config: ApiConfig) -> AsyncIterator[Budget | None]:
    """The budget until the block ends; None when there is none.  Raises ConfigError without its driver."""
    if config.budget is None:
        yield None
        return
    budget = Budget(config.budget, Ledger(open_engine(config.memory)))
    try:
        await budget.refresh()
        yield budget
    finally:
        await budget.aclose()
