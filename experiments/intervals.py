"""Confidence intervals for simulated means and ratios, and the bound for many comparisons at once.

The values that go in must be independent or nearly so: one for each replication, or the means of batches of
one run that are long against the time the system remembers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import stats


@dataclass(frozen=True)
class Interval:
    """An estimate with its half-width at `level`, from `count` values; units are those of the values."""

    estimate: float
    half_width: float
    standard_error: float
    count: int
    level: float

    @property
    def low(self) -> float:
        """Lower end."""
        return self.estimate - self.half_width

    @property
    def high(self) -> float:
        """Upper end."""
        return self.estimate + self.half_width

    def covers(self, value: float) -> bool:
        """Whether a value lies inside."""
        return self.low <= value <= self.high

    def z(self, exact: float) -> float:
        """Distance of the estimate from an exact value in standard errors: to be held against `sidak_bound`.

        A standard error of 0 gives 0 where estimate and exact value agree and infinity where they do not.
        """
        distance = self.estimate - exact
        if self.standard_error > 0.0:
            return distance / self.standard_error
        return (
            0.0
            if math.isclose(self.estimate, exact, rel_tol=1e-9, abs_tol=1e-12)
            else math.copysign(math.inf, distance)
        )


def replication_interval(values: ArrayLike, level: float = 0.99) -> Interval:
    """Student's t interval for the mean of independent replications, shape (n,), n >= 2.

    Raises ValueError for fewer than two values or values that are not finite.
    """
    sample = _sample(values)
    return _interval(float(sample.mean()), float(sample.std(ddof=1) / math.sqrt(sample.size)), sample.size, level)


def batch_means_interval(series: ArrayLike, batches: int = 30, level: float = 0.99) -> Interval:
    """Interval for the mean of one stationary series cut into equal batches; a rest at its start is left out.

    Trustworthy if the correlation between neighbouring batches is small: see `lag_one_correlation`.
    Raises ValueError if the series is shorter than two values a batch.
    """
    return replication_interval(batch_means(series, batches), level)


def batch_means(series: ArrayLike, batches: int) -> NDArray[np.float64]:
    """The means of `batches` equal stretches of a series, in order."""
    sample = _sample(series)
    length = sample.size // batches if batches >= 2 else 0
    if length < 2:
        raise ValueError(f"{sample.size} values do not make {batches} batches; at least 2 batches of 2 values")
    return sample[sample.size - batches * length :].reshape(batches, length).mean(axis=1)


def lag_one_correlation(values: ArrayLike) -> float:
    """Correlation of each value with the next; near 0 for batches that are long enough."""
    sample = _sample(values)
    deviation = sample - sample.mean()
    spread = float(deviation @ deviation)
    return float(deviation[1:] @ deviation[:-1]) / spread if spread > 0.0 else 0.0


def ratio_interval(numerators: ArrayLike, denominators: ArrayLike, level: float = 0.99) -> Interval:
    """Jackknife interval for a ratio of means, such as total waiting time over customers.

    One pair for each replication or regenerative cycle, shape (n,), n >= 2. The estimate is the
    jackknife's, whose bias is of order 1 / n^2. (Law 2015, section 9.5.3.) Raises ValueError for unequal
    lengths or if leaving out one pair leaves no denominator.
    """
    above, below = _sample(numerators), _sample(denominators)
    if above.size != below.size:
        raise ValueError(f"{above.size} numerators but {below.size} denominators")
    rest = below.sum() - below
    if np.any(rest <= 0.0):
        raise ValueError("the denominators of all but one pair must have a sum above 0")
    count = above.size
    pseudo = count * above.sum() / below.sum() - (count - 1) * (above.sum() - above) / rest
    return replication_interval(pseudo, level)


def sidak_bound(comparisons: int, family_error: float = 0.01, degrees_of_freedom: int | None = None) -> float:
    """Largest |z| allowed in each of several comparisons, so that all pass with chance 1 - family_error.

    That is if all are right. Šidák (1967): exact for independent comparisons, safe for others. With
    `degrees_of_freedom` (replications - 1) the bound is for standard errors estimated from few values.
    """
    if comparisons < 1:
        raise ValueError(f"{comparisons} comparisons; at least 1")
    _require_share(family_error, "family error")
    # expm1 and log1p keep the digits of a small error among many comparisons.
    each = -math.expm1(math.log1p(-family_error) / comparisons)
    return _two_sided(each, degrees_of_freedom)


def _interval(estimate: float, standard_error: float, count: int, level: float) -> Interval:
    _require_share(level, "level")
    return Interval(estimate, _two_sided(1.0 - level, count - 1) * standard_error, standard_error, count, level)


def _two_sided(error: float, degrees_of_freedom: int | None) -> float:
    """The quantile that |z|, or |t| with these degrees of freedom, exceeds with chance `error`."""
    if degrees_of_freedom is None:
        return float(stats.norm.isf(error / 2.0))
    return float(stats.t.isf(error / 2.0, degrees_of_freedom))


def _sample(values: ArrayLike) -> NDArray[np.float64]:
    sample = np.asarray(values, dtype=np.float64)
    if sample.ndim != 1 or sample.size < 2:
        raise ValueError(f"values of shape {sample.shape}; at least 2 in one row")
    if not np.isfinite(sample).all():
        raise ValueError("values that are not finite")
    return sample


def _require_share(value: float, name: str) -> None:
    if not 0.0 < value < 1.0:
        raise ValueError(f"{name} {value}; allowed between 0 and 1")
