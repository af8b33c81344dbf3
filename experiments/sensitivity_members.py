"""Who in a group does what the group does: the straight-line effects of its members, from the runs made for its index.

A group's index says how much its members do together and hides which of them. The runs know more: between A and A with the group
from B every member changes and nothing else does, so that the change of a member that does something by itself goes along with the
change of the outcome. A correlation finds, among m members and with n base points, those that make about (5 + 2 ln m) / n of what
the group changes. What members do only together, or up and down again, does not show: to be ranked, a factor has to stand alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.stats import norm, rankdata, t

from experiments.sensitivity_design import Design
from experiments.sensitivity_resamples import CONFIDENCE
from experiments.sensitivity_sobol import stretches, variance

MEMBERS = ("group", "factor", "role", "correlation", "correlation_low", "correlation_high", "share", "stands_out")


def member_rows(design: Design, realised: np.ndarray, values: np.ndarray) -> list[dict[str, Any]]:
    """A row for each member of each group of two or more, from complete stretches: their points and one outcome's values there.

    `correlation` is positive where more of the member goes with more of the outcome; `share` is the part of the outcome's
    variance that goes with it, a first Sobol' index as far as effects are straight lines over the ranks of values. `stands_out`
    is False for all members in nineteen of twenty groups in which none does anything.
    """
    found = []
    for place, group in enumerate(design.groups):
        members = [k for k, factor in enumerate(design.factors) if factor.judged_as == group]
        if len(members) > 1:
            moved = _moved(realised[:, members], design.stride)
            found += [
                {"group": group, "factor": design.factors[k].name, "role": design.factors[k].role} | row
                for k, row in zip(
                    members, _effects(moved, _changes(design, values, place), values, design), strict=True
                )
            ]
    return found


def _moved(realised: np.ndarray, stride: int) -> np.ndarray:
    """How far each member moves from B to A in each stretch, in ranks; shape (stretches, members)."""
    ends = np.vstack([realised[::stride], realised[stride - 1 :: stride]])
    from_a, from_b = np.split(rankdata(ends, axis=0), 2)
    return from_a - from_b


def _changes(design: Design, values: np.ndarray, place: int) -> np.ndarray:
    """What the outcome changes as the group at `place` goes from B to A and all else stays, shape (stretches,)."""
    a, b, ab, ba = stretches(design, values)
    forth = a[:, 0] - ab[:, place]
    return forth if ba is None else (forth + ba[:, place] - b[:, 0]) / 2


def _effects(moved: np.ndarray, changes: np.ndarray, values: np.ndarray, design: Design) -> list[dict[str, Any]]:
    n, members = moved.shape
    moved, changes = moved - moved.mean(axis=0), changes - changes.mean()
    size = np.sqrt((moved**2).sum(axis=0) * (changes**2).sum())
    correlation = np.divide(changes @ moved, size, out=np.zeros(members), where=size > 0.0)
    reach = norm.ppf(0.5 + CONFIDENCE / 2) / np.sqrt(max(n - 3, 1))
    low, high = (np.tanh(np.arctanh(np.clip(correlation, -0.999999, 0.999999)) + side * reach) for side in (-1, 1))
    chance = (1.0 - correlation**2) / (n - 2)
    of_variance = changes.var() / (2.0 * variance(design, values))  # two draws of the member went into a change
    certain = t.isf((1.0 - CONFIDENCE) / 2 / members, n - 2)
    stands_out = correlation**2 > certain**2 * chance
    return [
        dict(zip(MEMBERS[3:], row, strict=True))
        for row in zip(correlation, low, high, (correlation**2 - chance) * of_variance, stands_out, strict=True)
    ]
