"""Sensitivity indices through our own pipeline: known answers, luck told apart, and each of SALib's traps fallen into beside it."""

from __future__ import annotations

import warnings
from math import pi, sin

import numpy as np
import pandas as pd
import pytest
from SALib.analyze import morris as salib_morris
from SALib.analyze import sobol as salib_sobol

from experiments import sensitivity
from experiments.sensitivity_design import Design, Points, make_design, n_for_runs, runs_needed
from experiments.sensitivity_factors import Factor, function_factors, parameter_factors
from experiments.sensitivity_indices import analyse, top_down_correlation
from experiments.sensitivity_morris import morris_indices
from experiments.sensitivity_result import Plan, carry_out
from experiments.sensitivity_runs import Evaluation, FunctionEvaluator, Outcome
from experiments.sensitivity_sobol import sobol_indices
from experiments.uncertainty import quantile
from model.errors import ContradictionError, JiedaoError, UnknownNameError, ValueOutOfRangeError
from model.parameters import PARAMETERS

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


# Known answers.


def test_ishigami_has_its_known_indices():
    # Ishigami & Homma (1990) with a = 7, b = 0.1; the error of 1,024 quasi-random base points is below 0.02.
    found = sensitivity.sobol(
        ishigami, vary={f"x{k}": (-pi, pi) for k in (1, 2, 3)}, n=1024, second_order=True, curves=0
    )
    first, total = column(found, "first"), column(found, "total")
    for name, exact in {"x1": 0.3139, "x2": 0.4424, "x3": 0.0}.items():
        assert first[name] == pytest.approx(exact, abs=0.02)
    for name, exact in {"x1": 0.5576, "x2": 0.4424, "x3": 0.2437}.items():
        assert total[name] == pytest.approx(exact, abs=0.02)
    pairs = found.interactions.set_index(["factor", "other"])["second"]
    assert pairs["x1", "x3"] == pytest.approx(0.2437, abs=0.03)
    assert pairs["x1", "x2"] == pytest.approx(0.0, abs=0.03) and pairs["x2", "x3"] == pytest.approx(0.0, abs=0.03)
    assert total["dummy"] == first["dummy"] == 0.0
    line = found.overview.iloc[0]
    assert line["noise_share"] == line["block_gap"] == 0.0 and line["note"] == "" and line["rank_agreement"] == 1.0
    assert found.leading(2) == ["x1", "x2"]


def test_every_kind_of_factor_has_its_share_of_an_additive_model():
    found = sensitivity.sobol(mixed, vary=MIXED, n=512, curves=0)
    first, total = column(found, "first"), column(found, "total")
    everything = sum(MIXED_VARIANCES.values())
    for name, variance in MIXED_VARIANCES.items():
        assert total[name] == pytest.approx(variance / everything, abs=0.02)
        assert first[name] == pytest.approx(variance / everything, abs=0.04)
    assert found.overview["first_sum"].iloc[0] == pytest.approx(1.0, abs=0.05)


def test_morris_measures_an_additive_model_exactly():
    found = sensitivity.morris(mixed, vary=MIXED, n=12, curves=0)
    mu_star, sigma = column(found, "mu_star"), column(found, "sigma")
    assert mu_star["number"] == pytest.approx(6.0) and mu_star["whole"] == pytest.approx(4.0)
    assert mu_star["switch"] == pytest.approx(2.0) and mu_star["dummy"] == 0.0
    for name in ("number", "whole", "switch", "dummy"):
        assert sigma[name] == pytest.approx(0.0, abs=1e-9)
    assert column(found, "mu")["number"] == pytest.approx(6.0)


def test_elementary_effects_of_numbers_are_those_of_salib():
    design = make_design(function_factors({f"x{k}": (0.0, 1.0) for k in range(5)}), "morris", 20, seed=4)
    values = np.sin(3 * design.realised[:, 0]) + design.realised[:, 1] * design.realised[:, 2] ** 2
    ours = morris_indices(design, values[None], 4000)
    theirs = salib_morris.analyze(design.problem, design.realised, values, num_resamples=4000, seed=1)
    for name in ("mu", "mu_star", "sigma"):
        np.testing.assert_allclose(getattr(ours, name), theirs[name], atol=1e-12)
    np.testing.assert_allclose(ours.mu_star_half, theirs["mu_star_conf"], rtol=0.1, atol=1e-12)


