"""How sure a figure is: bootstrap intervals, and a paired test for two runs over the same cases.

The resampling is scipy's.  Seeds are fixed: the same run gives the same interval.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

RESAMPLES = 9_999  # scipy's own default
CONFIDENCE = 0.95
SEED = 20_240_601

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Difference:
    """B's mean less A's, with its 95 % interval, and how likely a gap that wide is by chance alone.

    `p` is of the paired randomisation test; `adjusted` the same after Holm's correction for the
    number of metrics.
    """

    metric: str
    a: float
    b: float
    interval: Interval
    p: float
    adjusted: float
    cases: int

    @property
    def change(self) -> float:
        return self.b - self.a

    @property
    def significant(self) -> bool:
        return self.adjusted < 1 - CONFIDENCE


def interval(values: Sequence[float]) -> Interval:
    """The 95 % percentile bootstrap interval of the mean; of fewer than two values, the value."""
    if len(values) < 2 or min(values) == max(values):
        middle = sum(values) / len(values) if values else 0.0
        return (middle, middle)
    import numpy as np
    from scipy import stats  # type: ignore[import-untyped]  # scipy ships no types

    found = stats.bootstrap(
        (np.asarray(values, dtype=float),), np.mean, vectorized=True, batch=1000,
        n_resamples=RESAMPLES, confidence_level=CONFIDENCE, method="percentile",
        rng=np.random.default_rng(SEED),
    ).confidence_interval  # fmt: skip
    return (float(found.low), float(found.high))


def paired_p(a: Sequence[float], b: Sequence[float]) -> float:
    """Two-sided p of the paired randomisation test: the two runs' figures of a case change places."""
    import numpy as np
    from scipy import stats  # no second ignore: mypy tells once a file

    gaps = np.asarray(b, dtype=float) - np.asarray(a, dtype=float)
    gaps = gaps[gaps != 0]  # a case without a gap changes nothing, whichever way round
    if gaps.size < 2:
        return 1.0  # a single gap is as wide turned round
    return float(
        stats.permutation_test(
            (gaps,), lambda x, axis: np.sum(x, axis=axis), permutation_type="samples",
            vectorized=True, batch=1000, n_resamples=RESAMPLES, rng=np.random.default_rng(SEED),
        ).pvalue
    )  # fmt: skip


def holm(ps: Sequence[float]) -> list[float]:
    """Holm's step-down correction; scipy has only false discovery rates, statsmodels would be a large guest."""
    order = sorted(range(len(ps)), key=lambda i: ps[i])
    adjusted = [0.0] * len(ps)
    least = 0.0
    for place, i in enumerate(order):
        least = max(least, min(1.0, ps[i] * (len(ps) - place)))
        adjusted[i] = least
    return adjusted


def differences(metrics: Mapping[str, tuple[Sequence[float], Sequence[float]]]) -> list[Difference]:
    """Each metric's difference; its two sequences hold A's and B's values of the same cases, in order."""
    ps = [paired_p(a, b) for a, b in metrics.values()]
    return [
        Difference(
            metric=name,
            a=sum(a) / len(a),
            b=sum(b) / len(b),
            interval=interval([y - x for x, y in zip(a, b, strict=True)]),
            p=p,
            adjusted=adjusted,
            cases=len(a),
        )
        for (name, (a, b)), p, adjusted in zip(metrics.items(), ps, holm(ps), strict=True)
    ]
