"""Functions whose sensitivity is known, and how to read what was found."""

from __future__ import annotations

from math import sin

import numpy as np

from experiments import sensitivity

UNIT = {"a": (0.0, 1.0), "b": (0.0, 1.0)}


def ishigami(x1: float, x2: float, x3: float) -> float:
    return sin(x1) + 7.0 * sin(x2) ** 2 + 0.1 * x3**4 * sin(x1)


def mixed(number: float, whole: int, switch: bool, category: str) -> float:
    """Additive over every kind of factor: the shares of the variance are known exactly."""
    return 6.0 * number + 1.0 * whole + 2.0 * switch + {"none": 0.0, "some": 3.0, "all": 0.0}[category]


MIXED = {"number": (0.0, 1.0), "whole": range(1, 6), "switch": [False, True], "category": ["none", "some", "all"]}
MIXED_VARIANCES = {"number": 36.0 / 12.0, "whole": 2.0, "switch": 4.0 * 0.25, "category": 9.0 * 2.0 / 9.0}


def column(found: sensitivity.Sensitivity, name: str, **where: str) -> dict[str, float]:
    """A column of the indices of one quantity by factor."""
    rows = found.indices
    for key, value in where.items():
        rows = rows.loc[rows[key] == value]
    assert not rows["factor"].duplicated().any()
    return dict(zip(rows["factor"], rows[name], strict=True))


def noise(seed: int, *values: float) -> float:
    """Standard normal luck that is another one at every point."""
    return float(np.random.default_rng([seed, *(int(v * 2**40) for v in values)]).normal())
