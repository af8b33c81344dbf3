"""Intervals cover what they should, and the bound for many comparisons keeps its promise."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from experiments.intervals import (
    batch_means,
    batch_means_interval,
    lag_one_correlation,
    ratio_interval,
    replication_interval,
    sidak_bound,
)


def test_replication_interval_is_students():
    """The t interval of scipy, an independent implementation, for the same ten values."""
    values = np.array([4.1, 3.9, 4.4, 3.7, 4.0, 4.2, 3.8, 4.3, 4.05, 3.95])
    interval = replication_interval(values, 0.99)
    low, high = stats.t.interval(0.99, 9, values.mean(), stats.sem(values))
    assert (interval.low, interval.high) == pytest.approx((low, high), rel=1e-12)
    assert interval.covers(4.0) and not interval.covers(5.0)


def test_intervals_cover_the_truth_as_often_as_they_say():
    """Batch means of a correlated series and ratios of correlated pairs, 1,000 times each at 90%."""
    generator = np.random.default_rng(1)
    covered_mean = covered_ratio = 0
    for _ in range(1000):
        noise = generator.normal(size=3001)
        series = 10.0 + noise[1:] + 0.8 * noise[:-1]
        covered_mean += batch_means_interval(series, 30, 0.9).covers(10.0)
        customers = generator.gamma(20.0, size=30)
        waits = customers * (2.0 + 0.1 * generator.normal(size=30)) + generator.normal(size=30)
        covered_ratio += ratio_interval(waits, customers, 0.9).covers(2.0)
    assert 875 <= covered_mean <= 925  # 2.6 standard deviations either side
    assert 875 <= covered_ratio <= 925


def test_ratio_interval_removes_the_bias_of_the_plain_ratio():
    """Cycles of a regenerative process with a long and a short kind: the plain ratio of few cycles is off."""
    generator = np.random.default_rng(2)
    plain, jackknifed = [], []
    for _ in range(4_000):
        length = generator.exponential(size=8)
        reward = length**2
        plain.append(reward.sum() / length.sum())
        jackknifed.append(ratio_interval(reward, length).estimate)
    assert abs(np.mean(jackknifed) - 2.0) < 0.3 * abs(np.mean(plain) - 2.0)


def test_batches_take_the_end_of_the_series_and_show_what_is_left_of_its_correlation():
    """Seven values make three batches of two, the first left out; a slow wave stays correlated."""
    assert batch_means([99.0, 1.0, 3.0, 5.0, 7.0, 9.0, 11.0], 3).tolist() == [2.0, 6.0, 10.0]
    wave = np.sin(np.arange(400) / 20.0)
    assert lag_one_correlation(wave) > 0.95
    assert lag_one_correlation([1.0, -1.0] * 50) < -0.9


@pytest.mark.parametrize("comparisons", [1, 17, 1000])
def test_sidak_bound_keeps_the_family_error(comparisons):
    """All of m independent comparisons stay inside with chance 99%."""
    inside = 1.0 - 2.0 * stats.norm.sf(sidak_bound(comparisons))
    assert inside**comparisons == pytest.approx(0.99, rel=1e-9)
    from_few = 1.0 - 2.0 * stats.t.sf(sidak_bound(comparisons, degrees_of_freedom=9), 9)
    assert from_few**comparisons == pytest.approx(0.99, rel=1e-9)


def test_z_of_a_result_without_spread():
    """Ten equal values agree with themselves and with nothing else."""
    interval = replication_interval([2.0] * 10)
    assert interval.z(2.0) == 0.0
    assert interval.z(1.9) == np.inf


@pytest.mark.parametrize(
    "call",
    [
        lambda: replication_interval([1.0]),
        lambda: replication_interval([1.0, np.nan]),
        lambda: replication_interval([1.0, 2.0], level=1.0),
        lambda: batch_means([1.0] * 10, 6),
        lambda: batch_means([1.0] * 10, 1),
        lambda: ratio_interval([1.0, 2.0], [1.0]),
        lambda: ratio_interval([1.0, 2.0], [0.0, 1.0]),
        lambda: sidak_bound(0),
        lambda: sidak_bound(3, family_error=0.0),
    ],
)
def test_what_makes_no_interval_is_refused(call):
    """Too few values, values that are not finite, nonsense levels."""
    with pytest.raises(ValueError):
        call()