def test_factors_judged_together_have_the_index_of_their_group():
    factors = tuple(
        Factor(name, "number", 0.0, 1.0, group=group) for name, group in zip("abc", ("", "two", "two"), strict=True)
    )
    plan = Plan(factors, "sobol", 512, (1, 2), curve_factors=0)
    found = carry_out(plan, FunctionEvaluator({"f": lambda a, b, c: a + b + c}))
    assert found.design.stride == 5 and column(found, "total") == pytest.approx(
        {"a": 1 / 3, "two": 2 / 3, "dummy": 0.0}, abs=0.02
    )
    screened = carry_out(
        Plan(factors, "morris", 8, (1, 2), curve_factors=0), FunctionEvaluator({"f": lambda a, b, c: a + b + c})
    )
    assert np.isnan(column(screened, "sigma")["two"]) and column(screened, "mu_star")["a"] == pytest.approx(1.0)


# Differences between two models.


def test_what_two_models_share_cancels_in_their_difference():
    def shared(a: float, b: float, seed: int) -> float:
        return 100.0 * a + 50.0 * noise(seed)

    def changed(a: float, b: float, seed: int) -> float:
        return shared(a, b, seed) + b

    found = sensitivity.sobol(shared, changed, vary=UNIT, n=256)
    assert column(found, "total", measure="level")["a"] == pytest.approx(1.0, abs=0.01)
    assert column(found, "total", measure="difference") == pytest.approx({"a": 0.0, "b": 1.0, "dummy": 0.0}, abs=0.01)
    difference = found.overview.loc[found.overview["measure"] == "difference"].iloc[0]
    assert difference["mean"] == pytest.approx(0.5, abs=0.01) and difference["noise_share"] == pytest.approx(
        0.0, abs=1e-6
    )


@pytest.mark.parametrize("rounding", [0.0, 1e-13])
def test_equal_models_have_no_indices_and_say_so(rounding):
    def one(a: float, b: float) -> float:
        return 10.0 + a * b

    def same(a: float, b: float) -> float:
        return one(a, b) + rounding * sin(1e6 * a)  # what another order of summing leaves

    found = sensitivity.sobol(one, same, vary=UNIT, n=64)
    difference = found.overview.loc[found.overview["measure"] == "difference"].iloc[0]
    assert difference["note"] == "constant"
    assert np.isnan(list(column(found, "total", measure="difference").values())).all(), (
        "an index of nothing became a number"
    )


# Luck.


def test_the_noise_share_is_estimated_as_it_is():
    # Variance of a over points 1/12; luck of its own at each point: variance 0.04 a run; luck common to all points: 0.25.
    def lucky(a: float, b: float, seed: int) -> float:
        return a + 0.2 * noise(seed, a, b) + 0.5 * noise(seed)

    found = sensitivity.sobol(lucky, vary=UNIT, n=1024, seeds=2, curves=0)
    line, own = found.overview.iloc[0], 0.04 / 4
    assert line["noise_share"] == pytest.approx(own / (1 / 12 + own), rel=0.1)  # some 2,000 points: 3% error
    common = np.var([0.5 * noise(seed) for seed in (1, 2, 3, 4)], ddof=1) / 4
    assert line["fresh_noise_share"] == pytest.approx((own + common) / (1 / 12 + own + common), rel=0.1)


@pytest.mark.parametrize("second_order", [False, True])
def test_luck_that_a_factor_reshuffles_is_taken_off_its_total_index(second_order):
    def lucky(a: float, b: float, seed: int) -> float:
        return a + 0.4 * noise(seed, a, b)

    found = sensitivity.sobol(lucky, vary=UNIT, n=1024, curves=0, second_order=second_order)
    share = 0.16 / 2 / (1 / 12 + 0.16 / 2)  # two seeds
    raw = sobol_indices(found.design, _one_block(found.design, lucky)).total
    assert raw[1] > 0.4, "SALib's index of a factor that does nothing"
    assert column(found, "luck")["b"] == pytest.approx(share, abs=0.05)
    assert column(found, "total")["b"] == pytest.approx(0.0, abs=0.07)
    assert column(found, "total")["a"] == pytest.approx(1 - share, abs=0.07)
    assert column(found, "verdict")["a"] == "matters" and column(found, "verdict")["b"] != "matters"


def _one_block(design: Design, function) -> np.ndarray:
    points = Points(design)
    return np.mean([[function(**points[k], seed=seed) for k in range(len(points))] for seed in (1, 2)], axis=0)[None]


