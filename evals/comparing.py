"""Two runs over the same cases, side by side: what got better, what got worse, and how sure that is.

Both sides are `Measured`, made from a run's folder here or from the baseline in `baseline`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evals.errors import RunError
from evals.runs import Run
from evals.statistics import Difference, differences
from pipeline.config.evals import CEILINGS

DIGITS = 6
"""Values are rounded alike on both sides, so that a run equals the baseline that was made of it."""
LEADS = ("nDCG@10", "correctness", "citation_recall", "token_f1")
"""The metric that sorts cases into better and worse: the first of these that the runs have."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A run as far as comparing needs it.  `values` hold each case's metrics."""

    name: str
    kind: str
    dataset: str
    fingerprint: str
    by: str
    judge: Mapping[str, str] | None
    summary: Mapping[str, Any]
    values: Mapping[str, Mapping[str, float]]
    questions: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Change:
    """One case that differs: the lead metric in A and in B."""

    case: str
    question: str
    a: float
    b: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """A against B.  `lead` is the metric that `better` and `worse` go by, the largest change first."""

    a: Measured
    b: Measured
    lead: str
    differences: tuple[Difference, ...]
    better: tuple[Change, ...]
    worse: tuple[Change, ...]

    @property
    def significantly_worse(self) -> list[Difference]:
        return [one for one in self.differences if one.significant and not improves(one)]


def improves(one: Difference) -> bool:
    """Whether B's figure is the better one: larger, or smaller for times, costs and lengths."""
    return one.change < 0 if one.metric in CEILINGS else one.change > 0


def measured(run: Run) -> Measured:
    """What comparing needs of a run.  Raises RunError for a load, which asks no cases."""
    if "dataset" not in run.config:
        raise RunError(f"{run.name} is of `{run.config.get('kind')}`, which has no cases to compare")
    return Measured(
        name=run.name,
        kind=run.config["kind"],
        dataset=run.config["dataset"]["name"],
        fingerprint=run.config["dataset"]["fingerprint"],
        by=run.config["dataset"]["by"],
        judge=run.config["judge"],
        summary=run.summary,
        values={
            row["id"]: {n: round(value, DIGITS) for n, value in row["metrics"].items() if value is not None}
            for row in run.rows
        },
        questions={row["id"]: row["question"] for row in run.rows},
    )


def compare(a: Measured, b: Measured) -> Comparison:
    """B against A, case by case.  Raises RunError when they did not measure the same thing."""
    check_comparable(a, b)
    cases = [case for case in b.values if case in a.values]
    metrics = _common(a, b, cases)
    if not metrics:
        raise RunError(f"{a.name} and {b.name} have no metric of the same cases")
    lead = next((name for name in LEADS if name in metrics), next(iter(metrics)))
    changes = [
        Change(case, b.questions.get(case, ""), a.values[case][lead], b.values[case][lead])
        for case in cases
        if lead in a.values[case] and lead in b.values[case]
    ]
    better = sorted((c for c in changes if c.b > c.a), key=lambda c: c.a - c.b)
    worse = sorted((c for c in changes if c.a > c.b), key=lambda c: c.b - c.a)
    return Comparison(a, b, lead, tuple(differences(metrics)), tuple(better), tuple(worse))


def check_comparable(a: Measured, b: Measured) -> None:
    """Raises RunError when a difference between the two would say nothing."""
    for what, left, right in (
        ("kind", a.kind, b.kind),
        ("dataset", a.dataset, b.dataset),
        ("level", a.by, b.by),
    ):
        if left != right:
            raise RunError(f"{a.name} and {b.name} cannot be compared: their {what} is {left} and {right}")
    if a.fingerprint != b.fingerprint:
        raise RunError(
            f"{a.name} and {b.name} cannot be compared: the cases of {a.dataset} have changed between them; "
            "measure again, or accept a new baseline"
        )
    if a.judge != b.judge:
        raise RunError(
            f"{a.name} and {b.name} cannot be compared: they had different judges, "
            f"{_judge(a.judge)} and {_judge(b.judge)}"
        )


def _judge(judge: Mapping[str, str] | None) -> str:
    return f"{judge['model']} with prompts {judge['prompts']}" if judge else "none"


def _common(a: Measured, b: Measured, cases: list[str]) -> dict[str, tuple[list[float], list[float]]]:
    names = dict.fromkeys(name for case in cases for name in b.values[case])
    pairs = {
        name: [
            (a.values[case][name], b.values[case][name])
            for case in cases
            if name in a.values[case] and name in b.values[case]
        ]
        for name in names
    }
    return {name: ([x for x, _ in both], [y for _, y in both]) for name, both in pairs.items() if both}
