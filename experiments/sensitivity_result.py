"""Carrying out a sensitivity study: design, outcomes, indices, then curves of the leading factors; and what comes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from experiments.sensitivity_curves import CURVE_VALUES, curve_points, curve_table, threshold_table
from experiments.sensitivity_design import Design, Method, Narrowed, Points, make_design, runs_needed, seeds_by_lot
from experiments.sensitivity_factors import Factor, FactorValue, judged_names
from experiments.sensitivity_indices import KEY, WATCHED, Sampling, Tables, analyse
from experiments.sensitivity_outcomes import outcome_frame
from experiments.sensitivity_resamples import LEAST_RESAMPLES
from experiments.sensitivity_runs import NO_RUN, Evaluator, Failure
from model.errors import JiedaoError

CURVES = 6


@dataclass(frozen=True)
class Plan:
    """What to do with an evaluator. `seeds` are those of both blocks, the first half is one block, the second the other.

    `seeds_per_point`: so many of each block, by lot, for each stretch of the design; None for all. `second_block`: so many
    stretches are run with the second block too, and the first alone gives the estimate; None: all, and both give it.
    `half_width`: go on doubling `n` until the watched factors have intervals as narrow as that, within `most_runs`; Sobol' designs
    are `narrowed` on the way to those that have not. `rest`: values at which the other factors rest while one draws its curve; empty
    where runs have values of their own.
    """

    factors: tuple[Factor, ...]
    method: Method
    n: int
    seeds: tuple[int, ...]
    seeds_per_point: int | None = None
    second_block: int | None = None
    second_order: bool = False
    sample_seed: int = 1
    resamples: int = LEAST_RESAMPLES
    curve_factors: int = CURVES
    curve_values: int = CURVE_VALUES
    curve_seeds: tuple[int, ...] = ()
    half_width: float | None = None
    most_runs: int | None = None
    rest: Mapping[str, FactorValue] | None = None
    narrowed: Narrowed = ()

    @property
    def groups(self) -> int:
        """How many get an index, the dummy included."""
        return len(judged_names(self.factors)) + 1

    @property
    def blocks(self) -> tuple[tuple[int, ...], tuple[int, ...]]:
        """The two blocks of seeds."""
        half = len(self.seeds) // 2
        return self.seeds[:half], self.seeds[half:]

    @property
    def seeds_each(self) -> int:
        """How many seeds of a block each stretch of the design is run with."""
        return self.seeds_per_point or len(self.seeds) // 2

    @property
    def in_both(self) -> int:
        """How many stretches of the design are run with both blocks."""
        return self.n if self.second_block is None else min(self.n, self.second_block)

    def design_runs(self, scenarios: int) -> int:
        """Runs of the design as planned, at most."""
        of_all = runs_needed(self.method, self.groups, 1, 1, self.second_order)
        of_each = np.full(self.n, of_all)
        for start, names in self.narrowed:
            of_each[start:] = of_all - (self.groups - 1 - len(names)) * (2 if self.second_order else 1)
        return int(of_each.sum() + of_each[: self.in_both].sum()) * scenarios * self.seeds_each

    def curve_runs(self, scenarios: int) -> int:
        """Runs of the curves, at most."""
        single = sum(factor.judged_as == factor.name for factor in self.factors)
        return min(self.curve_factors, single) * self.curve_values * len(self.curve_seeds) * scenarios


@dataclass(frozen=True, repr=False)
class Sensitivity:
    """What a study found, as frames; `experiments/README.md` describes the columns.

    `indices`: a row for each quantity (scenario, measure, indicator) and factor. `overview`: a row for each quantity.
    `interactions`: second-order indices by pair, None without. `members`: what members of groups do by themselves, `by_value`:
    means by value of each factor that stands alone; both None for Morris.
    `failures`: runs that gave no number, and why. `curves` and `thresholds`: one factor at a time, and where a difference changes
    sign. `outcomes`: what every run of the design gave.
    """

    design: Design
    indices: pd.DataFrame
    overview: pd.DataFrame
    interactions: pd.DataFrame | None
    members: pd.DataFrame | None
    by_value: pd.DataFrame | None
    failures: pd.DataFrame
    curves: pd.DataFrame
    thresholds: pd.DataFrame
    outcomes: pd.DataFrame
    half_width_reached: bool | None = None  # None if none was asked for

    def __repr__(self) -> str:
        return (
            f"Sensitivity({self.design.method}, n = {self.design.n:,}, {len(self.overview)} quantities, "
            f"{len(self.design.groups) - 1} factors or groups, {len(self.failures)} failures; leading: {self.leading(3)})"
        )

    def leading(self, count: int = 5) -> list[str]:
        """The factors and groups that matter most to any quantity, the most important first."""
        return leading(self.indices, self.overview, count)

    def table(self, column: str | None = None) -> pd.DataFrame:
        """One index by factor (rows) and quantity (columns): total indices, or mu* over the largest."""
        column = column or ("total" if self.design.method == "sobol" else "relative")
        wide = self.indices.pivot(index="factor", columns=KEY, values=column)
        quantities = self.overview.set_index(KEY).index
        return wide.reindex(index=self.design.groups, columns=quantities)


def carry_out(plan: Plan, evaluator: Evaluator, say: Callable[[str], None] = lambda _: None) -> Sensitivity:
    """Make the runs and the tables; `say` hears how it goes. Raises JiedaoError if no run gave a number."""
    design, tables, outcomes, failures = _indices(plan, evaluator)
    wanted = np.inf if plan.half_width is None else plan.half_width
    while wanted < (widest := _widest(tables)) < np.inf and _fits(further := _doubled(plan, tables), evaluator):
        told = f"n = {plan.n:,}: half-widths up to {widest:.3f}, {wanted:g} is wanted; going on to {further.n:,}"
        say(told + (f" for {', '.join(further.narrowed[-1][1])}" if further.narrowed else ""))
        plan = further
        design, tables, outcomes, failures = _indices(plan, evaluator)
    curves, thresholds, more = _curves(plan, evaluator, design, tables)
    lost = pd.DataFrame([*failures, *more], columns=list(Failure._fields))
    told = (tables.overview["note"] == "").any()
    reached = None if plan.half_width is None else bool(told and _widest(tables) <= plan.half_width)
    made = (tables.indices, tables.overview, tables.interactions, tables.members, tables.by_value)
    return Sensitivity(design, *made, lost, curves, thresholds, outcomes, reached)


def _indices(plan: Plan, evaluator: Evaluator) -> tuple[Design, Tables, pd.DataFrame, tuple[Failure, ...]]:
    design = make_design(plan.factors, plan.method, plan.n, plan.sample_seed, plan.second_order, plan.narrowed)
    seeds = seeds_of(plan, design)
    evaluation = evaluator(Points(design), seeds)
    if not np.isfinite(evaluation.values).any():
        first = f"; the first: {evaluation.failures[0].reason}" if evaluation.failures else ""
        raise JiedaoError(f"no run gave a number{first}")
    _, lots = np.unique(seeds[:: design.stride, : plan.seeds_each], axis=0, return_inverse=True)
    sampling = Sampling(plan.in_both, plan.second_block is None, lots.ravel(), plan.seeds_each)
    tables = analyse(design, evaluation, plan.resamples, sampling)
    return design, tables, outcome_frame(design, seeds, evaluation), evaluation.failures


def seeds_of(plan: Plan, design: Design) -> np.ndarray:
    """The seeds of every point, of the first block and then of the second, NO_RUN where that does not have the point."""
    first, second = (seeds_by_lot(design, block, plan.seeds_each) for block in plan.blocks)
    second[plan.in_both * design.stride :] = NO_RUN
    seeds = np.hstack([first, second])
    seeds[~design.asked.ravel()] = NO_RUN
    return seeds


def _widest(tables: Tables) -> float:
    """The largest half-width that is watched, infinite where too many runs failed, which more points would not mend.

    What is mostly luck takes more seeds, not more points, and what is slight neither.
    """
    if (tables.overview["note"] == "missing").any():
        return np.inf
    told = tables.overview["note"] == ""
    return (
        float(tables.overview.loc[told, "half_width"].fillna(0.0).max()) if told.any() else 0.0
    )  # NaN: none is watched


def _doubled(plan: Plan, tables: Tables) -> Plan:
    """Twice as many points; of a Sobol' design only for the factors and groups that are watched and not sure enough yet."""
    if plan.method != "sobol":
        return replace(plan, n=2 * plan.n)
    told = tables.overview.loc[tables.overview["note"] == "", KEY]
    rows = tables.indices.loc[tables.indices["role"] != "dummy"].merge(told, on=KEY)
    half = rows["total_high"] - rows["total"]
    unsure = set(rows.loc[(rows["total_high"] > WATCHED) & (half > plan.half_width), "factor"])
    every = judged_names(plan.factors)
    names = tuple(name for name in every if name in unsure)
    narrows = plan.narrowed or len(names) < len(every)
    return replace(plan, n=2 * plan.n, narrowed=(*plan.narrowed, (plan.n, names)) if narrows else ())


