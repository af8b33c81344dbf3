"""From outcomes at the points of a design to tables: what drives each outcome, how sure that is, and how much is luck.

Studied are the levels of the first scenario and the difference of every other from it, taken run by run under the same seed.
The seeds are cut into two blocks. Everything is estimated from both together, or from the first alone where the second is to
repeat only the first stretches of the design. The blocks apart show, on what both have run, what another set of seeds would have
made of it; half of the design shows what fewer points would have.

What is missing is left out and counted: of a Sobol' design a base point with all its neighbours, which are compared with each
other; of a Morris design single effects. Beyond `MISSING_AT_MOST` the outcome gets no index, for what is missing may be what matters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from experiments.replication import FLOORS
from experiments.sensitivity_by_value import BY_VALUE, averages, by_value
from experiments.sensitivity_design import Design
from experiments.sensitivity_members import MEMBERS, member_effects
from experiments.sensitivity_morris import MorrisIndices, mean_absolute_effects, morris_indices
from experiments.sensitivity_resamples import CONFIDENCE
from experiments.sensitivity_runs import Evaluation
from experiments.sensitivity_sobol import SobolIndices, Z, sobol_indices, variance, varies
from experiments.words import better_direction
from model.indicator_definitions import INDICATORS

MISSING_AT_MOST = 0.05  # share of base points, or of points of trajectories
MATTERS = 0.05  # total index that counts as mattering
MATTERS_MORRIS = 0.1  # mu* over the largest; some 1% of the variance, since variances go with squares
WATCHED = 0.1  # total index that may be reached: of these half-widths and gaps between blocks are held against a target
RULE_OF_THREE = 3.0  # over n: what may still be the share of something that n tries never showed (95%)
MOSTLY_LUCK = 0.5
WORTH_TELLING = 0.01  # share of the variance of a group's member by itself
NO_CHANGE = 1e-9  # of the level: smaller differences are rounding

KEY = ["scenario", "measure", "indicator"]
COLUMNS = {  # of the indices, whether or not any can be had
    "sobol": (
        *("first", "first_low", "first_high", "total", "total_low", "total_high", "luck", "total_half_sample"),
        *("total_block_1", "total_block_2", "block_gap", "block_gap_half", "rank", "rank_low", "rank_high", "verdict"),
        "base_points",
    ),
    "morris": (
        *("mu_star", "mu_star_low", "mu_star_high", "mu", "sigma", "relative", "relative_low", "relative_high"),
        *("relative_beyond_luck", "luck", "effects", "mu_star_half_sample", "mu_star_block_1", "mu_star_block_2"),
        *("block_gap", "rank", "rank_low", "rank_high", "verdict"),
    ),
}
_OVERVIEW = (
    *("asked", "used", "mean", "mean_half", "sd", "low", "high", "share_better", "share_better_half", "share_higher"),
    *("noise_share", "fresh_noise_share", "dummy", "half_width", "block_gap", "rank_agreement", "note"),
)
OVERVIEW = {"sobol": (*_OVERVIEW[:-1], "first_sum", "block_gap_half", "note"), "morris": _OVERVIEW}


@dataclass(frozen=True)
class Quantity:
    """One thing studied: values of shape (points, seeds), the first half of the seeds of one block, the others of the second.

    `scale` is the size of the levels that it is made of.
    """

    scenario: str
    measure: str  # level or difference
    indicator: str
    values: np.ndarray
    scale: float

    @property
    def key(self) -> dict[str, str]:
        """What a table says of it."""
        return {"scenario": self.scenario, "measure": self.measure, "indicator": self.indicator}


@dataclass(frozen=True)
class Sampling:
    """How the seeds were used. `in_both`: how many of the first stretches both blocks have run; `pooled`: whether both give
    the estimate, or the first alone; `lots`, shape (stretches,): equal numbers where stretches have the same seeds; `each`: how
    many seeds of a block each stretch has."""

    in_both: int
    pooled: bool
    lots: np.ndarray
    each: int = 1

    @property
    def independent(self) -> np.ndarray:
        """Equal numbers where stretches share a seed: lots of single seeds. Of several seeds two lots may have one in common."""
        return self.lots if self.each == 1 else np.zeros_like(self.lots)


@dataclass(frozen=True)
class Blocks:
    """Means over seeds. `values`, shape (points,), are what indices are made of: of both blocks, or of the first alone.

    `apart`, shape (2, points of the first stretches): each block by itself, NaN where either has no value. `luck`, of as many
    points, is luck and nothing else, and as much of it as is in `values`.
    """

    values: np.ndarray
    apart: np.ndarray
    luck: np.ndarray


@dataclass(frozen=True)
class Tables:
    """What is known of all quantities; the columns are described in experiments/README.md.

    `indices`: a row a quantity and factor; `overview`: a row a quantity; `interactions`: a row a quantity and pair, or None;
    `members`: a row a quantity and member of a group, `by_value`: a row a quantity, factor and part of its values; both None
    for Morris.
    """

    indices: pd.DataFrame
    overview: pd.DataFrame
    interactions: pd.DataFrame | None = None
    members: pd.DataFrame | None = None
    by_value: pd.DataFrame | None = None


def quantities(evaluation: Evaluation) -> Iterator[Quantity]:
    """Levels of the first scenario, then paired differences of the others from it."""
    first = evaluation.outcomes[0].scenario
    place = {outcome: k for k, outcome in enumerate(evaluation.outcomes)}
    for scenario, indicator in evaluation.outcomes:
        values = evaluation.values[:, :, place[scenario, indicator]]  # type: ignore[index]
        scale = _largest(values)
        if scenario != first:
            reference = evaluation.values[:, :, place[first, indicator]]  # type: ignore[index]
            scale = max(scale, _largest(reference))
            values = values - reference
        yield Quantity(scenario, "level" if scenario == first else "difference", indicator, values, scale)


def _largest(values: np.ndarray) -> float:
    return float(np.nanmax(np.abs(values), initial=0.0))


def analyse(design: Design, evaluation: Evaluation, resamples: int, sampling: Sampling) -> Tables:
    """Indices of every quantity. `evaluation` is of all points of the design, in order."""
    indices, overview, interactions, members, parts = [], [], [], [], []
    for quantity in quantities(evaluation):
        blocks = seed_blocks(quantity.values, sampling.in_both * design.stride, sampling.pooled)
        known, common = (_complete(design, values) for values in (blocks.values, blocks.luck))
        made = known & np.isfinite(blocks.values)
        lots = np.repeat(sampling.independent, design.stride)[made]
        line = _overview(design, quantity, blocks, known, common, sampling, made, lots)
        if line["note"] not in ("missing", "constant"):
            if design.method == "sobol":
                complete = _complete_parts(blocks, known, common)
                rows, more = _sobol_columns(design, complete, resamples)
                found = member_effects(design, known, complete.values)
                members += [quantity.key | member for member in found]
                told = by_value(design, made, blocks.values[made], lots, _better(quantity))
                parts += [quantity.key | part for part in told]
            else:
                rows, more = _morris_columns(design, blocks, resamples)
            line |= more
            interactions += [quantity.key | pair for pair in _pairs(design, rows)]
            indices += [quantity.key | row for row in _row_dicts(design, rows)]
        else:
            indices += [quantity.key | {"factor": name, "role": role} for name, role in design.roles.items()]
        overview.append(line)
    return Tables(
        pd.DataFrame(indices, columns=[*KEY, "factor", "role", *COLUMNS[design.method]]),
        pd.DataFrame(overview, columns=[*KEY, *OVERVIEW[design.method]]),
        pd.DataFrame(interactions) if interactions else None,
        pd.DataFrame(members, columns=[*KEY, *MEMBERS]) if design.method == "sobol" else None,
        pd.DataFrame(parts, columns=[*KEY, *BY_VALUE]) if design.method == "sobol" else None,
    )


def seed_blocks(values: np.ndarray, in_both: int, pooled: bool) -> Blocks:
    """The means over seeds of values of shape (points, seeds), whose second half of seeds has so many of the first points."""
    half = values.shape[1] // 2
    first, second = values[:, :half].mean(axis=1), values[:in_both, half:].mean(axis=1)
    apart = np.stack([first[:in_both], second])
    apart[:, ~np.isfinite(apart).all(axis=0)] = np.nan
    difference = apart[0] - apart[1]
    return (
        Blocks(apart.mean(axis=0), apart, difference / 2) if pooled else Blocks(first, apart, difference / np.sqrt(2))
    )


def _complete(design: Design, values: np.ndarray) -> np.ndarray:
    """Which points can be used: of a Sobol' design whole stretches only, as far as they were asked for."""
    known = np.isfinite(values)
    if design.method == "sobol":
        known |= ~design.asked.ravel()[: len(values)]
        return np.repeat(known.reshape(-1, design.stride).all(axis=1), design.stride)
    return known


