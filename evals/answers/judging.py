"""Asks the judge about every answer that can be judged, and keeps count of its failures.

A refusal of a question that has an answer is not sent: it scores 0 for correctness and relevance.  A
judgment that is not there, for whatever reason, scores 0, is listed, and is one of the failures.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from evals.answers.asking import Told
from evals.answers.figures import has_reference, said
from evals.answers.turns import in_turns
from evals.cases import Case
from evals.errors import JudgeError

if TYPE_CHECKING:  # heavy: not for --help
    from pipeline.judging import Judge

CRITERIA = ("groundedness", "correctness", "relevance")


@dataclass(frozen=True, slots=True)
class Verdict:
    """One judgment: a score from 0 to 1 with its reason, or the failure that made it 0."""

    score: float
    reason: str = ""
    failure: str = ""


@dataclass(slots=True)
class Verdicts:
    """All judgments, by case and criterion; `asked` counts those that were sent to the judge."""

    by_case: dict[str, dict[str, Verdict]] = field(default_factory=dict)
    asked: int = 0

    @property
    def failures(self) -> list[str]:
        """One line for each judgment that is not there."""
        return [
            f"case {case}: {criterion}: {verdict.failure}"
            for case, verdicts in self.by_case.items()
            for criterion, verdict in verdicts.items()
            if verdict.failure
        ]

    def plain(self, case: str) -> dict[str, Any]:
        """The case's judgments for a file."""
        return {criterion: asdict(verdict) for criterion, verdict in self.by_case.get(case, {}).items()}


async def judge_all(
    judge: "Judge",
    cases: Sequence[Case],
    told: Mapping[str, Told],
    *,
    concurrency: int,
    max_failures: float,
    progress: Callable[[int, int], None],
) -> Verdicts:
    """Judges every case that should be answered.

    Raises JudgeError when more than `max_failures` of the judgments failed: means over so many zeros
    would tell of the judge and not of the answers.
    """
    verdicts = Verdicts()
    todo: list[tuple[Case, str]] = []
    for case, criterion in _applying(cases):
        if told[case.id].outcome in ("answered", "degraded"):
            todo.append((case, criterion))
        elif criterion != "groundedness":  # words that are not there claim nothing
            unasked = f"not asked: the question was {told[case.id].outcome}, and has an answer"
            verdicts.by_case.setdefault(case.id, {})[criterion] = Verdict(0.0, reason=unasked)

    async def one(case: Case, criterion: str) -> None:
        verdict = await _asked(judge, case, told[case.id], criterion)
        verdicts.by_case.setdefault(case.id, {})[criterion] = verdict
        verdicts.asked += 1
        progress(verdicts.asked, len(todo))

    await in_turns([partial(one, *each) for each in todo], concurrency)
    failures = verdicts.failures
    if verdicts.asked and len(failures) > max_failures * verdicts.asked:
        raise JudgeError(failures, verdicts.asked)
    return verdicts


def _applying(cases: Sequence[Case]) -> Iterator[tuple[Case, str]]:
    for case in cases:
        for criterion in CRITERIA:
            if case.expect == "answer" and (criterion != "correctness" or has_reference(case)):
                yield case, criterion


async def _asked(judge: "Judge", case: Case, told: Told, criterion: str) -> Verdict:
    result = await judge.evaluators[criterion].aevaluate(
        query=case.question,
        response=said(told),
        contexts=[source.text for source in told.sources],
        reference=case.answer or "",
    )
    if result.invalid_result or result.score is None:
        return Verdict(0.0, failure=result.invalid_reason or "no judgment")
    return Verdict(result.score, reason=result.feedback or "")
