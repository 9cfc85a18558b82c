"""What a report draws, as plain numbers: places on a scale of 0 to 100, and rows of text.

The plots are SVG that the template writes from these: they take the page's colours, light or dark,
and its width, which pictures of matplotlib would not.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from evals.runs import Run
from pipeline.config.evals import GATES

LEADS = ("correctness", "nDCG@10", "citation_recall", "token_f1")
PLACES = (("1st", 1), ("2nd or 3rd", 3), ("4th or 5th", 5), ("6th to 10th", 10))


@dataclass(frozen=True, slots=True)
class Mark:
    """One line of a plot; `low`, `at` and `high` are places from 0 to 100."""

    label: str
    at: float
    low: float
    high: float
    text: str


@dataclass(frozen=True, slots=True)
class Plot:
    """A group of marks with its own heading."""

    title: str
    marks: tuple[Mark, ...]


def label(run: Run, runs: Sequence[Run]) -> str:
    """The run's name, with its dataset where there are several; a run alone needs none."""
    if len(runs) == 1:
        return "all cases"
    several = len({one.summary["dataset"] for one in runs}) > 1
    return f"{run.summary['dataset']}: {run.name}" if several else run.name


def title(runs: Sequence[Run]) -> str:
    """The datasets, and what was measured."""
    datasets = dict.fromkeys(run.summary["dataset"] for run in runs)
    return f"{', '.join(datasets)}: {runs[-1].summary['kind']}"


def tag_columns(run: Run) -> list[str]:
    """The metrics that any tag has a figure of."""
    figures = [one["metrics"] for one in run.summary.get("tags", {}).values()]
    names = dict.fromkeys(name for row in figures for name in row)
    return [name for name in names if any(row.get(name) is not None for row in figures)]


def intervals(runs: Sequence[Run]) -> list[Plot]:
    """For each metric between 0 and 1, every run's mean with its interval."""
    names = list(dict.fromkeys(name for run in runs for name in run.summary["metrics"]))
    plots = []
    for name in names:
        marks = tuple(_mark(run, runs, name) for run in runs if _is_share(run, name))
        if marks:
            plots.append(Plot(name, marks))
    return plots


def _is_share(run: Run, name: str) -> bool:
    return name in GATES and run.summary["metrics"].get(name) is not None


def _mark(run: Run, runs: Sequence[Run], name: str) -> Mark:
    value = run.summary["metrics"][name]
    low, high = run.summary["intervals"][name]
    text = f"{value:.3f} ({low:.3f} to {high:.3f})"
    return Mark(label(run, runs), 100 * value, 100 * max(0.0, low), 100 * high, text)


def latency(runs: Sequence[Run]) -> list[Plot]:
    """For each kind of time, every run's median and 95th percentile, to the scale of the slowest."""
    plots = []
    for key, title in (
        ("latency_ms", "search"),
        ("first_token_ms", "first token"),
        ("total_ms", "whole answer"),
    ):
        timed = [run for run in runs if run.summary.get(key)]
        top = max((run.summary[key]["p95"] for run in timed), default=0) or 1
        marks = tuple(
            Mark(
                label(run, runs),
                100 * (times := run.summary[key])["p50"] / top,
                0,
                100 * times["p95"] / top,
                f"{times['p50']:.1f} ms, 95 % within {times['p95']:.1f} ms",
            )
            for run in timed
        )
        if marks:
            plots.append(Plot(title, marks))
    return plots


def misses(run: Run) -> Plot:
    """Where the first right section stood; for answers, what became of the cases."""
    if run.summary["kind"] == "retrieval":
        counts = Counter(_place(row["first_right"]) for row in run.rows)
        order = [*(name for name, _ in PLACES), "later", "not found"]
    else:
        counts = Counter(f"{row['outcome']}, expected: {row['expect']}" for row in run.rows)
        order = [name for name, _ in counts.most_common()]
    whole = len(run.rows) or 1
    marks = tuple(
        Mark(name, share := 100 * counts[name] / whole, 0, share, f"{counts[name]} ({share:.0f} %)")
        for name in order
    )
    return Plot(
        "First right section" if run.summary["kind"] == "retrieval" else "What became of the cases", marks
    )


def _place(first: int | None) -> str:
    if first is None:
        return "not found"
    return next((name for name, last in PLACES if first <= last), "later")


def cases(run: Run) -> list[dict[str, Any]]:
    """The rows, the worst first, each with the metric that it is sorted by as `lead`."""
    rows = []
    for row in run.rows:
        named = next((name for name in LEADS if row["metrics"].get(name) is not None), None)
        lead = row["metrics"][named] if named else _rightly(row)
        rows.append({**row, "lead": lead, "lead_name": named or "right"})
    return sorted(rows, key=lambda row: row["lead"])


def _rightly(row: dict[str, Any]) -> float:
    """Whether a case that should be refused was."""
    return float((row.get("outcome") == "refused") == (row["expect"] == "refuse"))
