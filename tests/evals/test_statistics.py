"""Intervals and tests."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evals.comparing import improves
from evals.statistics import differences, holm, interval, paired_p


def test_holm_by_hand() -> None:
    """The smallest p is taken as often as there are tests, the next one time less, and none falls below it."""
    assert holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert holm([0.6, 0.7]) == [1.0, 1.0]
    assert holm([]) == []


def test_paired_p_by_hand() -> None:
    """For few cases every change of signs is tried: all eight gaps one way round is 2 of 256."""
    gaps = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]
    sums = [
        abs(sum(s * g for s, g in zip(signs, gaps, strict=True)))
        for signs in itertools.product((1, -1), repeat=8)
    ]
    by_hand = sum(one >= sum(gaps) - 1e-9 for one in sums) / len(sums)
    assert paired_p([0.0] * 8, gaps) == pytest.approx(by_hand)


@pytest.mark.parametrize(
    ("a", "b"), [([], []), ([0.5], [0.5]), ([0.5], [0.9]), ([0.2] * 9, [0.2] * 8 + [1.0])]
)
def test_nothing_to_tell(a: list[float], b: list[float]) -> None:
    """One gap or none is chance."""
    assert paired_p(a, b) == 1.0


@given(st.lists(st.floats(0, 1), min_size=1, max_size=20))
def test_interval_holds_the_mean(values: list[float]) -> None:
    """The interval lies around the mean and within the values, and is the same each time."""
    low, high = interval(values)
    assert min(values) - 1e-9 <= low <= sum(values) / len(values) + 1e-9
    assert sum(values) / len(values) - 1e-9 <= high <= max(values) + 1e-9
    assert interval(values) == (low, high)


def test_a_clear_difference() -> None:
    """A metric that every case gained is significant, one that none gained is not."""
    found = differences(
        {"up": ([0.1] * 20, [0.5 + i / 100 for i in range(20)]), "same": ([0.3] * 20, [0.3] * 20)}
    )
    assert [one.significant for one in found] == [True, False]
    assert found[0].interval[0] > 0.4
    assert found[0].adjusted == pytest.approx(2 * found[0].p)
    assert found[1].change == 0


@pytest.mark.parametrize(("metric", "better"), [("nDCG@10", "b"), ("words", "a"), ("cost_usd", "a")])
def test_less_is_better_for_lengths_and_costs(metric: str, better: str) -> None:
    """The same change is for the better or for the worse, as the metric says."""
    (one,) = differences({metric: ([0.1] * 9, [0.9] * 9)})
    assert improves(one) is (better == "b")