def test_a_model_of_pure_noise_has_indices_near_zero_and_says_so():
    def pure(a: float, b: float, seed: int) -> float:
        return noise(seed, a, b)

    found = sensitivity.sobol(pure, vary=UNIT, n=2048, curves=0)
    for name in ("first", "total"):  # half-widths 0.06 and 0.09: 0.15 is wrong once in a thousand seeds
        assert column(found, name) == pytest.approx({"a": 0.0, "b": 0.0, "dummy": 0.0}, abs=0.15)
    assert found.overview["note"].iloc[0] == "luck" and found.overview["noise_share"].iloc[0] > 0.9
    assert found.leading() == []
    screened = sensitivity.morris(
        lambda seed, **x: noise(seed, *x.values()), vary={f"x{k}": (0.0, 1.0) for k in range(12)}, curves=0
    )
    assert "matters" not in set(screened.indices["verdict"])


def test_a_fresh_seed_for_every_run_shows_in_the_dummy():
    # The trap: with a fifth of the variance being luck, a factor that changes nothing gets a total index of 0.2.
    rng = np.random.default_rng(7)
    scale = np.sqrt(0.25 / 12)

    def unseeded(a: float, b: float) -> float:
        return a + scale * rng.normal()

    def seeded(a: float, b: float, seed: int) -> float:
        return a + scale * noise(seed)

    trapped = sensitivity.sobol({"unseeded": unseeded}, vary=UNIT, n=1024, curves=0).overview.iloc[0]
    assert trapped["dummy"] == pytest.approx(0.2 / 1.8, abs=0.02)  # two runs are averaged: half the luck
    held = sensitivity.sobol(seeded, vary=UNIT, n=1024, curves=0).overview.iloc[0]
    assert held["dummy"] == 0.0 and held["fresh_noise_share"] > 0.0


def test_two_blocks_of_seeds_show_what_other_seeds_would_have_made_of_it():
    def by_seed(a: float, b: float, seed: int) -> float:
        return (1.0 if seed == 1 else 3.0) * a + b

    found = sensitivity.sobol(by_seed, vary=UNIT, n=512, curves=0)
    assert found.indices["total_block_1"].iloc[0] == pytest.approx(0.5, abs=0.02)
    assert found.indices["total_block_2"].iloc[0] == pytest.approx(0.9, abs=0.02)
    assert found.overview["block_gap"].iloc[0] == pytest.approx(0.4, abs=0.02)
    alike = sensitivity.sobol(lambda a, b, seed: a + 0.1 * b + noise(seed), vary=UNIT, n=512, curves=0)
    assert alike.overview["block_gap"].iloc[0] == pytest.approx(0.0, abs=1e-9)


def test_rankings_are_compared_from_the_top():
    many = np.arange(20.0, 0.0, -1.0)
    first_places, last_places = many.copy(), many.copy()
    first_places[[0, 1]], last_places[[18, 19]] = many[[1, 0]], many[[19, 18]]
    assert top_down_correlation(many, many) == pytest.approx(1.0)
    assert top_down_correlation(many, first_places) < top_down_correlation(many, last_places) < 1.0


# Designs.


@pytest.mark.parametrize(("method", "n"), [("sobol", 32), ("morris", 10)])
def test_a_larger_design_begins_with_the_smaller_one(method, n):
    small, large = (make_design(function_factors(MIXED), method, size, seed=5) for size in (n, 2 * n))
    np.testing.assert_array_equal(large.realised[: len(small.realised)], small.realised)
    other = make_design(function_factors(MIXED), method, n, seed=6)
    assert not np.array_equal(other.realised, small.realised)


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


def test_morris_reaches_every_value_of_a_category():
    design = make_design(function_factors({"kind": list("abcdefg"), "x": (0.0, 1.0)}), "morris", 60, seed=1)
    assert {design.point(k)["kind"] for k in range(len(design.realised))} == set("abcdefg")
    moved = np.count_nonzero(np.diff(design.realised.reshape(60, design.stride, -1), axis=1), axis=2)
    assert (moved == 1).all(), "a step that moves no factor, or two"


def test_the_size_of_a_design_follows_from_the_runs_allowed():
    assert (
        runs_needed("morris", 11, 10, 6) == 10 * 11 * 6
        and runs_needed("sobol", 11, 64, 6, second_order=True) == 64 * 22 * 6
    )
    assert n_for_runs("sobol", 11, runs_needed("sobol", 11, 64, 6), 6) == 64
    assert n_for_runs("morris", 11, 10 * 11 * 6 + 65, 6) == 10
    with pytest.raises(JiedaoError, match=r"too few for 10 factors.*at least 1,152.*screen them first"):
        n_for_runs("sobol", 11, 1_000, 6)