def _fits(plan: Plan, evaluator: Evaluator) -> bool:
    return plan.most_runs is None or plan.design_runs(evaluator.scenarios) <= plan.most_runs


def _curves(
    plan: Plan, evaluator: Evaluator, design: Design, tables: Tables
) -> tuple[pd.DataFrame, pd.DataFrame, tuple[Failure, ...]]:
    """Curves of the leading single factors; empty frames if none are wanted."""
    single = {factor.name: factor for factor in plan.factors if factor.judged_as == factor.name}
    names = [name for name in leading(tables.indices, tables.overview, len(design.groups)) if name in single]
    chosen = [single[name] for name in names[: plan.curve_factors]]
    points, moves = curve_points(chosen, plan.curve_values, plan.rest)
    if not points or not plan.curve_seeds:
        return pd.DataFrame(), threshold_table(pd.DataFrame(columns=[*KEY, "factor"]), chosen), ()
    evaluation = evaluator(points, np.tile(plan.curve_seeds, (len(points), 1)))
    # Points of curves are numbered from -1 down, so that they are not taken for points of the design.
    failures = tuple(lost._replace(point=-1 - lost.point) for lost in evaluation.failures)
    curves = curve_table(evaluation, moves)
    return curves, threshold_table(curves, chosen), failures