def _complete_parts(blocks: Blocks, known: np.ndarray, common: np.ndarray) -> Blocks:
    """The complete stretches of each; luck at those of the values, NaN where it is not known."""
    luck = np.full(len(known), np.nan)
    luck[: len(common)] = np.where(common, blocks.luck, np.nan)
    return Blocks(blocks.values[known], blocks.apart[:, common], luck[known])


def _overview(
    design: Design,
    quantity: Quantity,
    blocks: Blocks,
    known: np.ndarray,
    common: np.ndarray,
    sampling: Sampling,
    made: np.ndarray,
    lots: np.ndarray,
) -> dict[str, Any]:
    """The spread of a quantity over the points, how much of it is luck, and whether indices can be had.

    `known` and `common`: the points that can be used of the estimate and of both blocks; `made`: those of the estimate that were
    run, whose seeds are `lots`; `asked` and `used` count base points, or
    points of trajectories, of the estimate.
    """
    size = design.stride if design.method == "sobol" else 1
    line = quantity.key | {"asked": len(known) // size, "used": int(known.sum()) // size, "note": ""}
    if min(known.mean(), common.mean()) < 1.0 - MISSING_AT_MOST or line["used"] < 2:
        return line | {"note": "missing"}
    values = blocks.values[made]
    line |= averages(values, lots, _better(quantity))
    line |= {"sd": values.std(), "low": np.quantile(values, 0.05), "high": np.quantile(values, 0.95)}
    if quantity.measure == "difference":
        line["share_higher"] = float(np.mean(values > 0.0))
    total = _variance(design, blocks.values[known], sampling.lots, known)
    if np.ptp(values) <= NO_CHANGE * quantity.scale or np.sqrt(total) <= NO_CHANGE * quantity.scale:
        return line | {"note": "constant"}
    luck = _variance(design, blocks.luck[common], sampling.lots, common)
    line |= _noise(total, luck, quantity.values[: len(common)][common], sampling.pooled)
    if line["noise_share"] > MOSTLY_LUCK:
        return line | {"note": "luck"}
    return line | {"note": "slight" if _is_slight(quantity, values) else ""}


def _better(quantity: Quantity) -> int:
    """Which way a difference is better; 0 for a level."""
    return better_direction(quantity.indicator) if quantity.measure == "difference" else 0


def _variance(design: Design, values: np.ndarray, lots: np.ndarray, known: np.ndarray) -> float:
    """The variance of values at the points that are known of the first stretches, the levels of their seeds apart."""
    if design.method == "sobol":
        return variance(design, values)
    return variance_within(values, np.repeat(lots, design.stride)[: len(known)][known])


def variance_within(values: np.ndarray, lots: np.ndarray) -> float:
    """The variance of values of equal lots around their means; of one lot, the usual one.

    Another seed is another level. Where trajectories have seeds of their own, that is no part of what the factors do, nor of
    the luck that they reshuffle: points that are compared have the same level.
    """
    _, lots = np.unique(lots, return_inverse=True)
    means = np.bincount(lots, values) / np.bincount(lots)
    return float(np.sum((values - means[lots]) ** 2) / (len(values) - lots.max()))


def _is_slight(quantity: Quantity, values: np.ndarray) -> bool:
    """Whether a reform changes an outcome by less than is worth telling at nine in ten points, and rarely by much more.

    The root of the mean square tells a rare calamity from nothing.
    """
    known = INDICATORS.get(quantity.indicator)
    floor = FLOORS.get(known.unit, 0.0) if known else 0.0
    sizes = np.abs(values)
    return quantity.measure == "difference" and max(np.quantile(sizes, 0.9), np.sqrt(np.mean(sizes**2))) < floor


def _noise(total: float, luck: float, values: np.ndarray, pooled: bool) -> dict[str, float]:
    """The share of the variance over points that is luck: under these seeds, and had each run had a seed of its own.

    A fresh seed per run would have added the second share to every total index. `values`, shape (points, seeds), have both
    blocks.
    """
    seeds = values.shape[1] if pooled else values.shape[1] // 2
    fresh = float(np.nanmean(np.var(values, axis=1, ddof=1))) / seeds
    signal = max(total - luck, 0.0)
    return {
        "noise_share": min(luck / total, 1.0),  # both are estimates
        "fresh_noise_share": fresh / (signal + fresh) if signal + fresh else np.nan,
    }


def _sobol_columns(design: Design, blocks: Blocks, resamples: int) -> tuple[dict[str, Any], dict[str, Any]]:
    """Columns over groups, and what to add to the overview."""
    found: SobolIndices = sobol_indices(design, blocks.values, blocks.luck, resamples)
    apart, gap_half = _totals_apart(design, blocks.apart, resamples)
    high = found.total + found.total_half + found.unseen
    columns = {
        "first": found.first,
        "first_low": found.first - found.first_half,
        "first_high": found.first + found.first_half,
        "total": found.total,
        "total_low": found.total - found.total_half,
        "total_high": high,
        "luck": found.luck,
        "total_half_sample": found.half_sample,
        **_block_columns("total", apart),
        "block_gap_half": gap_half,
        **_ranks(found.total, found.total_all),
        "verdict": _verdicts(found.total - found.total_half, high, MATTERS),
        "base_points": found.base_points,
        "second": found.second,
        "second_half": found.second_half,
    }
    watched = np.append(high[:-1] > WATCHED, False)
    more = {
        "first_sum": float(found.first[:-1].sum()),
        "dummy": float(found.total[-1] + found.luck[-1]),
        "half_width": _largest_watched(high - found.total, watched),
        **_agreement(apart, watched),
        "block_gap_half": _at_largest(gap_half, columns["block_gap"], watched),
    }
    return columns, more


def _totals_apart(design: Design, apart: np.ndarray, resamples: int) -> tuple[np.ndarray, np.ndarray]:
    """Total indices of both blocks, shape (2, groups), and the half-widths of their differences over the same resamples."""
    if not all(varies(block) for block in apart):
        return np.full((2, len(design.groups)), np.nan), np.full(len(design.groups), np.nan)
    first, second = (sobol_indices(design, block, resamples=resamples) for block in apart)
    return np.array([first.total, second.total]), Z * (first.total_all - second.total_all).std(axis=0, ddof=1)


def _morris_columns(design: Design, blocks: Blocks, resamples: int) -> tuple[dict[str, Any], dict[str, Any]]:
    found: MorrisIndices = morris_indices(design, blocks.values, blocks.luck, resamples)
    apart = np.array([mean_absolute_effects(design, block) for block in blocks.apart])
    half = max(design.n // 2, 2) * design.stride
    columns = {
        "mu_star": found.mu_star,
        "mu_star_low": np.maximum(found.mu_star - found.mu_star_half, 0.0),
        "mu_star_high": found.mu_star + found.mu_star_half,
        "mu": found.mu,
        "sigma": found.sigma,
        "relative": found.relative,
        "relative_low": np.maximum(found.relative - found.relative_half, 0.0),
        "relative_high": found.relative + found.relative_half,
        "relative_beyond_luck": found.relative_beyond_luck,
        "luck": found.luck,
        "effects": found.used,
        "mu_star_half_sample": mean_absolute_effects(design, blocks.values[:half]),
        **_block_columns("mu_star", apart),
        **_ranks(found.mu_star, found.mu_star_all),
        "verdict": _morris_verdicts(found),
    }
    watched = np.append(found.relative[:-1] + found.relative_half[:-1] > MATTERS_MORRIS, False)
    more = {
        "dummy": float(found.mu_star[-1]),
        "half_width": _largest_watched(found.relative_half, watched),
        **_agreement(apart / np.nanmax(found.mu_star), watched),
    }
    return columns, more


def _at_largest(values: np.ndarray, sizes: np.ndarray, watched: np.ndarray) -> float:
    """The value of the factor whose size is the largest of those watched; NaN if none is."""
    sizes = np.where(watched, sizes, np.nan)
    return float(values[np.nanargmax(sizes)]) if np.isfinite(sizes).any() else np.nan


def _largest_watched(values: np.ndarray, watched: np.ndarray) -> float:
    """NaN if no factor counts enough to be watched."""
    return float(values[watched].max()) if watched.any() else np.nan


def _block_columns(name: str, apart: np.ndarray) -> dict[str, np.ndarray]:
    """The estimates of each block by itself, luck included, and how far apart they are."""
    return {f"{name}_block_1": apart[0], f"{name}_block_2": apart[1], "block_gap": np.abs(apart[0] - apart[1])}


def _agreement(apart: np.ndarray, watched: np.ndarray) -> dict[str, float]:
    """How far the two blocks differ in the factors that are watched, and whether they rank alike."""
    if not np.isfinite(apart).all():
        return {"block_gap": np.nan, "rank_agreement": np.nan}
    gap = _largest_watched(np.abs(apart[0] - apart[1]), watched)
    return {"block_gap": gap, "rank_agreement": top_down_correlation(apart[0][:-1], apart[1][:-1])}


def top_down_correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Correlation of Savage scores: agreement of two rankings that counts the first places most (Iman & Conover 1987)."""
    if len(one) < 2:
        return np.nan
    scores = np.cumsum(1.0 / np.arange(len(one), 0, -1))[::-1]
    ranked = [scores[ranks(values) - 1] for values in (one, other)]
    return float(np.corrcoef(*ranked)[0, 1])


def ranks(values: np.ndarray) -> np.ndarray:
    """Places from 1, the largest value first, along the last axis; equal values keep their order."""
    return np.argsort(np.argsort(-values, axis=-1, kind="stable"), axis=-1, kind="stable") + 1


def _ranks(values: np.ndarray, resampled: np.ndarray) -> dict[str, np.ndarray]:
    """Places among the factors, the dummy apart, and the range of 95% of the resamples."""
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(ranks(resampled[:, :-1]), (tail, 1 - tail), axis=0)
    own = {"rank": ranks(values[:-1]), "rank_low": np.floor(low), "rank_high": np.ceil(high)}
    return {name: np.append(places, np.nan) for name, places in own.items()}


def _verdicts(low: np.ndarray, high: np.ndarray, threshold: float) -> list[str]:
    """matters: the interval lies above the threshold; small: below it; else, and without an interval, unclear."""
    return np.where(low > threshold, "matters", np.where(high < threshold, "small", "unclear")).tolist()


def _morris_verdicts(found: MorrisIndices) -> list[str]:
    """As `_verdicts`, of mu* over the largest; what never had an effect is small only if that was seen often enough.

    Of n trajectories without any effect the true share of those with one may be as large as 3/n (the rule of three).
    """
    verdicts = _verdicts(found.relative_beyond_luck, found.relative + found.relative_half, MATTERS_MORRIS)
    seldom_seen = (found.mu_star == 0.0) & (found.used < RULE_OF_THREE / MATTERS_MORRIS)
    return np.where(seldom_seen, "unclear", verdicts).tolist()


def _row_dicts(design: Design, columns: dict[str, Any]) -> list[dict[str, Any]]:
    plain = {name: column for name, column in columns.items() if not name.startswith("second")}
    return [
        {"factor": name, "role": role, **{column: values[k] for column, values in plain.items()}}
        for k, (name, role) in enumerate(design.roles.items())
    ]


def _pairs(design: Design, columns: dict[str, Any]) -> list[dict[str, Any]]:
    second, half = columns.get("second"), columns.get("second_half")
    if second is None:
        return []
    names: Sequence[str] = design.groups[:-1]
    return [
        {
            "factor": names[i],
            "other": names[j],
            "second": second[i, j],
            "second_low": second[i, j] - half[i, j],
            "second_high": second[i, j] + half[i, j],
        }
        for i in range(len(names))
        for j in range(i + 1, len(names))
    ]
