"""Elementary effects on SALib's trajectories: mu*, mu and sigma, with bootstrap intervals (Morris 1991; Campolongo et al. 2007).

An effect is the change of the outcome over the change of the factor, as a part of its range: mu* is in the outcome's own unit,
for the way from low to high. SALib divides each change by the nominal step of its grid. That is right for numbers, where ours are
equal to SALib's, but a whole number or a switch steps from value to value: a switch would come out half too large and a straight
line over whole numbers would seem bent. Here the step that was made counts. For a group all members move at once, in directions
of their own, so that only mu* has a meaning.

`luck` is the mu* of half the difference between two disjoint blocks of seeds: what a factor shows that does nothing but
reshuffle luck.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from experiments.sensitivity_design import Design
from experiments.sensitivity_sobol import Z, check_resamples
from model.errors import ContradictionError, ValueOutOfRangeError


@dataclass(frozen=True)
class MorrisIndices:
    """Measures of one outcome by group of the design; arrays of shape (groups,), `mu_star_all` (resamples, groups).

    `beyond_luck` is the lower end of the interval of mu* less luck.
    """

    mu: np.ndarray
    mu_star: np.ndarray
    mu_star_half: np.ndarray
    mu_star_all: np.ndarray
    sigma: np.ndarray
    luck: np.ndarray
    beyond_luck: np.ndarray


def morris_indices(design: Design, blocks: np.ndarray, kept: np.ndarray, resamples: int) -> MorrisIndices:
    """Measures from block means, shape (blocks, points) with one block or two, of the trajectories `kept` (their numbers).

    Raises ContradictionError for a wrong size, ValueOutOfRangeError for values that are not finite.
    """
    check_resamples(resamples)
    effects = elementary_effects(design, blocks.mean(axis=0), kept)
    alone = np.array([sum(f.judged_as == group for f in design.factors) == 1 for group in design.groups])
    trajectories = effects.shape[1]
    draws = np.random.default_rng(design.seed + 1).multinomial(
        trajectories, np.full(trajectories, 1.0 / trajectories), resamples
    )
    of_luck = np.zeros_like(effects)
    if len(blocks) == 2:
        of_luck = elementary_effects(design, (blocks[0] - blocks[1]) / 2, kept)
    resampled, luck_resampled = (draws @ np.abs(found).T / trajectories for found in (effects, of_luck))
    mu_star, luck = np.abs(effects).mean(axis=1), np.abs(of_luck).mean(axis=1)
    return MorrisIndices(
        mu=np.where(alone, effects.mean(axis=1), np.nan),
        mu_star=mu_star,
        mu_star_half=Z * resampled.std(axis=0, ddof=1),
        mu_star_all=resampled,
        sigma=np.where(alone, effects.std(axis=1, ddof=1), np.nan),
        luck=luck,
        beyond_luck=mu_star - luck - Z * (resampled - luck_resampled).std(axis=0, ddof=1),
    )


def mean_absolute_effects(design: Design, values: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """mu* alone, shape (groups,)."""
    return np.abs(elementary_effects(design, values, kept)).mean(axis=1)


def elementary_effects(design: Design, values: np.ndarray, kept: np.ndarray) -> np.ndarray:
    """Effects of shape (groups, trajectories) from the values of all points of the trajectories `kept`."""
    if values.shape != (len(kept) * design.stride,) or len(kept) < 2:
        raise ContradictionError(
            f"{values.shape} values for {len(kept)} trajectories of {design.stride} points: they do not belong together"
        )
    if not np.isfinite(values).all():
        raise ValueOutOfRangeError(
            "values that are not finite: leave their trajectories out before effects are computed"
        )
    moved, steps = _moves(design, kept)
    changes = np.diff(values.reshape(len(kept), design.stride), axis=1)
    effects = np.empty((len(design.groups), len(kept)))
    effects[moved.T, np.arange(len(kept))] = (changes / steps).T
    return effects


def _moves(design: Design, kept: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which group moved at each step of each trajectory, and how far; shapes (trajectories, groups)."""
    groups = {name: number for number, name in enumerate(design.groups)}
    group_of = np.array([groups[factor.judged_as] for factor in design.factors])
    sizes = np.bincount(group_of)
    walks = design.realised.reshape(design.n, design.stride, -1)[kept]
    moved = np.empty((len(kept), len(groups)), int)
    steps = np.empty(moved.shape)
    for t, walk in enumerate(walks):
        changes = np.diff(walk, axis=0)
        factors = np.argmax(changes != 0.0, axis=1)
        moved[t] = group_of[factors]
        for s, factor in enumerate(factors):
            alone = sizes[group_of[factor]] == 1
            steps[t, s] = design.factors[factor].steps(changes[s, factor]) if alone else _nominal_step(design)
    return moved, steps


def _nominal_step(design: Design) -> float:
    """The grid's own step, for groups, whose members make steps of different lengths."""
    return design.levels / (2.0 * (design.levels - 1))
