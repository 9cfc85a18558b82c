"""A whole measurement of load: the traffic, the server's processes beside it, and the figures of both."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from statistics import fmean
from typing import Any

from evals.load.requests import Sample, Target
from evals.load.traffic import Ask, Bounds, Closed, Open, Progress, run
from evals.load.watching import Processes, Usage

SHARES = {"p50": 50, "p95": 95, "p99": 99}
OUTCOMES = ("answered", "refused", "degraded")


@dataclass(frozen=True, slots=True)
class Load:
    """What is sent, to whom, and when a stream counts as stalled: after so many seconds of silence."""

    traffic: Closed | Open
    target: Target
    bounds: Bounds
    stall: float = 5.0


@dataclass(frozen=True, slots=True)
class Measured:
    """The figures, and each question's own."""

    summary: dict[str, Any]
    samples: list[Sample]


async def measure(load: Load, asked: Ask, processes: Processes, progress: Progress) -> Measured:
    """Sends the load and sums up what came of it."""
    before = processes.usage() if processes else None
    samples = await run(load.traffic, load.target, asked, load.bounds, progress)
    after = processes.usage() if processes else None
    return Measured(summed(load, samples, before, after), samples)


def summed(
    load: Load, samples: Sequence[Sample], before: Usage | None = None, after: Usage | None = None
) -> dict[str, Any]:
    """The figures of `samples`.  Times are in ms, of whole answers alone."""
    whole = [sample for sample in samples if sample.kind in OUTCOMES]
    wall = max((sample.due + sample.total for sample in samples), default=0.0)
    return {
        "kind": "load",
        "url": load.target.url.geturl(),
        "traffic": str(load.traffic),
        "requests": len(samples),
        "answers": len(whole),
        "outcomes": {kind: sum(s.kind == kind for s in whole) for kind in OUTCOMES},
        "cached": sum(sample.cached for sample in whole),
        "turned_away": _reasons(samples, "turned away"),
        "failures": _reasons(samples, "failed"),
        "stalled": sum(sample.pause > load.stall for sample in samples),
        "cut_short": len(samples) < load.traffic.requests and isinstance(load.traffic, Closed),
        "seconds": round(wall, 3),
        "answers_per_second": round(len(whole) / wall, 2) if wall else 0.0,
        "first_token_ms": percentiles([s.first for s in whole if s.first is not None]),
        "total_ms": percentiles([sample.total for sample in whole]),
        "longest_pause_ms": round(1000 * max((sample.pause for sample in whole), default=0.0), 1),
        "server_ms": _server(whole),
        "bytes_per_answer": round(fmean(s.size for s in whole)) if whole else None,
        **_used(before, after, len(whole)),
    }


def percentiles(seconds: Sequence[float]) -> dict[str, float | None]:
    """p50, p95 and p99 in ms by nearest rank, so that each is a time that somebody waited; None of nothing."""
    ordered = sorted(seconds)
    return {
        name: round(1000 * ordered[max(0, -(-len(ordered) * share // 100) - 1)], 1) if ordered else None
        for name, share in SHARES.items()
    }


def _reasons(samples: Sequence[Sample], kind: str) -> dict[str, int]:
    return dict(Counter(sample.reason for sample in samples if sample.kind == kind).most_common())


def _server(whole: Sequence[Sample]) -> dict[str, float]:
    """The means of what the server says that its steps took."""
    timings = [sample.server for sample in whole if sample.server]
    names = dict.fromkeys(name for timing in timings for name in timing)
    return {name: round(fmean(t[name] for t in timings if name in t), 1) for name in names}


def _used(before: Usage | None, after: Usage | None, answers: int) -> dict[str, Any]:
    if before is None or after is None:
        return {"server": None}
    return {
        "server": {
            "processes": after.processes,
            "cpu_ms_per_answer": round(1000 * (after.cpu - before.cpu) / answers, 2) if answers else None,
            "memory_mb": round(after.memory, 1),
            "memory_mb_before": round(before.memory, 1),
        }
    }


def rows(samples: Sequence[Sample]) -> list[dict[str, Any]]:
    """The samples as a run's rows."""
    return [_rounded(asdict(sample)) for sample in samples]


def _rounded(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: round(value, 5) if isinstance(value, float) else value for key, value in row.items()}
