"""What the report of a load draws: every answer by when it was asked, and how many came within which time.

Like `figures` it gives plain numbers on a scale of 0 to 100.
"""

from dataclasses import dataclass
from typing import Any

from evals.runs import Run

DOTS = 2_000  # of one plot: more than a screen can tell apart
STEPS = 100  # of a curve
TIMES = (("first", "First token"), ("total", "Whole answer"))


@dataclass(frozen=True, slots=True)
class Chart:
    """`dots` are (when asked, how long) of single answers, `curve` (time, share that came within it).

    `across` and `up` say what 100 stands for: seconds of the load, and ms.
    """

    title: str
    dots: tuple[tuple[float, float], ...]
    curve: tuple[tuple[float, float], ...]
    across: float
    up: float


def plots(run: Run) -> list[Chart]:
    """One chart for the first token and one for whole answers; those without an answer are left out."""
    found = []
    for key, title in TIMES:
        timed = [(row["due"], row[key]) for row in run.rows if row["kind"] in run.summary["outcomes"]]
        timed = [(due, seconds) for due, seconds in timed if seconds is not None]
        if timed:
            found.append(_chart(title, timed))
    return found


def _chart(title: str, timed: list[tuple[float, float]]) -> Chart:
    across = max(due for due, _ in timed) or 1.0
    up = max(seconds for _, seconds in timed) or 1.0
    every = -(-len(timed) // DOTS)
    dots = tuple((100 * due / across, 100 * (1 - seconds / up)) for due, seconds in timed[::every])
    ordered = sorted(seconds for _, seconds in timed)
    last = len(ordered) - 1
    curve = tuple(
        (100 * ordered[last * step // STEPS] / up, 100.0 - 100 * step / STEPS) for step in range(STEPS + 1)
    )
    return Chart(title, dots, curve, across, 1000 * up)


def rows(run: Run) -> list[tuple[str, str]]:
    """What the report lists: names and figures as text."""
    summary = run.summary
    server = summary["server"]
    listed: list[tuple[str, Any]] = [
        ("questions", summary["requests"]),
        ("whole answers", summary["answers"]),
        *((f"  {kind}", count) for kind, count in summary["outcomes"].items() if count),
        ("  from the cache", summary["cached"]),
        *((f"turned away: {reason}", count) for reason, count in summary["turned_away"].items()),
        *((f"failed: {reason}", count) for reason, count in summary["failures"].items()),
        ("stalled streams", summary["stalled"]),
        ("seconds", f"{summary['seconds']:.1f}"),
        ("answers a second", summary["answers_per_second"]),
        ("bytes an answer", summary["bytes_per_answer"]),
    ]
    if server:
        listed += [
            ("server: CPU ms an answer", server["cpu_ms_per_answer"]),
            (
                "server: MB of memory before and after",
                f"{server['memory_mb_before']} and {server['memory_mb']}",
            ),
            ("server: processes", server["processes"]),
        ]
    return [(name, "" if value is None else str(value)) for name, value in listed]