def test_points_are_added_until_intervals_are_narrow_enough():
    def go(target: float, most: int) -> sensitivity.Sensitivity:
        plan = Plan(function_factors(UNIT), "sobol", 16, (1, 2), half_width=target, most_runs=most, curve_factors=0)
        return carry_out(plan, FunctionEvaluator({"f": lambda a, b: a + b + a * b}))

    reached = go(0.08, 100_000)
    assert 16 < reached.design.n < 4096 and reached.overview["half_width"].max() <= 0.08
    assert go(0.001, 2_000).design.n == 128, "8 runs a base point: 256 would take 2,048"
    half = reached.indices["total_half_sample"].to_numpy(float)
    assert np.allclose(half, reached.indices["total"], atol=0.15) and not np.array_equal(half, reached.indices["total"])


# Runs that give no number.


def test_failed_runs_are_named_and_left_out_and_never_zeros():
    def fragile(a: float, b: float) -> float:
        if a > 0.995:
            raise ValueError("a is too large")
        return float("nan") if b > 0.999 else 10.0 + a + b

    found = sensitivity.sobol(fragile, vary=UNIT, n=256, curves=0)
    assert column(found, "total") == pytest.approx({"a": 0.5, "b": 0.5, "dummy": 0.0}, abs=0.06)
    line = found.overview.iloc[0]
    assert 240 < line["used"] < 256 == line["asked"] and line["low"] > 10.0
    assert {"ValueError: a is too large", "is nan"} <= set(found.failures["reason"])
    failed = found.failures.loc[found.failures["reason"] == "is nan", "point"].iloc[0]
    assert found.design.point(failed)["b"] > 0.999


def test_too_many_failures_leave_no_index():
    def broken(a: float, b: float) -> float:
        return a + b if a < 0.9 else float("inf")

    found = sensitivity.sobol(broken, vary=UNIT, n=64, curves=0)
    assert found.overview["note"].iloc[0] == "missing" and len(found.failures) > 0
    assert "total" not in found.indices or found.indices["total"].isna().all()
    with pytest.raises(JiedaoError, match="no run gave a number; the first: ZeroDivisionError"):
        sensitivity.sobol(lambda a, b: a / 0, vary=UNIT, n=16)


# SALib's traps, beside what we do about them.


def test_salib_turns_one_nan_into_nothing_and_we_refuse_it():
    design = make_design(function_factors(UNIT), "sobol", 64, seed=1)
    values = design.realised.sum(axis=1)
    values[17] = np.nan
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        trapped = salib_sobol.analyze(design.problem, values, calc_second_order=False, seed=1)
    assert not np.any(np.nan_to_num(trapped["ST"])), "SALib gives no index and does not complain"
    with pytest.raises(ValueOutOfRangeError, match=r"1 of 320 points have no finite value, the first is point 17"):
        sobol_indices(design, values[None])
    walk = make_design(function_factors(UNIT), "morris", 4, seed=1)
    with pytest.raises(ValueOutOfRangeError, match="infinite"):
        morris_indices(walk, np.full((1, 16), np.inf), 1000)
    with pytest.raises(ContradictionError, match=r"17 values for 4 trajectories of 4 points"):
        morris_indices(walk, np.zeros((1, 17)), 1000)


def test_a_missing_run_costs_the_two_effects_that_it_ends():
    design = make_design(function_factors({f"x{k}": (0.0, 1.0) for k in range(30)}), "morris", 10, seed=1)
    values = 2.0 * design.realised.sum(axis=1)
    values[40] = np.nan
    found = morris_indices(design, values[None], 1000)
    assert sorted(found.used)[:3] == [9, 9, 10] and found.used.sum() == 31 * 10 - 2
    np.testing.assert_allclose(found.mu_star[:-1], 2.0)
    values[design.stride * 4 :] = np.nan
    assert np.isnan(morris_indices(design, values[None], 1000).mu_star).all(), "four effects of ten are not enough"


def test_salib_takes_values_of_another_design_and_we_do_not():
    design = make_design(function_factors(UNIT), "sobol", 64, seed=1, second_order=True)
    values = make_design(function_factors(UNIT), "sobol", 128, seed=2).realised.sum(
        axis=1
    )  # 640 values, 8 to a stretch
    trapped = salib_sobol.analyze(design.problem, values, seed=1)
    assert np.isfinite(trapped["ST"]).all(), "SALib only asks whether the division comes out even"
    with pytest.raises(ContradictionError, match=r"640 values for a design of 512 points in stretches of 8"):
        sobol_indices(design, values[None])


