"""Designs of sensitivity studies: what is asked of them, how large they are, and what cannot be designed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from known_functions import MIXED, UNIT, ishigami

from experiments import sensitivity
from experiments.sensitivity_design import make_design, seeds_by_lot
from experiments.sensitivity_factors import function_factors, parameter_factors
from experiments.sensitivity_result import Plan, carry_out
from experiments.sensitivity_runs import FunctionEvaluator
from experiments.sensitivity_study import resolve_study
from experiments.uncertainty import quantile
from model.errors import ContradictionError, JiedaoError, UnknownNameError, ValueOutOfRangeError
from model.parameters import PARAMETERS


@pytest.mark.parametrize(("method", "n"), [("sobol", 32), ("morris", 10)])
def test_a_larger_design_begins_with_the_smaller_one(method, n):
    small, large = (make_design(function_factors(MIXED), method, size, seed=5) for size in (n, 2 * n))
    np.testing.assert_array_equal(large.realised[: len(small.realised)], small.realised)
    other = make_design(function_factors(MIXED), method, n, seed=6)
    assert not np.array_equal(other.realised, small.realised)


def test_a_group_that_is_opened_leaves_all_points_but_its_own_neighbours_as_they_were():
    factors = function_factors(dict.fromkeys("abcdef", (0.0, 1.0)))
    closed, opened = (
        make_design([replace(f, group="rest" if f.name in rest else "") for f in factors], "sobol", 32, 1, True)
        for rest in ("bdef", "bef")
    )
    before, after = ({row.tobytes() for row in design.realised} for design in (closed, opened))
    assert closed.groups == ("a", "rest", "c", "dummy") and opened.groups == ("a", "rest", "c", "d", "dummy")
    assert len(before - after) == 2 * 32 and len(after - before) == 4 * 32, (
        "with the group, and with d, from A and from B"
    )


def test_groups_make_another_study_of_a_screening_only():
    for method, same in (("sobol", True), ("morris", False)):
        alone, grouped = (
            resolve_study({"factors": ["demand_factor", *named], "groups": groups, "method": method, "n": 16}).identity
            for named, groups in ((["department_count"], {}), ([], {"rest": ["department_count"]}))
        )
        assert (alone == grouped) == same


def test_whole_numbers_and_categories_are_equally_frequent():
    design = make_design(function_factors(MIXED), "sobol", 1024, seed=1)
    rows = [design.point(k) for k in range(0, len(design.realised), design.stride)]
    for name, wanted in {"whole": 1024 / 5, "category": 1024 / 3, "switch": 512}.items():
        counts = pd.Series([row[name] for row in rows]).value_counts()
        assert counts.between(0.97 * wanted, 1.03 * wanted).all()
    rounded = pd.Series(np.round(1 + 4 * np.random.default_rng(1).random(4096))).value_counts()
    assert rounded[1] < 0.7 * rounded[2], "the trap: rounding a range gives its ends half the weight"
    assert {type(row["whole"]) for row in rows} == {int} and {type(row["switch"]) for row in rows} == {bool}


def test_uncertainties_are_distributed_as_their_draws_are():
    """Triangular around the street's own value, as `--draws` takes them; ranges of one's own and choices stay uniform."""
    known = {"demand_factor": 1.1, "coordination_meeting_interval_weeks": 0.8}
    names = ["demand_factor", "coordination_meeting_interval_weeks", "patience_spells", "grid_households", "pool_share"]
    factors = parameter_factors(names, {"review_hours_leader": [0.2, 0.6]}, choices=["pool_share"], known=known)
    design = make_design(factors, "sobol", 1024, seed=1)
    values = {f.name: design.realised[:: design.stride, k] for k, f in enumerate(design.factors)}
    for name in names[:3]:
        parameter, mode = PARAMETERS[name], float(known.get(name, PARAMETERS[name].best))
        wanted = quantile(parameter, mode, (np.arange(1024) + 0.5) / 1024)
        wanted = np.round(wanted) if parameter.kind == "integer" else wanted
        assert values[name].mean() == pytest.approx(wanted.mean(), rel=0.01), name
        assert values[name].std() == pytest.approx(wanted.std(), rel=0.03), name
    for name in ("grid_households", "pool_share", "review_hours_leader"):
        factor = next(factor for factor in factors if factor.name == name)
        assert values[name].mean() == pytest.approx((factor.low + factor.high) / 2, rel=0.01)
        assert values[name].std() == pytest.approx((factor.high - factor.low) / 12**0.5, rel=0.02)
    assert {f.name: f.role for f in factors} | {"dummy": ""} == {
        **dict.fromkeys(names[:3], "uncertainty"),
        **dict.fromkeys(("grid_households", "pool_share"), "choice"),
        "review_hours_leader": "uncertainty",
        "dummy": "",
    }


def test_every_uncertain_parameter_moves_in_every_trajectory():
    design = make_design(parameter_factors(["all"]), "morris", 4, seed=1)
    walks = design.realised.reshape(4, design.stride, -1)
    assert (np.count_nonzero(np.diff(walks, axis=1), axis=2) == 1).all(), "a step that moves no factor, or two"
    inside = [
        PARAMETERS[f.name].low < column.min()
        for f, column in zip(design.factors, design.realised.T, strict=True)
        if f.is_peaked
    ]
    assert all(inside), "the ends of a triangular law have no probability"


def test_morris_compares_any_two_values_of_a_category():
    design = make_design(function_factors({"kind": list("abcdefg"), "x": (0.0, 1.0)}), "morris", 400, seed=1)
    kinds = design.realised[:, 0].reshape(400, -1)
    pairs = {(before, after) for before, after in kinds[:, [0, -1]]}
    assert pairs == {(i, j) for i in range(7) for j in range(7) if i != j}
    fewer = make_design(function_factors({"kind": list("abcdefg"), "x": (0.0, 1.0)}), "morris", 60, seed=1)
    np.testing.assert_array_equal(fewer.realised[:, 0], design.realised[: 60 * design.stride, 0])
    design = fewer
    moved = np.count_nonzero(np.diff(design.realised.reshape(60, design.stride, -1), axis=1), axis=2)
    assert (moved == 1).all(), "a step that moves no factor, or two"


def test_the_size_of_a_design_follows_from_the_runs_allowed():
    vary = {name: [0.8, 1.2] for name in ("demand_factor", "staff_factor")}

    def plan(runs: int, **options: object) -> Plan:
        return resolve_study({"scenarios": ["baseline", "flattening"], "vary": vary, "runs": runs, **options}).plan

    assert plan(2 * 2 * 10 * 3, method="morris").n == plan(2 * 2 * 10 * 3 + 11, method="morris").n == 10
    assert plan(2 * 2 * 64 * 4, method="sobol").n == 64 and plan(2 * 2 * 64 * 4 - 1, method="sobol").n == 63
    assert plan(2 * 2 * 64 * 6, method="sobol", second_order=True).n == 64
    assert plan(2 * (64 + 16) * 4, method="sobol", second_block=16).n == 64
    assert plan(2 * 2 * 64 * 4, method="sobol", seeds=8, seeds_per_point=1).n == 64
    with pytest.raises(JiedaoError, match=r"too few for 2 factors.*at least 256.*screen them first"):
        plan(200, method="sobol")


def test_seeds_by_lot_are_the_same_for_all_points_that_are_compared_and_stay_when_points_are_added():
    factors = function_factors(UNIT)
    small, large = (make_design(factors, "sobol", n, seed=1) for n in (256, 512))
    block = tuple(range(11, 27))
    drawn = seeds_by_lot(large, block, 2).reshape(512, large.stride, 2)
    assert (drawn == drawn[:, :1]).all() and (drawn[..., 0] != drawn[..., 1]).all()
    np.testing.assert_array_equal(seeds_by_lot(small, block, 2), seeds_by_lot(large, block, 2)[: len(small.realised)])
    np.testing.assert_array_equal(np.unique(seeds_by_lot(small, block, 16), axis=0), [block])


def test_a_seed_by_lot_says_nothing_of_the_factors_where_seeds_in_turn_would():
    design = make_design(function_factors(UNIT), "sobol", 512, seed=1)
    low = design.realised[:: design.stride, 0] < 0.5
    in_turn = np.arange(512) % 16
    by_lot = seeds_by_lot(design, range(16), 1)[:: design.stride, 0]
    shares = [[low[seeds == seed].mean() for seed in range(16)] for seeds in (in_turn, by_lot)]
    assert set(shares[0]) == {0.0, 1.0}, "in turn, a seed sees one half of the first factor's range"
    assert min(shares[1]) > 0.2 and max(shares[1]) < 0.8


def test_points_are_added_until_intervals_are_narrow_enough():
    def go(target: float, most: int) -> sensitivity.Sensitivity:
        plan = Plan(function_factors(UNIT), "sobol", 16, (1, 2), half_width=target, most_runs=most, curve_factors=0)
        return carry_out(plan, FunctionEvaluator({"f": lambda a, b: a + b + a * b}))

    reached = go(0.08, 100_000)
    assert 16 < reached.design.n < 4096 and reached.overview["half_width"].max() <= 0.08
    short = go(0.001, 2_000)
    assert short.design.n == 128, "8 runs a base point: 256 would take 2,048"
    assert reached.half_width_reached and short.half_width_reached is False
    half = reached.indices["total_half_sample"].to_numpy(float)
    assert np.allclose(half, reached.indices["total"], atol=0.15) and not np.array_equal(half, reached.indices["total"])


def test_equal_small_factors_are_watched_until_they_are_known_to_be_small():
    """Fourteen factors with 7% each: none is above a tenth, each may be."""
    box = dict.fromkeys("abcdefghijklmn", (0.0, 1.0))
    plan = Plan(function_factors(box), "sobol", 16, (1, 2), half_width=0.02, most_runs=100_000, curve_factors=0)
    found = carry_out(plan, FunctionEvaluator({"sum": lambda **x: sum(x.values())}))
    assert found.design.n > 16 and found.half_width_reached
    assert (found.indices["total_high"].iloc[:-1] < 0.1).all() or found.overview["half_width"].max() <= 0.02


def test_failures_end_the_doubling_and_reach_nothing():
    plan = Plan(function_factors(UNIT), "sobol", 64, (1, 2), half_width=0.05, most_runs=10**6, curve_factors=0)
    found = carry_out(plan, FunctionEvaluator({"f": lambda a, b: a + b if a < 0.9 else float("nan")}))
    assert found.design.n == 64 and found.half_width_reached is False


# Mistakes.


@pytest.mark.parametrize(
    ("vary", "says"),
    [
        ({"a": (1.0, 0.0)}, "vary 'a': found 1 to 0, a reversed range .*swapped"),
        ({"a": (1.0, 1.0)}, "vary 'a': found 1 to 1, an empty range"),
        ({"a": (0.0, float("nan"))}, "every value must be finite"),
        ({"a": (0.0, float("inf"))}, "every value must be finite"),
        ({"a": range(3, 4)}, "two whole numbers or more"),
        ({"a": range(9, 3, -1)}, "in steps of 1"),
        ({"a": ["x", "x", "y"]}, "no value may come twice"),
        ({"a": ["x"]}, "a list of two or more"),
        ({"a": 3.0}, "must be"),
        ({"dummy": (0.0, 1.0)}, "may not be named 'dummy'"),
        ({}, "nothing is varied"),
    ],
)
def test_ranges_that_are_none(vary, says):
    with pytest.raises(JiedaoError, match=says):
        sensitivity.morris(lambda **x: 0.0, vary=vary)


@pytest.mark.parametrize(
    ("method", "n"), [("sobol", 48.0), ("sobol", 8), ("morris", 3), ("morris", 2.5), ("morris", True)]
)
def test_sizes_that_are_none(method, n):
    with pytest.raises(ValueOutOfRangeError, match=f"n: found {n}"):
        getattr(sensitivity, method)(lambda a, b: a + b, vary=UNIT, n=n)


def test_functions_and_scenarios_are_not_mixed():
    with pytest.raises(JiedaoError, match="scenarios only, or functions only"):
        sensitivity.sobol(ishigami, "baseline", vary=UNIT)
    with pytest.raises(ContradictionError, match="two functions are called 'ishigami'"):
        sensitivity.sobol(ishigami, ishigami, vary=UNIT)
    with pytest.raises(JiedaoError, match="nothing is studied"):
        sensitivity.sobol(vary=UNIT)
    with pytest.raises(UnknownNameError, match="unknown option 'resample'; did you mean resamples"):
        sensitivity.sobol("baseline", factors=["demand_factor"], resample=5)
    with pytest.raises(UnknownNameError, match="unknown option 'resample'; did you mean resamples"):
        sensitivity.sobol(ishigami, vary=UNIT, resample=5)
    with pytest.raises(JiedaoError, match="nothing is varied"):
        sensitivity.sobol(ishigami)
    with pytest.raises(ValueOutOfRangeError, match="curves"):
        sensitivity.sobol(lambda a, b: a, vary=UNIT, curves=-1)


def test_a_function_that_returns_no_number_is_named():
    with pytest.raises(JiedaoError, match="no run gave a number; the first: is "):
        sensitivity.sobol(lambda a, b: np.array([a, b]), vary=UNIT, n=16)