def leading(indices: pd.DataFrame, overview: pd.DataFrame, count: int) -> list[str]:
    """The factors by the most that any quantity owes them, luck taken off, if it is anything; mostly luck does not count."""
    told = overview.loc[overview["note"] == "", KEY]
    rows = indices.loc[indices["role"] != "dummy"].merge(told, on=KEY)
    if "total" in rows:
        score = rows["total"]
    else:
        score = (rows["mu_star"] - rows["luck"]) / rows.groupby(KEY)["mu_star"].transform("max")
    best = score.groupby(rows["factor"]).max().sort_values(ascending=False, kind="stable")
    return best.index[best > 0.0][:count].tolist()


def without_weight(indices: pd.DataFrame, overview: pd.DataFrame) -> tuple[list[str], list[str], int]:
    """Factors that are small for every quantity with drivers to tell, those that changed no number of any, and how many were
    judged.

    A verdict on what is mostly luck, or slight, says nothing of a factor.
    """
    rows = indices.loc[indices["role"] != "dummy"]
    index = "total" if "total" in rows else "mu_star"
    known = rows.loc[rows[index].notna()]
    told = known.merge(overview.loc[overview["note"] == "", KEY], on=KEY)
    small = told["verdict"].eq("small").groupby(told["factor"], sort=False).all()
    idle = known[index].eq(0.0).groupby(known["factor"], sort=False).all()
    return small.index[small].tolist(), idle.index[idle].tolist(), known["factor"].nunique()