def test_salib_takes_seed_0_for_none_and_we_do_not():
    design = make_design(function_factors(UNIT), "sobol", 64, seed=0)
    values = design.realised[:, 0] + design.realised[:, 1] ** 2
    trapped = [
        salib_sobol.analyze(design.problem, values, calc_second_order=False, seed=0)["ST_conf"] for _ in range(2)
    ]
    assert not np.array_equal(*trapped)
    ours = [sobol_indices(design, values[None]).total_half for _ in range(2)]
    np.testing.assert_array_equal(*ours)


@pytest.mark.parametrize("resamples", [100, 999, 0, True])
def test_a_hundred_resamples_are_refused(resamples):
    with pytest.raises(ValueOutOfRangeError, match=r"resamples: found .*from 1,000"):
        sensitivity.sobol(ishigami, vary={f"x{k}": (-pi, pi) for k in (1, 2, 3)}, resamples=resamples)


def test_salib_takes_a_switch_for_a_third_of_the_way_and_we_take_the_whole_way():
    design = make_design(function_factors({"on": [False, True], "x": (0.0, 1.0)}), "morris", 10, seed=1)
    values = 5.0 * design.realised[:, 0] + design.realised[:, 1]
    trapped = salib_morris.analyze(design.problem, design.realised, values, seed=1)["mu_star"][0]
    assert trapped == pytest.approx(7.5)
    assert morris_indices(design, values[None], 1000).mu_star[0] == pytest.approx(5.0)


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
    ("method", "n"), [("sobol", 48), ("sobol", 8), ("morris", 3), ("morris", 2.5), ("morris", True)]
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


def test_functions_with_several_outcomes_give_each_its_indices():
    found = sensitivity.sobol(lambda a, b: {"of_a": a, "of_b": b}, vary=UNIT, n=64, curves=0)
    assert column(found, "total", indicator="of_a")["a"] == pytest.approx(1.0, abs=0.02)
    assert column(found, "total", indicator="of_b")["a"] == pytest.approx(0.0, abs=0.02)
    assert found.table().shape == (3, 2)


# One factor at a time.


def test_the_sign_of_a_difference_changes_where_it_does():
    def before(a: float, b: float, seed: int) -> float:
        return 5.0 * noise(seed)

    def after(a: float, b: float, seed: int) -> float:
        return before(a, b, seed) + a - 0.3 + 0.01 * noise(seed, a)

    found = sensitivity.sobol(before, after, vary=UNIT, n=64, seeds=4)
    assert len(found.thresholds) == 1
    line = found.thresholds.iloc[0]
    assert line["factor"] == "a" and (line["before"], line["after"]) == (-1, 1)
    assert line["low"] < 0.3 < line["high"] and line["threshold"] == pytest.approx(0.3, abs=0.02)
    curve = found.curves.loc[(found.curves["factor"] == "a") & (found.curves["measure"] == "difference")]
    assert (curve["low"] <= curve["place"] - 0.3).mean() > 0.8 and curve["place"].tolist() == np.linspace(
        0, 1, 9
    ).tolist()


def test_a_sign_that_may_be_luck_does_not_change():
    def after(a: float, b: float, seed: int) -> float:
        return a - 0.5 + 5.0 * noise(seed, a, b)

    found = sensitivity.sobol(lambda a, b: 0.0, {"after": after}, vary=UNIT, n=64, seeds=4)
    assert found.thresholds.empty


def test_a_category_has_a_change_of_sign_but_no_threshold():
    def after(kind: str) -> float:
        return {"low": -1.0, "high": 1.0}[kind]

    found = sensitivity.morris({"before": lambda kind: 0.0, "after": after}, vary={"kind": ["low", "high"]}, n=4)
    line = found.thresholds.iloc[0]
    assert np.isnan(line["threshold"]) and (line["low_value"], line["high_value"]) == ("low", "high")


def test_analysis_needs_only_numbers():
    """The statistics know nothing of streets or functions: an array of the right shape is enough."""
    design = make_design(function_factors(UNIT), "sobol", 64, seed=1)
    values = design.realised[:, 0][:, None, None].repeat(2, axis=1)
    tables = analyse(design, Evaluation(values, (Outcome("any", "thing"),), (1, 2)), 1000)
    assert tables.indices.set_index("factor").loc["a", "total"] == pytest.approx(1.0, abs=0.02)
