"""Elementary effects on SALib's trajectories: mu*, mu and sigma, with bootstrap intervals (Morris 1991; Campolongo et al. 2007).

An effect is the change of the outcome over the step of the factor, as a part of its law: mu* is in the outcome's own unit, for
the way from low to high. SALib divides each change by the nominal step of its grid. That is right for numbers, where ours are
equal to SALib's, but a whole number or a switch steps from value to value: a switch would come out half too large and a straight
line over whole numbers would seem bent. Here the step that was made counts; a step too short to change a whole number shows
nothing of it and is left out. For a group all members move at once, in directions of their own, so that only mu* has a meaning.

A point without a value costs the two effects that it is an end of, and no more: a trajectory of hundreds of factors is too long
to be thrown away for one run.

Intervals are of resampled trajectories, which are few: their spread is that of so many values, and reaches as far as Student's t.

`luck` is the mu* of the difference between two disjoint blocks of seeds, made as small as the luck in the outcome is: what a
factor shows that does nothing but reshuffle luck.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.stats import t as student_t

from experiments.sensitivity_design import LEVELS, Design
from experiments.sensitivity_resamples import CONFIDENCE, LEAST_RESAMPLES, check_resamples, resampled_weights
from model.errors import ContradictionError, ValueOutOfRangeError

EFFECTS_NEEDED = 0.5  # share of the effects that a factor's steps could show; with fewer it has no index


@dataclass(frozen=True)
class MorrisIndices:
    """Measures of one outcome by group of the design; arrays of shape (groups,), `..._all` of (resamples, groups).

    `relative` is mu* over the largest, whose place and size are as uncertain as its own; `relative_beyond_luck` the lower end of
    its interval with luck taken off; `used` the number of effects.
    """

    mu: np.ndarray
    mu_star: np.ndarray
    mu_star_half: np.ndarray
    mu_star_all: np.ndarray
    sigma: np.ndarray
    luck: np.ndarray
    relative: np.ndarray
    relative_half: np.ndarray
    relative_beyond_luck: np.ndarray
    used: np.ndarray


def morris_indices(
    design: Design, values: np.ndarray, luck: np.ndarray | None = None, resamples: int = LEAST_RESAMPLES
) -> MorrisIndices:
    """Measures from values at all points, shape (points,), NaN where a run is missing.

    `luck` is luck only, and as much as is in the values, at the points of all trajectories or of the first ones. Raises
    ContradictionError for a wrong size, ValueOutOfRangeError for infinite values and too few resamples.
    """
    check_resamples(resamples)
    effects = elementary_effects(design, values)
    of_luck = np.zeros_like(effects) if luck is None else elementary_effects(design, luck)
    trajectories = effects.shape[1]
    resampled, luck_resampled = (
        _weighted_means(np.abs(found), resampled_weights(design.seed + 1, found.shape[1], resamples))
        for found in (effects, of_luck)
    )
    mu_star, shuffled = (
        _weighted_means(np.abs(found), np.ones((1, found.shape[1])))[0] for found in (effects, of_luck)
    )
    alone = np.array([sum(f.judged_as == group for f in design.factors) == 1 for group in design.groups])
    used = np.isfinite(effects).sum(axis=1)
    enough = used >= np.maximum(2.0, EFFECTS_NEEDED * _steps_that_show(design, trajectories))
    mu_star, resampled = np.where(enough, mu_star, np.nan), np.where(enough, resampled, np.nan)
    reach = _reach(np.maximum(used, 2))
    reach_beyond = _reach(np.clip(used, 2, of_luck.shape[1]))  # luck may be known from fewer trajectories
    largest, largest_all = np.fmax.reduce(mu_star), np.fmax.reduce(resampled, axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):  # a resample in which nothing has an effect has no largest
        relative_all, beyond_all = resampled / largest_all, (resampled - luck_resampled) / largest_all
    return MorrisIndices(
        mu=np.where(alone & enough, _weighted_means(effects, np.ones((1, trajectories)))[0], np.nan),
        mu_star=mu_star,
        mu_star_half=reach * _spreads(resampled),
        mu_star_all=resampled,
        sigma=np.array([_spread(row) if few else np.nan for row, few in zip(effects, alone & enough, strict=True)]),
        luck=shuffled,
        relative=mu_star / largest,
        relative_half=reach * _spreads(relative_all),
        relative_beyond_luck=(mu_star - shuffled) / largest - reach_beyond * _spreads(beyond_all),
        used=used,
    )


def _reach(effects: np.ndarray) -> np.ndarray:
    """How many standard deviations of resampled means an interval reaches, by the number of effects."""
    return student_t.ppf(0.5 + CONFIDENCE / 2, effects - 1) * np.sqrt(effects / (effects - 1))


def _spreads(resampled: np.ndarray) -> np.ndarray:
    """Standard deviations over resamples, NaN for what has no index."""
    known = np.isfinite(resampled).any(axis=0)
    return np.array([np.nanstd(column, ddof=1) if k else np.nan for column, k in zip(resampled.T, known, strict=True)])


def mean_absolute_effects(design: Design, values: np.ndarray) -> np.ndarray:
    """mu* alone, shape (groups,), from the points of the whole design or of its first trajectories."""
    effects = np.abs(elementary_effects(design, values))
    return _weighted_means(effects, np.ones((1, effects.shape[1])))[0]


def _weighted_means(effects: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Means over trajectories, shape (weightings, groups), of what is there; NaN where nothing is."""
    there = np.isfinite(effects)
    total = weights @ np.where(there, effects, 0.0).T
    count = weights @ there.T.astype(float)
    return np.divide(total, count, out=np.full(total.shape, np.nan), where=count > 0.0)


