"""Asks the assistant a case's question and folds the stream of its answer into one record."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Literal

from evals.answers.turns import in_turns
from evals.cases import Case
from pipeline.models import (
    AnswerFailed,
    AnswerFinished,
    Event,
    Source,
    SourcesFound,
    TextDelta,
    Usage,
)

if TYPE_CHECKING:  # heavy: not for --help
    from pipeline.assistant import Assistant


@dataclass(slots=True)
class Told:
    """One answer as it came.  `outcome` is "failed" when it broke off, and `error` says how.

    Times are in ms from the question; `first_token_ms` is None when no text came.  `sources` are those that
    the answer was made from, kept even when it then refused.
    """

    text: str = ""
    outcome: Literal["answered", "refused", "degraded", "failed"] = "failed"
    sources: tuple[Source, ...] = ()
    cited: tuple[Source, ...] = ()
    mode: str = ""
    model: str = ""
    usage: Usage = field(default_factory=Usage)
    first_token_ms: float | None = None
    total_ms: float = 0.0
    error: str = ""

    def take(self, event: Event, now: float) -> None:
        """Folds one event in; `now` is in ms since the question."""
        match event:
            case SourcesFound(sources) if sources:
                self.sources = sources
            case TextDelta(text):
                self.text += text
                if self.first_token_ms is None:
                    self.first_token_ms = now
            case AnswerFinished():
                self.outcome, self.cited, self.usage = event.outcome, event.cited, event.usage
                self.mode, self.model = event.mode, event.model
            case AnswerFailed(code, message):
                self.error = f"{code}: {message}"
            case _:
                pass


async def ask(assistant: "Assistant", case: Case) -> Told:
    """The answer to one case.  Raises what `Assistant.answer` raises before the stream."""
    started = time.perf_counter()

    def now() -> float:
        return 1000 * (time.perf_counter() - started)

    told = Told()
    answer = await assistant.answer(case.asked())
    try:
        async for event in answer.events():
            told.take(event, now())
    finally:
        await answer.aclose()
    told.total_ms = now()
    if told.outcome == "failed" and not told.error:
        told.error = "the stream ended before its end"
    return told


async def ask_all(
    assistant: "Assistant",
    cases: Sequence[Case],
    *,
    concurrency: int,
    progress: Callable[[int, int], None],
) -> dict[str, Told]:
    """Every case's answer, `concurrency` at a time; one at a time gives the times of one reader."""
    told: dict[str, Told] = {}

    async def one(case: Case) -> None:
        told[case.id] = await ask(assistant, case)
        progress(len(told), len(cases))

    await in_turns([partial(one, case) for case in cases], concurrency)
    return {case.id: told[case.id] for case in cases}
