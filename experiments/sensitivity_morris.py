"""Elementary effects on SALib's trajectories: mu*, mu and sigma, with bootstrap intervals (Morris 1991; Campolongo et al. 2007).

An effect is the change of the outcome over the step of the factor, as a part of its law: mu* is in the outcome's own unit, for
the way from low to high. SALib divides each change by the nominal step of its grid. That is right for numbers, where ours are
equal to SALib's, but a whole number or a switch steps from value to value: a switch would come out half too large and a straight
line over whole numbers would seem bent. Here the step that was made counts. For a group all members move at once, in directions
of their own, so that only mu* has a meaning.

A point without a value costs the two effects that it is an end of, and no more: a trajectory of hundreds of factors is too long
to be thrown away for one run.

`luck` is the mu* of half the difference between two disjoint blocks of seeds: what a factor shows that does nothing but
reshuffle luck.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from experiments.sensitivity_design import Design
from experiments.sensitivity_sobol import Z, check_resamples
from model.errors import ContradictionError, ValueOutOfRangeError

EFFECTS_NEEDED = 0.5  # share of a factor's effects; with fewer it has no index


@dataclass(frozen=True)
class MorrisIndices:
    """Measures of one outcome by group of the design; arrays of shape (groups,), `mu_star_all` (resamples, groups).

    `beyond_luck` is the lower end of the interval of mu* less luck; `used` the number of effects.
    """

    mu: np.ndarray
    mu_star: np.ndarray
    mu_star_half: np.ndarray
    mu_star_all: np.ndarray
    sigma: np.ndarray
    luck: np.ndarray
    beyond_luck: np.ndarray
    used: np.ndarray


def morris_indices(design: Design, blocks: np.ndarray, resamples: int) -> MorrisIndices:
    """Measures from block means at all points, shape (blocks, points) with one block or two; NaN where a run is missing.

    Raises ContradictionError for a wrong size, ValueOutOfRangeError for infinite values and too few resamples.
    """
    check_resamples(resamples)
    effects = elementary_effects(design, blocks.mean(axis=0))
    of_luck = np.zeros_like(effects)
    if len(blocks) == 2:
        of_luck = elementary_effects(design, (blocks[0] - blocks[1]) / 2)
    trajectories = effects.shape[1]
    draws = np.random.default_rng(design.seed + 1).multinomial(
        trajectories, np.full(trajectories, 1.0 / trajectories), resamples
    )
    resampled, luck_resampled = (_weighted_means(np.abs(found), draws) for found in (effects, of_luck))
    mu_star, luck = (_weighted_means(np.abs(found), np.ones((1, trajectories)))[0] for found in (effects, of_luck))
    alone = np.array([sum(f.judged_as == group for f in design.factors) == 1 for group in design.groups])
    used = np.isfinite(effects).sum(axis=1)
    enough = used >= max(2.0, EFFECTS_NEEDED * trajectories)
    return MorrisIndices(
        mu=np.where(alone & enough, _weighted_means(effects, np.ones((1, trajectories)))[0], np.nan),
        mu_star=np.where(enough, mu_star, np.nan),
        mu_star_half=np.where(enough, Z * np.nanstd(resampled, axis=0, ddof=1), np.nan),
        mu_star_all=resampled,
        sigma=np.array([_spread(row) if few else np.nan for row, few in zip(effects, alone & enough, strict=True)]),
        luck=luck,
        beyond_luck=mu_star - luck - Z * np.nanstd(resampled - luck_resampled, axis=0, ddof=1),
        used=used,
    )


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
    moved, steps = _moves(design, count)
    changes = np.diff(values.reshape(count, design.stride), axis=1)
    effects = np.empty((len(design.groups), count))
    effects[moved.T, np.arange(count)] = (changes / steps).T
    return effects


def _moves(design: Design, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Which group moved at each step of the first `count` trajectories, and how far; shapes (trajectories, groups)."""
    groups = {name: number for number, name in enumerate(design.groups)}
    group_of = np.array([groups[factor.judged_as] for factor in design.factors])
    sizes = np.bincount(group_of)
    walks = design.realised.reshape(design.n, design.stride, -1)[:count]
    moved = np.empty((count, len(groups)), int)
    steps = np.empty(moved.shape)
    for t, walk in enumerate(walks):
        factors = np.argmax(np.diff(walk, axis=0) != 0.0, axis=1)
        moved[t] = group_of[factors]
        for s, factor in enumerate(factors):
            alone = sizes[group_of[factor]] == 1
            ends = walk[s, factor], walk[s + 1, factor]
            steps[t, s] = design.factors[factor].steps(*ends) if alone else _nominal_step(design, factor)
    return moved, steps


def _nominal_step(design: Design, factor: int) -> float:
    """The grid's own step, for groups, whose members make steps of different lengths."""
    levels = design.levels
    return 0.5 if design.factors[factor].is_peaked else levels / (2.0 * (levels - 1))