def _spread(effects: np.ndarray) -> float:
    return float(np.std(effects[np.isfinite(effects)], ddof=1))


def elementary_effects(design: Design, values: np.ndarray) -> np.ndarray:
    """Effects of shape (groups, trajectories) from values at the points of the first trajectories, or all; NaN stays NaN."""
    count, rest = divmod(len(values), design.stride)
    if rest or not 2 <= count <= design.n:
        raise ContradictionError(
            f"{len(values):,} values for {design.n} trajectories of {design.stride} points: they do not belong together"
        )
    if np.isinf(values).any():
        raise ValueOutOfRangeError("infinite values: name them as missing before effects are computed")
    factors, steps = _moves(design, count)
    changes = np.diff(values.reshape(count, design.stride), axis=1)
    shown = np.divide(changes, steps, out=np.full(changes.shape, np.nan), where=steps != 0.0)
    effects = np.full((len(design.groups), count), np.nan)
    effects[_group_of(design)[factors].T, np.arange(count)] = shown.T
    return effects


def _group_of(design: Design) -> np.ndarray:
    """The group's number of each factor."""
    groups = {name: number for number, name in enumerate(design.groups)}
    return np.array([groups[factor.judged_as] for factor in design.factors])


def _moves(design: Design, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Which factor moved at each step of the first `count` trajectories (of a group one), and how far.

    Both of shape (trajectories, groups); 0 for a step too short to change a whole number.
    """
    group_of = _group_of(design)
    sizes = np.bincount(group_of)
    moved = design.moved[:count]
    walks = design.realised.reshape(design.n, design.stride, -1)[:count]
    steps = np.empty(moved.shape)
    for number in np.unique(moved):
        t, s = np.nonzero(moved == number)
        if sizes[group_of[number]] == 1:
            steps[t, s] = design.factors[number].steps(walks[t, s, number], walks[t, s + 1, number])
        else:
            steps[t, s] = _nominal_step(design, group_of[number])
    return moved, steps


def _steps_that_show(design: Design, count: int) -> np.ndarray:
    """How many steps of each group change a value, shape (groups,)."""
    factors, steps = _moves(design, count)
    return np.bincount(_group_of(design)[factors].ravel(), (steps != 0.0).ravel(), len(design.groups))


def _nominal_step(design: Design, group: int) -> float:
    """The grid's own step, for groups, whose members make steps of different lengths."""
    members = [factor for factor, number in zip(design.factors, _group_of(design), strict=True) if number == group]
    return 0.5 if any(factor.is_peaked for factor in members) else LEVELS / (2.0 * (LEVELS - 1))
